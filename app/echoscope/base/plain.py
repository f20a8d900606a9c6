"""Plain data: what JSON and msgpack can carry, made of whatever a scope or a message holds.

Objects that frameworks put into a scope and keys that are not text have no honest form as data and are left out.
Nothing is represented by its `repr`, which would leak memory addresses and names.
"""

from collections.abc import Mapping
from typing import Any, Final

_LEFT_OUT: Final = object()
_DEPTH = 16
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1


def plain(value: Any) -> Any:
    """`value` without what is not plain data; None when nothing is left.

    Text keeps its characters but for lone surrogates, which become `\\udXXX` written out. Integers outside
    64 bits become text. Nesting deeper than 16 levels is left out.
    """
    result = _plain(value, _DEPTH)
    return None if result is _LEFT_OUT else result


def _plain(value: Any, depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case int():  # comparisons, since `in range(…)` counts through the range for an IntEnum
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
