"""Functions that remember what they gave for values that clients repeat, such as those of headers.

A client may send values of any length, and no log counts what is remembered of them: so of a long one nothing is kept.
"""

from collections.abc import Callable, Sized
from typing import Final, TypeVar

LONGEST: Final = 256
"""How long a value may be that is remembered."""

K = TypeVar("K", bound=Sized)
V = TypeVar("V")


def remembered(most: int) -> Callable[[Callable[[K], V]], Callable[[K], V]]:
    """A decorator for a function of one value, whose results for up to `most` short ones are remembered."""
    return lambda function: _Known(function, most).__getitem__


class _Known(dict[K, V]):
    """What a function gave, by its value; a look at it costs no call of Python."""

    def __init__(self, function: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, value: K) -> V:
        result = self._function(value)
        if len(value) <= LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[value] = result
        return result
