"""HAR 1.2 files as exchanges: our own and those of browsers and proxies.

A HAR tells less than what was captured: one event stands for the whole body of each direction, and a compressed
body comes without its compression.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

import msgspec

from ..exchange import Channel, Event, Exchange, State
from ..messages import is_event_stream
from ..sides import Pairs
from .archive import Archive, Content, Entry, Frame, Pair, Request
from .values import ImportFault, moment_ns, own_id, span_ns

_URL: Final = re.compile(r"(https?|wss?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))


def read(content: bytes) -> Iterator[tuple[Exchange, str | None] | ImportFault]:
    """Each entry as an exchange and its comment, or what is wrong with it; ids are those of the file, or empty.

    Raises ImportFault when it is no HAR file.
    """
    try:
        entries = msgspec.json.decode(content, type=Archive).log.entries
    except (msgspec.DecodeError, RecursionError) as error:
        raise ImportFault(f"This is no HAR file: {error}.") from error
    for raw in entries:
        try:
            entry = msgspec.json.decode(raw, type=Entry)
            yield _exchange(entry), entry.comment or None
        except ImportFault as fault:
            yield fault
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            yield ImportFault(f"{error}.")


def _exchange(entry: Entry) -> Exchange:
    request, response = _request_content(entry.request), _response_content(entry.response.content)
    is_websocket = entry.frames is not None
    received = 0 if is_websocket else max(len(request), _size(entry.request.bodySize))
    sent = 0 if is_websocket else max(len(response), _size(entry.response.content.size))
    status = entry.response.status or None
    if status is not None and not 100 <= status <= 999:
        raise ImportFault(f"The status must be between 100 and 999, not {status}.")
    events = _session(entry) if is_websocket else _events(entry, (request, received), (response, sent))
    return Exchange(
        id=own_id(entry.id),
        state=_state(entry.state, status),
        started_ns=moment_ns(entry.startedDateTime),
        duration_ns=span_ns(entry.time or 0),
        status=status,
        received_bytes=received,
        sent_bytes=sent,
        is_event_stream=is_event_stream(events),
        scope=_scope(entry, is_websocket=is_websocket),
        received_sha256=sha256(request).hexdigest() if request and len(request) == received else None,
        error=entry.error,
        events_omitted=0,
        events=events,
    )


def _state(state: str, status: int | None) -> State:
    if state == "error":
        return "error"
    return "done" if status and state != "disconnected" else "disconnected"


def _scope(entry: Entry, *, is_websocket: bool) -> dict[str, Any]:
    match = _URL.fullmatch(entry.request.url)
    if match is None:
        raise ImportFault(f"The address must begin with http:// or https://, not {entry.request.url[:60]!r}.")
    scheme, authority, path, query = match.groups()
    raw_path = quote(path or "/", safe=_PRINTABLE)
    scope = {
        "type": "websocket" if is_websocket else "http",
        "http_version": _version(entry.request.httpVersion),
        "method": entry.request.method,
        "scheme": scheme,
        "path": unquote(raw_path, errors="replace"),
        "raw_path": raw_path.encode(),
        "query_string": quote(query or "", safe=_PRINTABLE).encode(),
        "root_path": "",
        "headers": _request_headers(entry.request, authority),
        "client": _address(entry.client),
    }
    if is_websocket:
        del scope["method"]
        scope["subprotocols"] = []
    return scope


def _version(text: str) -> str:
    """`1.1` of `HTTP/1.1`, `2` of `h2` and `HTTP/2.0`."""
    version = text.lower().removeprefix("http/").removeprefix("h")
    return {"2.0": "2", "3.0": "3"}.get(version, version[:8]) or "1.1"


def _request_headers(request: Request, authority: str) -> Pairs:
    """The headers; those of HTTP/2 begin with a colon and are none, but the host that they name is."""
    headers = _pairs(request.headers)
    if any(name == b"host" for name, _ in headers):
        return headers
    return [(b"host", authority.rpartition("@")[2].encode("utf-8", "replace")), *headers]


def _pairs(pairs: list[Pair]) -> Pairs:
    return [(_bytes(pair.name).lower(), _bytes(pair.value)) for pair in pairs if not pair.name.startswith(":")]


def _bytes(text: str) -> bytes:
    """Latin-1, as we write it and as HTTP/1.1 had it; a value beyond it was decoded from UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _address(text: str | None) -> list[str | int | None] | None:
    """Host and port of `host:port`, `[host]:port` or a host alone."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and len(port) <= 5):
        return [text, None]
    return [host.strip("[]"), int(port)]


def _request_content(request: Request) -> bytes:
    posted = request.postData
    if posted is None:
        return b""
    if posted.text is None:
        return urlencode([(pair.name, pair.value) for pair in posted.params or []]).encode()
    return _content(posted.text, posted.own_encoding or posted.encoding)


def _response_content(content: Content) -> bytes:
    return b"" if content.text is None else _content(content.text, content.encoding)


def _content(text: str, encoding: str | None) -> bytes:
    if not encoding:
        return text.encode()
    if encoding != "base64":
        raise ImportFault(f"The encoding of a body must be base64, not {encoding[:20]!r}.")
    return b64decode(text, validate=True)


def _size(size: float) -> int:
    """-1 stands for what is not known."""
    return int(size) if 0 <= size < 1 << 53 else 0


def _events(entry: Entry, request: tuple[bytes, int], response: tuple[bytes, int]) -> list[Event]:
    """One event for each body, at the times that the entry tells."""
    received = _span(entry, "blocked", "dns", "connect", "send")
    began = received + _span(entry, "wait")
    events = [Event("receive", received, request[1], {"type": "http.request", "body": request[0], "more_body": False})]
    if entry.response.status:
        start = {
            "type": "http.response.start",
            "status": entry.response.status,
            "headers": _pairs(entry.response.headers),
        }
        body = {"type": "http.response.body", "body": response[0], "more_body": False}
        events.append(Event("send", began, 0, start))
        events.append(Event("send", began + _span(entry, "receive"), response[1], body))
    return events


def _span(entry: Entry, *names: str) -> int:
    """Nanoseconds of some timings; one that is missing or -1 did not apply."""
    spans = (entry.timings.get(name) for name in names)
    return sum(span_ns(span) for span in spans if isinstance(span, int | float) and span > 0)


def _session(entry: Entry) -> list[Event]:
    """The events of a WebSocket: those of the opening, and the frames."""
    events = [Event("receive", 0, 0, {"type": "websocket.connect"})]
    if entry.response.status == 101:
        headers = _pairs(entry.response.headers)
        accepted = {"type": "websocket.accept", "subprotocol": None, "headers": headers}
        events.append(Event("send", _span(entry, "send", "wait"), 0, accepted))
    started_s = moment_ns(entry.startedDateTime) / 1e9
    return events + [_frame(frame, started_s) for frame in entry.frames or []]


def _frame(frame: Frame, started_s: float) -> Event:
    at_ns = span_ns(max(0.0, frame.time - started_s) * 1e3)
    channel: Channel = "receive" if frame.type == "send" else "send"
    if frame.opcode == 1:
        return Event(channel, at_ns, len(frame.data.encode()), {"type": f"websocket.{channel}", "text": frame.data})
    data = b64decode(frame.data, validate=True)
    return Event(channel, at_ns, len(data), {"type": f"websocket.{channel}", "bytes": data})
