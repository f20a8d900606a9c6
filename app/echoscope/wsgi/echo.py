"""The echo of a WSGI app: any path answers with its `environ`, as JSON or as a page that sets it beside the scope."""

from typing import Any

from starlette.types import Receive, Scope

from ..base.budget import Budget
from ..exchange.document import Plain, scope_document, text
from ..exchange.model import ID_KEY
from ..web.echo.app import Echo
from ..web.echo.page import rendered
from ..web.endpoint.answers import Headers
from ..web.endpoint.unread import BodyTooLarge, ClientGone
from .environ import KEY, environ_document, header_name
from .glossary import ENVIRON_KEYS, SERVER_KEY


class EnvironEcho(Echo):
    """The app. What is not plain data appears as its `repr`; `body` is what the app read from `wsgi.input`."""

    def __init__(self, budget: Budget, **bounds: int) -> None:
        super().__init__(environ_page, budget, **bounds)

    async def _document(self, scope: Scope, receive: Receive) -> Plain:
        document = environ_document(scope[KEY].environ)
        content, size = b"", 0
        more_body = True
        while more_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body = message["body"]
            content += body[: max(0, self._kept_body_bytes - size)]
            size += len(body)
            if size > self._max_body_bytes:
                raise BodyTooLarge
            more_body = message["more_body"]
        document["body"] = {"size": size, "truncated": len(content) < size, "content": text(content)}
        return document


def environ_page(document: Plain, scope: Scope) -> tuple[bytes, Headers]:
    """The page: each key of the environ with the scope's key for the same, and what differs."""
    keys = {key: value for key, value in document.items() if key != "body"}
    values: dict[str, Any] = {
        "document": document,
        "scope": scope_document(scope),
        "exchange_id": scope.get(ID_KEY),
        "entries": [(key, keys[key], *ENVIRON_KEYS.get(key, SERVER_KEY)) for key in _explained(keys)],
        "headers": [(key, header_name(key).decode("latin-1"), keys[key]) for key in keys if _is_header(key)],
    }
    return rendered("environ.html", scope["root_path"], values)


def _explained(keys: Plain) -> list[str]:
    """The keys that are no headers, in the order of their explanations; keys of the server itself come last."""
    others = [key for key in keys if not _is_header(key) and key not in ENVIRON_KEYS]
    return [*(key for key in ENVIRON_KEYS if key in keys), *others]


def _is_header(key: str) -> bool:
    return key.startswith("HTTP_")
