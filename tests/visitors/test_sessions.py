"""Sessions: each ends by itself, at a logout, or when somebody ends it, and no cookie outlives its end."""

import re
from collections.abc import Callable

import httpx
import pytest

from echoscope.log.shelf import MemoryShelf
from echoscope.web.visitors.sessions import MOST_SESSIONS, SESSION_S, Sessions
from tests import wire
from tests.conftest import Serve
from tests.servers import Running

TOKEN = "operator-token-of-these-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def public(serve: Serve) -> Running:
    return serve(profile="public", token=TOKEN)


def signed_in(server: Running, agent: str = "a browser", **headers: str) -> dict[str, str]:
    """What a signed-in browser sends."""
    answer = server.client.post("/-/login", data={"token": TOKEN}, headers={"user-agent": agent, **headers})
    server.client.cookies.clear()
    assert answer.status_code == 303, answer.text
    return {"cookie": answer.headers["set-cookie"].partition(";")[0], "origin": server.origin}


def is_in(server: Running, browser: dict[str, str]) -> bool:
    return server.client.get("/-/api/info", headers=browser).status_code == 200


def test_each_browser_has_a_session_of_its_own(public: Running) -> None:
    first, second = signed_in(public, "first"), signed_in(public, "second")
    assert first["cookie"] != second["cookie"]
    items = public.client.get("/-/api/sessions", headers=first).json()["items"]
    assert [(item["user_agent"], item["is_own"]) for item in items] == [("second", False), ("first", True)]
    assert {item["address"] for item in items} == {"127.0.0.1"}
    assert not [item for item in items if item["id"] in first["cookie"] + second["cookie"]]


def test_one_session_can_be_ended_and_the_others_stay(public: Running) -> None:
    first, second = signed_in(public, "first"), signed_in(public, "second")
    (wanted,) = [
        item for item in public.client.get("/-/api/sessions", headers=second).json()["items"] if not item["is_own"]
    ]
    assert public.client.delete(f"/-/api/sessions/{wanted['id']}", headers=second).status_code == 200
    assert (is_in(public, first), is_in(public, second)) == (False, True)
    assert public.client.delete(f"/-/api/sessions/{wanted['id']}", headers=second).status_code == 404


def test_all_can_be_ended_at_once(public: Running) -> None:
    browsers = [signed_in(public) for _ in range(3)]
    assert public.client.delete("/-/api/sessions", headers=BEARER).json() == {"ended": 3}
    assert [is_in(public, browser) for browser in browsers] == [False] * 3


def test_a_logout_ends_the_session_wherever_its_cookie_is(public: Running) -> None:
    browser = signed_in(public)
    answer = public.client.post("/-/logout", headers=browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/login")
    assert re.search(r'echoscope="?"?;.*Max-Age=0', answer.headers["set-cookie"])
    assert "Path=/-/" in answer.headers["set-cookie"]
    assert not is_in(public, browser)


def test_another_site_ends_no_session(public: Running) -> None:
    browser = signed_in(public)
    evil = {**browser, "origin": "https://evil.test"}
    assert public.client.post("/-/logout", headers=evil).status_code == 403
    assert public.client.delete("/-/api/sessions", headers=evil).status_code == 403
    assert public.client.get("/-/logout", headers=browser).status_code == 405
    assert is_in(public, browser)


def test_the_page_lists_them_and_ends_them_without_scripts(public: Running) -> None:
    first, second = signed_in(public, "<b>first"), signed_in(public, "second")
    page = public.client.get("/-/sessions", headers={**second, "accept": "text/html"}).text
    assert "&lt;b&gt;first" in page
    ids = re.findall(r'name="id" value="([0-9a-f]+)"', page)
    assert len(ids) == 2
    assert public.client.post("/-/sessions", data={"id": ids[1]}, headers=second).status_code == 303
    assert (is_in(public, first), is_in(public, second)) == (False, True)
    public.client.post("/-/sessions", data={"id": "all"}, headers=second)
    assert not is_in(public, second)


async def test_a_session_ends_with_the_token_under_which_it_began() -> None:
    shelf = MemoryShelf()
    text = await Sessions(shelf, lambda: b"one").begin("127.0.0.1", "")
    assert await Sessions(shelf, lambda: b"one").find(text) is not None
    assert await Sessions(shelf, lambda: b"two").find(text) is None


async def test_a_session_ends_by_itself() -> None:
    now = [1_000.0]
    sessions = Sessions(MemoryShelf(), lambda: b"key", lambda: now[0])
    text = await sessions.begin("127.0.0.1", "x" * 1_000)
    now[0] += SESSION_S - 1
    session = await sessions.find(text)
    assert session is not None
    assert len(session.user_agent) == 200
    now[0] += 1
    assert await sessions.find(text) is None
    assert await sessions.all() == []


async def test_of_too_many_the_oldest_ends() -> None:
    now = [1_000.0]
    sessions = Sessions(MemoryShelf(), lambda: b"key", lambda: now[0])
    texts = []
    for _ in range(MOST_SESSIONS + 1):
        now[0] += 1
        texts.append(await sessions.begin("127.0.0.1", ""))
    assert await sessions.find(texts[0]) is None
    assert await sessions.find(texts[1]) is not None
    assert len(await sessions.all()) == MOST_SESSIONS


async def test_who_reads_the_shelf_cannot_sign_in_by_it() -> None:
    shelf = MemoryShelf()
    text = await Sessions(shelf, lambda: b"key").begin("127.0.0.1", "")
    assert text not in str(await shelf.items(""))
    for key in await shelf.items(""):
        assert await Sessions(shelf, lambda: b"key").find(key.rpartition("/")[2]) is None


@pytest.mark.parametrize(
    ("proxies", "header", "is_secure"),
    [
        ("127.0.0.1", {"x-forwarded-proto": "https"}, True),
        ("127.0.0.1", {"forwarded": "proto=https"}, True),
        ("127.0.0.1", {"x-forwarded-proto": "http"}, False),
        ("127.0.0.1", {}, False),
        ("192.0.2.1", {"x-forwarded-proto": "https"}, False),
        ("", {"x-forwarded-proto": "https"}, False),
    ],
)
def test_the_cookie_is_secure_where_a_believed_proxy_ends_tls(
    serve: Serve, proxies: str, header: dict[str, str], is_secure: bool
) -> None:
    server = serve(profile="public", token=TOKEN, trusted_proxies=proxies)
    answer = server.client.post("/-/login", data={"token": TOKEN}, headers=header)
    assert ("Secure" in answer.headers["set-cookie"]) is is_secure
    made = server.client.post("/-/bins", headers=header)
    assert ("Secure" in made.headers["set-cookie"]) is is_secure
    assert (f"https://127.0.0.1:{server.port}/~" in made.text) is is_secure


# Wrong tokens

GUESSES: dict[str, Callable[[Running], httpx.Response]] = {
    "bearer": lambda server: server.client.get("/-/api/info", headers={"authorization": "Bearer wrong"}),
    "login": lambda server: server.client.post("/-/login", data={"token": "wrong"}),
    "key": lambda server: server.client.get("/-/api/bins/x", headers={"authorization": "Bearer wrong"}),
    "key entered": lambda server: server.client.post("/-/bins/x/login", data={"token": "wrong"}),
}


@pytest.mark.parametrize("guess", GUESSES.values(), ids=GUESSES)
def test_after_five_wrong_ones_no_token_is_looked_at_for_a_while(
    public: Running, guess: Callable[[Running], httpx.Response]
) -> None:
    browser = signed_in(public)
    refusal = 404 if guess is GUESSES["key"] else 401
    assert [guess(public).status_code for _ in range(5)] == [refusal] * 5
    answer = guess(public)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    for other in GUESSES.values():
        assert other(public).status_code == 429
    assert public.client.get("/-/api/info", headers=BEARER).status_code == 429
    assert public.client.post("/-/login", data={"token": TOKEN}).status_code == 429
    assert is_in(public, browser), "who is signed in stays so"
    assert public.client.get("/-/login").status_code == 200
    assert public.client.get("/hello").status_code == 200


def test_right_ones_are_not_counted(public: Running) -> None:
    for _ in range(20):
        assert public.client.get("/-/api/info", headers=BEARER).status_code == 200


def test_wrong_tokens_of_another_client_are_another_s(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, trusted_proxies="127.0.0.1")
    for _ in range(6):
        GUESSES["bearer"](server)
    assert server.client.get("/-/api/info", headers=BEARER).status_code == 429
    other = BEARER | {"x-forwarded-for": "192.0.2.7"}
    assert server.client.get("/-/api/info", headers=other).status_code == 200


@pytest.mark.parametrize("path", ["/-/api/bins/{}", "/-/bins/{}/api/exchanges"])
def test_bins_that_are_not_there_are_counted_like_wrong_keys(public: Running, path: str) -> None:
    name = public.client.post("/-/api/bins", headers=BEARER).json()["name"]
    wrong = {"authorization": "Bearer wrong"}
    told = [public.client.get(path.format(one), headers=wrong).status_code for one in (name, "no") * 4]
    assert told == [404] * 5 + [429] * 3


def test_a_feed_is_refused_as_well(public: Running) -> None:
    for _ in range(5):
        GUESSES["bearer"](public)
    with public.connect() as connection:
        lines = [*wire.UPGRADE, f"Authorization: Bearer {TOKEN}"]
        connection.sendall(wire.request(target="/-/live", headers=lines))
        assert connection.recv(12) == b"HTTP/1.1 429"
