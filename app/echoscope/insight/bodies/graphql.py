"""GraphQL requests: a document alone, or in JSON with its variables (GraphQL over HTTP, section 5)."""

import re
from typing import Any, Final

import msgspec

from .json_tree import Node

_DOCUMENT: Final = re.compile(r"(?:[\s,\ufeff]|#[^\n\r]*)*+(?:\{|(?:query|mutation|subscription|fragment)\b)")
_OPERATION: Final = re.compile(r"\b(query|mutation|subscription)\b(?:\s+([_A-Za-z]\w{0,99}))?")


class GraphqlRead(msgspec.Struct, frozen=True):
    """A request. `operation`: the kind of the first one in the `query`. `name`: of the one that is asked for.
    `variables`: as a tree of JSON, None without any."""

    query: str
    operation: str
    name: str | None
    variables: Node | None


def read_document(text: str) -> GraphqlRead:
    """A document alone."""
    return _described(text, None, None)


def read_request(value: Any) -> GraphqlRead | None:
    """The same for a tree of JSON; None for one that is no GraphQL request."""
    if not isinstance(value, dict) or "members" not in value:
        return None
    members = dict(value["members"])
    query = members.get("query")
    if not isinstance(query, str) or not _DOCUMENT.match(query):
        return None
    return _described(query, members.get("operationName"), members.get("variables"))


def _described(query: str, name: Any, variables: Any) -> GraphqlRead:
    operation = _OPERATION.search(query)
    named = name if isinstance(name, str) else operation and operation[2]
    return GraphqlRead(query, operation[1] if operation else "query", named, variables)
