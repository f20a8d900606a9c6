"""Documents in known formats, and formats that the client names: /json, /xml, /image, /svg, /base64 and their like."""

import re
from base64 import b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from ...base.paths import TEMPLATES
from ...http.negotiation import preferred
from ...insight.bodies.charsets import is_utf8
from ..endpoint.answers import BYTES, HTML, JSON, TEXT, Answer, Refused, json_bytes
from ..endpoint.parameters import media_type, shown
from ..endpoint.request import Request
from ..pages import HEADERS, render
from .status import IMAGE_TYPES

IMAGES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}

BY_ACCEPT: Final = (b"vary", b"accept")

MAX_SVG_CHARACTERS: Final = 200

SLIDESHOW: Final = {
    "slideshow": {
        "title": "Sample Slide Show",
        "date": "date of publication",
        "author": "Yours Truly",
        "slides": [
            {"type": "all", "title": "Wake up to WonderWidgets!"},
            {"type": "all", "title": "Overview", "items": ["What <em>leaves</em> us", "What <em>comes back</em>"]},
        ],
    }
}

DENIED: Final = r"""
            .-------.
           /  o   o  \
          |     ^     |
          |   .---.   |
           \         /
            '-------'
     YOU SHOULDN'T BE HERE
"""

_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="60" role="img">'
    '<rect width="100%" height="100%" fill="#00686b"/><text x="50%" y="50%" fill="#fff" font-family="monospace" '
    'font-size="20" text-anchor="middle" dominant-baseline="central">{text}</text></svg>\n'
)


def json(request: Request) -> Answer:
    return Answer(headers=[JSON], body=json_bytes(SLIDESHOW))


def xml(request: Request) -> Answer:
    return Answer(headers=[(b"content-type", b"application/xml")], body=_document("slideshow.xml"))


def html(request: Request) -> Answer:
    return Answer(headers=[HTML], body=_document("page.html"))


def utf8(request: Request) -> Answer:
    return Answer(headers=[HTML], body=_document("utf8.html"))


def robots(request: Request) -> Answer:
    return Answer(headers=[TEXT], body=b"User-agent: *\nDisallow: /deny\n")


def security(request: Request) -> Answer:
    """RFC 9116. The file is valid for half a year from today."""
    contact = request.settings.security_contact
    address = contact if re.match(r"[a-z]+:", contact) else f"mailto:{contact}"
    expires = (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    return Answer(headers=[TEXT], body=f"Contact: {address}\nExpires: {expires}\nPreferred-Languages: en\n".encode())


def deny(request: Request) -> Answer:
    return Answer(headers=[TEXT], body=DENIED.encode())


def form(request: Request) -> Answer:
    """A page of ours, so it has our policy: it may post here and nowhere else."""
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name != "x-content-type-options"]
    return Answer(headers=[HTML, *headers], body=render("httpbin/forms_post.html", request.root, {}).encode())


@cache
def _document(name: str) -> bytes:
    return (TEMPLATES / "httpbin" / name).read_bytes()


# Images


def image(request: Request) -> Answer:
    """The image type that the client prefers; of those that it likes as well, one that it names, or else PNG."""
    accept = request.fields.get(b"accept", b"").lower()
    named = [kind for kind in IMAGE_TYPES[:-1] if kind.encode() in accept]
    chosen = preferred(accept, (*named, *IMAGES.values()))
    if chosen is None:
        detail = "An image can be had as PNG, JPEG, WebP or SVG."
        raise Refused(406, detail, [BY_ACCEPT], accept=list(IMAGE_TYPES))
    answer = _image(next(name for name, kind in IMAGES.items() if kind == chosen))
    return Answer(headers=[*answer.headers, BY_ACCEPT], body=answer.body)


def image_of(request: Request) -> Answer:
    wanted = request.parameters["format"]
    if wanted not in IMAGES:
        raise Refused(400, f"format must be one of {', '.join(IMAGES)}, not {shown(wanted)}.")
    return _image(wanted)


@cache
def _image(name: str) -> Answer:
    content = (Path(__file__).parent / "images" / f"echo.{name}").read_bytes()
    return Answer(headers=[(b"content-type", IMAGES[name].encode())], body=content)


def svg(request: Request) -> Answer:
    """The text of the path as a picture."""
    words = request.parameters["text"][:MAX_SVG_CHARACTERS]
    drawn = "".join(character if character.isprintable() else "\ufffd" for character in words)
    picture = _SVG.format(width=40 + 12 * len(drawn), text=escape(drawn))
    return Answer(headers=[(b"content-type", b"image/svg+xml")], body=picture.encode(), is_shaped=True)


# Base64


def base64_as_html(request: Request) -> Answer:
    """httpbin's: what is text comes as HTML, in our sandbox."""
    return _decoded_as(HTML[1], request)


def base64_decode(request: Request) -> Answer:
    """go-httpbin's: what is text comes as plain text."""
    return _decoded_as(TEXT[1], request)


def _decoded_as(kind: bytes, request: Request) -> Answer:
    """Either alphabet, padded or not. Under `kind` where it is text, unless `content-type` says otherwise."""
    content = decoded(request.parameters["value"])
    given = request.option("content-type")
    if given is not None:
        kind = media_type(given, "content-type")
    elif not is_utf8(content):
        kind = BYTES[1]
    return Answer(headers=[(b"content-type", kind)], body=content, is_shaped=True)


def base64_encode(request: Request) -> Answer:
    kind = media_type(request.option("content-type") or "text/plain", "content-type")
    content = urlsafe_b64encode(request.parameters["value"].encode("utf-8", "replace"))
    return Answer(headers=[(b"content-type", kind)], body=content, is_shaped=True)


def decoded(written: str) -> bytes:
    """Base64 in either alphabet (RFC 4648, sections 4 and 5), with or without its padding."""
    standard = written.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:  # also what is not ASCII
        raise Refused(400, f"value must be Base64 such as SFRUUEJJTiBpcyBhd2Vzb21l, not {shown(written)}.") from None
