"""Bytes as `hexdump -C` lays them out: place, sixteen bytes in two groups, the printable ASCII among them."""

from typing import Final

_ASCII: Final = "".join(chr(byte) if 31 < byte < 127 else "·" for byte in range(256))


def hexdump(content: bytes) -> str:
    """Lines without an end at the last one; empty for no bytes."""
    return "\n".join(_line(content[start : start + 16], start) for start in range(0, len(content), 16))


def _line(row: bytes, start: int) -> str:
    octets = f"{row[:8].hex(' ')}  {row[8:].hex(' ')}"
    return f"{start:08x}  {octets:<48}  {''.join(_ASCII[byte] for byte in row)}"
