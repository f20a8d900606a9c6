"""HAR 1.2 files as exchanges: our own and those of browsers, proxies and API clients.

A HAR tells less than what was captured: one event stands for the whole body of each direction, and a compressed
body comes without its compression. What programs write beyond or beside the format does not cost an entry.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final, get_args
from urllib.parse import quote, unquote, urlencode

import msgspec
from msgspec.structs import replace

from ...exchange.facts import NO_FACTS, Facts
from ...exchange.messages import is_event_stream
from ...exchange.model import Channel, Event, Exchange, State
from ...exchange.sides import DECODED_KEY, Pairs
from .. import scan
from ..bounds import Bounds, bounded
from ..imported import Imported, ImportFault, moment_ns, own_id, span_ns
from ..json_lines.reading import read_inside, read_seen
from ..texts import clean, parsed, utf8
from ..unread import Unread
from .archive import Entry, Frame, Pair, Request, Response
from .bodies import Body, codings_of, request_body, response_body

MAX_VALUES: Final = 100_000
"""Objects and arrays in one entry: so many are read in some 50 ms."""

_URL: Final = re.compile(r"(https?|wss?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL | re.IGNORECASE)
_VERSION: Final = re.compile(r"(?:http/|h)?([0-3](?:\.[0-9])?)(?![0-9])")
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))
_NOT_IN_A_HEAD: Final = re.compile(rb"[\r\n\0]")


def entries_at(content: bytes | bytearray) -> int | None:
    """Where the entries of a HAR begin, None for another file. Raises ImportFault for a HAR without entries."""
    try:
        for name, begins in scan.members(content, scan.first(content)):
            if name == b'"log"':
                return _entries_of_log(content, begins)
    except scan.Malformed:
        pass
    return None


def _entries_of_log(content: bytes | bytearray, start: int) -> int:
    try:
        for name, begins in scan.members(content, start):
            if name == b'"entries"' and content[begins : begins + 1] == b"[":
                return begins
    except scan.Malformed as error:
        raise ImportFault(f"This is no HAR file: JSON is malformed behind byte {error.position:,}.") from error
    raise ImportFault("This is no HAR file: its log has no array of entries.")


def entries(content: bytes | bytearray, start: int) -> Iterator[Unread | Imported]:
    """Each entry of the array that begins there."""
    number = 0
    try:
        for number, item in enumerate(scan.items(content, start), 1):
            if item.values > MAX_VALUES:
                yield Imported(number, fault=f"An entry may hold at most {MAX_VALUES:,} objects and arrays.")
            else:
                yield Unread(number, item.start, item.end, read)
    except scan.Malformed as error:
        yield Imported(number + 1, fault=f"The file ends here, or is malformed, behind byte {error.position:,}.")


def read(number: int, raw: bytes, bounds: Bounds) -> Imported:
    """An entry by its bytes."""
    try:
        entry = msgspec.convert(parsed(raw), Entry, strict=False)
        note = clean(entry.comment) if isinstance(entry.comment, str) else ""
        return Imported(number, bounded(_exchange(entry), bounds), note or None, entry.pinned is True)
    except ImportFault as fault:
        return Imported(number, fault=str(fault))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Imported(number, fault=f"{error}.")


def _exchange(entry: Entry) -> Exchange:
    is_websocket = isinstance(entry.frames, list) or entry.request.url.lstrip()[:2].lower() == "ws"
    status = _status(entry.response.status)
    scope = _scope(entry.request, _own_text(entry, entry.client), is_websocket=is_websocket)
    response_headers = _response_headers(entry.response)
    request = request_body(
        entry.request.postData, _type(scope["headers"]), _codings(scope["headers"]), entry.request.bodySize
    )
    response = response_body(entry.response.content, _type(response_headers), _codings(response_headers))
    if request.content and request.content_type != _type(scope["headers"]):
        scope["headers"] = _with_type(scope["headers"], request.content_type)
    received = 0 if is_websocket else _length(request, entry.request.bodySize)
    sent = 0 if is_websocket else _length(response, entry.response.content.size)
    if is_websocket:
        events = _session(entry, response_headers)
    else:
        events = _events(entry, (request, received), (response, sent), response_headers)
    exchange = Exchange(
        id=own_id(entry.id),
        state=_state(entry.state, status),
        started_ns=moment_ns(entry.startedDateTime),
        duration_ns=_duration_ns(entry),
        status=status,
        received_bytes=received,
        sent_bytes=sent,
        is_event_stream=is_event_stream(events),
        facts=_facts(entry),
        scope=scope,
        received_sha256=_digest(request, received),
        error=_own_text(entry, entry.error),
        events_omitted=0,
        events=events,
        wire=_wire(entry.request, scope),
    )
    return exchange if entry.inside is None else _with_inside(exchange, entry)


def _status(status: int) -> int | None:
    """The status; None for numbers that stand for an answer that never came: 0 in browsers, -999 in other programs."""
    if status <= 0:
        return None
    if not 100 <= status <= 999:
        raise ImportFault(f"The status must be between 100 and 999, not {status}.")
    return status


def _own_text(entry: Entry, value: Any) -> str | None:
    """The text under one of our own names, in an entry that is ours."""
    return clean(value) if isinstance(value, str) and entry.state in get_args(State) else None


def _facts(entry: Entry) -> Facts:
    """The facts of an entry that is ours; none of one where they have not their form."""
    if entry.facts is not None and entry.state in get_args(State):
        with suppress(msgspec.ValidationError):
            return msgspec.convert(entry.facts, Facts)
    return NO_FACTS


def _with_inside(exchange: Exchange, entry: Entry) -> Exchange:
    """With what was seen inside an app, in an entry that is ours. What was seen behind middleware is compared with
    scope and messages as they were before it, and is left out without them."""
    if entry.state not in get_args(State):
        return exchange
    try:
        inside = read_inside(entry.inside, exchange.id)
        if inside.inner is None or entry.outside is None:
            return replace(exchange, inside=replace(inside, inner=None))
        seen = read_seen(entry.outside, exchange.id)
    except (msgspec.ValidationError, ImportFault):
        return exchange
    return replace(
        seen, facts=exchange.facts, received_sha256=exchange.received_sha256, wire=exchange.wire, inside=inside
    )


def _state(state: Any, status: int | None) -> State:
    if state in ("error", "refused"):
        return "error" if state == "error" else "refused"
    return "done" if status and state != "disconnected" else "disconnected"


def _duration_ns(entry: Entry) -> int:
    """The duration; -1 stands for an unknown one, which is then the sum of its parts where these are known."""
    names = ("blocked", "dns", "connect", "send", "wait", "receive")
    return span_ns(entry.time) if entry.time >= 0 else _span(entry, *names)


def _scope(request: Request, client: str | None, *, is_websocket: bool) -> dict[str, Any]:
    match = _URL.fullmatch(request.url.strip())
    if match is None:
        raise ImportFault(f"The address must begin with http:// or https://, not {clean(request.url[:60])!r}.")
    scheme, authority, path, query = match.groups()
    if query is None and request.queryString:
        query = urlencode([(utf8(pair.name), utf8(pair.text)) for pair in request.queryString])
    raw_path = quote(utf8(path or "/"), safe=_PRINTABLE)
    scope = {
        "type": "websocket" if is_websocket else "http",
        "http_version": _version(request.httpVersion),
        "method": clean(request.method),
        "scheme": _SCHEMES[is_websocket][scheme.lower()],
        "path": unquote(raw_path, errors="replace"),
        "raw_path": raw_path.encode(),
        "query_string": quote(utf8(query or ""), safe=_PRINTABLE).encode(),
        "root_path": "",
        "headers": _request_headers(request, authority),
        "client": _address(client),
    }
    if is_websocket:
        del scope["method"]
        scope["subprotocols"] = []
    return scope


_SCHEMES: Final = {
    True: {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"},
    False: {"http": "http", "https": "https"},
}


def _version(text: str) -> str:
    """`1.1` of `HTTP/1.1`, `2` of `h2`, `HTTP/2.0` and `http/2+quic/46`; 1.1 where the file does not say it."""
    match = _VERSION.match(text.strip().lower())
    return {"1": "1.1", "2.0": "2", "3.0": "3"}.get(match[1], match[1]) if match else "1.1"


def _request_headers(request: Request, authority: str) -> Pairs:
    """The headers, names in ASGI's lower case; those of HTTP/2 begin with a colon and are none, but the host that they
    name is."""
    headers = [(name.lower(), value) for name, value in _pairs(request.headers)]
    if request.cookies and not any(name == b"cookie" for name, _ in headers):
        headers.append((b"cookie", utf8("; ".join(f"{one.name}={one.text}" for one in request.cookies))))
    if any(name == b"host" for name, _ in headers):
        return headers
    return [(b"host", utf8(authority.rpartition("@")[2])), *headers]


def _response_headers(response: Response) -> Pairs:
    """The headers, names as they are told."""
    headers = _pairs(response.headers)
    if response.cookies and not any(name.lower() == b"set-cookie" for name, _ in headers):
        headers += [(b"set-cookie", _bytes(_set_cookie(one))) for one in response.cookies]
    return headers


def _set_cookie(cookie: Pair) -> str:
    named = {"Path": cookie.path, "Domain": cookie.domain, "Expires": cookie.expires, "SameSite": cookie.sameSite}
    attributes = [f"{name}={value}" for name, value in named.items() if value and isinstance(value, str)]
    attributes += [name for name, value in (("HttpOnly", cookie.httpOnly), ("Secure", cookie.secure)) if value is True]
    return "; ".join([f"{cookie.name}={cookie.text}", *attributes])


def _pairs(pairs: list[Pair]) -> Pairs:
    return [(_bytes(pair.name), _bytes(pair.text)) for pair in pairs if pair.name and not pair.name.startswith(":")]


def _bytes(text: str) -> bytes:
    """Latin-1, as we write it and as HTTP/1.1 had it; a value beyond it was decoded from UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return utf8(text)


def _type(headers: Pairs) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "")


def _codings(headers: Pairs) -> list[str]:
    return codings_of([value.decode("latin-1") for name, value in headers if name.lower() == b"content-encoding"])


def _with_type(headers: Pairs, content_type: str) -> Pairs:
    """The headers with a Content-Type that has what the file told beside them."""
    value = _bytes(content_type)
    if _type(headers):
        return [(name, value if name == b"content-type" else old) for name, old in headers]
    return [*headers, (b"content-type", value)]


def _wire(request: Request, scope: dict[str, Any]) -> bytes | None:
    """The head of a request over HTTP/1.1 with the names as the file tells them, which alone knows their case."""
    pairs = _pairs(request.headers)
    if scope["type"] != "http" or scope["http_version"] not in ("1.0", "1.1") or not pairs:
        return None
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    lines = [b"%b %b HTTP/%b" % (scope["method"].encode(), target, scope["http_version"].encode())]
    lines += [name + b": " + value for name, value in pairs]
    return None if any(map(_NOT_IN_A_HEAD.search, lines)) else b"\r\n".join([*lines, b"", b""])


def _address(text: str | None) -> list[str | int | None] | None:
    """Host and port of `host:port`, `[host]:port` or a host alone."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and len(port) <= 5):
        return [text, None]
    return [host.strip("[]"), int(port)]


def _length(body: Body, told: float) -> int:
    """The true size: of a body that was cut more than is there. -1 stands for what is not known, and the size of a body
    with its coding is not that of what is told."""
    return max(len(body.content), int(told) if 0 <= told < 1 << 53 and not body.is_decoded else 0)


def _digest(body: Body, size: int) -> str | None:
    if not body.content or body.is_decoded or len(body.content) < size:
        return None
    return sha256(body.content).hexdigest()


def _events(entry: Entry, request: tuple[Body, int], response: tuple[Body, int], headers: Pairs) -> list[Event]:
    """One event for each body, at the times that the entry tells."""
    received = _span(entry, "blocked", "dns", "connect", "send")
    began = received + _span(entry, "wait")
    events = [Event("receive", received, request[1], _body_message("http.request", request[0]))]
    if entry.response.status > 0:
        start = {"type": "http.response.start", "status": entry.response.status, "headers": headers}
        events.append(Event("send", began, 0, start))
        ended = began + _span(entry, "receive")
        events.append(Event("send", ended, response[1], _body_message("http.response.body", response[0])))
    return events


def _body_message(kind: str, body: Body) -> dict[str, Any]:
    message = {"type": kind, "body": body.content, "more_body": False}
    return message | {DECODED_KEY: True} if body.is_decoded else message


def _span(entry: Entry, *names: str) -> int:
    """Nanoseconds of some timings; one that is missing or -1 did not apply."""
    timings = entry.timings if isinstance(entry.timings, dict) else {}
    spans = (timings.get(name) for name in names)
    return sum(span_ns(span) for span in spans if isinstance(span, int | float) and span > 0)


def _session(entry: Entry, headers: Pairs) -> list[Event]:
    """The events of a WebSocket: those of the opening, and the frames."""
    events = [Event("receive", 0, 0, {"type": "websocket.connect"})]
    if entry.response.status == 101:
        accepted = {"type": "websocket.accept", "subprotocol": None, "headers": headers}
        events.append(Event("send", _span(entry, "send", "wait"), 0, accepted))
    started_s = moment_ns(entry.startedDateTime) / 1e9
    for value in entry.frames if isinstance(entry.frames, list) else ():
        try:
            frame = msgspec.convert(value, Frame, strict=False)
        except msgspec.ValidationError:
            continue
        if event := _frame(frame, started_s):
            events.append(event)
    return events


_LATEST_S: Final = 1e11
"""A time beyond the year 5000 is one in milliseconds, as Playwright writes them."""

_DATA_FRAMES: Final = (0, 1, 2)


def _frame(frame: Frame, started_s: float) -> Event | None:
    """None for what is no message: control frames, and the errors that Chrome lists among them."""
    if frame.opcode not in _DATA_FRAMES or frame.type not in ("send", "receive"):
        return None
    time_s = frame.time / 1e3 if frame.time > _LATEST_S else frame.time
    at_ns = span_ns(min(max(0.0, time_s - started_s) * 1e3, _LONGEST_SESSION_MS))
    channel: Channel = "receive" if frame.type == "send" else "send"
    kind = f"websocket.{channel}"
    if frame.opcode == 2:
        data = _binary(frame.data)
        return Event(channel, at_ns, len(data), {"type": kind, "bytes": data})
    text = clean(frame.data)
    return Event(channel, at_ns, len(text.encode()), {"type": kind, "text": text})


_LONGEST_SESSION_MS: Final = 1e12


def _binary(data: str) -> bytes:
    """The bytes of base64, as the format has it, or of a text that is no base64."""
    try:
        return b64decode(data, validate=True)
    except ValueError:
        return utf8(data)
