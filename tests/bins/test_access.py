"""Who may look into a bin: in public its key opens it, its name opens nothing, and what is not there cannot be told."""

import json
import re

import pytest
import websockets.sync.client

from tests import wire
from tests.conftest import Serve
from tests.servers import Running

from .conftest import OPERATOR, TOKEN, bearer, paths, told

PLACES = [
    "/-/bins/{}/", "/-/bins/{}", "/-/bins/{}/api/exchanges", "/-/bins/{}/live", "/-/bins/{}/exchanges/x-1",
    "/-/bins/{}/settings", "/-/bins/{}/delete", "/-/bins/{}/health", "/-/bins/{}/nothing", "/-/api/bins/{}",
    "/-/api/bins/{}/answers", "/-/api/exchanges?bin={}", "/-/live?bin={}", "/-/api/info?bin={}",
]  # fmt: skip


def made(server: Running, **wish: str) -> tuple[str, str]:
    """The name and the key of a new bin of the operator's."""
    answer = server.client.post("/-/api/bins", json=wish, headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    return answer.json()["name"], answer.json()["key"]


def test_a_visitor_gets_a_bin_whose_name_and_key_are_two_secrets(public: Running) -> None:
    answer = public.client.post("/-/api/bins")
    assert answer.status_code == 201
    one = answer.json()
    assert re.fullmatch(r"[0-9a-f]{32}", one["name"])
    assert len(one["key"]) >= 32
    assert one["key"] not in one["url"]
    assert public.client.post(f"/~{one['name']}/hook", content=b"x").status_code == 200
    assert paths(public, one["name"], bearer(one["key"])) == [f"/~{one['name']}/hook"]
    assert paths(public, one["name"], OPERATOR) == [f"/~{one['name']}/hook"]


@pytest.mark.parametrize("place", PLACES)
def test_the_name_alone_opens_nothing(public: Running, place: str) -> None:
    name, _ = made(public)
    public.client.post(f"/~{name}/a-secret-path")
    for credentials, status in (({}, 401), (bearer(name), 404), ({"cookie": f"echoscope-key={name}"}, 404)):
        answer = public.client.get(place.format(name), headers=credentials)
        assert answer.status_code == status
        assert "a-secret-path" not in answer.text


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("credentials", [{}, bearer("k" * 43), {"cookie": f"echoscope-key={'k' * 43}"}], ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_unknown_and_locked_cannot_be_told_apart(
    public: Running, place: str, credentials: dict[str, str], accept: str
) -> None:
    there, _ = made(public)
    gone, old_key = made(public)
    assert public.client.delete(f"/-/api/bins/{gone}", headers=bearer(old_key)).status_code == 200
    answers = []
    for name in (there, gone, "0" * 32):
        answer = public.client.get(place.format(name), headers={"accept": accept, **credentials})
        status, headers, body = told(answer)
        answers.append((status, [(key, value.replace(name, "N")) for key, value in headers], body))
    assert answers[0] == answers[1] == answers[2]
    asked_to_sign_in = 303 if accept == "text/html" else 401
    assert answers[0][0] == (404 if credentials else asked_to_sign_in)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST", "PATCH", "OPTIONS", "HEAD"])
def test_nor_by_other_methods(public: Running, method: str) -> None:
    there, _ = made(public)
    for place in PLACES:
        pair = [
            public.client.request(method, place.format(name), headers=bearer("k" * 43)) for name in (there, "0" * 32)
        ]
        assert told(pair[0]) == told(pair[1])


def test_an_expired_bin_s_key_opens_no_more_than_any(public: Running) -> None:
    name, key = made(public)
    public.client.delete(f"/-/api/bins/{name}", headers=bearer(key))
    answers = [public.client.get(f"/-/bins/{one}/api/exchanges", headers=bearer(key)) for one in (name, "0" * 32)]
    assert told(answers[0]) == told(answers[1])
    assert told(public.client.post(f"/~{name}/x"))[0] == 404


def test_a_request_to_no_bin_is_answered_alike_whether_it_was_one_or_not(public: Running) -> None:
    name, key = made(public)
    public.client.delete(f"/-/api/bins/{name}", headers=bearer(key))
    answers = [public.client.post(f"/~{one}/x") for one in (name, "0" * 32, "never")]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {404}


def test_the_key_of_one_bin_opens_no_other_and_not_the_main_log(public: Running) -> None:
    first, key = made(public)
    second, _ = made(public)
    assert public.client.get(f"/-/bins/{first}/api/exchanges", headers=bearer(key)).status_code == 200
    assert public.client.get(f"/-/bins/{second}/api/exchanges", headers=bearer(key)).status_code == 404
    for place in ("/-/api/exchanges", "/-/api/bins", "/-/", "/-/live", "/-/sessions", "/-/bins", "/-/api/sessions"):
        assert public.client.get(place, headers=bearer(key)).status_code == 401


def test_a_visitor_chooses_neither_name_nor_key(public: Running) -> None:
    for wish in ({"name": "mine"}, {"key": "x1y2z3-x1y2z3-x1y2z3"}):
        assert public.client.post("/-/api/bins", json=wish).status_code == 403
    name, key = made(public, name="mine", key="x1y2z3-x1y2z3-x1y2z3")
    assert (name, key) == ("mine", "x1y2z3-x1y2z3-x1y2z3")
    assert public.client.post("/-/api/bins", json={"name": "mine"}, headers=OPERATOR).status_code == 409


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        ({"name": "a b"}, "a b"),
        ({"name": ""}, "''"),
        ({"name": 5}, "name: Expected"),
        ({"key": "short"}, "key cannot be used: too short"),
        ({"key": "changeme-changeme"}, "looks like an example"),
        ({"key": "a key with spaces in it"}, "without spaces"),
        ({"colour": "red"}, "colour"),
        ([], "Expected"),
    ],
    ids=str,
)
def test_a_bin_that_cannot_be_made_is_refused_with_the_reason(public: Running, wish: object, part: str) -> None:
    answer = public.client.post("/-/api/bins", json=wish, headers=OPERATOR)
    assert answer.status_code == 400
    assert part in answer.json()["detail"]


def test_visitors_make_no_bins_where_the_operator_does_not_want_it(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, visitor_bins=False)
    assert server.client.post("/-/api/bins").status_code == 401
    assert server.client.post("/-/bins").status_code == 401
    assert "Make a bin" not in server.client.get("/-/login").text
    assert server.client.post("/-/api/bins", headers=OPERATOR).status_code == 201


def test_one_click_makes_a_bin_and_its_link_opens_it(public: Running) -> None:
    assert "Make a bin" in public.client.get("/-/login").text
    page = public.client.post("/-/bins", headers={"origin": public.origin})
    assert page.status_code == 201
    link = re.search(r"http://[^<]+/-/bins/([0-9a-f]{32})/login#token=([\w-]+)", page.text)
    assert link
    name, key = link.groups()
    cookie = page.headers["set-cookie"]
    assert f"Path=/-/bins/{name}/;" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert public.client.get(f"/-/bins/{name}/").status_code == 200
    public.client.cookies.clear()
    assert public.client.get(f"/-/bins/{name}/").status_code == 401
    entered = public.client.post(f"/-/bins/{name}/login", data={"token": key})
    assert (entered.status_code, entered.headers["location"]) == (303, f"/-/bins/{name}/")
    assert public.client.get(f"/-/bins/{name}/").status_code == 200
    public.client.post(f"/-/bins/{name}/logout")
    assert public.client.get(f"/-/bins/{name}/").status_code == 401


def test_another_site_makes_no_bin_and_enters_no_key(public: Running) -> None:
    evil = {"origin": "https://evil.test"}
    assert public.client.post("/-/bins", headers=evil).status_code == 403
    assert public.client.post("/-/api/bins", headers=evil).status_code == 403
    name, key = made(public)
    assert public.client.post(f"/-/bins/{name}/login", data={"token": key}, headers=evil).status_code == 403


def test_a_cookie_of_a_key_changes_something_only_from_our_own_origin(public: Running) -> None:
    name, key = made(public)
    cookie = {"cookie": f"echoscope-key={key}"}
    assert public.client.delete(f"/-/bins/{name}/api/exchanges", headers=cookie).status_code == 403
    own = {**cookie, "origin": public.origin}
    assert public.client.delete(f"/-/bins/{name}/api/exchanges", headers=own).status_code == 200


def test_wrong_keys_and_unknown_bins_look_alike_where_a_key_is_entered(public: Running) -> None:
    name, _ = made(public)
    pages = [public.client.post(f"/-/bins/{one}/login", data={"token": "wrong"}) for one in (name, "0" * 32)]
    assert {page.status_code for page in pages} == {401}
    assert pages[0].text.replace(name, "N") == pages[1].text.replace("0" * 32, "N")
    pages = [public.client.get(f"/-/bins/{one}/login") for one in (name, "0" * 32)]
    assert pages[0].text.replace(name, "N") == pages[1].text.replace("0" * 32, "N")


@pytest.mark.parametrize("asked", ["/-/", "//evil.test/", "/-/bins/other/", "https://evil.test", "javascript:alert(1)"])
def test_where_a_key_is_entered_leads_nowhere_else(public: Running, asked: str) -> None:
    name, key = made(public)
    answer = public.client.post(f"/-/bins/{name}/login", data={"token": key, "next": asked})
    assert answer.headers["location"] == f"/-/bins/{name}/"


def test_a_new_key_takes_the_place_of_the_old_one(public: Running) -> None:
    name, key = made(public)
    renewed = public.client.post(f"/-/api/bins/{name}/key", headers=bearer(key)).json()["key"]
    assert public.client.get(f"/-/api/bins/{name}", headers=bearer(key)).status_code == 404
    assert public.client.get(f"/-/api/bins/{name}", headers=bearer(renewed)).status_code == 200


def test_the_feed_of_a_bin_opens_for_its_key(public: Running) -> None:
    name, key = made(public)
    with websockets.sync.client.connect(
        public.websocket_url(f"/-/bins/{name}/live"), additional_headers=bearer(key)
    ) as feed:
        assert json.loads(feed.recv())["head"] == 0
    with public.connect() as connection:
        connection.sendall(wire.request(target=f"/-/bins/{name}/live", headers=wire.UPGRADE))
        assert connection.recv(12) == b"HTTP/1.1 401"


def test_the_key_of_a_bin_sends_nothing_again(serve: Serve) -> None:
    public = serve(profile="public", token=TOKEN, send_to="127.0.0.1")
    name, key = made(public)
    one = public.client.post(f"/~{name}/x").headers["x-echoscope-id"]
    for address in (f"/-/bins/{name}/api/exchanges/{one}/send", f"/-/api/exchanges/{one}/send?bin={name}"):
        assert public.client.post(address, json={}, headers=bearer(key)).status_code == 401
        assert public.client.post(address, json={}, headers=OPERATOR).status_code == 200


def test_names_of_new_bins_are_not_alike(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    ones = [server.client.post("/-/api/bins", headers=OPERATOR).json() for _ in range(50)]
    assert len({one["name"] for one in ones}) == len({one["key"] for one in ones}) == 50
    assert len({one["name"][:4] for one in ones}) > 25


def test_a_key_of_the_setting_opens_its_bin(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, bin="stripe=k7-m2-x9-q4-b1-z8,github")
    assert server.client.get("/-/api/bins/stripe", headers=bearer("k7-m2-x9-q4-b1-z8")).status_code == 200
    assert server.client.get("/-/api/bins/github", headers=bearer("k7-m2-x9-q4-b1-z8")).status_code == 404
    assert server.client.get("/-/api/bins/github", headers=OPERATOR).status_code == 200
    assert server.client.post("/~github/x").status_code == 200


def test_keys_stand_in_no_answer_and_in_no_store(public: Running) -> None:
    name, key = made(public)
    for place in PLACES:
        if "live" not in place:
            assert key not in public.client.get(place.format(name), headers=OPERATOR).text


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
def test_no_bin_of_the_local_profile_opens_to_another_site(local: Running, origin: str) -> None:
    local.client.get("/~hooks/")
    assert local.client.delete("/-/api/bins/hooks", headers={"origin": origin}).status_code == 403
    assert local.client.get("/-/bins/hooks/", headers={"host": "evil.test"}).status_code == 421
