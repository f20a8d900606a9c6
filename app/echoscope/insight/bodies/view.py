"""The view: all that is found out about one body, as plain data for JSON."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from ...exchange.document import Document, text
from ...exchange.sides import Side
from ...http.fields import media_type, parameter, split
from .charsets import Charset, decode
from .codings import Undone, undo
from .event_streams import read_events
from .forms import read_form
from .graphql import read_document, read_request
from .hexdump import hexdump
from .images import read_image
from .json_tree import RECORD_SEPARATOR, Tree, read_json, read_lines, read_records
from .kinds import TEXTUAL, Kind, is_text, kind_by_content, kind_by_type, looks_like_json, may_be_json
from .multipart import read_multipart
from .xml_lines import indented_xml

HEX_BYTES: Final = 16 << 10


def view(side: Side, *, undo_coding: bool = True) -> Document:
    """What a body is and what it says; the keys are those of the API's `body/view`.

    Without `undo_coding` the bytes are looked at as they were sent.
    """
    content_type = side.value(b"content-type")
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    content, undone = undo(side.content, names if undo_coding and not side.is_decoded else [])
    unsaid = _undo_unsaid(content, media_type(content_type)) if undo_coding and not names else None
    content, undone = unsaid or (content, undone)
    kind, notes = _kind(content, media_type(content_type), undone)
    if unsaid:
        notes.append("It is gzip, although no Content-Encoding says so.")
    is_cut = side.is_cut or (undone is not None and undone.state in ("stopped", "cut", "failed"))
    decoded, charset = _decoded(content, kind, content_type, is_cut=is_cut)
    if side.is_decoded:
        notes.append("The file that this comes from tells the body without its Content-Encoding.")
    if side.is_cut:
        notes.insert(0, f"Only the first {len(side.content):,} of {side.size:,} bytes were kept.")
    read = _read(kind, content, decoded, content_type or "", is_cut=is_cut)
    return {
        "content_type": content_type,
        "media_type": media_type(content_type),
        "size": side.size,
        "kept": len(side.content),
        "truncated": side.is_cut,
        "coding": _coding(undone),
        "decoded_size": len(content),
        "charset": charset and msgspec.to_builtins(charset),
        "kind": "graphql" if read["graphql"] else kind,
        "content": text(content),
        "text": decoded,
        "hex": {"text": hexdump(content[:HEX_BYTES]), "size": len(content), "shown": min(len(content), HEX_BYTES)},
        **read,
        "notes": notes,
    }


def view_message(payload: str | bytes) -> Document:
    """What a message of a WebSocket says: `{"kind", "text", "json"}`, `json` as in `view`.

    The kind is json, json-seq (each record with its separator, as SignalR sends them), ndjson, text or binary.
    """
    content = payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace")
    decoded = content.decode("utf-8", "replace")
    kind: Kind = "empty" if not content else "text" if is_text(content.replace(b"\x1e", b"")) else "binary"
    if kind == "text" and RECORD_SEPARATOR in decoded:
        kind = "json-seq"
    elif kind == "text" and looks_like_json(content):
        kind = "json" if may_be_json(content) else "ndjson" if _is_lines(content) else "text"
    tree = _READERS[kind](decoded) if kind in _READERS else None
    return {"kind": kind, "text": None if kind == "binary" else decoded, "json": tree}


def _undo_unsaid(content: bytes, sent_as: str | None) -> tuple[bytes, Undone | None] | None:
    """A text that was compressed and whose sender did not say so; None for anything else."""
    if not content.startswith(b"\x1f\x8b\x08") or kind_by_type(sent_as) not in TEXTUAL:
        return None
    decoded, undone = undo(content, ["gzip"])
    return (decoded, undone) if undone is not None and undone.coding is not None else None


def _kind(content: bytes, sent_as: str | None, undone: Undone | None) -> tuple[Kind, list[str]]:
    """The kind, and what does not fit what the Content-Type says of it."""
    if not content:
        return "empty", []
    if undone is not None and (undone.state == "nested" or (undone.coding is None and not is_text(content))):
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
    return "value" in read_json(content.decode("utf-8", "replace"))


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


_READERS: Final[dict[Kind, Callable[[str], Tree]]] = {
    "json": read_json,
    "ndjson": read_lines,
    "json-seq": read_records,
}


def _read(kind: Kind, content: bytes, decoded: str | None, content_type: str, *, is_cut: bool) -> dict[str, Any]:
    keys = ("json", "graphql", "form", "multipart", "event_stream", "indented", "image")
    read: dict[str, Any] = dict.fromkeys(keys)
    match kind:
        case "json" | "ndjson" | "json-seq":
            read["json"] = _READERS[kind](decoded or "")
        case "graphql":
            read["graphql"] = read_document(decoded or "")
        case "form":
            read["form"] = read_form(content, parameter(content_type, "charset"))
        case "multipart":
            read["multipart"] = read_multipart(content, content_type, is_cut=is_cut)
        case "event-stream":
            read["event_stream"] = read_events(decoded or "")
        case "xml":
            read["indented"] = indented_xml(decoded or "")
        case "image":
            read["image"] = read_image(content, is_cut=is_cut)
    if kind == "json":
        read["graphql"] = read_request(read["json"].get("value"))
    return read


def _coding(undone: Undone | None) -> Document | None:
    if undone is None:
        return None
    return {"names": undone.names, "undone": undone.coding, "state": undone.state, "detail": undone.detail}
