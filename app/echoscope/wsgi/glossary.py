"""The keys of a WSGI environ beside the keys of an ASGI scope, for people who know one of the two.

Written from PEP 3333 and the HTTP part of the ASGI specification.
"""

from typing import Final

Entry = tuple[str | None, str]
"""The key of the scope for the same, if there is one, and what differs."""

ENVIRON_KEYS: Final[dict[str, Entry]] = {
    "REQUEST_METHOD": ("method", "The same."),
    "SCRIPT_NAME": (
        "root_path",
        "Where the application is mounted. PATH_INFO goes on behind it; the path of ASGI has it in front on some "
        "servers and not on others.",
    ),
    "PATH_INFO": (
        "path",
        "Both have their percent escapes decoded. WSGI has one character of latin-1 for each byte, so that é looks "
        "like Ã©; ASGI has decoded the bytes as UTF-8, and where they are none it has lost them.",
    ),
    "RAW_URI": ("raw_path", "The target of the request before it was decoded: gunicorn's own key. PEP 3333 has none."),
    "REQUEST_URI": (
        "raw_path",
        "The target of the request before it was decoded: a key of waitress and others. PEP 3333 has none.",
    ),
    "QUERY_STRING": ("query_string", "The same, as text here and as bytes there; decoded in neither."),
    "CONTENT_TYPE": ("headers", "The one header beside Content-Length that CGI took out of the others."),
    "CONTENT_LENGTH": (
        "headers",
        "Text, empty or absent without a body that announced its length. A chunked body has none, and many servers "
        "hand it over only because they add wsgi.input_terminated.",
    ),
    "SERVER_NAME": (
        "server",
        "A name, for building addresses when there is no Host; ASGI has the address it listens on.",
    ),
    "SERVER_PORT": ("server", "Text, always there; a number in ASGI."),
    "SERVER_PROTOCOL": ("http_version", "With the word HTTP in front."),
    "SERVER_SOFTWARE": (None, "What serves; ASGI does not say."),
    "GATEWAY_INTERFACE": (None, "A heritage of CGI."),
    "REMOTE_ADDR": ("client", "Who connected, from CGI; PEP 3333 does not ask for it."),
    "REMOTE_PORT": ("client", "Text, and not from every server; a number in ASGI."),
    "REMOTE_HOST": ("client", "A heritage of CGI."),
    "wsgi.version": ("asgi", "The version of the interface."),
    "wsgi.url_scheme": ("scheme", "The same: http, or https where this server ends TLS."),
    "wsgi.input": (
        "events",
        "A file to read the body from, which blocks the thread until it is there. An ASGI application awaits "
        "messages: http.request with a piece of the body each, http.disconnect when the client has left.",
    ),
    "wsgi.input_terminated": ("events", "The file ends where the body ends, chunked or not; no part of PEP 3333."),
    "wsgi.errors": (None, "A file for what goes into the server's log. ASGI leaves logging alone."),
    "wsgi.multithread": (
        None,
        "Whether other threads may call the same application. An ASGI application has one loop.",
    ),
    "wsgi.multiprocess": (None, "Whether other processes run the same application. ASGI does not say."),
    "wsgi.run_once": (None, "Whether the process ends after one request, as CGI's did."),
    "wsgi.file_wrapper": (
        "extensions",
        "Sends a file without reading it; in ASGI the extension http.response.pathsend.",
    ),
    "wsgi.early_hints": ("extensions", "Sends 103 Early Hints; in ASGI the extension http.response.early_hint."),
}

SERVER_KEY: Final[Entry] = (None, "Added by this server.")
"""The explanation of every other key."""
