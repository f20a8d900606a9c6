"""Points in time and durations, in words."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_UNITS: Final = (("year", 31_536_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_LATEST_S: Final = 253_402_300_799
"""The end of the year 9999, after which Python has no dates."""


def duration(seconds: float) -> str:
    """The two largest units: `1 hour 5 minutes`, `30 days`, `0 seconds`."""
    left, words = int(abs(seconds)), []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
        elif words:
            break
    return " ".join(words[:2]) or "0 seconds"


def moment(seconds: float, at_s: float) -> str | None:
    """`2026-11-22 09:00:00 UTC, 5 minutes after this request`; None for a time that Python's calendar does not
    reach."""
    if not 0 <= seconds <= _LATEST_S:
        return None
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC, {relative(seconds, at_s)}"


def relative(seconds: float, at_s: float) -> str:
    """The distance from the request, in words."""
    difference = seconds - at_s
    if abs(difference) < 1:
        return "the time of this request"
    return f"{duration(difference)} {'after' if difference > 0 else 'before'} this request"


def http_date(text: str) -> float | None:
    """Seconds since 1970 of a date in one of the forms of RFC 9110, section 5.6.7."""
    try:
        parsed = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def whole_seconds(text: str) -> int | None:
    """A count of seconds as headers write it (RFC 9111, section 1.2.2)."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
