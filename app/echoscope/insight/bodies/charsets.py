"""The charset of a body: where it is said, and the text that it gives.

In this order: a byte order mark, the `charset` of the Content-Type, the XML declaration, UTF-8. A byte order
mark wins as in the Encoding Standard of the WHATWG. JSON is UTF-8 whatever is said (RFC 8259, section 8.1).
"""

import codecs
import re
from typing import Final, Literal

import msgspec

Source = Literal["bom", "content-type", "content", "default"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_KNOWN: Final = frozenset(
    [
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
        *(f"iso8859-{number}" for number in range(1, 17)),
        *(f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 949, *range(1250, 1259))),
        *("koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "shift_jis", "euc_jp", "iso2022_jp"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_kr"),
    ]
)
"""Charsets of texts. Python knows more codecs, some of which are no charsets and take quadratic time."""

_WITHOUT_MARK: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""What is meant without a byte order mark (Encoding Standard, section 4.2)."""

_WITH_CONTROLS: Final = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874"}
"""What a label means where there are control characters that no text has (Encoding Standard, section 4.2)."""

_CONTROLS: Final = re.compile(rb"[\x80-\x9f]")
_XML_DECLARATION: Final = re.compile(rb"""\A<\?xml[^>]{0,100}?encoding=["']([\w.-]{1,40})["']""")


class Charset(msgspec.Struct, frozen=True):
    """The charset of a text and who named it. `detail`: what does not fit, one sentence."""

    name: str
    source: Source
    detail: str | None


def decode(content: bytes, declared: str | None, *, is_cut: bool, is_json: bool = False) -> tuple[str, Charset]:
    """The text of a body and its charset; what does not fit the charset is replaced, and counted in `detail`.

    `declared`: what the Content-Type says. `is_cut`: the content may end within a character.
    """
    mark, name, source, detail = _told(content, declared, is_json=is_json)
    text = codecs.getincrementaldecoder(name)("replace").decode(content[len(mark) :], final=not is_cut)
    count = text.count("\ufffd")
    if count and "\ufffd".encode(name, "ignore") not in content:
        unfit = f"{count:,} {'place does' if count == 1 else 'places do'} not fit {name}; each is shown as \ufffd."
        detail = f"{detail} {unfit}" if detail else unfit
    return text, Charset(name, source, detail)


def _told(content: bytes, declared: str | None, *, is_json: bool) -> tuple[bytes, str, Source, str | None]:
    """The byte order mark, the charset, who named it, and what is wrong with the one that is declared."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return mark, name, "bom", None
    detail = None
    if declared:
        canonical = _canonical(declared)
        if canonical and not (is_json and canonical != "utf-8" and is_utf8(content)):
            meant = _WITH_CONTROLS.get(canonical)
            if meant and _CONTROLS.search(content):
                return b"", meant, "content-type", f"Sent as {canonical}, which browsers read as {meant}."
            return b"", canonical, "content-type", None
        detail = None if canonical else f"{declared[:40]!r} is no charset that is known here."
    if match := _XML_DECLARATION.match(content):
        canonical = _canonical(match[1].decode())
        if canonical and not canonical.startswith(("utf-16", "utf-32")):
            return b"", canonical, "content", detail
    return b"", "utf-8", "default", detail


def _canonical(name: str) -> str | None:
    try:
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
    return _WITHOUT_MARK.get(codec, codec) if codec in _KNOWN else None


def is_utf8(content: bytes) -> bool:
    """Whether all of the content is UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def charset_named(name: str) -> str | None:
    """What Python calls a charset that is known here; None for any other name."""
    return _canonical(name)
