"""The parts of a multipart/form-data body (RFC 7578), read as RFC 2046, section 5.1.1, has them.

There may be text before the first boundary and after the last, blanks behind a boundary, folded header lines, and
files in a `multipart/mixed` of their own. Lines end as the first boundary does, also with LF alone, which no RFC has
and some clients send. Pure, and linear in the size of the body.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ...http.fields import Parameters, extended, parameter, with_parameters

MAX_HEAD_BYTES: Final = 8 << 10
"""The bytes of the head of a part, at most."""

_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_PERCENT: Final = re.compile(r"%(22|0D|0A)", re.IGNORECASE)


class MultipartError(ValueError):
    """The body has no last boundary, or more of something than is taken."""


class Part(NamedTuple):
    """`is_file`: it has a file name, be it empty."""

    name: str
    content_type: str
    content: bytes
    is_file: bool


def read_parts(boundary: bytes, body: bytes, most: int) -> list[Part]:
    """The parts in their order, `most` at most. Raises `MultipartError`."""
    parts: list[Part] = []
    for part in _with_inner(_parts(boundary, body)):
        if len(parts) == most:
            raise MultipartError
        parts.append(part)
    return parts


def _with_inner(parts: Iterator[Part]) -> Iterator[Part]:
    """A part that is a `multipart/mixed` gives way to its files, which have its name (RFC 7578, section 4.3)."""
    for part in parts:
        is_mixed = part.content_type.lower().startswith("multipart/mixed")
        boundary = parameter(part.content_type, "boundary") if is_mixed else None
        if boundary:
            for inner in _parts(boundary.encode("latin-1"), part.content):
                yield inner._replace(name=part.name)
        else:
            yield part


def _parts(boundary: bytes, body: bytes) -> Iterator[Part]:
    """Each part lies between two delimiters, and begins with the end of the line that the first of them is on."""
    line = re.escape(b"--" + boundary)
    body = b"\n" + body  # so that a line end stands before every delimiter
    first = re.search(rb"\n%b(--)?[ \t]*(\r?\n|\Z)" % line, body)
    if first is None:
        raise MultipartError
    if first[1]:
        return
    end, start = first[2], first.start(2)
    delimiters = re.compile(rb"%b%b(?:(--)|[ \t]*(?=%b|\Z))" % (end, line, end))
    for delimiter in delimiters.finditer(body, start):
        yield _part(body[start : delimiter.start()], end)
        if delimiter[1]:
            return
        start = delimiter.end()
    raise MultipartError


def _part(section: bytes, end: bytes) -> Part:
    head, _, content = section.partition(end + end)
    if len(head) > MAX_HEAD_BYTES:
        raise MultipartError
    pairs = (line.partition(b":") for line in reversed(_FOLD.sub(b" ", head).split(end)))
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    options = with_parameters(headers.get(b"content-disposition", b"").decode("utf-8", "replace"))[1]
    return Part(
        name=_PERCENT.sub(lambda escape: chr(int(escape[1], 16)), _option(options, "name") or ""),
        content_type=headers.get(b"content-type", b"").decode("latin-1"),
        content=content,
        is_file=_option(options, "filename") is not None,
    )


def _option(options: Parameters, name: str) -> str | None:
    """A parameter in any of its forms: plain, encoded (RFC 8187), or in numbered pieces (RFC 2231, section 3)."""
    for key, value in options:
        if key in (name, f"{name}*"):
            return value if key == name else extended(value)
    pieces = [value for key, value in options if re.fullmatch(rf"{name}\*[0-9]+\*?", key)]
    return extended("".join(pieces)) if pieces else None
