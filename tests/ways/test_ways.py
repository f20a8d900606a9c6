"""The four ways: each by its standard, each value with the piece that it is made of, WSGI as a real gunicorn has it."""

# ruff: noqa: E501  a row is a row

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from echoscope.exchange.model import Exchange
from echoscope.insight.masking import mask
from echoscope.insight.ways import cgi, raw, ways, wsgi
from tests.exchanges import made_exchange
from tests.servers import HOST, WAIT_S, Running, echoscope, read_all
from tests.systems.clients import Request
from tests.systems.wsgi import WSGI_SYSTEMS, WsgiServer
from tests.wire import request


def seen(*headers: tuple[bytes, bytes], **scope: Any) -> Exchange:
    """An exchange with a whole scope."""
    whole = {
        "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b"",
        "root_path": "", "headers": list(headers), "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    return made_exchange(**(whole | scope))


# WSGI, as gunicorn has it


@pytest.fixture(scope="module")
def gunicorn() -> Iterator[WsgiServer]:
    system = next(system for system in WSGI_SYSTEMS if system.name.startswith("gunicorn"))
    system.require()
    with system.start() as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


ASKED: dict[str, Request] = {
    "a plain one": Request("GET", b"/a/b?q=1&q=2", [(b"User-Agent", b"probe/1.0"), (b"Accept", b"*/*")]),
    "escapes": Request("GET", b"/caf%C3%A9/a%2Fb%20c?x=%C3%A9&y=a+b"),
    "bytes that are not UTF-8": Request("GET", b"/%ff%fe?%ff"),
    "an empty query": Request("GET", b"/?"),
    "repeated headers": Request("GET", b"/", [(b"X-A", b"1"), (b"X-B", b"0"), (b"x-a", b"2"), (b"Cookie", b"a=1; b=2")]),
    "a header with a low line": Request("GET", b"/", [(b"X_Under", b"1"), (b"X-Over", b"2")]),
    "bytes of latin-1 in a value": Request("GET", b"/", [(b"X-Name", b"caf\xe9")]),
    "a form": Request("POST", b"/form", [(b"Content-Type", b"application/x-www-form-urlencoded"), (b"Content-Length", b"3")], (b"a=1",)),
    "credentials": Request("GET", b"/", [(b"Authorization", b"Basic YTpi")]),
    "a proxy's headers": Request("GET", b"/", [(b"X-Forwarded-For", b"203.0.113.7"), (b"Via", b"1.1 a"), (b"Via", b"1.1 b")]),
    "another method": Request("PROPFIND", b"/dav/"),
}  # fmt: skip

OF_THE_SERVER = ("wsgi.input", "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.version")
"""Whose values are objects, or the choice of whoever started it; a list in one place and a tuple in the other."""


def asked_raw(port: int, asked: Request) -> bytes:
    """The body of the answer to the same bytes, on a connection of its own."""
    lines = [b"%b: %b" % field for field in asked.fields]
    head = request(asked.method, asked.target, [*lines, b"Connection: close"], host=HOST)
    with socket.create_connection((HOST, port), WAIT_S) as connection:
        connection.sendall(head + b"".join(asked.pieces))
        return read_all(connection)


@pytest.mark.parametrize("name", ASKED)
def test_the_environ_is_that_of_a_real_gunicorn(gunicorn: WsgiServer, server: Running, name: str) -> None:
    real = json.loads(asked_raw(gunicorn.port, ASKED[name]).partition(b"\r\n\r\n")[2])
    found = re.search(rb"X-Echoscope-Id: (\S+)", asked_raw(server.port, ASKED[name]))
    assert found is not None
    address = f"/-/api/exchanges/{found[1].decode()}/ways?reveal=1"
    (way,) = [way for way in server.client.get(address).json()["ways"] if way["id"] == "environ"]
    made = {row["key"]: row["value"] for row in way["rows"]}
    own = {key for key in real if key.startswith(("wsgi.file", "wsgi.early", "gunicorn.", "SERVER_SOFTWARE"))}
    assert made.keys() == real.keys() - own - {"body"}
    for key in made.keys() - set(OF_THE_SERVER) - {"SERVER_PORT", "REMOTE_PORT"}:
        assert made[key] == real[key], key
    assert (made["SERVER_PORT"], real["SERVER_PORT"]) == (str(server.port), str(gunicorn.port))


# CGI


def variables(*headers: tuple[bytes, bytes], **scope: Any) -> dict[str, Any]:
    return cgi.variables(seen(*headers, **scope))


def test_the_variables_are_those_of_rfc_3875() -> None:
    made = variables((b"host", b"example.org:8080"), (b"user-agent", b"x"), method="POST", query_string=b"a=%20")
    assert made == {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "PATH_INFO": "/",
        "QUERY_STRING": "a=%20",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_HOST": "127.0.0.1",
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "example.org",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "Echoscope",
        "HTTP_HOST": "example.org:8080",
        "HTTP_USER_AGENT": "x",
    }


CGI_RULES: list[tuple[str, dict[str, Any], list[tuple[bytes, bytes]], dict[str, Any]]] = [
    ("credentials are withheld", {}, [(b"authorization", b"Basic YTpi")], {"HTTP_AUTHORIZATION": None}),
    ("Proxy is no setting", {}, [(b"proxy", b"evil:1")], {"HTTP_PROXY": None}),
    ("repeats are joined", {}, [(b"x", b"1"), (b"x", b"2")], {"HTTP_X": "1, 2"}),
    ("HTTP/2 has a minor version", {"http_version": "2"}, [], {"SERVER_PROTOCOL": "HTTP/2.0"}),
    ("an IPv6 host", {}, [(b"host", b"[::1]:8000")], {"SERVER_NAME": "[::1]"}),
    ("no Host", {}, [], {"SERVER_NAME": "127.0.0.1"}),
    ("a broken Host", {}, [(b"host", b"a:b:c")], {"SERVER_NAME": "127.0.0.1"}),
    ("a Unix socket", {"client": None, "server": ("/run/a.sock", None)}, [(b"host", b"a")], {"SERVER_PORT": "80", "REMOTE_ADDR": None}),
    ("TLS on a Unix socket", {"scheme": "https", "server": None}, [(b"host", b"a")], {"SERVER_PORT": "443"}),
    ("below a root path", {"root_path": "/api", "path": "/api/a b", "raw_path": b"/api/a%20b"}, [], {"SCRIPT_NAME": "/api", "PATH_INFO": "/a b"}),
    ("a path without its root", {"root_path": "/api", "path": "/a", "raw_path": b"/a"}, [], {"SCRIPT_NAME": "/api", "PATH_INFO": "/a"}),
    ("a root that only looks so", {"root_path": "/api", "path": "/apis", "raw_path": b"/apis"}, [], {"PATH_INFO": "/apis"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "headers", "expected"), [row[1:] for row in CGI_RULES], ids=[row[0] for row in CGI_RULES]
)
def test_a_rule_of_cgi(scope: dict[str, Any], headers: list[tuple[bytes, bytes]], expected: dict[str, Any]) -> None:
    made = variables(*headers, **scope)
    assert {key: made.get(key) for key in expected} == expected


def test_a_body_in_chunks_has_a_length_in_cgi() -> None:
    exchange = made_exchange(body=b"hello", headers=[(b"transfer-encoding", b"chunked")], http_version="1.1")
    assert cgi.variables(exchange)["CONTENT_LENGTH"] == "5"
    assert "CONTENT_LENGTH" not in wsgi.environ(exchange)


# Raw

HEAD = b"GET /a?b=1 HTTP/1.1\r\nHost: h\r\nX-MiXed:  two \r\n\r\n"


def test_what_is_kept_of_the_wire_is_given_to_the_byte() -> None:
    exchange = replace(seen((b"host", b"h"), (b"x-mixed", b"two")), wire=HEAD)
    assert raw.content(exchange) == HEAD
    assert [row.key for row in raw.rows(exchange)][-2:] == ["Host", "X-MiXed"]


def test_without_the_wire_the_lines_are_made_of_the_scope() -> None:
    exchange = seen((b"host", b"h"), (b"x", b"a\r\nb: c"), path="/a", raw_path=b"/a", query_string=b"b=1")
    assert raw.content(exchange) == b"GET /a?b=1 HTTP/1.1\r\nhost: h\r\nx: ab: c\r\n\r\n"


def test_http2_has_its_fields() -> None:
    exchange = seen((b"host", b"h"), (b"x-a", b"1"), http_version="2", scheme="https", query_string=b"q")
    assert [(row.key, row.value) for row in raw.rows(exchange)] == [
        (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/?q"), ("x-a", "1"),
    ]  # fmt: skip
    assert raw.content(exchange) == b":method: GET\r\n:scheme: https\r\n:authority: h\r\n:path: /?q\r\nx-a: 1\r\n\r\n"


# The lines between them


def test_a_header_is_the_same_piece_in_all_four() -> None:
    exchange = seen((b"host", b"h"), (b"user-agent", b"probe"), (b"x", b"1"), (b"x", b"2"))
    keys = {way.id: {row.key for row in way.rows if "header-1" in row.of} for way in ways(exchange)}
    assert keys == {
        "raw": {"user-agent"}, "scope": {"headers[1]"}, "environ": {"HTTP_USER_AGENT"}, "cgi": {"HTTP_USER_AGENT"},
    }  # fmt: skip
    joined = [row.of for way in ways(exchange) for row in way.rows if row.key == "HTTP_X"]
    assert joined == [("header-2", "header-3")] * 2


@pytest.mark.parametrize("piece", ["method", "path", "query", "version"])
def test_a_piece_of_the_request_line_stands_in_all_four(piece: str) -> None:
    for way in ways(seen(query_string=b"a=1")):
        assert any(piece in row.of for row in way.rows), way.id


def test_a_session_is_shown_as_the_handshake_that_it_began_with() -> None:
    exchange = seen((b"host", b"h"), (b"upgrade", b"websocket"), type="websocket", scheme="ws", method=None)
    assert wsgi.environ(exchange)["REQUEST_METHOD"] == "GET"
    assert wsgi.environ(exchange)["wsgi.url_scheme"] == "http"
    assert {way.id for way in ways(exchange)} == {"raw", "scope", "environ", "cgi"}


def test_no_secret_is_in_any_way_of_a_masked_request() -> None:
    head = b"GET /a?token=t0ps3cret&b=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t0ps3cret\r\nCookie: sid=t0ps3cret\r\n\r\n"
    headers = [(b"host", b"h"), (b"authorization", b"Bearer t0ps3cret"), (b"cookie", b"sid=t0ps3cret")]
    exchange = replace(seen(*headers, query_string=b"token=t0ps3cret&b=1"), wire=head)
    masked = mask(exchange)
    assert b"t0ps3cret" not in raw.content(masked)
    assert "t0ps3cret" not in str(ways(masked))
    assert raw.content(masked).startswith(b"GET /a?token=redacted-")
    assert b"\r\nAuthorization: Bearer redacted-" in raw.content(masked)


# Over HTTP

FORMS = [
    ("scope", "application/json", lambda made: made["method"] == "POST" and made["events"][0]["body"] == "a=1"),
    ("environ", "application/json", lambda made: made["REQUEST_METHOD"] == "POST" and made["HTTP_X_TWICE"] == "1,2"),
    ("cgi", "application/json", lambda made: made["HTTP_X_TWICE"] == "1, 2" and made["CONTENT_LENGTH"] == "3"),
    (
        "ways",
        "application/json",
        lambda made: [way["id"] for way in made["ways"]] == ["raw", "scope", "environ", "cgi"],
    ),
    ("conformance", "application/json", lambda made: made == {"breaches": []}),
]


@pytest.mark.parametrize(("form", "media_type", "is_right"), FORMS, ids=[form for form, *_ in FORMS])
def test_the_echo_answers_in_each_form(server: Running, form: str, media_type: str, is_right: Any) -> None:
    headers = [("x-twice", "1"), ("x-twice", "2"), ("content-type", "application/x-www-form-urlencoded")]
    answer = server.client.post(f"/-/echo?as={form}", content=b"a=1", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert is_right(answer.json()), answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


def test_the_raw_form_is_what_was_sent(server: Running) -> None:
    sent = request("PUT", "/-/echo?as=raw", ["X-MiXed:  two "], b"body", close=True)
    answer = server.raw(sent)
    assert answer.partition(b"\r\n\r\n")[2] == sent
    assert b"Content-Type: text/plain; charset=utf-8" in answer


def test_a_form_that_there_is_not_is_answered_by_those_that_there_are(server: Running) -> None:
    answer = server.client.get("/-/echo?as=asgi")
    assert answer.status_code == 400
    assert (
        answer.json()["detail"]
        == "as must be one of scope, environ, cgi, raw, ways, hops, wire, conformance, not 'asgi'."
    )


def test_a_body_over_the_limit_is_refused() -> None:
    with echoscope(max_body_bytes=1000) as server:
        assert server.client.post("/-/echo?as=raw", content=iter([bytes(600), bytes(600)])).status_code == 413


def test_in_public_anybody_may_ask_for_his_own_request() -> None:
    with echoscope(profile="public") as server:
        assert server.client.get("/-/echo?as=environ").json()["REQUEST_METHOD"] == "GET"
        assert server.client.get("/-/api/exchanges").status_code == 401


def test_the_api_has_the_ways_of_an_exchange_without_its_secrets_until_they_are_asked_for(server: Running) -> None:
    answer = server.client.get("/x?token=t0ps3cret", headers={"authorization": "Bearer t0ps3cret"})
    address = f"/-/api/exchanges/{answer.headers['x-echoscope-id']}/ways"
    assert "t0ps3cret" not in server.client.get(address).text
    assert "t0ps3cret" in server.client.get(f"{address}?reveal=1").text
    assert server.client.get("/-/api/exchanges/none/ways").status_code == 404


def test_the_api_tells_what_is_against_the_specification(server: Running) -> None:
    answer = server.raw(request("get", "/x", close=True))
    exchange_id = answer.partition(b"X-Echoscope-Id: ")[2].split()[0].decode()
    (breach,) = server.client.get(f"/-/api/exchanges/{exchange_id}/conformance").json()["breaches"]
    assert (breach["rule"], breach["by"], breach["where"]) == ("method", "server", "scope.method")
    page = server.client.get(f"/-/exchanges/{exchange_id}").text
    assert "The HTTP method name, uppercased." in page
    assert 'id="piece-method"' in page
    assert 'href="#piece-header-0"' in page
