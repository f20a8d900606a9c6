"""For Python: httpx, which sends exactly what it is given, and requests."""

from collections.abc import Iterable
from typing import Final

from .literals import python_bytes, python_string, python_text
from .sending import WITH_CONTENT, Sending, joined

_ADDED: Final = (b"accept-encoding", b"user-agent")
_UNCOUNTED: Final = ("GET", "HEAD")
"""Methods with which requests announces no empty body."""


def write_httpx(sending: Sending) -> str:
    """A request made by hand: a client's own headers are not added to it."""
    arguments = [
        python_string(sending.method),
        python_string(sending.url),
        headers_of(sending),
    ]
    if sending.body:
        arguments.append(f"content={python_bytes(sending.body, '    ')}")
    if not sending.is_plain:
        arguments.append(f'extensions={{"target": {python_bytes(sending.target.encode(), "    ")}}}')
    remarks = list(sending.remarks)
    if sending.lacks_length and sending.method.upper() in WITH_CONTENT:
        remarks.append("httpx adds a header that was not there: content-length.")
    return _program(
        remarks,
        ["import httpx"],
        f"request = httpx.Request({arguments_of(arguments)})",
        *_method(sending),
        "with httpx.Client(timeout=30) as client:",
        "    response = client.send(request)",
        "print(response.status_code, response.text)",
    )


def write_requests(sending: Sending) -> str:
    """A prepared request. A header can stand in it only once: repeats are joined, as RFC 9110, section 5.3, allows."""
    remarks, imports, lines = requests_lines(sending)
    return _program(remarks, imports, *lines, "print(response.status_code, response.text)")


def requests_lines(sending: Sending) -> tuple[list[str], list[str], list[str]]:
    """The remarks, the imports, and the lines that end in a `response`."""
    headers, remarks = joined(sending.headers), list(sending.remarks)
    if len(headers) < len(sending.headers):
        remarks.append("requests sends a header once: repeated ones are joined here.")
    if sending.lacks_length and sending.method.upper() not in _UNCOUNTED:
        remarks.append("requests adds a header that was not there: content-length.")
    if not sending.is_plain or sending.has_lower_escapes or sending.has_broken_escapes:
        remarks.append("requests may write this address with other escapes.")
    if sending.has_empty_body and sending.method.upper() in _UNCOUNTED:
        headers[b"Content-Length"] = b"0"
    items = [f"{python_string(name.decode())}: {python_text(value)}" for name, value in headers.items()]
    absent = [name for name in _ADDED if not sending.has(name)]
    items += [f"{python_string(name.decode())}: SKIP_HEADER" for name in absent]
    arguments = [python_string(sending.method), python_string(sending.url), _dict("headers", items)]
    if sending.body:
        arguments.append(f"data={python_bytes(sending.body, '    ')}")
    imports = ["import requests", *(["from urllib3.util import SKIP_HEADER"] if absent else [])]
    return (
        remarks,
        imports,
        [
            f"request = requests.Request({arguments_of(arguments)}).prepare()",
            f"request.url = {python_string(sending.url)}",
            *_method(sending),
            "response = requests.Session().send(request, allow_redirects=False, timeout=30)",
        ],
    )


def _method(sending: Sending) -> list[str]:
    """Lines that set the method again, since the libraries write it in capitals."""
    return [] if sending.is_capitals else [f"request.method = {python_string(sending.method)}"]


def pair_of(name: bytes, value: bytes) -> str:
    if value.isascii():
        return f"{python_string(name.decode())}, {python_string(value.decode())}"
    return f"{name!r}, {value!r}"


def headers_of(sending: Sending) -> str:
    """The headers as an argument, repeats and order kept."""
    items = [f"({pair_of(name, value)})" for name, value in sending.headers]
    if sending.has_empty_body and sending.method.upper() not in WITH_CONTENT:
        items.append('("Content-Length", "0")')
    return _list("headers", items)


def arguments_of(arguments: Iterable[str]) -> str:
    return "\n" + "".join(f"    {argument},\n" for argument in arguments)


def _list(name: str, items: list[str]) -> str:
    return f"{name}=[{_block(items)}]"


def _dict(name: str, items: list[str]) -> str:
    return f"{name}={{{_block(items)}}}"


def _block(items: list[str]) -> str:
    return "\n" + "".join(f"        {item},\n" for item in items) + "    " if items else ""


def _program(remarks: list[str], imports: list[str], *lines: str) -> str:
    top = [f"# {remark}" for remark in remarks]
    return "\n".join([*top, *imports, "", *lines]) + "\n"
