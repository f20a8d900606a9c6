"""What the fixture answers: as the test says, and else as Echoscope does."""

import asyncio
import json as jsonlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

NOT_GIVEN: Final = msgspec.UNSET


class Response:
    """An answer that a test has asked for. `used`: how often it was given."""

    def __init__(
        self,
        path: str,
        method: str | None,
        status: int,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        delay_s: float,
        times: int | None,
    ) -> None:
        self.path = path
        self.method = method
        self.status = status
        self.headers = headers
        self.body = body
        self.delay_s = delay_s
        self.times = times
        self.used = 0

    @property
    def is_used_up(self) -> bool:
        return self.times is not None and self.used >= self.times

    def matches(self, method: str, path: str) -> bool:
        return (self.method is None or self.method == method) and fnmatchcase(path, self.path)


def response(
    path: str,
    *,
    method: str | None,
    status: int,
    json: Any,
    text: str | None,
    content: bytes | None,
    headers: Mapping[str, str] | list[tuple[str, str]] | None,
    delay_s: float,
    times: int | None,
) -> Response:
    """Raises ValueError for what cannot be answered."""
    bodies = [json is not NOT_GIVEN, text is not None, content is not None]
    if sum(bodies) > 1:
        raise ValueError("An answer has one body: json, text or content.")
    if not 200 <= status <= 599:
        raise ValueError(f"status must be between 200 and 599, not {status}.")
    if times is not None and times < 1:
        raise ValueError(f"times must be 1 or more, not {times}.")
    if not path.startswith(("/", "*")):
        raise ValueError(f"path must begin with / or *, not {path!r}.")
    body, content_type = content or b"", None
    if json is not NOT_GIVEN:
        body, content_type = jsonlib.dumps(json).encode(), "application/json"
    elif text is not None:
        body, content_type = text.encode(), "text/plain; charset=utf-8"
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers or [])
    if content_type and not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.insert(0, ("content-type", content_type))
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    return Response(path, method and method.upper(), status, lines, body, delay_s, times)


class Responding:
    """An ASGI app that gives the first answer that matches and is not used up; `otherwise` has the rest."""

    def __init__(self, otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._responses: list[Response] = []
        self._lock = Lock()

    def add(self, response: Response) -> None:
        with self._lock:
            self._responses.append(response)

    def forget(self) -> None:
        with self._lock:
            self._responses.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._take(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if response is None:
            await self._otherwise(scope, receive, send)
            return
        while (await receive()).get("more_body"):  # so that the request is recorded whole
            pass
        await asyncio.sleep(response.delay_s)
        length = [(b"content-length", str(len(response.body)).encode())] if response.status not in (204, 304) else []
        headers = [pair for pair in response.headers if pair[0] != b"content-length"] + length
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body if length else b""})

    def _take(self, method: str, path: str) -> Response | None:
        with self._lock:
            for response in self._responses:
                if not response.is_used_up and response.matches(method, path):
                    response.used += 1
                    return response
        return None
