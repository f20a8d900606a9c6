"""`/-/openapi.json`: the route table as an OpenAPI 3.1 document.

It says what goes in: paths, methods, parameters and their bounds. What comes out it leaves to each summary, since
an endpoint's answer is what its client asks for.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ... import __version__
from ...base.settings import Settings
from .digest import NAMES
from .formats import IMAGES
from .generated import MAX_LINKS
from .redirects import MAX_REDIRECTS
from .routes import ROUTES, Route
from .streams import MAX_ITEMS

Schema = dict[str, Any]

_NAME: Final = re.compile(r"{(\w+)(?::path)?}")
_WITH_BODY: Final = ("POST", "PUT", "PATCH")

_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "RFC 9457: detail names the value, the field and what is allowed.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def openapi(settings: Settings, root: str) -> Schema:
    """The document of an instance with these settings. `root`: the prefix under which a proxy serves it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Echoscope: the httpbin-compatible endpoints",
            "version": __version__,
            "description": "HEAD is answered wherever GET is, OPTIONS everywhere. Any other path is echoed. What was "
            f"recorded is told by the JSON API, which has a document of its own: {root}/-/api/openapi.json.",
        },
        "servers": [{"url": root or "/"}],
        "tags": [{"name": family} for family in ROUTES],
        "paths": dict(_paths(settings)),
        "components": {
            "responses": {
                "Problem": {
                    "description": "A mistake in the request, or what this server cannot do.",
                    "content": {"application/problem+json": {"schema": _PROBLEM}},
                }
            }
        },
    }


def _paths(settings: Settings) -> Iterator[tuple[str, Schema]]:
    for family, routes in ROUTES.items():
        for route in routes:
            operations = {method.lower(): _operation(route, method, family) for method in route.methods}
            yield _NAME.sub(r"{\1}", route.path), {"parameters": _parameters(route, settings), **operations}


def _operation(route: Route, method: str, family: str) -> Schema:
    words = "-".join(re.findall(r"\w+", _NAME.sub(r"\1", route.path)))
    operation: Schema = {
        "operationId": f"{method.lower()}-{words}",
        "tags": [family],
        "summary": route.summary,
        "responses": {
            "default": {"description": "As the summary says."},
            "4XX": {"$ref": "#/components/responses/Problem"},
        },
    }
    if method in _WITH_BODY:
        operation["requestBody"] = {"content": {"*/*": {}}}
    return operation


def _parameters(route: Route, settings: Settings) -> list[Schema]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": _schema(route, name, settings)}
        for name in _NAME.findall(route.path)
    ]
    return in_path + [_argument(route, name, settings) for name in route.query]


def _argument(route: Route, name: str, settings: Settings) -> Schema:
    if name.endswith("*"):
        schema = {"type": "object", "additionalProperties": {"type": "string"}}
        return {"name": name[:-1], "in": "query", "style": "form", "explode": True, "schema": schema}
    return {"name": name, "in": "query", "schema": _schema(route, name, settings)}


def _schema(route: Route, name: str, settings: Settings) -> Schema:
    if name == "n":
        return _counts(settings).get(route.path.split("/")[1], {"type": "integer"})
    duration = {"type": "string", "description": f"Up to {settings.max_duration:g} seconds, as 1.5 or 1500ms"}
    limit = settings.max_generated_bytes
    known: dict[str, Schema] = {
        "absolute": {"type": "boolean", "default": False},
        "algorithm": {"type": "string", "enum": list(NAMES)},
        "code": {"type": "integer", "minimum": 100, "maximum": 599},
        "codes": {"type": "string", "examples": ["418", "200:0.9,503:0.1"]},
        "count": {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": 10},
        "delay": duration,
        "duration": duration,
        "failure_rate": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        "format": {"type": "string", "enum": list(IMAGES) if "image" in route.path else ["json", "text"]},
        "jitter": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
        "numbytes": {"type": "integer", "minimum": 1, "maximum": limit, "default": 10},
        "offset": {"type": "integer", "minimum": 0, "maximum": MAX_LINKS},
        "seconds": {"type": "integer", "minimum": 0} if "cache" in route.path else duration,
        "seed": {"type": "integer"},
        "status_code": {"type": "integer", "minimum": 300, "maximum": 399, "default": 302},
    }
    return known.get(name, {"type": "string"})


def _counts(settings: Settings) -> dict[str, Schema]:
    redirects = {"type": "integer", "minimum": 1, "maximum": MAX_REDIRECTS}
    clamped = "more is taken for the most"
    limit = settings.max_generated_bytes
    return {
        "redirect": redirects,
        "relative-redirect": redirects,
        "absolute-redirect": redirects,
        "stream": {"type": "integer", "minimum": 0, "description": f"At most {MAX_ITEMS}; {clamped}"},
        "bytes": {"type": "integer", "minimum": 0, "description": f"At most {limit}; {clamped}"},
        "stream-bytes": {"type": "integer", "minimum": 0, "description": f"At most {limit}; {clamped}"},
        "range": {"type": "integer", "minimum": 1, "maximum": limit},
        "links": {"type": "integer", "minimum": 1, "maximum": MAX_LINKS},
    }
