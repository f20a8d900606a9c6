"""The conditions that the text behind a field sets: text, numbers, a network. They know neither fields nor
exchanges."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, AnyStr, Final, Literal

import msgspec

from ...base.remembered import remembered

Kind = Literal["text", "whole", "choice", "number", "status", "size", "duration", "address", "since"]
Value = str | float


class Text(msgspec.Struct, frozen=True):
    """Pieces in lower case, with anything between them; the first begins the value, the last ends it."""

    pieces: tuple[str, ...]

    @property
    def is_ascii(self) -> bool:
        """Whether the pieces can be searched for in UTF-8 bytes that were not decoded."""
        return all(piece.isascii() for piece in self.pieces)

    def accepts(self, value: Value) -> bool:
        return self.fits(str(value).lower())

    def fits(self, lowered: str) -> bool:
        return _fit(self.pieces, lowered)

    def fits_bytes(self, lowered: bytes) -> bool:
        return _fit(tuple(piece.encode() for piece in self.pieces), lowered)


class Numbers(msgspec.Struct, frozen=True):
    """Bounds that a number keeps, each with its comparison sign."""

    bounds: tuple[tuple[str, float], ...]

    def accepts(self, value: Value) -> bool:
        return all(_COMPARE[sign](value, bound) for sign, bound in self.bounds)


class Network(msgspec.Struct, frozen=True):
    """A network that an address is in; one address is a network of its own."""

    network: IPv4Network | IPv6Network

    def accepts(self, value: Value) -> bool:
        address = parse_address(str(value))
        return address is not None and address in self.network


Condition = Text | Numbers | Network

ANYTHING: Final = Text(("", ""))
"""Any value will do."""

EXAMPLES: Final[Mapping[Kind, str]] = {
    "number": "a number like 42, >42, <=42 or 10-42",
    "status": "a status like 404, >=400, 200-299 or 4xx",
    "size": "a size like 512, >10kb or 1kib-2mib",
    "duration": "a duration like 20, >100ms or 1-2s",
    "address": "an address, its beginning, or a network like 10.0.0.0/8",
    "since": "how long ago, like 30s, 5m, 2h or 7d, or a time like 2026-11-22T09:00:00Z",
}
"""What a value of a kind looks like, for error messages. A kind that is not here takes any text."""

_UNITS: Final[Mapping[Kind, Mapping[str, int]]] = {
    "number": {"": 1},
    "status": {"": 1},
    "size": {
        "": 1, "b": 1,
        "kb": 1000, "kib": 1 << 10, "mb": 1000**2, "mib": 1 << 20, "gb": 1000**3, "gib": 1 << 30,
    },
    "duration": {"": 1, "ms": 1, "s": 1000},
}  # fmt: skip
_AMOUNT: Final = r"([0-9]{1,15}(?:\.[0-9]{1,6})?)([a-z]*)"
_COMPARISON: Final = re.compile(f"(>=|<=|>|<|=)?{_AMOUNT}")
_RANGE: Final = re.compile(f"{_AMOUNT}-{_AMOUNT}")
_AGES: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE: Final = re.compile("([0-9]{1,9})([smhd])")
_TIME: Final = re.compile(
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(z|[+-][0-9]{2}:[0-9]{2})"
)
"""RFC 3339, section 5.6, in lower case."""

_SECOND_FRACTION: Final = re.compile("([.][0-9]{6})[0-9]+")
"""Python counts no further than microseconds."""

_STATUS_CLASS: Final = re.compile("([1-9])xx")
_ADDRESS: Final = re.compile("[0-9a-f.:]+(/[0-9]{1,3})?")
_COMPARE: Final[Mapping[str, Callable[[Any, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


def parse_condition(
    kind: Kind, value: str, choices: tuple[str, ...], *, literal: bool, exact: bool, now_s: float
) -> Condition | None:
    """The condition that `value` sets; None when the value is not of the kind.

    `literal`: a `*` in it is a `*`. `exact`: a text is the whole and nothing else. `now_s`: since when ages count.
    """
    value = value.lower()
    if exact:
        return Text((value,))
    if not value:
        return ANYTHING
    match kind:
        case "text" | "whole":
            return parse_text(value, whole=kind == "whole", literal=literal)
        case "choice":
            return Text((value,)) if value in choices else None
        case "address":
            return _parse_network(value)
        case "since":
            return _parse_since(value, now_s)
        case _:
            return _parse_numbers(kind, value)


def parse_text(value: str, *, whole: bool = False, literal: bool = True) -> Text:
    """`value` anywhere in a text, or as the whole; with a `*` that is not literal it is always the whole."""
    value = value.lower()
    if "*" in value and not literal:
        return Text(tuple(value.split("*")))
    return Text((value,) if whole else ("", value, ""))


@remembered(4096)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address without its zone. IPv4 inside IPv6, as dual-stack sockets report it, is IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _fit(pieces: tuple[AnyStr, ...], text: AnyStr) -> bool:
    """Leftmost match of every piece: linear, where a regular expression would try again from every place."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, last = pieces[0], pieces[-1]
    position, end = len(first), len(text) - len(last)
    if position > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for piece in pieces[1:-1]:
        index = text.find(piece, position, end)
        if index < 0:
            return False
        position = index + len(piece)
    return True


def _parse_numbers(kind: Kind, value: str) -> Numbers | None:
    if kind == "status" and (match := _STATUS_CLASS.fullmatch(value)):
        first = int(match[1]) * 100
        return Numbers(((">=", first), ("<", first + 100)))
    if match := _COMPARISON.fullmatch(value):
        sign, number, unit = match.groups()
        return _parse_bounds(kind, (sign or "=", number, unit))
    if match := _RANGE.fullmatch(value):
        low, low_unit, high, high_unit = match.groups()
        return _parse_bounds(kind, (">=", low, low_unit or high_unit), ("<=", high, high_unit))
    return None


def _parse_bounds(kind: Kind, *bounds: tuple[str, str, str]) -> Numbers | None:
    """Bounds in the kind's own unit; None for a foreign unit and for a range that ends before it begins."""
    units = _UNITS[kind]
    if any(unit not in units for _, _, unit in bounds):
        return None
    numbers = [float(number) * units[unit] for _, number, unit in bounds]
    if numbers != sorted(numbers):
        return None
    return Numbers(tuple((sign, number) for (sign, _, _), number in zip(bounds, numbers, strict=True)))


def _parse_network(value: str) -> Network | Text | None:
    if not _ADDRESS.fullmatch(value):
        return None
    if address := parse_address(value):
        return Network(ip_network(address))
    try:
        return Network(ip_network(value, strict=False))
    except ValueError:
        return None if "/" in value else Text((value, ""))


def _parse_since(value: str, now_s: float) -> Numbers | None:
    """Seconds since 1970 of the moment that an age, or a time of RFC 3339, names."""
    if age := _AGE.fullmatch(value):
        return Numbers(((">=", now_s - int(age[1]) * _AGES[age[2]]),))
    if not _TIME.fullmatch(value):
        return None
    try:
        return Numbers(((">=", datetime.fromisoformat(_SECOND_FRACTION.sub(r"\1", value.upper())).timestamp()),))
    except (ValueError, OverflowError):
        return None
