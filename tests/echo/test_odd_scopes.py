"""The echo on other servers: scopes that lack what is optional, or hold what nobody expects."""

import json
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.asgi import DISCONNECT, Wire, http_scope, request

PAGE = [(b"accept", b"text/html")]


async def echo(scope: Any) -> tuple[int, dict[bytes, bytes], bytes]:
    start, body = await Wire(request()).call(create_app(load({})), scope)
    return start["status"], dict(start["headers"]), body["body"]


ODD: dict[str, dict[str, Any]] = {
    "half a character in the path": {"path": "/a\ud800b"},
    "half a character in a name": {"method": "\udcff"},
    "a huge port": {"client": ("::1", 1 << 80)},
    "no port": {"server": ("/run/echoscope.sock", None)},
    "no number": {"extensions": {"weight": float("nan")}},
    "objects of a framework": {"app": object(), "router": object(), "endpoint": print},
    "a class as key": {"starlette.exception_handlers": {ValueError: print}},
    "bytes in extensions": {"extensions": {"tls": {"client_cert_chain": [b"\xff"], "tls_version": 772}}},
    "headers as lists": {"headers": [[b"accept", b"*/*"], [b"x", b"1"]]},
    "nothing known of the client": {"client": None, "server": None},
    "an empty path": {"path": "", "raw_path": b""},
    "no path as it came": {"raw_path": None},
}
OPTIONAL = ["scheme", "raw_path", "root_path", "client", "server"]
"""By the HTTP and WebSocket part of the ASGI specification."""


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
async def test_odd_values_never_break_the_json(changes: dict[str, Any]) -> None:
    status, _, body = await echo(http_scope(**changes))
    found = json.loads(body, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert status == 200
    assert found["type"] == "http"
    assert found.keys().isdisjoint({"state", "app", "router", "endpoint"})


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
async def test_odd_values_never_break_the_page(changes: dict[str, Any]) -> None:
    status, headers, body = await echo(http_scope(**{**changes, "headers": PAGE}))
    assert status == 200
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert body.decode().rstrip().endswith("</html>")


@pytest.mark.parametrize("accept", [b"*/*", b"text/html"])
@pytest.mark.parametrize("key", OPTIONAL)
async def test_what_a_server_leaves_out_is_not_made_up(key: str, accept: bytes) -> None:
    scope = http_scope(headers=[(b"accept", accept)])
    del scope[key]
    status, headers, body = await echo(scope)
    assert status == 200
    if headers[b"content-type"] == b"application/json":
        assert key not in json.loads(body)


async def test_each_message_is_shown_as_the_app_received_it() -> None:
    messages = [request(b"abc", more_body=True), request(b"", more_body=True), request(b"def")]
    _, body = await Wire(*messages).call(create_app(load({})), http_scope())
    assert json.loads(body["body"])["events"] == [
        {"type": "http.request", "body": "abc", "more_body": True},
        {"type": "http.request", "body": "", "more_body": True},
        {"type": "http.request", "body": "def", "more_body": False},
    ]


async def test_no_more_messages_are_shown_than_the_bound_allows() -> None:
    messages = [request(b"%d" % number, more_body=number < 9) for number in range(10)]
    _, body = await Wire(*messages).call(create_app(load({}, max_events=4)), http_scope())
    assert [event["body"] for event in json.loads(body["body"])["events"]] == ["0", "1", "2", "3"]


async def test_a_client_that_leaves_gets_no_answer() -> None:
    assert await Wire(request(b"half", more_body=True), DISCONNECT).call(create_app(load({})), http_scope()) == []


async def test_bytes_at_any_depth_follow_the_one_rule() -> None:
    extensions = {"tls": {"chain": [b"text", b"\xff"], "name": "x"}, "odd": {b"key": 1}}
    _, _, body = await echo(http_scope(extensions=extensions))
    assert json.loads(body)["extensions"] == {"tls": {"chain": ["text", {"base64": "/w=="}], "name": "x"}, "odd": {}}


async def test_keys_that_the_spec_does_not_know_come_last_and_objects_are_left_out() -> None:
    scope = http_scope(**{"vendor.plain": {"a": 1}, "vendor.object": object(), "vendor.empty": None})
    _, _, body = await echo(scope)
    assert list(json.loads(body))[-2:] == ["vendor.plain", "events"]
