"""The shape of a breach, and the sentences of the specification that are broken."""

# ruff: noqa: E501  a row is a row

from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import quote

import msgspec

By = Literal["server", "middleware", "app", "server or middleware"]
"""The part that made the scope or sent the message. `server or middleware`: a recorded scope has keys of a framework,
so that something stood between the server and the recorder."""

SPEC: Final = "https://asgi.readthedocs.io/en/latest/"


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of the specification. `page`: with the section, below `SPEC`. `text`: as it stands there.

    `is_must`: whether it is a rule, and no advice ("should").
    """

    page: str
    text: str
    is_must: bool = True

    @property
    def link(self) -> str:
        """The address of the section, with the sentence as its text fragment, which browsers light up."""
        return f"{SPEC}{self.page}:~:text={quote(self.text, safe='')}"


class Breach(msgspec.Struct, frozen=True):
    """A breach of the specification.

    `rule`: its name, of `RULES`. `by`: who did it. `where`: the key of a scope or of a message, such as
    `scope.server[1]` or `http.response.start.status`. `why`: what was there, in a sentence. `event`: the number of the
    message among all of its connection, counted from 0; None for what is in the scope, or missing.
    """

    rule: str
    by: By
    where: str
    why: str
    event: int | None = None

    @property
    def sentence(self) -> Sentence:
        return RULES[self.rule]

    @property
    def level(self) -> Literal["error", "warning"]:
        """`warning` for what the specification only advises."""
        return "error" if self.sentence.is_must else "warning"


class BreachDocument(msgspec.Struct, frozen=True):
    """A breach as it is told: with its level, the sentence of the specification, and the link to that."""

    rule: str
    by: By
    where: str
    why: str
    event: int | None
    level: Literal["error", "warning"]
    sentence: str
    link: str


def documents(breaches: Iterable[Breach]) -> list[BreachDocument]:
    return [
        BreachDocument(one.rule, one.by, one.where, one.why, one.event, one.level, one.sentence.text, one.sentence.link)
        for one in breaches
    ]


_PROTOCOLS: Final = "specs/main.html#protocol-specifications"
_EXTENSIONS: Final = "specs/main.html#extensions"
_HTTP: Final = "specs/www.html#http-connection-scope"
_WS: Final = "specs/www.html#websocket-connection-scope"
_REQUEST: Final = "specs/www.html#request-receive-event"
_START: Final = "specs/www.html#response-start-send-event"
_BODY: Final = "specs/www.html#response-body-send-event"
_DISCONNECT: Final = "specs/www.html#disconnect-receive-event"
_CONNECT: Final = "specs/www.html#connect-receive-event"
_ACCEPT: Final = "specs/www.html#accept-send-event"
_RECEIVE: Final = "specs/www.html#receive-receive-event"
_SEND: Final = "specs/www.html#send-send-event"
_GONE: Final = "specs/www.html#disconnect-receive-event-ws"
_CLOSE: Final = "specs/www.html#close-send-event"
_VERSIONS: Final = "specs/www.html#spec-versions"

RULES: Final[dict[str, Sentence]] = {
    # Scopes
    "scope-type": Sentence(_PROTOCOLS, "In scopes, the type key must be a Unicode string"),
    "asgi": Sentence(_HTTP, "Version of the ASGI spec."),
    "spec-version": Sentence(_HTTP, "Version of the ASGI HTTP spec this server understands"),
    "http-version": Sentence(_HTTP, 'One of "1.0", "1.1" or "2".'),
    "websocket-http-version": Sentence(_WS, 'One of "1.1" or "2".'),
    "method": Sentence(_HTTP, "The HTTP method name, uppercased."),
    "scheme": Sentence(_HTTP, "Optional (but must not be empty)"),
    "path": Sentence(_HTTP, "HTTP request target excluding any query string, with percent-encoded sequences and UTF-8 byte sequences decoded into characters."),
    "raw-path": Sentence(_HTTP, "The original HTTP path component, excluding any query string, unmodified from the bytes that were received by the web server."),
    "query-string": Sentence(_HTTP, "URL portion after the ?, percent-encoded."),
    "root-path": Sentence(_HTTP, "The root path this application is mounted at; same as SCRIPT_NAME in WSGI."),
    "headers": Sentence(_HTTP, "An iterable of [name, value] two-item iterables, where name is the header name, and value is the header value."),
    "header-values": Sentence(_HTTP, "Order of header values must be preserved from the original HTTP request"),
    "header-names": Sentence(_HTTP, "Header names should be lowercased, but it is not required", is_must=False),
    "pseudo-headers": Sentence(_HTTP, "Pseudo headers (present in HTTP/2 and HTTP/3) must be removed"),
    "client": Sentence(_HTTP, "where host is the remote host’s IPv4 or IPv6 address, and port is the remote port as an integer."),
    "server": Sentence(_HTTP, "where host is the listening address for this server, and port is the integer listening port"),
    "server-without-port": Sentence(_VERSIONS, "Allow None in the second item of server scope value."),
    "state": Sentence(_HTTP, "A copy of the namespace passed into the lifespan corresponding to this request."),
    "subprotocols": Sentence(_WS, "Subprotocols the client advertised."),
    "extensions": Sentence(_EXTENSIONS, "If the server supports an extension, it should place an entry into the extensions dictionary under the extension’s name, and the value of that entry should itself be a dict."),
    # Messages of any kind
    "message": Sentence("specs/main.html#events", "Each event is a dict with a top-level type key that contains a Unicode string of the message type."),
    "message-type": Sentence(_PROTOCOLS, "In messages, the type should be namespaced as protocol.message_type, where the protocol matches the scope type, and message_type is defined by the protocol spec."),
    "extension-not-offered": Sentence(_EXTENSIONS, "If an application sees this it then knows it can send the custom event"),
    # HTTP, received
    "request-body": Sentence(_REQUEST, "Body of the request."),
    "request-more-body": Sentence(_REQUEST, "Signifies if there is additional content to come (as part of a Request message)."),
    "request-after-end": Sentence(_REQUEST, "If False, the request is complete and should be processed."),
    "disconnect-not-told": Sentence(_DISCONNECT, "Sent to the application if receive is called after a response has been sent or after the HTTP connection has been closed."),
    "after-disconnect": Sentence(_DISCONNECT, "Sent to the application if receive is called after a response has been sent or after the HTTP connection has been closed."),
    # HTTP, sent
    "status": Sentence(_START, "HTTP status code."),
    "response-headers": Sentence(_START, "An iterable of [name, value] two-item iterables, where name is the header name, and value is the header value."),
    "response-header-names": Sentence(_START, "Header names must be lowercased."),
    "response-pseudo-headers": Sentence(_START, "Pseudo headers (present in HTTP/2 and HTTP/3) must not be present."),
    "trailers": Sentence(_START, "Signifies if the application will send trailers."),
    "response-body": Sentence(_BODY, "HTTP body content."),
    "response-more-body": Sentence(_BODY, "Signifies if there is additional content to come (as part of a Response Body message)."),
    "body-before-start": Sentence(_BODY, "Continues sending a response to the client."),
    "start-twice": Sentence(_START, "Sent by the application to start sending a response to the client."),
    "no-body": Sentence(_START, "Needs to be followed by at least one response content message."),
    "after-the-end": Sentence(_BODY, "response will be taken as complete and closed, and any further messages on the channel will be ignored."),
    # WebSockets, received
    "connect-first": Sentence(_CONNECT, "Sent to the application when the client initially opens a connection and is about to finish the WebSocket handshake."),
    "receive-before-accept": Sentence(_CONNECT, "This message must be responded to with either an Accept message or a Close message before the socket will pass websocket.receive messages."),
    "frame-received": Sentence(_RECEIVE, "Exactly one of bytes or text must be non-None."),
    "disconnect-code": Sentence(_GONE, "The WebSocket close code, as per the WebSocket spec."),
    "disconnect-reason": Sentence(_GONE, "A reason given for the disconnect, can be any string."),
    "after-websocket-disconnect": Sentence(_GONE, "Sent to the application when either connection to the client is lost"),
    # WebSockets, sent
    "accept-twice": Sentence(_ACCEPT, "Sent by the application when it wishes to accept an incoming connection."),
    "accept-subprotocol": Sentence(_ACCEPT, "The subprotocol the server wishes to accept."),
    "accept-headers": Sentence(_ACCEPT, "An iterable of [name, value] two-item iterables, where name is the header name, and value is the header value."),
    "accept-header-names": Sentence(_ACCEPT, "Header names must be lowercased."),
    "accept-protocol-header": Sentence(_ACCEPT, "Must not include a header named sec-websocket-protocol; use the subprotocol key instead."),
    "accept-headers-version": Sentence(_VERSIONS, "sending headers with a WebSocket Accept message is an error"),
    "send-before-accept": Sentence(_CONNECT, "This message must be responded to with either an Accept message or a Close message"),
    "frame-sent": Sentence(_SEND, "Exactly one of bytes or text must be non-None."),
    "close-code": Sentence(_CLOSE, "The WebSocket close code, as per the WebSocket spec."),
    "close-reason": Sentence(_CLOSE, "A reason given for the closure, can be any string."),
    "close-before-accept": Sentence(_CLOSE, "the server must close the connection with a HTTP 403 error code (Forbidden), and not complete the WebSocket handshake"),
    "close-passed-on": Sentence(_CLOSE, "the server must close the socket with the close code passed in the message (or 1000 if none is specified)."),
    "after-close": Sentence(_CLOSE, "the server must close the socket with the close code passed in the message"),
    # Lifespan
    "startup-first": Sentence("specs/lifespan.html#startup-receive-event", "Sent to the application when the server is ready to startup and receive connections"),
    "startup-answer": Sentence("specs/lifespan.html#startup-complete-send-event", "Sent by the application when it has completed its startup."),
    "startup-awaited": Sentence("specs/lifespan.html#startup-complete-send-event", "A server must wait for this message before it starts processing connections."),
    "shutdown-answer": Sentence("specs/lifespan.html#shutdown-complete-send-event", "Sent by the application when it has completed its cleanup."),
    "lifespan-message": Sentence("specs/lifespan.html#startup-failed-send-event", "Sent by the application when it has failed to complete its startup."),
}  # fmt: skip
"""By their names. The links lead to the newest version of the specification, which is 2.5 for HTTP and WebSockets."""
