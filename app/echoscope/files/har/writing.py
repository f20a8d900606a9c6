"""HAR 1.2, the HTTP Archive format of browsers' network panels (http://www.softwareishard.com/blog/har-12-spec/).

Written for other programs to read: compressed bodies are undone as the format asks, header values are Latin-1 so
that any byte has a character, all is ASCII JSON. What HAR has no place for stands under names that begin with an
underscore, and what is not as the format asks is said in comments. JSON Lines is the form that loses
nothing; HAR loses compression and the single events. `reading` is the way back.
"""

import json
from base64 import b64encode
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import to_builtins
from msgspec.structs import replace

from ... import __version__
from ...exchange.addresses import url_of
from ...exchange.document import Plain, inside_document, seen_document
from ...exchange.facts import NO_FACTS
from ...exchange.model import Event, Exchange, ExchangeHead
from ...exchange.sides import Pairs, Side, as_told, request_of, response_of
from ...exchange.summary import summarize
from ...http.fields import media_type, parameter, split
from ...http.glossary import reason_phrase
from ...insight.bodies.charsets import charset_named
from ...insight.bodies.codings import undo
from ...insight.bodies.kinds import kind_by_type

_CREATOR: Final = json.dumps({"name": "Echoscope", "version": __version__})
BEGIN: Final = f'{{"log": {{"version": "1.2", "creator": {_CREATOR}, "entries": [\n'.encode()
END: Final = b"\n]}}\n"
"""What stands around the entries, which are separated by commas."""


class Har:
    """HAR 1.2. The note becomes the entry's comment."""

    media_type = "application/json"
    separator = b",\n"

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        return BEGIN

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes:
        return entry(seq, exchange, note, pinned=pinned)

    def end(self) -> bytes:
        return END


def entry(seq: int, exchange: Exchange, note: str | None = None, *, pinned: bool = False) -> bytes:
    """One entry as ASCII JSON, with a note as its comment."""
    line = summarize(seq, exchange.head)
    request, response = request_of(exchange), response_of(exchange)
    made = {
        "startedDateTime": line.started_at,
        "time": line.duration_ms,
        "request": _request(exchange, request),
        "response": _response(exchange, response),
        "cache": {},
        "timings": _timings(exchange),
        "comment": note or "",
        "_id": exchange.id,
        "_state": exchange.state,
        "_client": line.client,
        "_error": exchange.error,
    }
    if pinned:
        made["_pinned"] = True
    if exchange.facts != NO_FACTS:
        made["_facts"] = to_builtins(exchange.facts)
    if exchange.inside is not None:
        made["_inside"] = to_builtins(inside_document(exchange))
        if exchange.inside.inner is not None:  # what is compared with it, which HAR itself tells in another form
            made["_outside"] = to_builtins(replace(seen_document(exchange), inside=None))
    if exchange.scope["type"] == "websocket":
        made |= {"_resourceType": "websocket", "_webSocketMessages": _messages(exchange)}
    return json.dumps(made, ensure_ascii=True).encode("ascii")


def _request(exchange: Exchange, side: Side) -> Plain:
    scope = exchange.scope
    query = scope.get("query_string", b"")
    made: Plain = {
        "method": scope.get("method") or "GET",
        "url": url_of(exchange, side),
        "httpVersion": f"HTTP/{scope.get('http_version') or '1.1'}",
        "cookies": [_cookie(pair) for value in side.values(b"cookie") for pair in value.split(";") if pair.strip()],
        "headers": _headers(as_told(side.headers, exchange.wire)),
        "queryString": [_named(*pair) for pair in parse_qsl(query.decode("latin-1"), keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": side.size,
    }
    if side.content:
        made["postData"] = {
            "mimeType": side.value(b"content-type") or "",
            "params": [],
            **_text(side.content, side, "_encoding"),
        }
        made["postData"] |= _coded(side, is_coded=not side.is_decoded)
    return made


def _response(exchange: Exchange, side: Side | None) -> Plain:
    """A response that never began has the status 0, as browsers write it."""
    side, status = side or Side([], b"", 0), exchange.status or 0
    return {
        "status": status,
        "statusText": reason_phrase(status),
        "httpVersion": f"HTTP/{exchange.scope.get('http_version') or '1.1'}",
        "cookies": [_set_cookie(value) for value in side.values(b"set-cookie")],
        "headers": _headers(side.headers),
        "content": _content(side),
        "redirectURL": side.value(b"location") or "",
        "headersSize": -1,
        "bodySize": side.size,
    }


def _content(side: Side) -> Plain:
    """The body without its compression, when that can be undone whole; else as it was sent."""
    decoded, undone = undo(side.content, [] if side.is_decoded else _codings(side))
    made: Plain = {"size": side.size, "mimeType": side.value(b"content-type") or "x-unknown"}
    if not side.content:
        return made | _comment(side)
    if undone is None:
        return made | _text(side.content, side, "encoding") | _coded(side, is_coded=False)
    if undone.state != "whole" or side.is_cut:
        made |= _text(side.content, side, "encoding") | _coded(side, is_coded=True)
        return made | _comment(side, undone.detail)
    made |= {"size": len(decoded), "compression": len(decoded) - len(side.content)}
    return made | _text(decoded, side, "encoding") | _coded(side, is_coded=False)


def _codings(side: Side) -> list[str]:
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    return [name for name in names if name != "identity"]


def _coded(side: Side, *, is_coded: bool) -> Plain:
    """Whether the body that is told still has the coding that its headers name, where they name one: the bytes alone
    do not always tell. And what is to be said of the body."""
    return ({"_isCoded": is_coded} if _codings(side) else {}) | _comment(side)


def _text(content: bytes, side: Side, encoding: str) -> Plain:
    """The text, decoded from its charset, when it gives the same bytes again; else base64."""
    charset = _charset(side)
    try:
        text = content.decode(charset)
        if text.encode(charset) == content:
            return {"text": text}
    except UnicodeError:
        pass
    return {"text": b64encode(content).decode(), encoding: "base64"}


def _charset(side: Side) -> str:
    """The charset that the type names; JSON is UTF-8 (RFC 8259, section 8.1)."""
    content_type = side.value(b"content-type") or ""
    declared = parameter(content_type, "charset")
    is_json = kind_by_type(media_type(content_type)) == "json"
    return (None if is_json or not declared else charset_named(declared)) or "utf-8"


def _comment(side: Side, *sentences: str | None) -> Plain:
    """Remarks about the body for its reader."""
    said = [sentence for sentence in sentences if sentence]
    if side.is_cut:
        said.insert(0, f"Only the first {len(side.content)} of {side.size} bytes were kept.")
    charset = _charset(side)
    if charset != "utf-8" and not side.content.isascii():
        said.append(f"The bytes were sent in {charset}; a text stands here as Unicode.")
    return {"comment": " ".join(said)} if said else {}


def _headers(pairs: Pairs) -> list[Plain]:
    return [_named(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]


def _named(name: str, value: str) -> Plain:
    return {"name": name, "value": value}


def _cookie(pair: str) -> Plain:
    name, _, value = pair.partition("=")
    return _named(name.strip(), value.strip())


def _set_cookie(value: str) -> Plain:
    pair, *attributes = value.split(";")
    said = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in attributes)}
    made = _cookie(pair) | {"httpOnly": "httponly" in said, "secure": "secure" in said}
    return made | {key: said[key] for key in ("path", "domain") if key in said}


def _timings(exchange: Exchange) -> Plain:
    """How long the request took to come, the answer to begin, and the answer to go; together the whole time, in ms."""
    received = max((event.at_ns for event in exchange.events if event.channel == "receive"), default=0)
    began = next((event.at_ns for event in exchange.events if event.channel == "send"), exchange.duration_ns)
    began = min(began, exchange.duration_ns)
    received = min(received, began)
    spans = {"send": received, "wait": began - received, "receive": exchange.duration_ns - began}
    return {name: round(span / 1e6, 6) for name, span in spans.items()}


def _messages(exchange: Exchange) -> list[Plain]:
    """The frames as browsers write them: `send` is what the client sent, times are seconds since 1970."""
    events = [event for event in exchange.events if event.message["type"] in _FRAMES]
    return [_message(event, exchange.started_ns) for event in events]


_FRAMES: Final = {"websocket.receive": "send", "websocket.send": "receive"}


def _message(event: Event, started_ns: int) -> Plain:
    data: Any = event.message.get("bytes")
    return {
        "type": _FRAMES[event.message["type"]],
        "time": (started_ns + event.at_ns) / 1e9,
        "opcode": 1 if data is None else 2,
        "data": event.message.get("text") or "" if data is None else b64encode(data).decode(),
    }
