"""The view: all that is found out about one body, as plain data for JSON."""

from typing import Any, Final

import msgspec

from ..document import Document, text
from ..fields import media_type, parameter, split
from ..sides import Side
from .charsets import Charset, decode
from .codings import Undone, undo
from .forms import read_form
from .hexdump import hexdump
from .images import read_image
from .json_tree import read_json, read_lines
from .kinds import TEXTUAL, Kind, is_text, kind_by_content, kind_by_type, looks_like_json
from .multipart import read_multipart

HEX_BYTES: Final = 16 << 10


def view(side: Side, *, undo_coding: bool = True) -> Document:
    """What a body is and what it says; the keys are those of the API's `body/view`.

    Without `undo_coding` the bytes are looked at as they were sent.
    """
    content_type = side.value(b"content-type")
    names = [name.lower() for value in side.values(b"content-encoding") for name in split(value)]
    content, undone = undo(side.content, names if undo_coding and not side.is_decoded else [])
    kind, notes = _kind(content, media_type(content_type), undone)
    is_cut = side.is_cut or (undone is not None and undone.state in ("stopped", "cut", "failed"))
    decoded, charset = _decoded(content, kind, content_type, is_cut=is_cut)
    if side.is_decoded:
        notes.append("The file that this comes from tells the body without its Content-Encoding.")
    if side.is_cut:
        notes.insert(0, f"Only the first {len(side.content):,} of {side.size:,} bytes were kept.")
    return {
        "content_type": content_type,
        "media_type": media_type(content_type),
        "size": side.size,
        "kept": len(side.content),
        "truncated": side.is_cut,
        "coding": _coding(undone),
        "decoded_size": len(content),
        "charset": charset and msgspec.to_builtins(charset),
        "kind": kind,
        "content": text(content),
        "text": decoded,
        "hex": {"text": hexdump(content[:HEX_BYTES]), "size": len(content), "shown": min(len(content), HEX_BYTES)},
        **_read(kind, content, decoded, content_type or "", is_cut=is_cut),
        "notes": notes,
    }


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


def _read(kind: Kind, content: bytes, decoded: str | None, content_type: str, *, is_cut: bool) -> dict[str, Any]:
    read: dict[str, Any] = dict.fromkeys(("json", "form", "multipart", "image"))
    match kind:
        case "json":
            read["json"] = read_json(decoded or "")
        case "ndjson":
            read["json"] = read_lines(decoded or "")
        case "form":
            read["form"] = read_form(content)
        case "multipart":
            read["multipart"] = read_multipart(content, content_type, is_cut=is_cut)
        case "image":
            read["image"] = read_image(content, is_cut=is_cut)
    return read


def _coding(undone: Undone | None) -> Document | None:
    if undone is None:
        return None
    return {"names": undone.names, "undone": undone.coding, "state": undone.state, "detail": undone.detail}
