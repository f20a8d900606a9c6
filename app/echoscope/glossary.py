"""The keys of a connection scope in plain words, for people who meet ASGI for the first time."""

from typing import Final

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
    "events": "The messages that the application received: the body of the request, in the pieces in which "
    "the server handed it over. They need not be the pieces that were sent.",
}
"""Key to explanation. Written from the HTTP and WebSocket part of the ASGI specification:
https://asgi.readthedocs.io/en/latest/specs/www.html"""
