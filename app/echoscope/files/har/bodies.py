"""The bodies of a HAR as bytes again.

HAR 1.2 tells a body as Unicode text, or as base64, without its content coding, and a form often only as parameters. So
texts are put back into their charset, and what was undone of a body is marked in its message: `is_decoded`.
"""

import re
from base64 import b64decode
from binascii import Error
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from ...http.fields import media_type, parameter, split
from ...insight.bodies.charsets import charset_named
from ...insight.bodies.codings import undo
from ...insight.bodies.images import read_image
from ...insight.bodies.kinds import is_text, kind_by_type
from ..imported import ImportFault
from ..texts import utf8
from .archive import Content, Pair, PostData

_CONTROL: Final = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_ESCAPED_BYTE: Final = re.compile("[\udc80-\udcff]")
_BOUNDARY: Final = "echoscope-boundary"
_UNKNOWN_ENCODINGS: Final = ("", "utf-8", "utf8", "text", "identity", "none")


class Body(msgspec.Struct, frozen=True):
    """`content_type`: what the header must say to fit. `is_decoded`: whether it stands without the coding that its
    headers name."""

    content: bytes
    content_type: str
    is_decoded: bool = False


def request_body(posted: PostData | None, content_type: str, codings: list[str], size: float) -> Body:
    """`size`: in bytes, as the file says it; it tells how a text was encoded."""
    if posted is None:
        return Body(b"", content_type)
    content_type = content_type or posted.mimeType
    if posted.params and not posted.text:
        body = _of_params(posted.params, content_type)
        return Body(body.content, body.content_type, bool(codings))
    own = posted.own_encoding if isinstance(posted.own_encoding, str) else ""
    content = _content(posted.text or "", own or posted.encoding, content_type, size, may_be_latin_1=True)
    told_as_text = _is_text(posted.text or "", own or posted.encoding)
    return Body(content, content_type, _is_decoded(content, codings, posted.is_coded, told_as_text=told_as_text))


def response_body(told: Content, content_type: str, codings: list[str]) -> Body:
    content_type = content_type or told.mimeType
    content = _content(told.text or "", told.encoding, content_type, told.size)
    told_as_text = _is_text(told.text or "", told.encoding)
    return Body(content, content_type, _is_decoded(content, codings, told.is_coded, told_as_text=told_as_text))


def codings_of(values: list[str]) -> list[str]:
    """The names in the values of Content-Encoding."""
    names = [name.lower() for value in values for name in split(value)]
    return [name for name in names if name != "identity"]


def _content(text: str, encoding: str, content_type: str, size: float, *, may_be_latin_1: bool = False) -> bytes:
    if encoding.lower() in _UNKNOWN_ENCODINGS:
        return _encoded(text, content_type, size, may_be_latin_1=may_be_latin_1)
    if encoding.lower() != "base64":
        raise ImportFault(f"The encoding of a body must be base64, not {encoding[:20]!r}.")
    compact = "".join(text.split()).translate(_URL_SAFE).rstrip("=")
    try:
        return b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (Error, ValueError) as error:
        raise ImportFault(f"{error}.") from error


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _encoded(text: str, content_type: str, size: float, *, may_be_latin_1: bool) -> bytes:
    """The bytes of a text: in the charset of its type, unless the size that is told fits UTF-8 alone; bytes that were
    taken for Latin-1, where it is no text."""
    if text.isascii() or _ESCAPED_BYTE.search(text):
        return utf8(text)
    kind, as_utf8 = kind_by_type(media_type(content_type)), utf8(text)
    declared = parameter(content_type, "charset")
    charset = charset_named(declared) if declared else None
    if charset and kind != "json":
        in_charset = _in_charset(text, charset)
        return as_utf8 if len(as_utf8) == size != len(in_charset) else in_charset
    is_binary = kind is None or bool(_CONTROL.search(text))
    if may_be_latin_1 and is_binary and len(text) == size and max(text) <= "\xff":
        return text.encode("latin-1")
    return as_utf8


def _in_charset(text: str, charset: str) -> bytes:
    """Browsers take Latin-1 and ASCII for windows-1252 (Encoding Standard, section 4.2). A character that the charset
    has not was lost before."""
    names = [charset, "cp1252"] if charset in ("iso8859-1", "ascii") else [charset]
    for name in names:
        try:
            return text.encode(name)
        except UnicodeEncodeError:
            continue
    return text.encode(names[-1], "replace")


def _is_text(text: str, encoding: str) -> bool:
    return encoding.lower() in _UNKNOWN_ENCODINGS and not _CONTROL.search(text)


def _is_decoded(content: bytes, codings: list[str], is_coded: Any, *, told_as_text: bool) -> bool:
    """Whether a body stands without its codings. Our own files say it (`is_coded`). In others a text and a picture have
    none, and other bytes have them if they can be undone; of codings that are unknown here, nobody can tell."""
    if not content or not codings:
        return False
    if isinstance(is_coded, bool):
        return not is_coded
    if told_as_text or is_text(content) or read_image(content) is not None:
        return True
    _, undone = undo(content, codings)
    return undone is not None and undone.state == "failed"


def _of_params(params: list[Pair], content_type: str) -> Body:
    """A form that was told by its fields alone. A multipart form without a boundary gets one."""
    if not (media_type(content_type) or "").startswith("multipart/") and not any(one.fileName for one in params):
        pairs = [(utf8(one.name), utf8(one.text)) for one in params]
        return Body(urlencode(pairs).encode(), content_type or "application/x-www-form-urlencoded")
    if not (media_type(content_type) or "").startswith("multipart/"):
        content_type = "multipart/form-data"
    boundary = parameter(content_type, "boundary")
    if not boundary:
        boundary = _BOUNDARY
        while any(boundary in one.text for one in params):
            boundary += "-"
        content_type = f"{content_type.rstrip('; ')}; boundary={boundary}"
    delimiter = b"--" + utf8(boundary)
    parts = [b"%b\r\n%b" % (delimiter, _part(one)) for one in params]
    return Body(b"".join([*parts, delimiter, b"--\r\n"]), content_type)


def _part(param: Pair) -> bytes:
    """A field, written as browsers do (HTML Standard, "multipart/form-data encoding algorithm")."""
    head = f'Content-Disposition: form-data; name="{_quoted(param.name)}"'
    if param.fileName:
        head += f'; filename="{_quoted(param.fileName)}"'
    if param.contentType:
        head += "\r\nContent-Type: " + re.sub(r"[\r\n]+", " ", param.contentType)
    return utf8(f"{head}\r\n\r\n{param.text}\r\n")


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
