"""Quoting for shells: bash, dash, zsh and others that know POSIX words.

A word of printable ASCII stands in single quotes, in which nothing is special, history expansion neither. Any
other bytes come out of `printf` with octal escapes: no control character is ever pasted into a terminal, which
would act on it, and no character depends on the locale.
"""

import re
import shlex
from base64 import b64encode
from collections.abc import Iterable
from typing import Final

_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]*")
_LINE: Final = 2_000
"""Longest argument for a body: terminals in line mode cut lines at 4,096 bytes."""

_BASE64_LINE: Final = 1_000


def word(data: bytes) -> str:
    """One argument with exactly these bytes. NUL cannot stand in one; trailing line ends cannot either."""
    if _PRINTABLE.fullmatch(data):
        return shlex.quote(data.decode())
    return f'"$(printf {printf_format(data)})"'


def is_word(data: bytes) -> bool:
    """Whether a body is short and printable, so that it may stand in the command."""
    return len(data) <= _LINE and _PRINTABLE.fullmatch(data) is not None


def printed(data: bytes) -> str:
    """A command that prints exactly these bytes: text with escapes, anything else in base64."""
    text = printf_format(data)
    if len(text) <= _LINE and text.count("\\") <= len(data) / 4:
        return f"printf {text}"
    encoded = b64encode(data).decode()
    lines = [encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)]
    command = continued(["printf %s", *lines]) if len(lines) > 1 else f"printf %s {encoded}"
    return f"{command} | base64 -d"


def continued(parts: Iterable[str]) -> str:
    """A command over several lines."""
    return " \\\n  ".join(parts)


def comments(remarks: Iterable[str]) -> str:
    """Comment lines. They hold nothing that a shell without comments would act on."""
    return "".join(f"# {remark}\n" for remark in remarks)


def printf_format(data: bytes) -> str:
    """A quoted format for `printf`, without a conversion in it."""
    text = "".join(map(_escaped, data))
    return f"'\\055{text[1:]}'" if text.startswith("-") else f"'{text}'"


def _escaped(byte: int) -> str:
    match chr(byte):
        case "\n":
            return "\\n"
        case "\r":
            return "\\r"
        case "%":
            return "%%"
        case "\\":
            return "\\\\"
        case "'":
            return "\\047"
        case character if 0x20 <= byte <= 0x7E:
            return character
        case _:
            return f"\\{byte:03o}"
