"""The request as a test of pytest: into an ASGI app with httpx or Starlette's TestClient, or to a server with requests.

The app under test is imported as `main:app`, its usual name. The test asserts the captured status; whoever knows what
the answer should be adds the rest.
"""

import re
from typing import Final
from urllib.parse import unquote

from .literals import python_bytes, python_string
from .python import arguments_of, headers_of, requests_lines
from .sending import Sending

_WORDS: Final = re.compile(r"[^A-Za-z0-9]+")
_NAME_CHARACTERS: Final = 60


def write_httpx(sending: Sending) -> str:
    """Through `httpx.ASGITransport`, which is for an event loop: the test brings one."""
    arguments = [python_string(sending.method), python_string(sending.url), headers_of(sending)]
    if sending.body:
        arguments.append(f"content={python_bytes(sending.body, '    ')}")
    return _test(
        sending,
        [*sending.remarks, *_address_remarks(sending, "httpx")],
        ["import asyncio", "", "import httpx", "from main import app  # the ASGI app under test"],
        [
            f"request = httpx.Request({arguments_of(arguments)})",
            *([] if sending.is_capitals else [f"request.method = {python_string(sending.method)}"]),
            "",
            "async def send() -> httpx.Response:",
            "    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:",
            "        return await client.send(request)",
            "",
            "response = asyncio.run(send())",
        ],
    )


def write_starlette(sending: Sending) -> str:
    """Through Starlette's TestClient, which also runs the lifespan of the app; its own headers are taken away."""
    target = sending.target if sending.target.startswith("/") else "/"
    arguments = [python_string(sending.method), python_string(target), headers_of(sending)]
    if sending.body:
        arguments.append(f"content={python_bytes(sending.body, '    ')}")
    remarks = [*sending.remarks, *_address_remarks(sending, "TestClient")]
    if not sending.is_capitals:
        remarks.append("TestClient sends the method in capitals.")
    call = f"response = client.request({arguments_of(arguments)})"
    return _test(
        sending,
        remarks,
        ["from main import app  # the ASGI app under test", "from starlette.testclient import TestClient"],
        [
            "with TestClient(app, follow_redirects=False) as client:",
            "    client.headers.clear()",
            *(f"    {line}" for line in call.split("\n")),
        ],
    )


def write_requests(sending: Sending) -> str:
    """To a server, with requests."""
    remarks, imports, lines = requests_lines(sending)
    return _test(sending, remarks, imports, lines)


def _test(sending: Sending, remarks: list[str], imports: list[str], lines: list[str]) -> str:
    body = [*lines, *([] if sending.status is None else [f"assert response.status_code == {sending.status}"])]
    return "\n".join(
        [
            *(f"# {remark}" for remark in remarks),
            *imports,
            "",
            "",
            f"def {_name(sending)}() -> None:",
            *(f"    {line}" if line else "" for line in "\n".join(body).split("\n")),
            "",
        ]
    )


def _name(sending: Sending) -> str:
    """Such as `test_post_hooks_stripe`."""
    words = _WORDS.sub("_", f"{sending.method}_{unquote(sending.target.partition('?')[0])}").strip("_").lower()
    return f"test_{words[:_NAME_CHARACTERS].strip('_')}"


def _address_remarks(sending: Sending, client: str) -> list[str]:
    return [] if sending.is_plain else [f"{client} may write this address with other escapes."]
