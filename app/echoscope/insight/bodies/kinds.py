"""What kind of thing a body is: by its media type, and by its first bytes where that says nothing or is wrong."""

import re
from typing import Final, Literal

from msgspec import UNSET

from .json_tree import read_json

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


def looks_like_json(content: bytes) -> bool:
    """Whether it begins and ends like an object or an array: what a lone number or word is, nobody can tell."""
    stripped = content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    return stripped[:1] + stripped[-1:] in (b"{}", b"[]")


def may_be_json(content: bytes) -> bool:
    """Whether it is JSON, or has no fault that would show that it is none: GraphQL and TOML have the same brackets."""
    read = read_json(content.decode("utf-8", "replace"))
    return read.error is UNSET or read.error.line is None


def is_text(content: bytes) -> bool:
    """Whether the bytes are UTF-8 text, as far as they go: the last character may be cut."""
    if _NO_TEXT.search(content):
        return False
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
