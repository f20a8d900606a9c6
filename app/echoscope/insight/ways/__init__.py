"""One request in four ways: as an ASGI scope, as the `environ` of WSGI, as the variables of CGI, and as it stands on
the wire.

Pure. Each is made from the scope that is kept, by the rules of its own standard, and each value says where it comes
from (`rows.WayRow.of`), so that the same piece of the request can be pointed at in all four. What a standard leaves to
the server is as gunicorn has it, and what it loses is lost here as well.
"""

from ...exchange.model import Exchange
from . import asgi, cgi, raw, wsgi
from .rows import Way, WayRow

__all__ = ["Way", "WayRow", "ways"]


def ways(exchange: Exchange) -> list[Way]:
    """The four, in their order."""
    return [
        Way("raw", raw.title(exchange), raw.rows(exchange)),
        Way("scope", "ASGI scope", asgi.rows(exchange)),
        Way("environ", "WSGI environ", wsgi.rows(exchange)),
        Way("cgi", "CGI variables", cgi.rows(exchange)),
    ]
