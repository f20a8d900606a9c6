"""Plain data: what JSON and msgpack can carry, made of whatever a scope or a message holds.

Left out is what has no honest form as data: objects that frameworks put into a scope, and mappings' keys that
are not text. Nothing is represented by its `repr`: that would leak addresses and names.
"""

from collections.abc import Mapping
from typing import Any, Final

_LEFT_OUT: Final = object()
_DEPTH = 16
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1


def plain(value: Any) -> Any:
    """`value` with everything removed that is not plain data; None when nothing is left of it.

    Text keeps its characters but for lone surrogates, which become `\\udXXX` written out. Integers outside
    64 bits become text. Nesting deeper than 16 levels is left out.
    """
    made = _plain(value, _DEPTH)
    return None if made is _LEFT_OUT else made


def _plain(value: Any, depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case int():  # an IntEnum too, which a `range` would look for by counting
            number = int(value)
            return number if _LEAST <= number <= _MOST else str(number)
        case float():
            return float(value)
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case bytes() | bytearray() | memoryview():
            return bytes(value)
        case Mapping() if depth:
            pairs = ((_plain(key, 0), _plain(item, depth - 1)) for key, item in value.items() if isinstance(key, str))
            return {key: item for key, item in pairs if item is not _LEFT_OUT}
        case list() | tuple() if depth:
            items = (_plain(item, depth - 1) for item in value)
            return [item for item in items if item is not _LEFT_OUT]
        case _:
            return _LEFT_OUT
