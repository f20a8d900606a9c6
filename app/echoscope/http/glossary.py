"""The keys of a connection scope and the codes of the protocols in plain words, for people who see them for the first
time."""

from http import HTTPStatus
from typing import Final

from .spec import AGAINST_THE_SPEC

SCOPE_KEYS: Final = {
    "type": "What kind of connection this is: http for one request, websocket for one session.",
    "asgi": "The version of ASGI that the server speaks, and of the HTTP and WebSocket part of the specification.",
    "http_version": "The version of HTTP between the client and this server: 1.0, 1.1, 2 or 3; not a proxy's.",
    "method": "The request method, in capitals.",
    "scheme": "http or https (ws or wss), as this server sees it: behind a proxy that ends TLS it says http.",
    "path": "The path of the URL with its percent escapes decoded.",
    "raw_path": "The path as its bytes came, escapes and all, without the query.",
    "query_string": "Everything behind the question mark, as it came.",
    "root_path": "The prefix under which this application is mounted; empty when it is not.",
    "headers": "Names and values in the order in which they came, repeats kept. Names are in lower case: "
    "that is how a server hands them over, so the case in which they were sent cannot be seen here.",
    "client": "Address and port of whoever connected: the client, or the last proxy before this server.",
    "server": "Address and port on which this server took the connection.",
    "subprotocols": "What the client offers to speak over the WebSocket, the preferred one first.",
    "extensions": "What this server can do beyond the core of ASGI.",
    AGAINST_THE_SPEC: "What the server gives in another form than the ASGI specification says, as it came.",
    "events": "The messages that the application received: the body of the request, in the pieces in which "
    "the server handed it over. They need not be the pieces that were sent.",
}
"""Key to explanation. Written from the HTTP and WebSocket part of the ASGI specification:
https://asgi.readthedocs.io/en/latest/specs/www.html"""

STATUS_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    418: "I'm a teapot",
    422: "Unprocessable Content",
}
"""Status code to reason phrase, as RFC 9110 has them; the standard library has some as older documents had them, which
depends on its release."""

CLOSE_CODES: Final = {
    1000: "normal closure",
    1001: "going away: the page was left or the server stops",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "closed without a code",
    1006: "connection lost without a closing handshake",
    1007: "invalid data: text that is not UTF-8",
    1008: "policy violation",
    1009: "message too big",
    1010: "an extension that the client needs is missing",
    1011: "internal error of the server",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake failed",
}
"""Close code of a WebSocket to its meaning: RFC 6455 section 7.4 and the IANA close code registry."""


def reason_phrase(status: int) -> str:
    """Empty for a status without a name."""
    return STATUS_PHRASES.get(status, "")
