"""The kinds of bodies: how each is known, and what is read of it.

A kind is known by its media type, and by its first bytes where that says nothing or is wrong. What is read of a kind is
a member of `BodyReading`, which `read_kind` fills.
"""

import re
from collections.abc import Callable
from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType

from ...exchange.document import Bytes, Header, header_pairs, text
from ...exchange.sides import Of
from ...http.fields import parameter, with_parameters
from .charsets import Charset, decode
from .codings import Coding
from .event_streams import EventStreamRead, read_events
from .forms import FormRead, read_form
from .graphql import GraphqlRead, read_document, read_request
from .images import ImageRead, read_image
from .json_tree import JsonRead, looks_like_json, may_be_json, read_json, read_lines, read_records
from .multipart import RawPart, TransferCoding, take_apart
from .xml_lines import indented_xml

Kind = Literal[
    "empty", "json", "ndjson", "json-seq", "graphql", "xml", "html", "form", "multipart", "image", "event-stream",
    "javascript", "css", "text", "binary",
]  # fmt: skip

TEXTUAL: Final = frozenset(
    ["json", "ndjson", "json-seq", "graphql", "xml", "html", "form", "event-stream", "javascript", "css", "text"]
)

_BY_TYPE: Final[dict[str, Kind]] = {
    "application/json": "json",
    "text/json": "json",
    "application/ndjson": "ndjson",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/jsonlines": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/json-lines": "ndjson",
    "application/json-seq": "json-seq",
    "application/graphql": "graphql",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/x-www-form-urlencoded": "form",
    "text/event-stream": "event-stream",
    "application/javascript": "javascript",
    "text/javascript": "javascript",
    "text/css": "css",
}
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Control characters that no text has; tabs, line ends, form feeds and escape sequences may be in one."""

_HTML: Final = re.compile(rb"\s*(?:<!--|<!doctype html|<html|<head|<body|<script|<h1|<div|<p>)", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<(?:\?xml\s|svg[\s>]|soap:|rss[\s>]|feed[\s>])", re.IGNORECASE)
_FORM: Final = re.compile(rb"[\w.~%+*\[\]-]+=[^\s<>{}\"&]*(?:&[\w.~%+*\[\]-]+=[^\s<>{}\"&]*)*", re.ASCII)


def kind_by_type(media_type: str | None) -> Kind | None:
    """The kind that a media type names; None when it says nothing that helps."""
    if media_type is None:
        return None
    if media_type in _BY_TYPE:
        return _BY_TYPE[media_type]
    main, _, sub = media_type.partition("/")
    if sub.endswith("+json"):
        return "json"
    if sub.endswith("+json-seq"):
        return "json-seq"
    if sub.endswith("+xml"):
        return "xml"
    return {"multipart": "multipart", "text": "text"}.get(main)  # type: ignore[return-value]


def kind_by_content(content: bytes) -> Kind:
    """The kind that the bytes look like."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf")
    if not is_text(content):
        return "binary"
    if _XML.match(start):
        return "xml"
    if _HTML.match(start):
        return "html"
    if looks_like_json(content) and may_be_json(content):
        return "json"
    return "form" if len(content) <= 1024 and _FORM.fullmatch(content) else "text"


def is_text(content: bytes) -> bool:
    """Whether the bytes are UTF-8 text, as far as they go: the last character may be cut."""
    if _NO_TEXT.search(content):
        return False
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


# What is read of each

PREVIEW_BYTES: Final = 64 << 10
"""How much of a part of a multipart body is shown."""


class Part(Struct, frozen=True):
    """A part of a multipart body.

    `size`: as it was sent, in bytes. `complete`: whether its end was there. `content`: its beginning of `shown` bytes,
    without its transfer coding, or as text of its `charset`. `json`: what is JSON, read.
    """

    name: Bytes | None
    filename: Bytes | None
    content_type: str | None
    headers: list[Header]
    size: int
    complete: bool
    kind: Kind
    content: Bytes
    shown: int
    image: ImageRead | None
    charset: str | None
    coding: TransferCoding | None
    json: JsonRead | None


class MultipartRead(Struct, frozen=True):
    """A multipart body. `complete`: whether the last boundary was there. `detail`: what is wrong with it."""

    boundary: str
    parts: list[Part]
    complete: bool
    detail: str | None


class HexDump(Struct, frozen=True):
    """The first `shown` of `size` bytes, as `hexdump -C` lays them out."""

    text: str
    size: int
    shown: int


class BodyReading(Struct, kw_only=True):
    """What a body is and what it says.

    `of`: whose it is; `masked`: whether secrets are hidden in it. `media_type`: of the Content-Type, without its
    parameters. `size`, `kept`: how long it was as it was sent, and how much of it is kept, in bytes. `coding`: what
    became of its Content-Encoding. `decoded_size`: without that. `kind`: what it is, whatever the Content-Type says.
    `text`: in its `charset`; None for what is no text. `content`: the bytes without their coding, where they are no
    UTF-8 text that stands in `text` as it is. `hex`: only where it was asked for. Then what was read, by its kind;
    `indented`: XML over several lines. `notes`: what is peculiar.
    """

    of: Of
    masked: bool
    content_type: str | None
    media_type: str | None
    size: int
    kept: int
    truncated: bool
    coding: Coding | None
    decoded_size: int
    charset: Charset | None
    kind: Kind
    content: Bytes | UnsetType = UNSET
    text: str | None
    hex: HexDump | UnsetType = UNSET
    json: JsonRead | None = None
    graphql: GraphqlRead | None = None
    form: FormRead | None = None
    multipart: MultipartRead | None = None
    event_stream: EventStreamRead | None = None
    indented: str | None = None
    image: ImageRead | None = None
    notes: list[str]


TREES: Final[dict[Kind, Callable[[str], JsonRead]]] = {
    "json": read_json,
    "ndjson": read_lines,
    "json-seq": read_records,
}


def read_kind(reading: BodyReading, content: bytes, *, is_cut: bool) -> None:
    """Put into a reading what a body of its kind says."""
    decoded, content_type = reading.text or "", reading.content_type or ""
    match reading.kind:
        case "json":
            reading.json = read_json(decoded)
            reading.graphql = read_request(reading.json.value)
            if reading.graphql is not None:
                reading.kind = "graphql"
        case "ndjson" | "json-seq":
            reading.json = TREES[reading.kind](decoded)
        case "graphql":
            reading.graphql = read_document(decoded)
        case "form":
            reading.form = read_form(content, parameter(content_type, "charset"))
        case "multipart":
            reading.multipart = read_multipart(content, content_type, is_cut=is_cut)
        case "event-stream":
            reading.event_stream = read_events(decoded)
        case "xml":
            reading.indented = indented_xml(decoded)
        case "image":
            reading.image = read_image(content, is_cut=is_cut)


def read_multipart(content: bytes, content_type: str, *, is_cut: bool = False) -> MultipartRead:
    """`content_type`: the header's value, with the boundary. `is_cut`: more was sent than is kept."""
    body = take_apart(content, content_type, is_cut=is_cut)
    return MultipartRead(body.boundary, [_described(part) for part in body.parts], body.complete, body.detail)


def _described(raw: RawPart) -> Part:
    content_type = raw.content_type
    content, coding = raw.decoded()
    excerpt = content[:PREVIEW_BYTES]
    is_cut = len(excerpt) < len(content) or not raw.is_complete
    image = read_image(excerpt, is_cut=is_cut)
    kind = _kind_of_part(content, content_type, image)
    said = None if content_type is None else content_type.decode("utf-8", "backslashreplace")
    written, charset = _written(excerpt, kind, parameter(said or "", "charset"), is_cut=is_cut)
    return Part(
        name=raw.name,
        filename=raw.filename,
        content_type=said,
        headers=header_pairs(raw.headers),
        size=raw.size,
        complete=raw.is_complete,
        kind=kind,
        content=written,
        shown=len(excerpt),
        image=image,
        charset=charset,
        coding=coding,
        json=read_json(written) if kind == "json" and isinstance(written, str) else None,
    )


def _written(content: bytes, kind: Kind, declared: str | None, *, is_cut: bool) -> tuple[Bytes, str | None]:
    """The content by the rule for bytes, or as text of the charset that the part names (RFC 7578, section 4.5)."""
    if declared is None or kind not in TEXTUAL:
        return text(content), None
    decoded, charset = decode(content, declared, is_cut=is_cut, is_json=kind == "json")
    return decoded, charset.name


def _kind_of_part(content: bytes, content_type: bytes | None, image: ImageRead | None) -> Kind:
    if image is not None:
        return "image"
    if not content:
        return "empty"
    media = (content_type or b"").decode("latin-1")
    said = kind_by_type(with_parameters(media)[0].lower())
    if not is_text(content) and not (said in TEXTUAL and parameter(media, "charset")):
        return "binary"
    return said or kind_by_content(content)
