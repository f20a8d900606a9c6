"""One connection, message by message: the form of each message, and the order in which they may come.

    HTTP        receive  request* (the last with more_body false), then disconnect for ever
                send     start, body+ (the last with more_body false), trailers where they were promised
    WebSocket   receive  connect, receive* once it is accepted, disconnect
                send     accept or close, send*, close; with the extension, an HTTP answer in place of accept
    Lifespan    receive  startup, shutdown
                send     startup.complete or .failed, shutdown.complete or .failed

The server is to blame for what is received, the app for what is sent. After the client has gone whatever is sent is no
error ("Error Handling" in the main specification).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .breach import Breach, By
from .scopes import Scope, header_breaches, is_integer, kind, pairs_of, scope_breaches, shown, version_of

_EXTENSION_OF: Final = {
    "http.response.push": "http.response.push",
    "http.response.zerocopysend": "http.response.zerocopysend",
    "http.response.pathsend": "http.response.pathsend",
    "http.response.early_hint": "http.response.early_hint",
    "http.response.trailers": "http.response.trailers",
    "http.response.debug": "http.response.debug",
    "websocket.http.response.start": "websocket.http.response",
    "websocket.http.response.body": "websocket.http.response",
}
"""The extension that a server must offer before an app may send a message."""

_BODIES: Final = (
    "http.response.body",
    "http.response.zerocopysend",
    "http.response.pathsend",
    "websocket.http.response.body",
)


class Conversation:
    """Follows one connection. `received`, `sent` and `ended` give what is wrong with each step.

    `by`: who is to blame for the scope. `is_in_order`: whether all messages are told, so that their order can be
    judged and not only their form.
    """

    def __init__(self, scope: Scope, by: By = "server", *, is_in_order: bool = True) -> None:
        self.scope = scope
        self._by = by
        self._is_in_order = is_in_order
        self._kind = scope.get("type")
        self._count = 0
        self._is_begun = self._is_over = self._has_body = self._awaits_trailers = False
        self._request_ended = self._is_gone = self._is_connected = self._is_accepted = self._is_denied = False
        self._told: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether the app has said its last word: the end of its answer, or the close of a session."""
        return self._is_over

    def opened(self) -> list[Breach]:
        """What is wrong with the scope."""
        return list(scope_breaches(self.scope, self._by))

    def received(self, message: Any) -> list[Breach]:
        """What is wrong with a message of the server."""
        return self._step(message, "server")

    def sent(self, message: Any) -> list[Breach]:
        """What is wrong with a message of the app."""
        return self._step(message, "app")

    def ended(self) -> list[Breach]:
        """What is missing once the app has returned."""
        if not self._is_in_order or self._is_gone:
            return []
        if self._is_begun and not self._is_over and (self._kind == "http" or self._is_denied):
            what = "trailers" if self._has_body and self._awaits_trailers else "an end of the body"
            return [Breach("no-body", "app", f"{self._kind}.response.body", f"The app returned without {what}.")]
        if self._kind == "http" and not self._is_begun:
            return [Breach("start-twice", "app", "http.response.start", "The app returned without an answer.")]
        if self._is_connected and not (self._is_accepted or self._is_over):
            why = "The app returned without accepting or closing."
            return [Breach("send-before-accept", "app", "websocket.accept", why)]
        return []

    def _step(self, message: Any, by: By) -> list[Breach]:
        event, self._count = self._count, self._count + 1
        if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
            return [
                Breach(
                    "message",
                    by,
                    "type",
                    f"The message is {kind(message)}, no dictionary with a type that is text.",
                    event,
                )
            ]
        rules = (_RECEIVED if by == "server" else _SENT).get(message["type"])
        if rules is None or not message["type"].startswith(f"{self._kind}."):
            why = f"{shown(message['type'])} is no message that the {by} of a {self._kind} connection sends."
            return [Breach("message-type", by, "type", why, event)]
        return [
            breach
            for rule in rules
            for breach in rule(self, message, event)
            if self._is_in_order or breach.rule not in _OF_ORDER
        ]

    # HTTP

    def _request(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        yield from _typed(message, "body", "request-body", "server", event, bytes, b"")
        yield from _typed(message, "more_body", "request-more-body", "server", event, bool, False)
        if self._is_gone:
            yield Breach("after-disconnect", "server", "http.request", "It came after http.disconnect.", event)
        elif self._request_ended:
            why = "It came after the message that said that no more of the body comes."
            yield Breach("request-after-end", "server", "http.request", why, event)
        self._request_ended = self._request_ended or not message.get("more_body", False)

    def _disconnect(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        self._is_gone = True
        yield from ()

    def _start(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        where, status = message["type"], message.get("status")
        if not is_integer(status):
            yield Breach("status", "app", f"{where}.status", f"status is {shown(status)}, no integer.", event)
        rules = ("response-headers", "response-header-names", "response-pseudo-headers")
        yield from header_breaches(message.get("headers", ()), f"{where}.headers", rules, "app", event)
        yield from _typed(message, "trailers", "trailers", "app", event, bool, False)
        yield from self._after_end(message, event)
        if self._is_begun and not self._is_over:
            yield Breach("start-twice", "app", where, "The answer had begun already.", event)
        if message.get("trailers") is True and not self._offers("http.response.trailers"):
            why = "It promises trailers, which this server does not offer in scope.extensions."
            yield Breach("extension-not-offered", "app", f"{where}.trailers", why, event)
        self._is_begun = True
        self._is_denied = where == "websocket.http.response.start"
        self._awaits_trailers = self._awaits_trailers or bool(message.get("trailers"))

    def _body(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        where = message["type"]
        yield from _typed(message, "body", "response-body", "app", event, bytes, b"")
        yield from _typed(message, "more_body", "response-more-body", "app", event, bool, False)
        yield from self._after_end(message, event)
        if not self._is_begun:
            yield Breach("body-before-start", "app", where, "The answer has not begun.", event)
        elif self._has_body and self._awaits_trailers and not self._is_over:
            yield Breach("after-the-end", "app", where, "The body had ended; only trailers may come.", event)
        if not message.get("more_body", False):
            self._has_body = True
            self._is_over = self._is_over or not self._awaits_trailers

    def _trailers(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        rules = ("response-headers", "response-header-names", "response-pseudo-headers")
        yield from header_breaches(message.get("headers", ()), f"{message['type']}.headers", rules, "app", event)
        yield from self._after_end(message, event)
        if not (self._has_body and self._awaits_trailers):
            why = "Trailers come after the body of an answer whose start promised them."
            yield Breach("trailers", "app", message["type"], why, event)
        self._is_over = self._is_over or not message.get("more_trailers", False)

    def _after_end(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        if self._is_over and not self._is_gone:
            rule = "after-the-end" if self._kind == "http" or self._is_denied else "after-close"
            yield Breach(rule, "app", message["type"], "It came after the end of the answer.", event)

    def _extension(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        extension = _EXTENSION_OF[message["type"]]
        if not self._offers(extension):
            why = f"This server does not offer {extension} in scope.extensions."
            yield Breach("extension-not-offered", "app", message["type"], why, event)

    def _offers(self, extension: str) -> bool:
        extensions = self.scope.get("extensions")
        return isinstance(extensions, Mapping) and extension in extensions

    # WebSocket

    def _connect(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        if event:
            yield Breach("connect-first", "server", "websocket.connect", "It is not the first message.", event)
        self._is_connected = True

    def _frame_received(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        yield from _frame(message, "frame-received", "server", event)
        if self._is_gone:
            why = "It came after websocket.disconnect."
            yield Breach("after-websocket-disconnect", "server", "websocket.receive", why, event)
        elif not self._is_accepted:
            why = "It came before the app had accepted."
            yield Breach("receive-before-accept", "server", "websocket.receive", why, event)

    def _websocket_disconnect(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        code, reason = message.get("code"), message.get("reason")
        where = "websocket.disconnect"
        if not is_integer(code):
            yield Breach("disconnect-code", "server", f"{where}.code", f"code is {shown(code)}, no integer.", event)
        if reason is not None and not isinstance(reason, str):
            why = f"reason is {kind(reason)}, no text."
            yield Breach("disconnect-reason", "server", f"{where}.reason", why, event)
        self._is_gone = True

    def _accept(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        protocol, headers, where = message.get("subprotocol"), message.get("headers"), "websocket.accept"
        if protocol is not None and not isinstance(protocol, str):
            why = f"subprotocol is {kind(protocol)}, no text."
            yield Breach("accept-subprotocol", "app", f"{where}.subprotocol", why, event)
        if headers is not None:
            yield from self._accept_headers(headers, event)
        yield from self._after_end(message, event)
        if self._is_accepted and not self._is_over:
            yield Breach("accept-twice", "app", where, "The connection was accepted already.", event)
        self._is_accepted = True

    def _accept_headers(self, headers: Any, event: int) -> Iterator[Breach]:
        where = "websocket.accept.headers"
        rules = ("accept-headers", "accept-header-names", "response-pseudo-headers")
        yield from header_breaches(headers, where, rules, "app", event)
        names = [pair[0] for pair in pairs_of(headers) or () if isinstance(pair, list | tuple) and pair]
        if any(type(name) is bytes and name.lower() == b"sec-websocket-protocol" for name in names):
            why = "sec-websocket-protocol is among the headers."
            yield Breach("accept-protocol-header", "app", where, why, event)
        if names and version_of(self.scope) < (2, 1):
            why = "The server understands version 2.0, which has no headers here."
            yield Breach("accept-headers-version", "app", where, why, event)

    def _frame_sent(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        yield from _frame(message, "frame-sent", "app", event)
        yield from self._after_end(message, event)
        if not self._is_accepted and not self._is_over:
            why = "It came before the connection was accepted."
            yield Breach("send-before-accept", "app", "websocket.send", why, event)

    def _close(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        code, reason = message.get("code", 1000), message.get("reason")
        if not is_integer(code):
            yield Breach("close-code", "app", "websocket.close.code", f"code is {shown(code)}, no integer.", event)
        if reason is not None and not isinstance(reason, str):
            why = f"reason is {kind(reason)}, no text."
            yield Breach("close-reason", "app", "websocket.close.reason", why, event)
        yield from self._after_end(message, event)
        self._is_over = True

    def _denial(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        if self._is_accepted:
            why = "An HTTP answer cannot follow websocket.accept."
            yield Breach("accept-twice", "app", message["type"], why, event)

    # Lifespan

    def _startup(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        if event:
            yield Breach("startup-first", "server", "lifespan.startup", "It is not the first message.", event)
        self._told.append("startup")

    def _shutdown(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        if "startup.answered" not in self._told:
            why = "It came before the app had answered lifespan.startup."
            yield Breach("startup-awaited", "server", "lifespan.shutdown", why, event)
        self._told.append("shutdown")

    def _lifespan_answer(self, message: Mapping[Any, Any], event: int) -> Iterator[Breach]:
        _, phase, outcome = message["type"].split(".")
        if phase not in self._told:
            yield Breach(f"{phase}-answer", "app", message["type"], f"lifespan.{phase} has not come.", event)
        elif f"{phase}.answered" in self._told:
            yield Breach(f"{phase}-answer", "app", message["type"], f"lifespan.{phase} was answered before.", event)
        text = message.get("message", "")
        if outcome == "failed" and not isinstance(text, str):
            why = f"message is {kind(text)}, no text."
            yield Breach("lifespan-message", "app", f"{message['type']}.message", why, event)
        self._told.append(f"{phase}.answered")


def _typed(
    message: Mapping[Any, Any], key: str, rule: str, by: By, event: int, form: type, default: Any
) -> Iterator[Breach]:
    value = message.get(key, default)
    if type(value) is not form:
        where = f"{message['type']}.{key}"
        yield Breach(rule, by, where, f"{key} is {kind(value)}, not {form.__name__}.", event)


def _frame(message: Mapping[Any, Any], rule: str, by: By, event: int) -> Iterator[Breach]:
    data, text = message.get("bytes"), message.get("text")
    where = message["type"]
    if (data is None) == (text is None):
        how = "neither bytes nor text" if data is None else "both bytes and text"
        yield Breach(rule, by, where, f"It has {how}.", event)
    if data is not None and type(data) is not bytes:
        yield Breach(rule, by, f"{where}.bytes", f"bytes is {kind(data)}, not bytes.", event)
    if text is not None and not isinstance(text, str):
        yield Breach(rule, by, f"{where}.text", f"text is {kind(text)}, no text.", event)


_OF_ORDER: Final = frozenset(
    {
        "request-after-end", "after-disconnect", "start-twice", "body-before-start", "after-the-end", "no-body",
        "connect-first", "receive-before-accept", "after-websocket-disconnect", "accept-twice", "send-before-accept",
        "after-close", "startup-first", "startup-awaited", "startup-answer", "shutdown-answer",
    }
)  # fmt: skip

_RECEIVED: Final = {
    "http.request": (Conversation._request,),
    "http.disconnect": (Conversation._disconnect,),
    "websocket.connect": (Conversation._connect,),
    "websocket.receive": (Conversation._frame_received,),
    "websocket.disconnect": (Conversation._websocket_disconnect,),
    "lifespan.startup": (Conversation._startup,),
    "lifespan.shutdown": (Conversation._shutdown,),
}

_SENT: Final = {
    "http.response.start": (Conversation._start,),
    "http.response.body": (Conversation._body,),
    "http.response.trailers": (Conversation._extension, Conversation._trailers),
    "http.response.zerocopysend": (Conversation._extension, Conversation._body),
    "http.response.pathsend": (Conversation._extension, Conversation._body),
    "http.response.push": (Conversation._extension,),
    "http.response.early_hint": (Conversation._extension,),
    "http.response.debug": (Conversation._extension,),
    "websocket.accept": (Conversation._accept,),
    "websocket.send": (Conversation._frame_sent,),
    "websocket.close": (Conversation._close,),
    "websocket.http.response.start": (Conversation._extension, Conversation._denial, Conversation._start),
    "websocket.http.response.body": (Conversation._extension, Conversation._body),
    "lifespan.startup.complete": (Conversation._lifespan_answer,),
    "lifespan.startup.failed": (Conversation._lifespan_answer,),
    "lifespan.shutdown.complete": (Conversation._lifespan_answer,),
    "lifespan.shutdown.failed": (Conversation._lifespan_answer,),
}
