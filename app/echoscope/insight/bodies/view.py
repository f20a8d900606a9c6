"""The view: all that is found out about one body."""

from typing import Final

from msgspec import UNSET, Struct

from ...exchange.document import text
from ...exchange.sides import Of, Side
from ...http.fields import media_type, parameter, split
from .charsets import Charset, decode
from .codings import Coding, undo
from .hexdump import hexdump
from .images import read_image
from .json_tree import RECORD_SEPARATOR, JsonRead, looks_like_json, may_be_json, read_json
from .kinds import (
    TEXTUAL,
    TREES,
    BodyReading,
    HexDump,
    Kind,
    is_text,
    kind_by_content,
    kind_by_type,
    read_kind,
)

HEX_BYTES: Final = 16 << 10


class MessageReading(Struct, frozen=True):
    """What the payload of an event says. `index`: of the event among the kept ones, from 0. `kind`: json, json-seq
    (each record with its separator, as SignalR sends them), ndjson, text, empty or binary. `text`: None for what is
    none."""

    index: int
    kind: Kind
    text: str | None
    json: JsonRead | None


def view(
    side: Side, *, of: Of = "request", masked: bool = False, undo_coding: bool = True, with_hex: bool = False
) -> BodyReading:
    """`of`, `masked`: of this side. Without `undo_coding` the bytes are looked at as they were sent."""
    content_type = side.value(b"content-type")
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    content, coding = undo(side.content, names if undo_coding and not side.is_decoded else [])
    unsaid = _undo_unsaid(content, media_type(content_type)) if undo_coding and not names else None
    content, coding = unsaid or (content, coding)
    kind, notes = _kind(content, media_type(content_type), coding)
    if unsaid:
        notes.append("It is gzip, although no Content-Encoding says so.")
    is_cut = side.is_cut or (coding is not None and coding.state in ("stopped", "cut", "failed"))
    decoded, charset = _decoded(content, kind, content_type, is_cut=is_cut)
    if side.is_decoded:
        notes.append("The file that this comes from tells the body without its Content-Encoding.")
    if side.is_cut:
        notes.insert(0, f"Only the first {len(side.content):,} of {side.size:,} bytes were kept.")
    exact = text(content)
    reading = BodyReading(
        of=of,
        masked=masked,
        content_type=content_type,
        media_type=media_type(content_type),
        size=side.size,
        kept=len(side.content),
        truncated=side.is_cut,
        coding=coding,
        decoded_size=len(content),
        charset=charset,
        kind=kind,
        content=UNSET if exact == decoded else exact,
        text=decoded,
        hex=HexDump(hexdump(content[:HEX_BYTES]), len(content), min(len(content), HEX_BYTES)) if with_hex else UNSET,
        notes=notes,
    )
    read_kind(reading, content, is_cut=is_cut)
    return reading


def view_message(payload: str | bytes, index: int) -> MessageReading:
    """What a message of a WebSocket says, which is the event `index`."""
    content = payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace")
    decoded = content.decode("utf-8", "replace")
    kind: Kind = "empty" if not content else "text" if is_text(content.replace(b"\x1e", b"")) else "binary"
    if kind == "text" and RECORD_SEPARATOR in decoded:
        kind = "json-seq"
    elif kind == "text" and looks_like_json(content):
        kind = "json" if may_be_json(content) else "ndjson" if _is_lines(content) else "text"
    tree = TREES[kind](decoded) if kind in TREES else None
    return MessageReading(index, kind, None if kind == "binary" else decoded, tree)


def _undo_unsaid(content: bytes, sent_as: str | None) -> tuple[bytes, Coding | None] | None:
    """A text that was compressed and whose sender did not say so; None for anything else."""
    if not content.startswith(b"\x1f\x8b\x08") or kind_by_type(sent_as) not in TEXTUAL:
        return None
    decoded, coding = undo(content, ["gzip"])
    return (decoded, coding) if coding is not None and coding.undone is not None else None


def _kind(content: bytes, sent_as: str | None, coding: Coding | None) -> tuple[Kind, list[str]]:
    """The kind, and what does not fit what the Content-Type says of it."""
    if not content:
        return "empty", []
    if coding is not None and (coding.state == "nested" or (coding.undone is None and not is_text(content))):
        return "binary", []
    if read_image(content):
        return "image", []
    said = kind_by_type(sent_as)
    if said is None:
        return kind_by_content(content), []
    if said in ("form", "text") and looks_like_json(content) and _is_json(content):
        return "json", [_NOT_AS_SENT[said]]
    if said in ("json", "text") and b"\x1e" in content:
        return "json-seq", ["Sent as one text, but it has records with separators between them."]
    if said == "json" and _is_lines(content):
        return "ndjson", ["Sent as one JSON text, but each line is one of its own."]
    return said, []


_NOT_AS_SENT: Final = {
    "form": "Sent as a form, as curl -d does unless told otherwise, but it is JSON.",
    "text": "Sent as plain text, but it is JSON.",
}


def _is_json(content: bytes) -> bool:
    return read_json(content.decode("utf-8", "replace")).has_value


def _is_lines(content: bytes) -> bool:
    """Whether its first two lines are JSON texts, so that the whole is none."""
    lines = content.lstrip().split(b"\n", 2)[:2]
    return len(lines) == 2 and all(map(_is_json, lines))


def _decoded(
    content: bytes, kind: Kind, content_type: str | None, *, is_cut: bool
) -> tuple[str | None, Charset | None]:
    """The text and its charset; neither for what is no text."""
    declared = parameter(content_type or "", "charset")
    if kind == "multipart" and is_text(content):
        return decode(content, None, is_cut=is_cut)
    if kind not in TEXTUAL and not (kind == "binary" and declared):
        return None, None
    return decode(content, declared, is_cut=is_cut, is_json=kind == "json")
