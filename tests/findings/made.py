"""Exchanges for the tests of findings, each an ordinary one but for what a test changes."""

import base64
import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Event, Exchange, State, decode_exchange, encode

AT_S = 1_795_338_000  # 2026-11-22 09:00:00 UTC
Lines = Iterable[tuple[str, str | bytes]]


def exchange(
    method: str = "GET",
    target: str = "/items",
    headers: Lines = (),
    body: bytes = b"",
    *,
    status: int | None = 200,
    answer: Lines = (("content-type", "text/plain"),),
    content: bytes = b"",
    state: State = "done",
    length: int | None = None,
    error: str | None = None,
    events: list[Event] | None = None,
    omitted: int = 0,
    agent: str | None = "probe/1.0",
    **scope: Any,
) -> Exchange:
    """An HTTP exchange as it comes back from a store.

    `answer`, `content`: headers and body of the response. `length`: how long the request's body was, of which `body`
    is kept. `scope`: keys of the scope that are other than usual. The Host is `api.example.com` unless one is given.
    """
    raw_path, _, query = target.partition("?")
    lines = [(name.encode(), _bytes(value)) for name, value in headers]
    if not any(name == b"host" for name, _ in lines):
        lines.insert(0, (b"host", b"api.example.com"))
    if agent is not None and not any(name == b"user-agent" for name, _ in lines):
        lines.append((b"user-agent", agent.encode()))
    is_whole = state != "disconnected"
    return _stored(
        state=state,
        status=status,
        received=len(body) if length is None else length,
        sent=len(content),
        digest=sha256(body).hexdigest() if body and is_whole and length is None else None,
        error=error,
        omitted=omitted,
        events=_messages(body, length, status, answer, content, is_whole) if events is None else events,
        scope={
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(raw_path, errors="replace"),
            "raw_path": raw_path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": lines,
            "client": ["198.51.100.20", 50000],
            "server": ["10.0.0.2", 8000],
        }
        | scope,
    )


def session(
    headers: Lines = (),
    *messages: dict[str, Any],
    accept: dict[str, Any] | None = None,
    status: int = 101,
    state: State = "done",
    **scope: Any,
) -> Exchange:
    """A WebSocket session; `messages` follow the accept, those that begin with `websocket.disconnect` were received."""
    first: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    if status == 101:
        first.append({"type": "websocket.accept", "headers": [], **(accept or {})})
    received = ("websocket.connect", "websocket.receive", "websocket.disconnect")
    events = [
        Event("receive" if message["type"] in received else "send", number * 1000, 0, message)
        for number, message in enumerate([*first, *messages])
    ]
    lines = [(b"host", b"api.example.com"), *((name.encode(), _bytes(value)) for name, value in headers)]
    return _stored(
        state=state,
        status=status,
        received=0,
        sent=0,
        digest=None,
        error=None,
        omitted=0,
        events=events,
        scope={
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "wss",
            "path": "/chat",
            "raw_path": b"/chat",
            "query_string": b"",
            "root_path": "",
            "headers": lines,
            "client": ["198.51.100.20", 50000],
            "server": ["10.0.0.2", 8000],
            "subprotocols": [],
        }
        | scope,
    )


def token(claims: dict[str, Any], algorithm: str = "RS256", signature: str = "c2ln") -> str:
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}).encode(), json.dumps(claims).encode()]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


def bearer(claims: dict[str, Any], algorithm: str = "RS256", signature: str = "c2ln") -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token(claims, algorithm, signature)}")]


def _stored(
    *,
    state: State,
    status: int | None,
    received: int,
    sent: int,
    digest: str | None,
    error: str | None,
    omitted: int,
    events: list[Event],
    scope: dict[str, Any],
) -> Exchange:
    made = Exchange(
        id="a-1",
        state=state,
        started_ns=AT_S * 1_000_000_000,
        duration_ns=1_500_000,
        status=status,
        received_bytes=received,
        sent_bytes=sent,
        is_event_stream=False,
        facts=NO_FACTS,
        scope=scope,
        received_sha256=digest,
        error=error,
        events_omitted=omitted,
        events=events,
    )
    return decode_exchange(encode(made))


def _messages(
    body: bytes, length: int | None, status: int | None, answer: Lines, content: bytes, is_whole: bool
) -> list[Event]:
    events = [
        Event(
            "receive",
            1000,
            len(body) if length is None else length,
            {"type": "http.request", "body": body, "more_body": not is_whole},
        )
    ]
    if status is not None:
        lines = [(name.encode(), _bytes(value)) for name, value in answer]
        events.append(Event("send", 2000, 0, {"type": "http.response.start", "status": status, "headers": lines}))
        events.append(
            Event("send", 3000, len(content), {"type": "http.response.body", "body": content, "more_body": False})
        )
    return events


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
