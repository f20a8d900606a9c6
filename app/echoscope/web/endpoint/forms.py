"""Forms in a request body, as far as they keep within bounds. Pure: bytes in, fields and files out.

A body that cannot be read, or that has more fields than are taken, is no form: whoever asks shows its bytes.
"""

from base64 import b64encode
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from ...http.fields import parameter, with_parameters
from ...insight.bodies.charsets import decode
from .multipart import MultipartError, Part, read_parts

Pairs = list[tuple[str, str]]

MAX_FIELDS: Final = 1_000
"""Fields of a query or of a form, parts of a multipart one among them: a million take a second to parse."""


class Form(NamedTuple):
    """Plain fields and files by name, each in the order in which they came, their contents as `text_or_data_url`."""

    fields: Pairs
    files: Pairs


def parse_form(content_type: bytes, body: bytes) -> Form | None:
    """The form; None for a body that is no form or cannot be read as one."""
    text = content_type.decode("latin-1")
    kind, boundary = with_parameters(text)[0].lower(), parameter(text, "boundary")
    if kind == "application/x-www-form-urlencoded":
        return _urlencoded(body)
    if kind == "multipart/form-data" and boundary:
        return _multipart(boundary.encode("latin-1"), body)
    return None


def _urlencoded(body: bytes) -> Form | None:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    return Form(pairs, [])


def _multipart(boundary: bytes, body: bytes) -> Form | None:
    try:
        parts = read_parts(boundary, body, MAX_FIELDS)
    except MultipartError:
        return None
    charset = next((part.content for part in parts if part.name == "_charset_"), b"").decode("latin-1")
    return Form(
        fields=[(part.name, _field(part, charset)) for part in parts if not part.is_file],
        files=[(part.name, text_or_data_url(part.content, part.content_type)) for part in parts if part.is_file],
    )


def _field(part: Part, charset: str) -> str:
    """The text of a field, in its own charset or that of the form (RFC 7578, sections 4.5 and 4.6)."""
    declared = (parameter(part.content_type, "charset") if part.content_type else None) or charset
    if declared:
        text, found = decode(part.content, declared, is_cut=False)
        if found.detail is None:
            return text
    return text_or_data_url(part.content, part.content_type)


def text_or_data_url(content: bytes, content_type: str = "") -> str:
    """Text, when the bytes are UTF-8; else a `data:` URL (RFC 2397), which JSON can carry."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return data_url(content, content_type)


def data_url(content: bytes, content_type: str) -> str:
    return f"data:{content_type or 'application/octet-stream'};base64,{b64encode(content).decode()}"
