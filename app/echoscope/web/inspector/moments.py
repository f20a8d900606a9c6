"""Moments as the API tells them."""

from datetime import UTC, datetime


def moment(seconds: float | None) -> str | None:
    """Seconds since 1970 by RFC 3339; None for never."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
