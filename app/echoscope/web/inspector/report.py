"""The report: exchanges as one HTML file that needs nothing else, to attach to a bug report.

The one page of ours with its style inside: a file has no server to fetch it from. It has no script, its own policy
allows none, and no address to load anything from; captured text only ever becomes text.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any, Final

import msgspec
from markupsafe import Markup

from ...exchange.document import Header, document
from ...exchange.model import Exchange, ExchangeHead
from ...exchange.replies import Finding
from ...exchange.sides import Side, request_of, response_of
from ...exchange.summary import summarize
from ...insight.bodies import view as bodies
from ...insight.bodies.json_tree import indented
from ...insight.bodies.kinds import BodyReading
from ..pages import render

BODY_CHARACTERS: Final = 100_000
"""How much of a body is written out."""

IMAGE_CHARACTERS: Final = 400_000
"""The largest picture that is put in, as base64."""


class Report:
    """The HTML format, beside those of `exports`."""

    media_type = "text/html; charset=utf-8"
    separator = b""

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes:
        style = _style()
        policy = f"default-src 'none'; style-src 'sha256-{_digest(style)}'; img-src data:; base-uri 'none'"
        summaries = [summarize(seq, head) for seq, head in heads]
        return _rendered("export.html", style=Markup(style), policy=policy, summaries=summaries)

    def item(
        self,
        seq: int,
        exchange: Exchange,
        note: str | None,
        *,
        pinned: bool = False,
        findings: list[Finding] | None = None,
    ) -> bytes:
        made, response = document(seq, exchange), response_of(exchange)
        sides = [ReportSide("Request", made.scope["headers"], *_body(request_of(exchange)))]
        if response is not None and made.response is not None:
            sides.append(ReportSide("Response", made.response.headers, *_body(response)))
        return _rendered("export-exchange.html", document=made, sides=sides, note=note, findings=findings or [])

    def end(self) -> bytes:
        return b"</main>\n</body>\n</html>\n"


class ReportSide(msgspec.Struct):
    """A side of an exchange. Its body is a `picture`, or the text that is `shown`, of which not all is there where it
    `is_shortened`."""

    title: str
    headers: list[Header]
    body: BodyReading
    picture: Markup | None
    shown: str | None
    is_shortened: bool


def _body(side: Side) -> tuple[BodyReading, Markup | None, str | None, bool]:
    """A body as the report shows it: a picture, text, or hex."""
    view = bodies.view(side, with_hex=True)
    image = view.image and view.image.data_url
    if image and len(image) <= IMAGE_CHARACTERS:
        return view, Markup(image), None, False
    shown = _text(view)
    return view, None, shown[:BODY_CHARACTERS], len(shown) > BODY_CHARACTERS


def _text(view: BodyReading) -> str:
    if view.text is None:
        return view.hex.text if view.hex else ""
    if view.json is not None and view.json.has_value and len(view.text) <= BODY_CHARACTERS:
        return indented(view.json.value)
    return view.text


def _rendered(template: str, **values: Any) -> bytes:
    return render(template, "", values).encode("utf-8", "backslashreplace")


@cache
def _style() -> str:
    return render("export.css", "", {})


def _digest(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()
