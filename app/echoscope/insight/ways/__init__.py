"""One request in four ways: as an ASGI scope, as the `environ` of WSGI, as the variables of CGI, and as it stands on
the wire.

Pure. Each is made from the scope that is kept, by the rules of its own standard, and each value says where it comes
from (`rows.Row.of`), so that the same piece of the request can be pointed at in all four. What a standard leaves to the
server is as gunicorn has it, and what it loses is lost here as well.
"""

from ...exchange.document import Document
from ...exchange.model import Exchange
from . import asgi, cgi, raw, wsgi
from .rows import Row, Way, way_document

__all__ = ["Row", "Way", "ways", "ways_document"]


def ways(exchange: Exchange) -> list[Way]:
    """The four, in their order."""
    return [
        Way("raw", raw.title(exchange), raw.rows(exchange)),
        Way("scope", "ASGI scope", asgi.rows(exchange)),
        Way("environ", "WSGI environ", wsgi.rows(exchange)),
        Way("cgi", "CGI variables", cgi.rows(exchange)),
    ]


def ways_document(exchange: Exchange) -> Document:
    """The four as plain data."""
    return {"ways": [way_document(way) for way in ways(exchange)]}
