"""Answers that a client composes: /response-headers of header fields, /mix of the parts of an answer."""

import random
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from ...base.paths import segments
from ..endpoint.answers import JSON, TEXT, Answer, Headers, Refused, json_bytes
from ..endpoint.fields import composed
from ..endpoint.forms import Pairs
from ..endpoint.parameters import seconds, shown
from ..endpoint.request import Request, text
from ..endpoint.status import BODILESS, required
from .cookies import EXPIRED, set_cookies
from .formats import decoded
from .redirects import target
from .reflect import semiflat
from .status import weighted_codes

MAX_PARTS: Final = 100


def response_headers(request: Request) -> Answer:
    """Sends the arguments as header fields and lists them; a content type among them is the list's own."""
    fields = composed(request, request.query)
    is_typed = any(name == b"content-type" for name, _ in fields)
    return Answer(
        headers=fields if is_typed else [JSON, *fields], body=json_bytes(semiflat(request.query)), is_shaped=True
    )


class Mix(msgspec.Struct):
    """What the parts of a /mix ask for."""

    codes: str | None = None
    fields: Pairs = []
    cookies: Pairs = []
    deleted: list[str] = []
    place: str = ""
    body: bytes = b""
    delay_s: float = 0


async def mix(request: Request) -> Answer:
    """httpbun's composition: `/mix/s=201/h=X-Name:value/c=k:v/cd=k/r=/get/b64=…/d=2/end`, or the same as a query."""
    wanted = _mixed(_parts(request), request.settings.max_duration)
    usual = "307" if wanted.place else "200"
    choices = weighted_codes(usual if wanted.codes is None else wanted.codes)
    (status,) = random.choices([code for code, _ in choices], [weight for _, weight in choices])
    headers: Headers = composed(request, wanted.fields)
    if not any(name == b"content-type" for name, _ in headers):
        headers.append(TEXT)
    headers += set_cookies(request, wanted.cookies)
    headers += set_cookies(request, [(name, "") for name in wanted.deleted], EXPIRED)
    if wanted.place:
        headers.append((b"location", target(request, wanted.place)))
    body = b"" if status in BODILESS else wanted.body
    names = {name for name, _ in headers}
    headers += [field for field in required(status, len(body), request.scope) if field[0] not in names]
    if wanted.delay_s:
        await (await request.pacer()).pause(wanted.delay_s)
    return Answer(status=status, headers=headers, body=body, is_shaped=True)


def _parts(request: Request) -> Pairs:
    """Names and values in their order. A value may have a slash, written `%2F`, so the path is taken as it was sent."""
    scope = request.scope
    in_path = segments(scope["path"], scope.get("raw_path"), request.root)[1:]
    is_path = any(in_path)
    written = in_path if is_path else text(scope["query_string"]).split("&")
    if len(written) > MAX_PARTS:
        raise Refused(400, f"An answer is mixed from at most {MAX_PARTS} parts.")
    if "end" in written:
        written = written[: written.index("end")]
    pairs = (part.partition("=") for part in written if part)
    return [(name, value if is_path else unquote_plus(value)) for name, _, value in pairs]


def _mixed(parts: Pairs, max_delay_s: float) -> Mix:
    mix = Mix()
    for name, value in parts:
        match name:
            case "s":
                mix.codes = value
            case "h":
                mix.fields.append(_pair(name, value))
            case "c":
                mix.cookies.append(_pair(name, value))
            case "cd":
                mix.deleted.append(value)
            case "r":
                mix.place = value
            case "b64":
                mix.body = decoded(value)
            case "d":
                mix.delay_s = seconds(value, "d", max_delay_s)
            case _:
                raise Refused(400, f"A part is one of s, h, c, cd, r, b64, d and end, not {shown(name)}.")
    return mix


def _pair(name: str, value: str) -> tuple[str, str]:
    key, colon, rest = value.partition(":")
    if not colon:
        raise Refused(400, f"{name} must be a name and a value with a colon between them, not {shown(value)}.")
    return key, rest.strip()
