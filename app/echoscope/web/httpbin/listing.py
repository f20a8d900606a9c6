"""The route table for people and tools: the page `/-/endpoints`, `/-/openapi.json`, the tables in docs/endpoints.md."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from ...base.paths import RESERVED
from ...base.settings import Settings
from ..pages import page
from ..problem import DATA_HEADERS
from .openapi import openapi
from .routes import ANY, ROUTES, Route

PAGE: Final = RESERVED + "endpoints"
DOCUMENT: Final = RESERVED + "openapi.json"

OPEN: Final = frozenset({PAGE, DOCUMENT})
"""Addresses of the inspector that are for anybody: they show nothing of anybody's traffic."""


def routes(settings: Settings) -> list[StarletteRoute]:
    """What the inspector mounts."""

    async def document(request: Request) -> Response:
        made = openapi(settings, request.scope.get("root_path", ""))
        return Response(orjson.dumps(made, option=orjson.OPT_INDENT_2), 200, DATA_HEADERS, "application/json")

    return [StarletteRoute(PAGE, _page), StarletteRoute(DOCUMENT, document)]


async def _page(request: Request) -> Response:
    root = request.scope.get("root_path", "")
    site = f"{request.url.scheme}://{request.headers.get('host', 'localhost')}{root}"
    families = {name: [_row(route, site) for route in family] for name, family in ROUTES.items()}
    return page("httpbin/endpoints.html", root, families=families)


def _row(route: Route, site: str) -> dict[str, str | list[str]]:
    return {
        "path": _path(route),
        "query": [name.removesuffix("*") for name in route.query],
        "methods": _methods(route),
        "summary": route.summary,
        "link": route.example if route.example.startswith("/") else "",
        "command": _command(route, site),
    }


def _path(route: Route) -> str:
    return route.path.replace(":path", "")


def _methods(route: Route) -> str:
    return "any" if route.methods is ANY else " ".join(route.methods)


def _command(route: Route, site: str) -> str:
    """What to type where the example is no address."""
    return "" if route.example.startswith("/") else route.example.format(site=site, ws=site.replace("http", "ws", 1))


def markdown() -> str:
    """A table for each family, as docs/endpoints.md has them between its markers."""
    return "\n".join(_table(family, rows) for family, rows in ROUTES.items())


def _table(family: str, rows: tuple[Route, ...]) -> str:
    lines = [f"| {family} | | |", "| --- | --- | --- |"]
    for route in rows:
        query = "?" + "&".join(name.replace("*", "…") for name in route.query) if route.query else ""
        lines.append(f"| `{_path(route)}{query}` | {_methods(route)} | {route.summary} |")
    return "\n".join(lines) + "\n"
