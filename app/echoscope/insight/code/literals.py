"""Literals of Python, JavaScript and Go for any bytes: ASCII only, nothing in them can end them."""

import json
import re
from base64 import b64encode
from typing import Final

_PIECE: Final = 96
_LINE: Final = re.compile(rb"[^\n]{0,96}\n|[^\n]{1,96}")


def python_text(data: bytes) -> str:
    """A literal for a header: text where it is ASCII, else bytes."""
    return python_string(data.decode()) if data.isascii() else python_bytes(data)


def python_string(text: str) -> str:
    """JSON's escapes are Python's too, as long as all is ASCII."""
    return json.dumps(text) if text.isascii() else ascii(text)


def python_bytes(data: bytes, indent: str = "") -> str:
    """A bytes literal; a long one as several in brackets, one line of the data each."""
    if len(data) <= _PIECE:
        return repr(data)
    lines = "".join(f"{indent}    {line!r}\n" for line in _LINE.findall(data))
    return f"(\n{lines}{indent})"


def javascript_string(text: str) -> str:
    """JSON without non-ASCII characters is JavaScript."""
    return json.dumps(text)


def javascript_bytes(data: bytes) -> str:
    """An expression for a Uint8Array."""
    try:
        return f"new TextEncoder().encode({javascript_string(data.decode())})"
    except UnicodeDecodeError:
        return f'Uint8Array.from(atob("{b64encode(data).decode()}"), (character) => character.charCodeAt(0))'


def go_string(data: bytes) -> str:
    """An interpreted string literal, which may hold any bytes as escapes."""
    return '"' + "".join(map(_go_escaped, data)) + '"'


def _go_escaped(byte: int) -> str:
    return _GO.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")


_GO: Final = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
