"""Whoever sends the operator's token to a path that is recorded shows it to nobody, whatever is revealed."""

import asyncio
import json

import pytest
from starlette.types import Receive, Scope, Send
from websockets.sync.client import connect

from echoscope.base import turns
from echoscope.web.inspector.discretion import Discreet
from tests.asgi import Wire, http_scope
from tests.conftest import Serve
from tests.servers import WAIT_S, Running

TOKEN = "operator+token/of=these&tests~1234"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve(profile="public", token=TOKEN)


def sent(server: Running) -> tuple[str, str]:
    """The id of an exchange that has the operator's token and cookie everywhere, and the cookie."""
    login = server.client.post("/-/login", data={"token": TOKEN})
    cookie = login.headers["set-cookie"].partition(";")[0]
    server.client.cookies.clear()
    answer = server.client.post(
        "/api/exchanges",
        params={"key": TOKEN, "note": TOKEN},
        headers=BEARER | {"cookie": cookie, "x-other": TOKEN, "user-agent": TOKEN},
        json={"comment": TOKEN},
    )
    return answer.headers["x-echoscope-id"], cookie.partition("=")[2]


PLACES = [
    "/-/api/exchanges?reveal=1",
    "/-/api/exchanges/{id}",
    "/-/api/exchanges/{id}/body",
    "/-/api/exchanges/{id}/body?of=response",
    "/-/api/exchanges/{id}/body/view",
    "/-/api/exchanges/{id}/headers?reveal=1",
    "/-/api/exchanges/{id}/code/curl?reveal=1",
    "/-/api/exchanges/{id}/events/0/view",
    "/-/api/export.har?reveal=1",
    "/-/api/export.jsonl?reveal=1",
    "/-/api/export.csv?reveal=1",
    "/-/api/export.html?reveal=1",
    "/-/exchanges/{id}?reveal=1",
    "/-/",
]


@pytest.mark.parametrize("path", PLACES)
def test_no_place_shows_the_token(server: Running, path: str) -> None:
    exchange_id, cookie = sent(server)
    headers = BEARER | {"accept": "text/html"} if "/api/" not in path else BEARER
    answer = server.client.get(path.format(id=exchange_id), headers=headers)
    assert answer.status_code == 200
    assert exchange_id in answer.text or "*" * len(TOKEN) in answer.text
    for secret in (TOKEN, "operator", "of%3Dthese", cookie):
        assert secret not in answer.text, secret


def test_the_feed_does_not_either(server: Running) -> None:
    sent(server)
    with connect(server.websocket_url("/-/live?after=0&reveal=1"), additional_headers=BEARER, proxy=None) as feed:
        feed.recv(WAIT_S)
        message = str(feed.recv(WAIT_S))
    assert "api/exchanges" in message
    assert "operator" not in message


def test_lengths_stay_true(server: Running) -> None:
    exchange_id, _ = sent(server)
    body = server.client.get(f"/-/api/exchanges/{exchange_id}/body", headers=BEARER)
    document = server.client.get(f"/-/api/exchanges/{exchange_id}", headers=BEARER).json()
    assert len(body.content) == document["request"]["body"]["size"] == int(body.headers["x-echoscope-body-size"])
    assert set(json.loads(body.content)["comment"]) == {"*"}


LONG = b"a" * 3_000_000


@pytest.mark.parametrize("start", [0, (256 << 10) - 10, 1_000_000, len(LONG)])
async def test_a_secret_in_a_long_answer_is_covered_wherever_it_stands(start: int) -> None:
    content = LONG[:start] + TOKEN.encode() + LONG[start:]
    body, _ = await _answered(content)
    assert body == content.replace(TOKEN.encode(), b"*" * len(TOKEN))


async def test_a_long_answer_is_looked_through_in_many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", -1.0)  # each is over at once
    body, rounds = await _answered(LONG)
    assert body == LONG
    assert rounds >= len(LONG) // (256 << 10)


async def _answered(content: bytes) -> tuple[bytes, int]:
    """What becomes of an answer, and how often others had their turn meanwhile."""
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.body", "body": content})

    counting = asyncio.create_task(count())
    (message,) = await Wire().call(Discreet(app, lambda scope: [TOKEN]), http_scope())
    counting.cancel()
    return message["body"], rounds
