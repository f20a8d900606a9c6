"""/status and /unstable: answers of a status that the client names, with httpbin's special cases."""

import random
import re
from typing import Final

from ..endpoint.answers import HTML, JSON, TEXT, Answer, Headers, Refused, json_bytes
from ..endpoint.parameters import number, shown, whole_number
from ..endpoint.request import Request
from ..endpoint.status import BODILESS, required

IMAGE_TYPES: Final = ("image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*")
"""What /image offers, as httpbin's 406 lists it."""

MAX_CHOICES: Final = 100

_CHOICE: Final = re.compile(r"([2-5][0-9]{2})(?::([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))?")

TEAPOT: Final = r"""
      -=[ teapot ]=-

           ) )
          ( (
        .-"-"-"-.
   __  /  short  \__
   \ \_|   and   |  \
    \__|  stout  |_ /
       \_________/
"""


def status(request: Request) -> Answer:
    """One of the codes, drawn by weight."""
    choices = weighted_codes(request.parameters["codes"])
    (code,) = random.choices([code for code, _ in choices], [weight for _, weight in choices])
    return of_status(code, request)


def unstable(request: Request) -> Answer:
    """500 at a rate, 200 otherwise; the same seed gives the same answer."""
    rate = number(request.option("failure_rate") or "0.5", "failure_rate", 0, 1)
    seed = request.option("seed")
    draw = random.Random(None if seed is None else whole_number(seed, "seed", -(1 << 53))).random()
    return Answer(status=500 if draw < rate else 200, headers=[TEXT])


def weighted_codes(written: str) -> list[tuple[int, float]]:
    """`418`, `200,500` or `200:0.9,500:0.1`, as codes and weights."""
    matches = [_CHOICE.fullmatch(choice) for choice in written.split(",", MAX_CHOICES)]
    weighted = [(int(match[1]), float(match[2] or 1)) for match in matches if match]
    if len(weighted) < len(matches) or not sum(weight for _, weight in weighted):
        raise Refused(
            400, f"codes must be statuses between 200 and 599, such as 418 or 200:0.9,500:0.1, not {shown(written)}."
        )
    return weighted


def of_status(code: int, request: Request) -> Answer:
    """The answer of a status, with what a client expects to come with it."""
    if code in BODILESS:
        return Answer(status=code, headers=[])
    headers, body = _SPECIAL.get(code, ([HTML], b""))
    root = request.root.encode()
    headers = [(name, root + value if name == b"location" else value) for name, value in headers]
    return Answer(status=code, headers=[*headers, *required(code, len(body), request.scope)], body=body)


def _leads_to(place: bytes) -> tuple[Headers, bytes]:
    return [HTML, (b"location", place)], b""


_SPECIAL: Final[dict[int, tuple[Headers, bytes]]] = {
    206: ([TEXT], b"A part, and all of it.\n"),
    300: _leads_to(b"/image/jpeg"),
    301: _leads_to(b"/redirect/1"),
    302: _leads_to(b"/redirect/1"),
    303: _leads_to(b"/redirect/1"),
    305: _leads_to(b"/redirect/1"),
    307: _leads_to(b"/redirect/1"),
    308: _leads_to(b"/image/jpeg"),
    402: ([TEXT, (b"x-more-info", b"http://vimeo.com/22053820")], b"Pay first, then ask again.\n"),
    406: (
        [JSON],
        json_bytes({"message": "Client did not request a supported media type.", "accept": list(IMAGE_TYPES)}),
    ),
    418: ([TEXT, (b"x-more-info", b"http://tools.ietf.org/html/rfc2324")], TEAPOT.encode()),
}
