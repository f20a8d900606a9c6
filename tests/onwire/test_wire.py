"""The wire of real requests: lines as they came, chunks, trailers, TLS, and the byte that broke a refused one."""

# ruff: noqa: E501  a row is a row

import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from echoscope.server.certificates import self_signed, server_context
from tests.eventually import eventually
from tests.servers import Running, echoscope, read_all
from tests.wire import UPGRADE, request

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def newest(server: Running, part: str = "wire", query: str = "?reveal=1") -> Json:
    item = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]
    document: Json = server.client.get(f"/-/api/exchanges/{item['id']}/{part}{query}").json()
    return document


def told(server: Running, sent: bytes) -> Json:
    """What is told of the wire of a request on a connection of its own."""
    server.raw(sent)
    return newest(server)


def became(wire: Json) -> dict[str, list[str]]:
    return {line["name"] or line["value"]: line["became"] for line in wire["lines"]}


@pytest.mark.parametrize("path", ["/plain", "/delay/0", "/ip"], ids=["by the second door", "by ASGI", "an endpoint"])
def test_names_keep_their_case_order_and_white_space(server: Running, path: str) -> None:
    lines = ["X-MiXed:   two  ", "x-b:1", "ACCEPT: */*", "X-MiXed: three"]
    wire = told(server, request("GET", path, lines, close=True))
    assert [(line["name"], line["separator"], line["value"], line["space"]) for line in wire["lines"][2:6]] == [
        ("X-MiXed", ":   ", "two", "  "), ("x-b", ":", "1", ""), ("ACCEPT", ": ", "*/*", ""), ("X-MiXed", ": ", "three", ""),
    ]  # fmt: skip
    assert [line["header"] for line in wire["lines"][2:6]] == [1, 2, 3, 4]
    assert wire["lines"][2]["became"] == ["name in lower case: x-mixed", "white space around the value dropped"]
    assert wire["lines"][3]["became"] == ["white space around the value dropped"]
    assert wire["head"].encode() == request("GET", path, lines, close=True)


TARGETS = [
    ("/caf%C3%A9", "escapes of the path decoded: /café"),
    ("/%ff", "escapes of the path decoded; bytes that are not UTF-8 are lost in path, and kept in raw_path"),
    ("/a?", "the question mark without a query dropped"),
    ("/a#b", "the fragment dropped"),
    ("http://localhost/a", "scheme and authority of the target dropped; the authority stands for Host"),
    ("/a?b=1", "as it came"),
]


@pytest.mark.parametrize(("target", "text"), TARGETS, ids=[target for target, _ in TARGETS])
def test_what_became_of_the_target_is_told(server: Running, target: str, text: str) -> None:
    wire = told(server, request("GET", target, close=True))
    assert text in wire["lines"][0]["became"]


def test_chunks_are_told_with_their_extensions_and_trailers(server: Running) -> None:
    body = b'3;a=1;b="x"\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nx-Other:2 \r\n\r\n'
    wire = told(server, request("POST", "/chunks", ["Transfer-Encoding: chunked"], close=True) + body)
    chunks = wire["chunks"]
    assert [(chunk["size"], chunk["extension"]) for chunk in chunks["chunks"]] == [(3, ';a=1;b="x"'), (10, ""), (0, "")]
    assert chunks["trailers"] == [{"name": "X-Sum", "value": "1"}, {"name": "x-Other", "value": "2"}]
    assert (chunks["is_whole"], chunks["received_bytes"]) == (True, 13)


def test_chunks_that_come_in_pieces_are_told_as_they_were(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(request("POST", "/x", ["Transfer-Encoding: chunked"], close=True))
        for piece in (b"5\r", b"\nhe", b"llo\r\n", b"0\r\n\r", b"\n"):
            connection.sendall(piece)
        read_all(connection)
    assert [chunk["size"] for chunk in newest(server)["chunks"]["chunks"]] == [5, 0]


def test_of_a_long_body_in_chunks_the_beginning_is_told(server: Running) -> None:
    body = (b"1000\r\n" + bytes(4096) + b"\r\n") * 20 + b"0\r\n\r\n"
    wire = told(server, request("POST", "/x", ["Transfer-Encoding: chunked"], close=True) + body)
    assert wire["chunks"]["is_whole"] is False
    assert {chunk["size"] for chunk in wire["chunks"]["chunks"]} == {4096}
    assert wire["chunks"]["received_bytes"] == 20 * 4096


def test_a_body_of_known_length_has_no_chunks(server: Running) -> None:
    assert told(server, request("POST", "/x", body=b"hello", close=True))["chunks"] is None


def test_an_informational_answer_is_told(server: Running) -> None:
    sent = request("POST", "/x", ["Expect: 100-continue"], b"hello", close=True)
    wire = told(server, sent)
    assert wire["interim"] == []  # the body was here before anybody had to ask for it
    with server.connect() as connection:
        connection.sendall(sent.removesuffix(b"hello"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hello")
        read_all(connection)
    assert newest(server)["interim"] == [{"status": 100, "reason": "Continue"}]


def test_a_session_has_the_wire_of_its_handshake(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(request("GET", "/chat", UPGRADE))
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
    eventually(lambda: server.client.get("/-/api/exchanges?limit=1").json()["items"][0]["type"] == "websocket")
    wire = newest(server)
    assert "Sec-WebSocket-Key" in became(wire)
    assert wire["connection"]["number"] == 1


# Refused


HEAD = b"GET / HTTP/1.1\r\nHost: h\r\n"

FAULTS: list[tuple[str, bytes, int | None, bytes]] = [
    ("a space before the colon", HEAD + b"A : b\r\n\r\n", 26, b" "),
    ("a space in a name", HEAD + b"A B: c\r\n\r\n", 26, b" "),
    ("no colon", HEAD + b"abc\r\n\r\n", 28, b"\r"),
    ("an empty name", HEAD + b": c\r\n\r\n", 25, b":"),
    ("NUL in a value", HEAD + b"A: b\x00c\r\n\r\n", 29, b"\x00"),
    ("a folded value", HEAD + b"A: b\r\n c\r\n\r\n", 31, b" "),
    ("bare line feeds", b"GET / HTTP/1.1\nHost: h\n\n", 14, b"\n"),
    ("a byte beyond ASCII in the path", b"GET /caf\xe9 HTTP/1.1\r\n\r\n", 8, b"\xe9"),
    ("a space in the path", b"GET /a b HTTP/1.1\r\n\r\n", 7, b"b"),
    ("an unknown method, and a broken name behind it", b"BREW / HTTP/1.1\r\nHost: h\r\nA B: c\r\n\r\n", 27, b" "),
    ("a method that is no token", b"G@T / HTTP/1.1\r\n\r\n", 1, b"@"),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00", 0, b"\x16"),
    ("two lengths", HEAD.replace(b"GET", b"POST") + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 61, b"2"),
    ("a length that is none", HEAD.replace(b"GET", b"POST") + b"Content-Length: 1x\r\n\r\n", 43, b"x"),
    ("no Host", b"GET / HTTP/1.1\r\nA: b\r\n\r\n", 24, b""),
    ("a Host that is none", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 16, b"Host: a b"),
    ("an unknown coding", HEAD.replace(b"GET", b"POST") + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 26, b"Transfer-Encoding: gzip, chunked"),
    ("an old version", b"GET / HTTP/0.9\r\n\r\n", 6, b"HTTP/0.9"),
    ("a tunnel", b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 0, b"CONNECT"),
    ("a body that is too long", HEAD.replace(b"GET", b"POST") + b"Content-Length: 99999999999\r\n\r\n", 26, b"Content-Length: 99999999999"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "at", "text"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_the_byte_that_broke_a_request_is_marked(server: Running, sent: bytes, at: int, text: bytes) -> None:
    wire = told(server, sent)
    fault = wire["fault"]
    assert (fault["at"], fault["marked"]) == (at, text.decode("utf-8", "backslashreplace").removesuffix("\n")), fault
    line = sent.split(b"\n")[fault["line"] - 1]
    assert fault["before"] == line[: fault["column"] - 1].decode("utf-8", "backslashreplace")


def test_a_request_that_was_answered_has_no_fault(server: Running) -> None:
    assert told(server, request("GET", "/", close=True))["fault"] is None


def test_secrets_are_hidden_in_the_lines_and_in_the_fault(server: Running) -> None:
    server.raw(b"GET /?token=t0ps3cret HTTP/1.1\r\nHost: h\r\nAuthorization : Bearer t0ps3cret\r\n\r\n")
    wire = newest(server, query="")
    assert "t0ps3cret" not in json.dumps(wire)
    assert (wire["fault"]["line"], wire["fault"]["column"], wire["fault"]["byte"]) == (3, 14, 32)
    server.raw(
        request("POST", "/x", ["Transfer-Encoding: chunked", "Cookie: sid=t0ps3cret"], close=True)
        + b"3\r\nabc\r\n0\r\nAuthorization: Basic t0ps3cret\r\n\r\n"
    )
    wire = newest(server, query="")
    assert "t0ps3cret" not in json.dumps(wire)
    assert [chunk["size"] for chunk in wire["chunks"]["chunks"]] == [3, 0]
    assert wire["chunks"]["trailers"][0]["name"] == "Authorization"
    assert became(wire)["Cookie"] == ["name in lower case: cookie"]


# TLS


def test_tls_is_told_with_version_cipher_alpn_and_name() -> None:
    with self_signed() as certificate:
        context = server_context(certificate, http2=False)
        app = create_app(load({}, port=0))
        with Running(app, ssl_context_factory=lambda _config, _default: context) as server:
            verify = ssl.create_default_context(cafile=str(certificate.certfile))
            with httpx.Client(verify=verify, trust_env=False) as client:
                address = f"https://localhost:{server.port}"
                answer = client.get(f"{address}/a")
                wire = client.get(f"{address}/-/api/exchanges/{answer.headers['x-echoscope-id']}/wire").json()
                assert wire["tls"]["version"] == "TLSv1.3"
                assert wire["tls"]["cipher"].startswith("TLS_")
                assert (wire["tls"]["alpn"], wire["tls"]["server_name"]) == ("http/1.1", "localhost")
                assert (wire["connection"]["number"], wire["connection"]["is_pipelined"]) == (1, False)


def test_in_the_clear_there_is_no_tls(server: Running) -> None:
    assert told(server, request("GET", "/", close=True))["tls"] is None


def test_another_server_does_not_tell() -> None:
    with Running(create_app(load({}, port=0)), kind="h11") as server:
        exchange_id = server.client.get("/a").headers["x-echoscope-id"]
        wire = server.client.get(f"/-/api/exchanges/{exchange_id}/wire").json()
        assert wire["is_told"] is False
        assert wire["why_not"].startswith("This server does not tell what was on the wire")
        connection = server.client.get(f"/-/api/exchanges/{exchange_id}/connection").json()
        assert connection["is_told"] is False
        assert "This server does not tell" in server.client.get(f"/-/exchanges/{exchange_id}").text


# Elsewhere


def test_the_case_of_names_survives_into_code_raw_and_har(server: Running) -> None:
    answer = server.raw(request("GET", "/case", ["X-MiXed: 1", "aCCept: */*"], close=True))
    exchange_id = answer.partition(b"X-Echoscope-Id: ")[2].split()[0].decode()
    for language in ("curl", "httpie", "httpx", "requests", "go", "wget", "powershell", "nc", "raw"):
        code = server.client.get(f"/-/api/exchanges/{exchange_id}/code/{language}").text
        assert "X-MiXed" in code, language
        assert "aCCept" in code, language
    har = server.client.get(f"/-/api/export.har?ids={exchange_id}").json()
    names = [header["name"] for header in har["log"]["entries"][0]["request"]["headers"]]
    assert names == ["Host", "X-MiXed", "aCCept", "Connection"]


def test_the_raw_form_has_the_chunks_that_were_sent(server: Running) -> None:
    sent = (
        request("POST", "/-/echo?as=raw", ["Transfer-Encoding: chunked"], close=True)
        + b"3;x\r\nabc\r\n0\r\nA: b\r\n\r\n"
    )
    assert server.raw(sent).partition(b"\r\n\r\n")[2] == sent


def test_the_echo_tells_of_its_own_wire(server: Running) -> None:
    wire = server.client.get("/-/echo?as=wire", headers={"X-MiXed": "1"}).json()
    assert wire["is_told"] is True
    assert wire["connection"]["number"] > 1
    assert server.client.get("/-/echo?as=nothing").status_code == 400


def test_the_page_shows_the_wire_and_marks_the_fault(server: Running) -> None:
    server.raw(HEAD + b"A B: c\r\n\r\n")
    item = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]
    page = server.client.get(f"/-/exchanges/{item['id']}").text
    assert '<mark class="fault"> </mark>' in page
    assert "Line 3, column 2: the byte 0x20." in page
