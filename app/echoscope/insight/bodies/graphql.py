"""GraphQL requests: a document alone, or in JSON with its variables (GraphQL over HTTP, section 5)."""

import re
from typing import Any, Final

_DOCUMENT: Final = re.compile(r"(?:[\s,\ufeff]|#[^\n\r]*)*+(?:\{|(?:query|mutation|subscription|fragment)\b)")
_OPERATION: Final = re.compile(r"\b(query|mutation|subscription)\b(?:\s+([_A-Za-z]\w{0,99}))?")


def read_document(text: str) -> dict[str, Any]:
    """`{"query", "operation", "name", "variables"}`: `operation` is that of the first one in it."""
    return _described(text, None, None)


def read_request(value: Any) -> dict[str, Any] | None:
    """The same for a tree of JSON, `variables` as a tree; None for one that is no GraphQL request."""
    if not isinstance(value, dict) or "members" not in value:
        return None
    members = dict(value["members"])
    query = members.get("query")
    if not isinstance(query, str) or not _DOCUMENT.match(query):
        return None
    return _described(query, members.get("operationName"), members.get("variables"))


def _described(query: str, name: Any, variables: Any) -> dict[str, Any]:
    operation = _OPERATION.search(query)
    return {
        "query": query,
        "operation": operation[1] if operation else "query",
        "name": name if isinstance(name, str) else operation and operation[2],
        "variables": variables,
    }
