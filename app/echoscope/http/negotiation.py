"""Content negotiation: what a client prefers, by the q-values of its `Accept` header.

RFC 9110, section 12.5.1. A header that cannot be read counts as none; the User-Agent is never looked at.
"""

from collections.abc import Sequence


def preferred(accept: bytes, offers: Sequence[str]) -> str | None:
    """The media type of `offers` with the highest q-value, the first one among equals.

    None when all of them are excluded. An empty header accepts everything.
    """
    ranges = list(_ranges(accept.decode("latin-1"))) or [("*/*", 1.0)]
    best, best_quality = None, 0.0
    for offer in offers:
        quality = _quality(offer, ranges)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if "/" in media_range or media_range == "*":
            ranges.append(("*/*" if media_range == "*" else media_range, _q(parameters)))
    return ranges


def _q(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _quality(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The q-value of the most specific range that covers the offer, 0 when none does."""
    for pattern in (offer, offer.partition("/")[0] + "/*", "*/*"):
        qualities = [quality for media_range, quality in ranges if media_range == pattern]
        if qualities:
            return max(qualities)
    return 0.0
