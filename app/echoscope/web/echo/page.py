"""The echo as a page, for a browser."""

from typing import Any, Final

from starlette.types import Scope

from ...exchange.document import Plain
from ...exchange.model import ID_KEY, PLACE_KEY
from ...http.glossary import SCOPE_KEYS
from ..endpoint.answers import HTML, Headers
from ..pages import HEADERS, render

_OWN: Final = ("cache-control", "vary", "x-content-type-options")
"""Headers that the echo sets itself."""


def echo_page(document: Plain, scope: Scope) -> tuple[bytes, Headers]:
    """The HTML of the echo, and the headers that belong to it."""
    root = scope.get("root_path", "")
    entries = [(key, value, SCOPE_KEYS.get(key, "Added by the server.")) for key, value in document.items()]
    base = root + scope.get(PLACE_KEY, "/-/exchanges/").removesuffix("/exchanges/")
    values = {"document": document, "exchange_id": scope.get(ID_KEY), "entries": entries, "base": base}
    return rendered("echo.html", root, values)


def rendered(template: str, root: str, values: dict[str, Any]) -> tuple[bytes, Headers]:
    """A template as an answer in place of JSON: body and headers."""
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name not in _OWN]
    return render(template, root, values).encode("utf-8", "backslashreplace"), [HTML, *headers]
