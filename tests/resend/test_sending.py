"""Sending again over real connections: what the other side gets, what is recorded, who may."""

import json
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from echoscope.server.certificates import self_signed
from echoscope.web import resend
from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.resend.listener import Listener
from tests.servers import HOST, Running

OK = b"HTTP/1.1 200 OK\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def newest(server: Running) -> str:
    items = server.client.get("/-/api/exchanges?limit=1").json()["items"]
    return str(items[0]["id"])


def send(server: Running, exchange_id: str, **wish: Any) -> httpx.Response:
    return server.client.post(f"/-/api/exchanges/{exchange_id}/send", json=wish)


def document(server: Running, exchange_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = server.client.get(f"/-/api/exchanges/{exchange_id}?bodies=1").json()
    return answer


HEAD = b"POST /a%2Fb?x=1&x=2 HTTP/1.1\r\nHost: example.test\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 4\r\n\r\n"


def test_sent_again_it_is_recorded_as_the_same_request(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"\x00\xff\r\n")
        connection.recv(1 << 16)
    first = newest(server)
    sent = send(server, first).json()
    assert sent["status"] == 200
    assert sent["to"] == ""
    assert sent["is_whole"]
    assert sent["id"] == newest(server) != first
    one, two = document(server, first), document(server, sent["id"])
    assert one["scope"] | {"client": None} == two["scope"] | {"client": None}
    assert one["request"] == two["request"]
    assert server.client.get(f"/-/api/exchanges/{sent['id']}/send").json()["head"].encode() == HEAD.replace(
        b"\r\n", b"\n"
    ).rstrip(b"\n")


def test_a_method_that_is_no_token_goes_out_as_it_is(server: Running) -> None:
    server.client.get("/x")
    line = json.loads(server.client.get("/-/api/export.jsonl").text)
    method = {"method": "日本語", "scope": line["scope"] | {"method": "日本語"}, "id": "of-a-file", "wire": None}
    server.client.post("/-/api/import", content=json.dumps(line | method), headers={"content-type": "application/json"})
    with Listener(OK, 20) as other:
        answer = send(server, "of-a-file", to=other.address)
    assert (answer.status_code, answer.json()["status"]) == (200, 200), answer.text
    assert other.received.startswith("日本語 /x HTTP/1.1\r\n".encode())


def test_another_server_gets_the_bytes_and_its_answer_is_recorded(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"body")
        connection.recv(1 << 16)
    expected = HEAD.replace(b"/a%2Fb", b"/base/a%2Fb") + b"body"
    with Listener(OK, len(expected)) as other:
        first = newest(server)
        sent = send(server, first, to=f"{other.address}/base/").json()
    assert other.received == expected.replace(b"example.test", f"{HOST}:{other.port}".encode())
    assert sent["status"] == 200
    assert sent["to"] == f"{other.address}/base"
    copy = document(server, sent["id"])
    assert copy["path"] == "/base/a/b"
    assert copy["scope"]["extensions"] == {"echoscope.sent": {"to": sent["to"], "again": first}}
    assert copy["response"]["headers"] == [["x-one", "1"], ["x-one", "2"], ["content-length", "2"]]
    assert copy["response"]["body"]["content"] == "ok"
    assert copy["state"] == "done"
    again = send(server, sent["id"]).json()
    assert document(server, again["id"])["path"] == "/base/a/b"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
    ],
    ids=["chunks", "until the end", "continue", "a redirect is an answer", "no body"],
)
def test_any_form_of_answer_is_read(server: Running, answer: bytes, body: str) -> None:
    server.client.get("/a")
    with Listener(answer) as other:
        sent = send(server, newest(server), to=other.address).json()
    assert document(server, sent["id"])["response"]["body"]["content"] == body


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (b"", "closed without an answer"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "is not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "is not HTTP/1.1"),
    ],
    ids=["nothing", "not HTTP", "cut", "endless head"],
)
def test_what_is_no_answer_is_told_in_words(server: Running, answer: bytes, word: str) -> None:
    server.client.get("/a")
    first = newest(server)
    with Listener(answer) as other:
        problem = send(server, first, to=other.address)
    assert problem.status_code == 502
    assert word in problem.json()["detail"]
    assert document(server, newest(server))["state"] == "error"


@pytest.mark.parametrize(
    ("to", "word"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1 refuses connections"),
        ("http://no-such-name.invalid", "The name no-such-name.invalid is not known"),
    ],
)
def test_what_cannot_be_reached_is_told_in_words(server: Running, to: str, word: str) -> None:
    server.client.get("/a")
    first = newest(server)
    problem = send(server, first, to=to)
    assert problem.status_code == 502
    assert word in problem.json()["detail"]
    assert newest(server) == first


def test_a_server_without_tls_is_told_from_one_with_a_certificate_of_its_own(server: Running) -> None:
    server.client.get("/a")
    first = newest(server)
    problem = send(server, first, to=f"https://{HOST}:{server.port}").json()
    assert "does not speak TLS" in problem["detail"]
    with self_signed([HOST]) as certificate:
        options: dict[str, Any] = {"ssl_certfile": str(certificate.certfile), "ssl_keyfile": str(certificate.keyfile)}
        with Running(_answers, **options) as other:
            sent = send(server, first, to=f"https://{HOST}:{other.port}").json()
    assert sent["status"] == 200  # nobody can stand between on the way to this machine


async def _answers(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


def test_an_answer_without_an_end_is_cut_and_kept_so_far(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend.upstream, "ANSWER_S", 0.3)
    server.client.get("/a")
    with Listener(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n", closes=False) as other:
        sent = send(server, newest(server), to=other.address).json()
    assert not sent["is_whole"]
    copy = document(server, sent["id"])
    assert copy["state"] == "disconnected"
    assert copy["response"]["body"]["content"] == "data: 1\n\n"


def test_no_more_of_an_answer_is_read_than_there_is_room_for(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend.upstream, "MAX_ANSWER_BYTES", 1000)
    server.client.get("/a")
    with Listener(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000) as other:
        sent = send(server, newest(server), to=other.address).json()
    assert not sent["is_whole"]
    assert document(server, sent["id"])["sent_bytes"] <= 1000


def test_only_a_few_are_sent_at_once(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resend.sender, "MAX_AT_ONCE", 0)
    server.client.get("/a")
    problem = send(server, newest(server))
    assert problem.status_code == 502
    assert "being sent already" in problem.json()["detail"]


def test_it_can_be_edited_before(server: Running) -> None:
    server.client.post("/a", content=b"old", headers={"x-a": "1"})
    draft = server.client.get(f"/-/api/exchanges/{newest(server)}/send").json()
    assert draft["body"] == "old"
    head = draft["head"].replace("POST /a", "PATCH /b?c").replace("x-a: 1", "x-a: 2\nX-New: ü")
    sent = send(server, newest(server), head=head, body="new body").json()
    copy = document(server, sent["id"])
    assert (copy["method"], copy["path"], copy["query_string"]) == ("PATCH", "/b", "c")
    assert ["x-a", "2"] in copy["scope"]["headers"]
    assert ["x-new", "ü"] in copy["scope"]["headers"]
    assert copy["request"]["body"]["content"] == "new body"


def test_secrets_that_were_hidden_are_sent_all_the_same(server: Running) -> None:
    server.client.get("/a?token=s3cr3tvalue", headers={"authorization": "Bearer abcdefghij"})
    first = newest(server)
    draft = server.client.get(f"/-/api/exchanges/{first}/send?reveal=0").json()
    assert "abcdefghij" not in draft["head"]
    sent = send(server, first, head=draft["head"] + "\nx-new: 1", reveal=False).json()
    copy = document(server, sent["id"])
    assert ["authorization", "Bearer abcdefghij"] in copy["scope"]["headers"]
    assert copy["query_string"] == "token=s3cr3tvalue"


def test_a_body_that_is_not_whole_is_only_sent_by_who_has_seen_that(serve: Serve) -> None:
    server = serve(kept_body_bytes=10)
    server.client.post("/a", content=b"x" * 20)
    first = newest(server)
    problem = send(server, first)
    assert problem.status_code == 400
    assert "Only the first 10 of 20 bytes" in problem.json()["detail"]
    draft = server.client.get(f"/-/api/exchanges/{first}/send").json()
    assert draft["cut"]
    sent = send(server, first, head=draft["head"]).json()
    assert document(server, sent["id"])["received_bytes"] == 10


def test_a_request_that_was_refused_is_refused_again(server: Running) -> None:
    refused = b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.raw(refused)
    first = newest(server)
    assert document(server, first)["state"] == "refused"
    sent = send(server, first).json()
    assert sent["status"] == 400
    assert document(server, sent["id"])["reason"] == document(server, first)["reason"]


def test_a_chunked_body_goes_in_chunks(server: Running) -> None:
    server.client.post("/a", content=iter([b"one", b"two"]))
    sent = send(server, newest(server)).json()
    copy = document(server, sent["id"])
    assert ["transfer-encoding", "chunked"] in copy["scope"]["headers"]
    assert copy["request"]["body"]["content"] == "onetwo"


def messages(server: Running, exchange_id: str, kind: str) -> list[Any]:
    events = document(server, exchange_id)["events"]
    payloads = [event["message"] for event in events if event["type"] == kind]
    return [message.get("text") or message["bytes"] for message in payloads]


@pytest.fixture
def session(server: Running) -> str:
    """The id of a WebSocket session in which something was said."""
    url = server.websocket_url("/chat?room=1")
    with connect(url, subprotocols=[Subprotocol("v1")], additional_headers={"x-own": "1"}, proxy=None) as socket:
        socket.recv()
        for message in ("one", b"\xff\x00", "three\nlines\n"):
            socket.send(message)
            socket.recv()
    eventually(lambda: document(server, newest(server))["state"] == "done")
    return newest(server)


def test_what_was_said_in_a_session_is_said_in_a_new_one(server: Running, session: str) -> None:
    sent = send(server, session).json()
    assert sent["status"] == 101
    eventually(lambda: document(server, sent["id"])["state"] == "done")
    copy = document(server, sent["id"])
    assert copy["query_string"] == "room=1"
    assert copy["scope"]["subprotocols"] == ["v1"]
    assert ["x-own", "1"] in copy["scope"]["headers"]
    assert ["host", f"{HOST}:{server.port}"] in copy["scope"]["headers"]
    said = messages(server, session, "websocket.receive")
    assert messages(server, sent["id"], "websocket.receive") == said == ["one", {"base64": "/wA="}, "three\nlines\n"]


def test_a_session_with_another_server_is_recorded_with_what_it_says(
    server: Running, session: str, serve: Serve
) -> None:
    other = serve()
    sent = send(server, session, to=other.origin, head=None, messages=["hey", "you"]).json()
    copy = document(server, sent["id"])
    assert messages(server, sent["id"], "websocket.receive") == ["hey", "you"]
    assert messages(server, sent["id"], "websocket.send")[1:] == ["hey", "you"]
    assert copy["response"]["status"] == 101
    assert ["host", f"{HOST}:{other.port}"] in copy["scope"]["headers"]
    assert messages(other, newest(other), "websocket.receive") == ["hey", "you"]


def test_messages_are_drafted_without_their_secrets_and_sent_with_them(server: Running) -> None:
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        for text in ('{"password": "s3cr3tvalue"}', "plain"):
            socket.send(text)
            socket.recv()
    session = newest(server)
    eventually(lambda: document(server, session)["state"] == "done")
    draft = server.client.get(f"/-/api/exchanges/{session}/send?reveal=0").json()
    assert "s3cr3tvalue" not in str(draft)
    edited = [*draft["messages"], "new"]
    sent = send(server, session, head=None, messages=edited, reveal=False).json()
    said = ['{"password": "s3cr3tvalue"}', "plain", "new"]
    assert messages(server, sent["id"], "websocket.receive") == said


async def _closes(scope: Scope, receive: Receive, send: Send) -> None:
    """Accepts, hears one message, and closes with a code of its own."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.close", "code": 4001, "reason": "enough"})


def test_a_session_that_the_other_side_ends_says_by_what(server: Running, session: str) -> None:
    with Running(_closes) as other:
        sent = send(server, session, to=other.origin).json()
    end = document(server, sent["id"])["events"][-1]["message"]
    assert (end["type"], end["code"], end["reason"]) == ("websocket.close", 4001, "enough")


def test_a_handshake_that_is_refused_or_led_elsewhere_is_an_answer(server: Running, session: str) -> None:
    with Listener(b"HTTP/1.1 302 Found\r\nLocation: ws://192.0.2.1/\r\nContent-Length: 2\r\n\r\nno") as other:
        sent = send(server, session, to=other.address).json()
    assert sent["status"] == 302
    copy = document(server, sent["id"])
    assert copy["response"]["status"] == 302
    assert copy["response"]["body"]["content"] == "no"


def test_behind_a_proxy_that_ends_tls_it_goes_to_the_server_itself(serve: Serve) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token, trusted_proxies="127.0.0.1", send_to="echo.example")
    server.client.get("/a")
    server.client.headers.update(
        {"authorization": f"Bearer {token}", "x-forwarded-proto": "https", "host": "echo.example"}
    )
    sent = send(server, newest(server)).json()
    assert sent["status"] == 200


# Who may


def test_in_public_nothing_is_sent_unless_its_host_is_named(serve: Serve) -> None:
    with Listener(OK) as other:
        server = serve(profile="public", token="operator-token-of-this-test", send_to=f"{HOST}:{other.port}")
        server.client.headers["authorization"] = "Bearer operator-token-of-this-test"
        server.client.get("/a")
        first = newest(server)
        for to in ("", f"http://{HOST}:{server.port}", "http://localhost:80", "http://169.254.169.254/latest"):
            refusal = send(server, first, to=to)
            assert refusal.status_code == 403
            assert "--send-to" in refusal.json()["detail"]
        assert newest(server) == first
        assert send(server, first, to=other.address).json()["status"] == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (("Origin: https://evil.example", "Content-Type: application/json"), 403),
        (("Origin: null", "Content-Type: application/json"), 403),
        (("Sec-Fetch-Site: cross-site", "Content-Type: application/json"), 403),
        (("Content-Type: text/plain",), 415),
        (("Content-Type: application/x-www-form-urlencoded",), 415),
        ((), 415),
    ],
)
def test_no_page_of_another_site_can_have_something_sent(server: Running, fields: tuple[str, ...], status: int) -> None:
    server.client.get("/a")
    first = newest(server)
    answer = wire.ask(server, "POST", f"/-/api/exchanges/{first}/send", *fields)
    assert answer.status == status
    assert newest(server) == first


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"[]", "cannot be read"),
        (b"{", "cannot be read"),
        (b'{"too": 1}', "unknown field"),
        (b'{"to": "ftp://x"}', "must begin with http"),
        (b'{"head": "x"}', "no request line"),
        (b'{"to": "' + b"x" * 3000 + b'"}', "length"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_named(server: Running, body: bytes, word: str) -> None:
    server.client.get("/a")
    path = f"/-/api/exchanges/{newest(server)}/send"
    answer = server.client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_an_exchange_that_is_not_kept_cannot_be_sent(server: Running) -> None:
    assert send(server, "none").status_code == 404
    assert server.client.get("/-/api/exchanges/none/send").status_code == 404
