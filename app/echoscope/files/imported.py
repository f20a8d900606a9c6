"""The parts that all formats share when they are read: entries, faults, and checked values."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from ..exchange.model import Exchange

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR: Final = 2200
"""Nanoseconds since 1970 fit into 64 bits until then, and some."""

_LONGEST_MS: Final = 1e12


class ImportFault(Exception):
    """What is wrong with a file or with one entry of it, in one sentence."""


class Imported(msgspec.Struct, frozen=True):
    """Entry or line `number`, from 1: an exchange with its marks, or `fault`, which says why there is none."""

    number: int
    exchange: Exchange | None = None
    note: str | None = None
    pinned: bool = False
    fault: str | None = None


def own_id(value: object) -> str:
    """The value where it is an id of the form that Echoscope gives, else an empty text, for which a new id is given."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def moment_ns(text: str) -> int:
    """Nanoseconds since 1970 of a time by RFC 3339, to the microsecond. Raises ImportFault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ImportFault(f"The time must be like 2026-11-22T09:00:00.123Z, not {text[:40]!r}.") from error
    if not 1970 <= moment.year <= _LAST_YEAR:
        raise ImportFault(f"The time must be between 1970 and {_LAST_YEAR}, not {text[:40]!r}.")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, (moment - _EPOCH) // timedelta(microseconds=1)) * 1000


def span_ns(milliseconds: float) -> int:
    """Nanoseconds of a duration, to the microsecond. Raises ImportFault for one that is negative or endless."""
    if not 0 <= milliseconds <= _LONGEST_MS:
        raise ImportFault(f"A duration must be between 0 and {_LONGEST_MS:.0f} milliseconds, not {milliseconds}.")
    return round(milliseconds * 1000) * 1000
