"""The shapes of the JSON API and of the feed for the scripts, made of the structs. `python -m tests.typescript` writes
`tests/js/api.d.ts` anew.

The schemas are those of the API's OpenAPI document, and what a struct says of itself stands above its interface.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from echoscope.exchange.replies import MESSAGES
from echoscope.web.inspector.description import components
from tests.servers import echoscope

FILE = Path(__file__).parent / "js" / "api.d.ts"
WIDTH = 120

HEAD = """\
/**
 * What the JSON API and the feed tell, and what is asked of the API: made of the structs of the server by
 * `python -m tests.typescript`, ambient for the type checker and never shipped.
 */
"""

_WORDS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def shapes() -> dict[str, Any]:
    """The schemas by their names."""
    with echoscope() as server:
        document = server.client.get("/-/api/openapi.json").json()
    found = document["components"]["schemas"] | msgspec.json.decode(msgspec.json.encode(components(MESSAGES)))
    return dict(sorted(found.items()))


def declarations() -> str:
    """The file, as it should be."""
    return "\n".join([HEAD, *(_declaration(name, schema) for name, schema in shapes().items())])


def _declaration(name: str, schema: dict[str, Any]) -> str:
    comment = _comment(schema.get("description", ""))
    if "properties" not in schema:
        return f"{comment}type {name} = {typed(schema)};\n"
    required, members = schema.get("required", ()), schema["properties"]
    lines = [f"  {key}{'' if key in required else '?'}: {typed(member)};" for key, member in members.items()]
    if schema.get("additionalProperties") is True:
        lines.append("  [key: string]: any;")
    return "\n".join([f"{comment}interface {name} {{", *lines, "}", ""])


def _comment(description: str) -> str:
    """Above an interface, within the width of the scripts."""
    text = " ".join(description.split())
    if not text:
        return ""
    if len(text) <= WIDTH - 7:
        return f"/** {text} */\n"
    lines = textwrap.wrap(text, WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["/**", *(f" * {line}" for line in lines), " */", ""])


def typed(schema: dict[str, Any]) -> str:
    """A schema as a type. Raises ValueError for one that has no form here: better none than a wrong one."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(typed(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(msgspec.json.encode(one).decode() for one in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_WORDS[one] for one in kind)
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "array":
        return _list(schema)
    if kind == "object":
        return _object(schema)
    if schema.keys() <= {"default", "title", "description"}:
        return "any"
    raise ValueError(f"No type is known for {schema}.")


def _list(schema: dict[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(typed, schema['prefixItems']))}]"
    item = typed(schema.get("items", {}))
    is_union = "anyOf" in schema.get("items", {}) or "enum" in schema.get("items", {})
    return f"({item})[]" if is_union else f"{item}[]"


def _object(schema: dict[str, Any]) -> str:
    if "properties" in schema:
        return "{ " + "; ".join(_members(schema)) + " }"
    values = schema.get("additionalProperties", {})
    return f"Record<string, {typed(values) if isinstance(values, dict) else 'any'}>"


def _members(schema: dict[str, Any]) -> Iterator[str]:
    for key, member in schema["properties"].items():
        yield f"{key}{'' if key in schema.get('required', ()) else '?'}: {typed(member)}"


if __name__ == "__main__":
    FILE.write_text(declarations(), encoding="utf-8")
