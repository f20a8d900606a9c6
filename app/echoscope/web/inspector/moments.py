"""Moments as the API tells them."""

from datetime import UTC, datetime


def moment(seconds: float) -> str:
    """Seconds since 1970 by RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
