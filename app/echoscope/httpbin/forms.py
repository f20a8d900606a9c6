"""Forms in a request body, as far as they keep within bounds. Pure: bytes in, fields and files out.

Parsing is python-multipart's (RFC 7578) and the standard library's. A body that cannot be read, or that has more
parts than are taken, is no form: whoever asks shows its bytes.
"""

from base64 import b64encode
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

Pairs = list[tuple[str, str]]

MAX_FIELDS: Final = 1_000
"""Fields of a query or an urlencoded form: a million take a second to parse."""

MAX_PARTS: Final = 64


class Form(NamedTuple):
    """Plain fields and files by name, each in the order in which they came, their contents as `text_or_data_url`."""

    fields: Pairs
    files: Pairs


def parse_form(content_type: bytes, body: bytes) -> Form | None:
    """None when the body is no form, or none that can be read."""
    kind, options = parse_options_header(content_type)
    if kind == b"application/x-www-form-urlencoded":
        return _urlencoded(body)
    if kind == b"multipart/form-data" and options.get(b"boundary"):
        return _multipart(options[b"boundary"], body)
    return None


def _urlencoded(body: bytes) -> Form | None:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    return Form(pairs, [])


def _multipart(boundary: bytes, body: bytes) -> Form | None:
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, _TooMany):
        return None
    return Form(parts.fields, parts.files) if parts.is_whole else None


def text_or_data_url(content: bytes, content_type: str = "") -> str:
    """Text, when the bytes are UTF-8; else a `data:` URL (RFC 2397), which JSON can carry."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"data:{content_type or 'application/octet-stream'};base64,{b64encode(content).decode()}"


class _TooMany(Exception):
    """More than `MAX_PARTS` parts."""


class _Parts:
    """Gathers the parts from the parser's callbacks, which hand over slices of the body."""

    def __init__(self) -> None:
        self.fields: Pairs = []
        self.files: Pairs = []
        self.is_whole = False
        self._name = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._content: list[bytes] = []

    def callbacks(self) -> dict[str, object]:
        names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end", "end")
        return {f"on_{name}": getattr(self, name) for name in names}

    def part_begin(self) -> None:
        if len(self.fields) + len(self.files) == MAX_PARTS:
            raise _TooMany
        self._headers = {}
        self._content = []

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        content_type = self._headers.get(b"content-type", b"").decode("latin-1")
        pairs = self.files if b"filename" in options else self.fields
        pairs.append((name, text_or_data_url(b"".join(self._content), content_type)))

    def end(self) -> None:
        self.is_whole = True
