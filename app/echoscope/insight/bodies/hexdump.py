"""Bytes as `hexdump -C` lays them out: place, sixteen bytes in two groups, the printable ASCII among them."""

from typing import Final

_ROW: Final = 16
_PRINTABLE: Final = {byte: "·" for byte in range(256) if not 31 < byte < 127}


def hexdump(content: bytes) -> str:
    """Lines without an end at the last one; empty for no bytes."""
    text = content.decode("latin-1").translate(_PRINTABLE)
    return "\n".join(_line(content, text, start) for start in range(0, len(content), _ROW))


def _line(content: bytes, text: str, start: int) -> str:
    middle, end = start + _ROW // 2, start + _ROW
    octets = f"{content[start:middle].hex(' ')}  {content[middle:end].hex(' ')}"
    return f"{start:08x}  {octets:<48}  {text[start:end]}"
