"""The table of languages, each with the function that writes it."""

from typing import Final, Literal

import msgspec

from ...exchange.model import Exchange, ScopeType
from ...exchange.sides import request_of
from ..masking import mask
from . import curl, fixture, go, httpie, javascript, netcat, powershell, pytests, python, raw, websockets, wget
from .conversation import conversation
from .sending import sending

Syntax = Literal["shell", "powershell", "python", "javascript", "go", "http"]


class Language(msgspec.Struct, frozen=True):
    """A form of code. `id`: its name in addresses. `syntax`: how to colour it."""

    id: str
    title: str
    syntax: Syntax


_REQUESTS: Final = {
    "curl": curl.write,
    "httpie": httpie.write,
    "httpx": python.write_httpx,
    "requests": python.write_requests,
    "fetch": javascript.write_fetch,
    "go": go.write,
    "wget": wget.write,
    "powershell": powershell.write,
    "nc": netcat.write,
    "pytest-asgi": pytests.write_httpx,
    "pytest-starlette": pytests.write_starlette,
    "pytest-requests": pytests.write_requests,
}
_SESSIONS: Final = {"websockets": websockets.write, "websocket": javascript.write_websocket}

LANGUAGES: Final = (
    Language("curl", "curl", "shell"),
    Language("httpie", "HTTPie", "shell"),
    Language("httpx", "Python, httpx", "python"),
    Language("requests", "Python, requests", "python"),
    Language("fetch", "JavaScript, fetch", "javascript"),
    Language("go", "Go", "go"),
    Language("wget", "Wget", "shell"),
    Language("powershell", "PowerShell", "powershell"),
    Language("nc", "netcat", "shell"),
    Language("pytest-asgi", "pytest, httpx.ASGITransport", "python"),
    Language("pytest-starlette", "pytest, Starlette TestClient", "python"),
    Language("pytest-requests", "pytest, requests", "python"),
    Language("websockets", "Python, websockets", "python"),
    Language("websocket", "JavaScript, WebSocket", "javascript"),
    Language("asgi", "ASGI fixture", "javascript"),
    Language("raw", "HTTP/1.1", "http"),
)


def languages_of(scope_type: ScopeType) -> list[Language]:
    """The languages in which an exchange of this type can be written, the most used first."""
    others = _REQUESTS if scope_type == "websocket" else _SESSIONS
    return [language for language in LANGUAGES if language.id not in others]


def write(exchange: Exchange, language_id: str, origin: str, *, reveal: bool = False) -> bytes:
    """The code, ASCII but for `raw`. `origin`: where it sends to, such as `http://127.0.0.1:8000`.

    Secrets are redacted unless `reveal`. Raises KeyError for a language that this exchange has not.
    """
    if language_id not in [language.id for language in languages_of(exchange.scope["type"])]:
        raise KeyError(language_id)
    source = exchange if reveal else mask(exchange)
    if language_id == "raw":
        return raw.write(source, origin)
    is_masked = _asked(source) != _asked(exchange)
    if language_id == "asgi":
        return fixture.write(source, ["Secrets are redacted here."] if is_masked else [])
    if language_id in _SESSIONS:
        return _SESSIONS[language_id](conversation(source, origin, is_masked=is_masked)).encode("ascii")
    return _REQUESTS[language_id](sending(source, origin, is_masked=is_masked)).encode("ascii")


def _asked(exchange: Exchange) -> tuple[object, ...]:
    """The parts of an exchange that the code repeats."""
    messages = [event.message for event in exchange.events if event.message["type"] == "websocket.receive"]
    return request_of(exchange), exchange.scope.get("query_string"), messages
