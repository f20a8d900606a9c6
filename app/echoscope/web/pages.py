"""Pages: Jinja2 templates with escaping always on, and the headers without which no page of ours is sent."""

from collections.abc import Mapping
from functools import cache
from shlex import quote
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import orjson

from .. import __version__
from ..base.figures import byte_size, milliseconds
from ..base.paths import RESERVED, TEMPLATES, static_version
from ..base.terminal import safe
from ..insight.bodies.json_tree import indented

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.responses import Response

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


def render(template: str, root: str, values: Mapping[str, Any]) -> str:
    """A template's HTML. Every page knows `root` (the prefix that a proxy put before us), `base` (below which the log
    that it is about has its addresses), `static` and `version`."""
    own = {"root": root, "base": f"{root}/-", "static": f"{root}{RESERVED}static/{static_version()}"}
    return _templates().get_template(template).render(own | {"version": __version__} | dict(values))


def page(template: str, root: str, status_code: int = 200, **values: Any) -> "Response":
    return html_response(render(template, root, values).encode(), status_code)


def html_response(html: bytes, status_code: int = 200) -> "Response":
    from starlette.responses import Response

    return Response(html, status_code, HEADERS, "text/html; charset=utf-8")


def prepare() -> None:
    """Do beforehand what the first page would wait for: import Jinja2, and compile what is asked for first."""
    for template in ("echo.html", "exchange.html", "inspector.html"):
        _templates().get_template(template)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # takes 70 ms, which only who looks waits for

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"json": _json, "bytesize": byte_size, "ms": milliseconds, "fields": _fields, "curl": _curl}
    environment.filters |= {"indented": indented, "visible": safe}
    return environment


def _fields(query: str) -> list[tuple[str, str]]:
    """The parameters of a query string, decoded, repetitions and empty ones kept."""
    return parse_qsl(query, keep_blank_values=True)


def _curl(document: Mapping[str, Any]) -> str:
    """The command that asks for the same address again; "" for what is no GET, or has no address in plain text."""
    host = next((value for name, value in document["headers"] if name == "host"), None)
    parts = (document.get("scheme"), host, document.get("raw_path"), document.get("query_string"))
    if document.get("method") != "GET" or not all(isinstance(part, str) for part in parts):
        return ""
    scheme, host, path, query = parts
    return f"curl -i {quote(f'{scheme}://{host}{path}' + (f'?{query}' if query else ''))}"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
