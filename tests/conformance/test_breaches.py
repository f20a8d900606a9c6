"""Each rule of the specification: one case that breaks it, and ordinary connections that break none."""

# ruff: noqa: E501  a row is a row

from typing import Any

import pytest

from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Event, Exchange, Inside, decode_exchange, encode
from echoscope.insight.conformance import Breach, Conversation, breaches
from echoscope.insight.conformance.breach import RULES
from tests.asgi import http_scope, websocket_scope
from tests.told import breach_documents

Steps = list[dict[str, Any]]

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
BODY = {"type": "http.response.body", "body": b"a"}
MORE = {"type": "http.response.body", "body": b"a", "more_body": True}
REQUEST = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}
CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept"}
FRAME = {"type": "websocket.receive", "text": "a"}
SEND = {"type": "websocket.send", "bytes": b"a"}
CLOSE = {"type": "websocket.close", "code": 1000}
LEFT = {"type": "websocket.disconnect", "code": 1005}
STARTUP = {"type": "lifespan.startup"}
STARTED = {"type": "lifespan.startup.complete"}
SHUTDOWN = {"type": "lifespan.shutdown"}
STOPPED = {"type": "lifespan.shutdown.complete"}
LIFESPAN = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}

_RECEIVED = ("http.request", "http.disconnect", "websocket.connect", "websocket.receive", "websocket.disconnect",
             "lifespan.startup", "lifespan.shutdown")  # fmt: skip


def scope(**changes: Any) -> dict[str, Any]:
    return {**http_scope(state={}), **changes}


def websocket(**changes: Any) -> dict[str, Any]:
    return {**websocket_scope(), "state": {}, **changes}


def without(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


def held(scope: dict[str, Any], *messages: Any, has_ended: bool = False) -> list[Breach]:
    """What is wrong with a connection of these messages."""
    conversation = Conversation(scope)
    found = conversation.opened()
    for message in messages:
        is_received = isinstance(message, dict) and message.get("type") in _RECEIVED
        found += conversation.received(message) if is_received else conversation.sent(message)
    return found + (conversation.ended() if has_ended else [])


SCOPES: list[tuple[str, dict[str, Any], str]] = [
    ("scope-type", scope(type=7), "scope.type"),
    ("asgi", scope(asgi="3.0"), "scope.asgi"),
    ("asgi", scope(asgi={"version": 3.0}), 'scope.asgi["version"]'),
    ("spec-version", scope(asgi={"version": "3.0", "spec_version": 2.3}), 'scope.asgi["spec_version"]'),
    ("spec-version", scope(asgi={"spec_version": "new"}), 'scope.asgi["spec_version"]'),
    ("http-version", scope(http_version=1.1), "scope.http_version"),
    ("http-version", scope(http_version="2.0"), "scope.http_version"),
    ("http-version", without(scope(), "http_version"), "scope.http_version"),
    ("websocket-http-version", websocket(http_version="1.0"), "scope.http_version"),
    ("method", scope(method=b"GET"), "scope.method"),
    ("method", scope(method="get"), "scope.method"),
    ("method", without(scope(), "method"), "scope.method"),
    ("scheme", scope(scheme=""), "scope.scheme"),
    ("scheme", scope(scheme=b"http"), "scope.scheme"),
    ("path", scope(path=b"/"), "scope.path"),
    ("path", scope(path="/caf%C3%A9", raw_path=b"/caf%C3%A9"), "scope.path"),
    ("raw-path", scope(raw_path="/"), "scope.raw_path"),
    ("raw-path", scope(raw_path=b"/orders?a=1"), "scope.raw_path"),
    ("query-string", scope(query_string="a=1"), "scope.query_string"),
    ("query-string", scope(query_string=None), "scope.query_string"),
    ("query-string", websocket(query_string="a=1"), "scope.query_string"),
    ("root-path", scope(root_path=b""), "scope.root_path"),
    ("headers", without(scope(), "headers"), "scope.headers"),
    ("headers", scope(headers={"host": "a"}), "scope.headers"),
    ("headers", scope(headers=7), "scope.headers"),
    ("headers", scope(headers=[(b"a", b"b", b"c")]), "scope.headers[0]"),
    ("headers", scope(headers=[(b"a", b"b"), ("c", b"d")]), "scope.headers[1]"),
    ("headers", scope(headers=[(b"a", bytearray(b"b"))]), "scope.headers[0]"),
    ("header-names", scope(headers=[(b"Host", b"a")]), "scope.headers[0]"),
    ("pseudo-headers", scope(headers=[(b":authority", b"a")]), "scope.headers[0]"),
    ("client", scope(client="127.0.0.1"), "scope.client"),
    ("client", scope(client=("127.0.0.1", "50000")), "scope.client[1]"),
    ("client", scope(client=("127.0.0.1", True)), "scope.client[1]"),
    ("client", scope(client=("/run/a.sock", None)), "scope.client[1]"),
    ("client", scope(client=(b"127.0.0.1", 1)), "scope.client[0]"),
    ("server", scope(server=("127.0.0.1", "8000")), "scope.server[1]"),
    ("server", scope(server=["127.0.0.1"]), "scope.server"),
    ("server-without-port", scope(server=("/run/a", None), asgi={"spec_version": "2.1"}), "scope.server[1]"),
    ("state", scope(state=[]), "scope.state"),
    ("subprotocols", websocket(subprotocols=[b"chat"]), "scope.subprotocols"),
    ("subprotocols", websocket(subprotocols="chat"), "scope.subprotocols"),
    ("extensions", scope(extensions=["tls"]), "scope.extensions"),
    ("extensions", scope(extensions={"tls": True}), "scope.extensions['tls']"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "broken", "where"), SCOPES, ids=[f"{rule}, {where}" for rule, _, where in SCOPES])
def test_a_scope_that_is_against_the_specification_is_told(rule: str, broken: dict[str, Any], where: str) -> None:
    (breach,) = held(broken)
    assert (breach.rule, breach.by, breach.event) == (rule, "server", None)
    assert breach.where.replace("str ", "") == where


MESSAGES: list[tuple[str, str, dict[str, Any], list[Any], int]] = [
    ("message", "app", scope(), ["start"], 0),
    ("message", "app", scope(), [{"status": 200}], 0),
    ("message-type", "app", scope(), [{"type": "http.response.begin"}], 0),
    ("message-type", "app", scope(), [ACCEPT], 0),
    ("message-type", "server", websocket(), [CONNECT, GONE], 1),
    ("extension-not-offered", "app", scope(), [START, {"type": "http.response.push", "path": "/"}, BODY], 1),
    ("extension-not-offered", "app", scope(), [{**START, "trailers": True}, BODY], 0),
    ("extension-not-offered", "app", websocket(), [CONNECT, {**START, "type": "websocket.http.response.start"}], 1),
    ("request-body", "server", scope(), [{"type": "http.request", "body": "a"}], 0),
    ("request-body", "server", scope(), [{"type": "http.request", "body": None}], 0),
    ("request-more-body", "server", scope(), [{"type": "http.request", "more_body": 0}], 0),
    ("request-after-end", "server", scope(), [REQUEST, REQUEST], 1),
    ("after-disconnect", "server", scope(), [GONE, REQUEST], 1),
    ("status", "app", scope(), [{**START, "status": "200"}], 0),
    ("status", "app", scope(), [{"type": "http.response.start"}], 0),
    ("response-headers", "app", scope(), [{**START, "headers": [("content-type", "text/plain")]}], 0),
    ("response-headers", "app", scope(), [{**START, "headers": {b"a": b"b"}}], 0),
    ("response-header-names", "app", scope(), [{**START, "headers": [(b"Content-Type", b"text/plain")]}], 0),
    ("response-pseudo-headers", "app", scope(), [{**START, "headers": [(b":status", b"200")]}], 0),
    ("trailers", "app", scope(), [{**START, "trailers": 0}], 0),
    ("response-body", "app", scope(), [START, {"type": "http.response.body", "body": "a"}], 1),
    ("response-body", "app", scope(), [START, {"type": "http.response.body", "body": memoryview(b"a")}], 1),
    ("response-more-body", "app", scope(), [START, {"type": "http.response.body", "more_body": None}], 1),
    ("body-before-start", "app", scope(), [BODY], 0),
    ("start-twice", "app", scope(), [START, START], 1),
    ("after-the-end", "app", scope(), [START, BODY, BODY], 2),
    ("after-the-end", "app", scope(), [START, BODY, START], 2),
    ("connect-first", "server", websocket(), [CONNECT, CONNECT], 1),
    ("receive-before-accept", "server", websocket(), [CONNECT, FRAME], 1),
    ("frame-received", "server", websocket(), [CONNECT, ACCEPT, {**FRAME, "bytes": b"a"}], 2),
    ("frame-received", "server", websocket(), [CONNECT, ACCEPT, {"type": "websocket.receive", "text": b"a"}], 2),
    ("disconnect-code", "server", websocket(), [CONNECT, {"type": "websocket.disconnect"}], 1),
    ("disconnect-reason", "server", websocket(), [CONNECT, {**LEFT, "reason": b"a"}], 1),
    ("after-websocket-disconnect", "server", websocket(), [CONNECT, ACCEPT, LEFT, FRAME], 3),
    ("accept-twice", "app", websocket(), [CONNECT, ACCEPT, ACCEPT], 2),
    ("accept-subprotocol", "app", websocket(), [CONNECT, {**ACCEPT, "subprotocol": b"chat"}], 1),
    ("accept-headers", "app", websocket(), [CONNECT, {**ACCEPT, "headers": [("a", "b")]}], 1),
    ("accept-header-names", "app", websocket(), [CONNECT, {**ACCEPT, "headers": [(b"A", b"b")]}], 1),
    ("accept-protocol-header", "app", websocket(), [CONNECT, {**ACCEPT, "headers": [(b"sec-websocket-protocol", b"b")]}], 1),
    ("accept-headers-version", "app", websocket(asgi={"version": "3.0"}), [CONNECT, {**ACCEPT, "headers": [(b"a", b"b")]}], 1),
    ("send-before-accept", "app", websocket(), [CONNECT, SEND], 1),
    ("frame-sent", "app", websocket(), [CONNECT, ACCEPT, {"type": "websocket.send"}], 2),
    ("frame-sent", "app", websocket(), [CONNECT, ACCEPT, {**SEND, "text": "a"}], 2),
    ("frame-sent", "app", websocket(), [CONNECT, ACCEPT, {"type": "websocket.send", "bytes": "a"}], 2),
    ("close-code", "app", websocket(), [CONNECT, {"type": "websocket.close", "code": "1000"}], 1),
    ("close-reason", "app", websocket(), [CONNECT, {**CLOSE, "reason": b"a"}], 1),
    ("after-close", "app", websocket(), [CONNECT, ACCEPT, CLOSE, SEND], 3),
    ("after-close", "app", websocket(), [CONNECT, CLOSE, CLOSE], 2),
    ("startup-first", "server", LIFESPAN, [STARTUP, STARTUP], 1),
    ("startup-awaited", "server", LIFESPAN, [STARTUP, SHUTDOWN], 1),
    ("startup-answer", "app", LIFESPAN, [STARTED], 0),
    ("startup-answer", "app", LIFESPAN, [STARTUP, STARTED, STARTED], 2),
    ("shutdown-answer", "app", LIFESPAN, [STARTUP, STARTED, STOPPED], 2),
    ("lifespan-message", "app", LIFESPAN, [STARTUP, {"type": "lifespan.startup.failed", "message": b"no"}], 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "by", "opened", "messages", "event"),
    MESSAGES,
    ids=[f"{rule}, {n}" for n, (rule, *_) in enumerate(MESSAGES)],
)
def test_a_message_that_is_against_the_specification_is_told(
    rule: str, by: str, opened: dict[str, Any], messages: list[Any], event: int
) -> None:
    (breach,) = held(opened, *messages)
    assert (breach.rule, breach.by, breach.event) == (rule, by, event)


ENDS: list[tuple[str, dict[str, Any], Steps]] = [
    ("start-twice", scope(), [REQUEST]),
    ("no-body", scope(), [REQUEST, START]),
    ("no-body", scope(), [REQUEST, START, MORE]),
    ("no-body", scope(extensions={"http.response.trailers": {}}), [{**START, "trailers": True}, BODY]),
    ("send-before-accept", websocket(), [CONNECT]),
]


@pytest.mark.parametrize(
    ("rule", "opened", "messages"), ENDS, ids=[f"{rule}, {n}" for n, (rule, *_) in enumerate(ENDS)]
)
def test_what_is_missing_when_the_app_returns_is_told(rule: str, opened: dict[str, Any], messages: Steps) -> None:
    assert held(opened, *messages) == []
    (breach,) = held(opened, *messages, has_ended=True)
    assert (breach.rule, breach.by, breach.event) == (rule, "app", None)


TRAILERS = {"type": "http.response.trailers", "headers": [(b"a", b"b")]}
OFFERED: dict[str, Any] = {"http.response.trailers": {}, "websocket.http.response": {}, "http.response.early_hint": {}}
DENIAL = {**START, "type": "websocket.http.response.start"}
DENIED = {**BODY, "type": "websocket.http.response.body"}

GOOD: dict[str, tuple[dict[str, Any], Steps]] = {
    "a request and an answer": (scope(), [REQUEST, START, BODY]),
    "a body in pieces": (scope(), [{"type": "http.request", "body": b"a", "more_body": True}, REQUEST, START, MORE, BODY]),
    "only what must be there": ({"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "query_string": b"", "headers": []},
        [{"type": "http.request"}, {"type": "http.response.start", "status": 204}, {"type": "http.response.body"}]),
    "HTTP/3 and None where it may be": (scope(http_version="3", raw_path=None, client=None, server=None), [REQUEST, START, BODY]),
    "a Unix socket": (scope(client=None, server=("/run/a.sock", None)), [REQUEST, START, BODY]),
    "headers as an iterator": (scope(headers=iter([(b"a", b"b")])), [{**START, "headers": iter([])}, BODY]),
    "keys of a framework and of servers": (scope(app=object(), router=object(), tls=1), [REQUEST, START, BODY]),
    "extra keys in a message": (scope(), [{**REQUEST, "x": 1}, {**START, "x": object()}, BODY]),
    "an escaped percent sign": (scope(path="/100%", raw_path=b"/100%25"), [REQUEST, START, BODY]),
    "a mounted app": (scope(path="/api/a b", raw_path=b"/a%20b", root_path="/api"), [REQUEST, START, BODY]),
    "a client that leaves": (scope(), [REQUEST, START, MORE, GONE, MORE, BODY, BODY]),
    "disconnect again and again": (scope(), [REQUEST, START, BODY, GONE, GONE]),
    "trailers": (scope(extensions=OFFERED), [{**START, "trailers": True}, MORE, BODY, {**TRAILERS, "more_trailers": True}, TRAILERS]),
    "hints": (scope(extensions=OFFERED), [START, {"type": "http.response.early_hint", "links": []}, BODY]),
    "a session": (websocket(), [CONNECT, ACCEPT, FRAME, SEND, {**FRAME, "bytes": None}, LEFT]),
    "a session that the app closes": (websocket(), [CONNECT, {**ACCEPT, "subprotocol": "chat", "headers": [(b"a", b"b")]}, SEND, CLOSE, LEFT]),
    "a session that is refused": (websocket(), [CONNECT, CLOSE]),
    "a session that is denied": (websocket(extensions=OFFERED), [CONNECT, DENIAL, DENIED]),
    "a client that is gone before": (websocket(), [CONNECT, LEFT]),
    "only what a session must have": ({"type": "websocket", "path": "/", "headers": []}, [CONNECT, ACCEPT, {**LEFT, "reason": None}]),
    "a lifespan": (LIFESPAN, [STARTUP, STARTED, SHUTDOWN, STOPPED]),
    "a lifespan that fails": (LIFESPAN, [STARTUP, {"type": "lifespan.startup.failed"}]),
    "another protocol": ({"type": "mqtt"}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_connection_has_no_breach(name: str) -> None:
    opened, messages = GOOD[name]
    assert held(opened, *messages, has_ended=True) == []


def test_every_rule_is_tried_but_those_that_only_a_check_can_see() -> None:
    tried = {rule for rule, *_ in (*SCOPES, *MESSAGES, *ENDS)}
    assert RULES.keys() - tried == {"header-values", "disconnect-not-told", "close-before-accept", "close-passed-on"}


def kept(scope: dict[str, Any], *events: tuple[str, dict[str, Any]], omitted: int = 0, **changes: Any) -> Exchange:
    """An exchange as it comes back from a store."""
    messages = [Event("receive" if side == "receive" else "send", 0, 0, message) for side, message in events]
    exchange = Exchange(
        "a-1", "done", 1_795_338_000_000_000_000, 1, 200, 0, 0, False, NO_FACTS, scope, None, None, omitted, messages, **changes
    )  # fmt: skip
    return decode_exchange(encode(exchange))


def test_an_exchange_is_judged_by_what_came_and_not_by_what_was_made_of_it() -> None:
    strings = scope(server=["127.0.0.1", "8000"], client=["127.0.0.1", "50000"])
    start = {**START, "headers": [("x", "y"), (b"good", b"yes")]}
    found = breaches(kept(without(strings, "state"), ("receive", REQUEST), ("send", start), ("send", BODY)))
    assert [(one.rule, one.by, one.where, one.event) for one in found] == [
        ("client", "server", "scope.client[1]", None),
        ("server", "server", "scope.server[1]", None),
        ("response-headers", "app", "http.response.start.headers[1]", 1),
    ]


def test_a_scope_with_keys_of_a_framework_may_be_the_middlewares_work() -> None:
    (breach,) = breaches(kept({**without(scope(client=("a", "1")), "state"), "session": {}}))
    assert breach.by == "server or middleware"


def test_what_one_side_of_the_middleware_has_seen_is_the_middlewares() -> None:
    opened = without(scope(), "state")
    wrong = {**START, "headers": [("x", "y")]}
    inner = kept(
        {**opened, "query_string": "a=1"}, ("receive", REQUEST), ("send", START), ("send", {**BODY, "body": "a"})
    )
    outer = kept(
        opened, ("receive", REQUEST), ("send", wrong), ("send", {**BODY, "body": "a"}), inside=Inside(inner=inner)
    )
    assert [(one.rule, one.by, one.event) for one in breaches(outer)] == [
        ("response-headers", "middleware", 1),
        ("response-body", "app", 2),
        ("query-string", "middleware", None),
    ]


def test_where_messages_are_missing_their_order_is_not_judged() -> None:
    events: list[tuple[str, dict[str, Any]]] = [("send", BODY), ("receive", {"type": "http.request", "body": "a"})]
    opened = without(scope(), "state")
    assert [one.rule for one in breaches(kept(opened, *events, omitted=3))] == ["request-body"]
    assert [one.rule for one in breaches(kept(opened, *events))] == ["body-before-start", "request-body"]


@pytest.mark.parametrize("changes", [{"is_derived": True}, {}], ids=["derived", "from a file"])
def test_what_no_server_made_is_not_judged(changes: dict[str, Any]) -> None:
    opened = without(scope(method="get"), "state", *([] if changes else ["asgi"]))
    assert breaches(kept(opened, **changes)) == []


def test_no_breach_repeats_what_may_be_a_secret() -> None:
    secret = "hunter2"
    opened = scope(query_string=f"token={secret}", headers=[("authorization", secret), (b"cookie", secret)])
    broken = held(
        opened, {**START, "headers": [("set-cookie", secret)]}, {"type": "http.response.body", "body": secret}
    )
    assert len(broken) == 5
    assert secret not in str(breach_documents(broken))


def test_a_breach_leads_to_the_sentence_that_it_breaks() -> None:
    (document,) = breach_documents(held(scope(server=("127.0.0.1", "8000"))))
    assert document["link"].startswith(
        "https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope:~:text="
    )
    assert "integer%20listening%20port" in document["link"]
    assert document["level"] == "error"
    assert breach_documents(held(scope(headers=[(b"Host", b"a")])))[0]["level"] == "warning"
