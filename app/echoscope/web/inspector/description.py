"""The JSON API as an OpenAPI 3.1 document, made of what its routes declare (`answers.takes`, `wants`, `gives`) and of
the structs that they name.

What a struct says of itself in Python, this says in JSON Schema; `tests/typescript.py` makes the declarations of the
front end of the same schemas.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ... import __version__
from ...base.threads import beside
from ...insight.bodies.json_tree import NODE, NODE_SCHEMA
from ..problem import Problem
from .answers import Address, Endpoint, Gives, address, answers_of, encoded, gives, json_response, parameters_of
from .places import root_of

Schema = dict[str, Any]

REF: Final = "#/components/schemas/{name}"
MAIN: Final = "/-/api"
OF_BIN: Final = "/-/bins/{bin}/api"

_NAME: Final = re.compile(r"{(\w+)(?::\w+)?}")
_SENTENCE: Final = re.compile(r"(.*?[.;:])(?:\s|$)", re.DOTALL)

_IN_PATH: Final[dict[str, Schema]] = {
    "index": {"type": "integer", "minimum": 0},
    "format": {"type": "string", "enum": ["har", "jsonl", "csv", "html"]},
}
"""What stands in paths and is no plain text, by its name."""

_ABOUT: Final = (
    "Errors are `application/problem+json` (RFC 9457). A query parameter that an address does not take is a 400 that "
    'names it. Bytes are text where they are UTF-8, else `{"base64": "…"}`. The feed, `/-/live`, sends what '
    "`docs/feed.md` says."
)


class Description:
    """The document over the `main` routes, and over its `own`. `of_a_bin`: the routes of one bin, below `/bin`; those
    below `/bins` lead to the same."""

    def __init__(self, routes: Iterable[BaseRoute], of_a_bin: Iterable[BaseRoute] = ()) -> None:
        self.main = list(routes)
        self.own = address("/openapi.json", GET=self.show)
        bins = [
            Address(f"/bins/{{name}}{route.path.removeprefix('/bin')}", route.endpoints)
            for route in of_a_bin
            if isinstance(route, Address) and (route.path == "/bin" or route.path.startswith("/bin/"))
        ]
        self._all = [*(route for route in self.main if isinstance(route, Address)), *bins, self.own]

    @gives(dict[str, Any], about="This document.")
    async def show(self, request: Request) -> Response:
        """The JSON API as an OpenAPI document."""
        return json_response(await beside(_encoded, self._all, root_of(request.scope)))


def _encoded(routes: Sequence[Address], root: str) -> bytes:
    return encoded(openapi(routes, root))


def openapi(routes: Sequence[Address], root: str) -> Schema:
    """The document. `root`: the prefix under which a proxy serves this instance."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Echoscope: the JSON API", "version": __version__, "description": _ABOUT},
        "servers": [
            {"url": root + MAIN, "description": "The main log."},
            {
                "url": root + OF_BIN,
                "description": "The log of a bin: the same, but for all bins and the sessions.",
                "variables": {"bin": {"default": "NAME", "description": "The name of the bin."}},
            },
        ],
        "paths": {path: item for route in routes for path, item in [_path(route)]},
        "components": {
            "schemas": schemas(routes),
            "responses": {
                "Problem": {
                    "description": "What is wrong with the request, or why it cannot be answered now.",
                    "content": {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}},
                }
            },
        },
    }


def _path(route: Address) -> tuple[str, Schema]:
    names = _NAME.findall(route.path)
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": _IN_PATH.get(name, {"type": "string"})}
        for name in names
    ]
    item: Schema = {"parameters": in_path} if in_path else {}
    for method, endpoint in route.endpoints.items():
        item[method.lower()] = _operation(route, method, endpoint)
    return _NAME.sub(r"{\1}", route.path), item


def _operation(route: Address, method: str, endpoint: Endpoint) -> Schema:
    about = " ".join((endpoint.__doc__ or "").split())
    first = _SENTENCE.match(about)
    words = [method.lower(), *re.findall(r"[a-z]+", _NAME.sub(r"\1", route.path))]
    operation: Schema = {
        "operationId": "-".join(words),
        "summary": (first[1] if first else about).rstrip(".;:"),
        "description": about,
    }
    if parameters := parameters_of(endpoint):
        operation["parameters"] = [
            {"name": one.name, "in": "query", "description": one.about, "schema": one.schema()} for one in parameters
        ]
    body = getattr(endpoint, "body", None)
    if body is not None:
        kind, media_type, is_required = body
        schema = {} if kind is None else {"schema": reference(kind)}
        operation["requestBody"] = {"required": is_required, "content": {media_type: schema}}
    operation["responses"] = {
        **{str(one.status): _response(one) for one in answers_of(endpoint)},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    return operation


def _response(answer: Gives) -> Schema:
    if answer.status == 204:
        return {"description": answer.about}
    schemas = [reference(kind) for kind in answer.types]
    schema = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}} if schemas else {}
    return {"description": answer.about, "content": {answer.media_type: schema}}


# Schemas


def reference(kind: Any) -> Schema:
    """The schema of a type where it is used: that of a struct by its name."""
    schema: Schema = msgspec.json.schema_components([kind], ref_template=REF)[0][0]
    return schema


def schemas(routes: Sequence[Address]) -> dict[str, Schema]:
    """Those of all structs that the routes name, by their names."""
    endpoints = [endpoint for route in routes for endpoint in route.endpoints.values()]
    wanted = [body[0] for endpoint in endpoints if (body := getattr(endpoint, "body", None)) and body[0]]
    given = [kind for endpoint in endpoints for one in answers_of(endpoint) for kind in one.types]
    return components([*given, Problem], wanted)


def components(given: Sequence[Any], wanted: Sequence[Any] = ()) -> dict[str, Schema]:
    """Those of structs that are answered, and of structs that are asked for. What has a default may be left out of what
    is asked for; in an answer it is there."""
    _, found = msgspec.json.schema_components([*given, *wanted], ref_template=REF)
    structs = {kind.__name__: kind for kind in _structs(given)}
    for name, schema in found.items():
        if "description" in schema:
            schema["description"] = re.sub(r"\bNone\b", "null", schema["description"])
        kind = structs.get(name)
        if kind is not None:
            schema["required"] = [*_always(kind)]
        elif len(schema.get("required", ())) < len(schema.get("properties", ())):
            schema["additionalProperties"] = True  # a dict of which not all keys are there may have others
    found[NODE] = NODE_SCHEMA
    return dict(sorted(found.items()))


def _always(kind: type[msgspec.Struct]) -> Iterator[str]:
    """The names of the members that an encoded struct always has."""
    tag = kind.__struct_config__.tag_field
    if tag is not None:
        yield tag
    for field in msgspec.structs.fields(kind):
        if field.required or not (kind.__struct_config__.omit_defaults or _may_be_unset(field.type)):
            yield field.encode_name


def _may_be_unset(kind: Any) -> bool:
    return UnsetType in getattr(kind, "__args__", ())


def _structs(kinds: Sequence[Any]) -> set[type[msgspec.Struct]]:
    """All structs that these types are made of."""
    known: set[type[msgspec.Struct]] = set()

    def visit(info: Any) -> None:
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls in known:
                return
            known.add(info.cls)
            for field in info.fields:
                visit(field.type)
        elif isinstance(info, msgspec.inspect.Type):
            for name in info.__struct_fields__:
                value = getattr(info, name)
                for one in value if isinstance(value, tuple) else (value,):
                    visit(one)
        elif isinstance(info, msgspec.inspect.Field):
            visit(info.type)

    for info in msgspec.inspect.multi_type_info(kinds):
        visit(info)
    return known
