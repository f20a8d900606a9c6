"""The app of the fixtures `httpbin` and `httpbin_secure`: the endpoints alone, as suites for pytest-httpbin know them.

`/` is a page, what is no endpoint is a 404, and nothing is recorded, so that two answers to one request are equal.
"""

import secrets
from html import escape
from typing import Final

from starlette.types import Receive, Scope, Send

from ..base.settings import load
from ..server.budget import Budget
from ..web.endpoint.answers import HTML, Answer, Refused
from ..web.endpoint.request import Request, Shared
from ..web.httpbin.app import Httpbin
from ..web.httpbin.routes import ANY, GET, ROUTES, Route


class HttpbinAlone:
    """Plain ASGI."""

    def __init__(self) -> None:
        settings, key = load({}, cors="credentials"), secrets.token_bytes()
        self._httpbin = Httpbin(Shared.of(settings, lambda: key, Budget(settings.max_bytes_in_flight)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        found = self._httpbin.find(path, scope.get("raw_path")) or (INDEX if path == "/" else NOTHING, {})
        response = self._httpbin.respond(found, scope, receive, send)
        if response is None:  # the handshake of a WebSocket where there is none
            await send({"type": "websocket.close"})
        else:
            await response


def _index(request: Request) -> Answer:
    all_routes = (route for family in ROUTES.values() for route in family)
    routes = [route for route in all_routes if route.takes("GET") and "{password}" not in route.path]
    addresses = (route.example if "{" in route.path else route.path for route in routes)
    rows = "".join(f'<li><a href="{address}">{address}</a></li>\n' for address in map(escape, addresses))
    return Answer(headers=[HTML], body=_PAGE.format(rows=rows).encode())


def _nothing(request: Request) -> Answer:
    raise Refused(404, f"{request.target} is no endpoint of httpbin.")


INDEX: Final = Route("/", GET, _index, "What there is", "/")
NOTHING: Final = Route("", ANY, _nothing, "", "")

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>httpbin.org</title></head>
<body>
<h1>httpbin.org</h1>
<p>A HTTP Request &amp; Response Service, by Echoscope.</p>
<ul>
{rows}</ul>
</body>
</html>
"""
"""With the name, words and links by which suites know httpbin's own page, and without a secret for them to find."""
