"""What a public instance asks of everybody, and tells robots and reporters of abuse."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests import wire
from tests.conftest import Serve
from tests.servers import Running

TOKEN = "operator-token-of-these-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}
PATHS = ["/hello", "/get", "/delay/0", "/-/login", "/~no-bin/x", "/%7Eno/x"]


@pytest.mark.parametrize("path", PATHS)
def test_an_address_that_comes_too_often_is_told_to_wait(serve: Serve, path: str) -> None:
    server = serve(profile="public", token=TOKEN, rate=1)
    told = [server.client.get(path) for _ in range(6)]
    assert 429 not in [answer.status_code for answer in told[:2]]
    late = [answer for answer in told if answer.status_code == 429]
    assert late
    assert late[0].headers["retry-after"] == "1"
    assert late[0].headers["content-type"] == "application/problem+json"
    assert "--rate" in late[0].json()["detail"]
    assert server.client.get("/-/health").status_code == 200


def test_both_doors_count_the_same_requests(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, rate=1)
    told = [server.client.get(path).status_code for path in ("/hello", "/hello?a=1", "/delay/0", "/hello")]
    assert told[:2] == [200, 200]
    assert 429 in told


def test_a_websocket_counts_too(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, rate=1)
    for _ in range(3):
        server.client.get("/hello")
    with server.connect() as connection:
        connection.sendall(wire.request(target="/chat", headers=wire.UPGRADE))
        assert connection.recv(12) == b"HTTP/1.1 403"


@pytest.mark.parametrize("path", ["/hello", "/delay/0"], ids=["second door", "first door"])
def test_behind_a_believed_proxy_clients_count_and_nobody_counts_for_another(serve: Serve, path: str) -> None:
    server = serve(profile="public", token=TOKEN, rate=1, trusted_proxies="127.0.0.1")

    def ask(client: str) -> int:
        return server.client.get(path, headers={"x-forwarded-for": client}).status_code

    assert 429 in [ask("2001:db8::1") for _ in range(4)]
    assert ask("2001:db8::ffff") == 429, "of the same network"
    assert ask("2001:db8:0:1::1") == 200
    assert ask("192.0.2.1") == 200


def test_nobody_who_is_not_believed_says_where_he_comes_from(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, rate=1)
    told = [server.client.get("/hello", headers={"x-forwarded-for": f"192.0.2.{one}"}).status_code for one in range(6)]
    assert 429 in told


def test_locally_there_is_no_limit_and_in_public_there_is_one(serve: Serve) -> None:
    local, public = serve(), serve(profile="public", token=TOKEN)
    assert {local.client.get("/hello").status_code for _ in range(150)} == {200}
    pipelined = wire.request(target="/hello") * 299 + wire.request(target="/hello", close=True)
    received = public.raw(pipelined)
    assert received.count(b"HTTP/1.1 200") >= 100
    assert received.count(b"HTTP/1.1 429") > 0


def test_what_is_refused_is_not_recorded(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, rate=1)
    told = [server.client.get("/hello").status_code for _ in range(20)]
    headers = BEARER | {"x": "y"}
    listed = next(
        answer
        for answer in iter(lambda: server.client.get("/-/api/exchanges", headers=headers), None)
        if answer.status_code == 200
    )
    assert len(listed.json()["items"]) == told.count(200)


ROBOTS = "noindex, nofollow"
EVERYWHERE = ["/hello", "/get", "/delay/0", "/bytes/10", "/~hooks/x", "/~hooks/answered", "/~no-bin/", "/-/login"]
EVERYWHERE += ["/-/", "/-/api/bins", "/-/openapi.json", "/-/health", "/-/endpoints", "/-/static/none", "/-/shared/none"]


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("path", EVERYWHERE)
def test_robots_are_told_to_leave_it_alone(serve: Serve, path: str, accept: str) -> None:
    server = serve(profile="public", token=TOKEN, bin="hooks")
    rules = [{"path": "/answered", "answers": [{"body": "x"}]}]
    server.client.put("/-/api/bins/hooks/answers", json={"rules": rules}, headers=BEARER)
    for _ in range(3):
        assert server.client.get(path, headers={"accept": accept}).headers.get_list("x-robots-tag") == [ROBOTS]


def test_what_robots_are_told_is_recorded(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    for path in ("/hello", "/delay/0"):
        made = server.client.get(path).headers["x-echoscope-id"]
        document = server.client.get(f"/-/api/exchanges/{made}", headers=BEARER).json()
        assert ["x-robots-tag", ROBOTS] in document["response"]["headers"]


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ("abuse@example.org", "Contact: mailto:abuse@example.org"),
        ("mailto:abuse@example.org", "Contact: mailto:abuse@example.org"),
        ("https://example.org/report", "Contact: https://example.org/report"),
    ],
)
def test_reports_have_an_address(serve: Serve, contact: str, line: str) -> None:
    server = serve(profile="public", token=TOKEN, security_contact=contact)
    answer = server.client.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == line
    expires = datetime.fromisoformat(lines[1].removeprefix("Expires: "))
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert format_datetime(expires)


def test_without_a_contact_the_path_is_any_other(serve: Serve) -> None:
    assert serve().client.get("/.well-known/security.txt").json()["path"] == "/.well-known/security.txt"


def test_the_setting_takes_an_address(serve: Serve) -> None:
    server: Running = serve(security_contact="tel:+1-201-555-0123")
    assert "Contact: tel:+1-201-555-0123" in server.client.get("/.well-known/security.txt").text


@pytest.mark.parametrize("profile", ["local", "public"])
async def test_the_inspector_is_loaded_before_anybody_looks(profile: str) -> None:
    inspector = create_app(load({}, profile=profile)).inspector
    assert await inspector.load() is await inspector.load()
