"""A link to one exchange opens that and nothing else, and not for ever."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from echoscope.base.settings import load
from echoscope.log.log import Logs
from echoscope.log.store import Bounds
from echoscope.web.bins.catalogue import Bins
from echoscope.web.inspector.shares import Share, Shares
from tests.servers import Running

from .conftest import OPERATOR
from .test_access import made


def shared(server: Running, place: str, **wish: object) -> str:
    """A link to an exchange that has just come in there."""
    base = "/-/api" if not place.startswith("/~") else f"/-/bins/{place[2:].partition('/')[0]}/api"
    exchange = server.client.post(place, headers={"authorization": "Bearer s3cr3t-of-a-client"}).headers[
        "x-echoscope-id"
    ]
    answer = server.client.post(f"{base}/exchanges/{exchange}/share", json=wish, headers=OPERATOR)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


@pytest.mark.parametrize("place", ["/in-the-main-log", "/~{}/in-a-bin"])
def test_a_link_shows_its_exchange_to_who_has_no_token(public: Running, place: str) -> None:
    url = shared(public, place.format(made(public)[0]))
    page = public.client.get(url, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert place.rpartition("/")[2] in page.text
    assert "s3cr3t" not in page.text
    document = public.client.get(url, headers={"accept": "application/json"})
    assert page.headers["x-robots-tag"] == document.headers["x-robots-tag"] == "noindex, nofollow"
    assert document.json()["method"] == "POST"
    assert "s3cr3t" not in document.text
    assert document.headers["content-security-policy"].startswith("sandbox")


def test_secrets_are_in_it_only_where_that_was_said(public: Running) -> None:
    assert "s3cr3t" in public.client.get(shared(public, "/x", reveal=True)).text


def test_a_link_opens_nothing_else(public: Running) -> None:
    other = public.client.get("/other").headers["x-echoscope-id"]
    url = shared(public, "/x")
    token = url.rpartition("/")[2]
    for place in ("/-/", "/-/api/exchanges", f"/-/exchanges/{other}", "/-/live", "/-/bins"):
        for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"echoscope={token}"}):
            assert public.client.get(place, headers=headers).status_code == 401
    page = public.client.get(url).text
    assert other not in page
    assert "/-/api/" not in page
    for suffix in ("/", "/body", "/../exchanges", "%2f..%2fapi%2fexchanges"):
        assert public.client.get(url + suffix).status_code == 404
    for method in ("POST", "PUT", "DELETE"):
        assert public.client.request(method, url).status_code == 405


def test_what_a_link_says_cannot_be_changed(public: Running) -> None:
    url = shared(public, "/x")
    place, _, token = url.rpartition("/")
    signed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for index in range(len(signed)):
        changed = signed[:index] + bytes([signed[index] ^ 1]) + signed[index + 1 :]
        assert public.client.get(f"{place}/{urlsafe_b64encode(changed).decode().rstrip('=')}").status_code == 404
    for other in ("", "x", token[:-4], "é", "%00", "A" * 5_000):
        assert public.client.get(f"{place}/{other}").status_code == 404


def test_a_link_opens_nothing_when_its_exchange_or_its_bin_has_gone(public: Running) -> None:
    name, _ = made(public)
    url, main = shared(public, f"/~{name}/x"), shared(public, "/x")
    public.client.delete(f"/-/api/bins/{name}", headers=OPERATOR)
    public.client.delete("/-/api/exchanges", headers=OPERATOR)
    answers = [public.client.get(one, headers={"accept": "application/json"}) for one in (url, main, f"{main}x")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_only_who_may_see_an_exchange_shares_it(public: Running) -> None:
    exchange = public.client.get("/x").headers["x-echoscope-id"]
    assert public.client.post(f"/-/api/exchanges/{exchange}/share").status_code == 401


@pytest.mark.parametrize("hours", [0, -1, 168.1, 1e9])
def test_hours_have_bounds(public: Running, hours: float) -> None:
    exchange = public.client.get("/x").headers["x-echoscope-id"]
    answer = public.client.post(f"/-/api/exchanges/{exchange}/share", json={"hours": hours}, headers=OPERATOR)
    assert answer.status_code == 400
    assert "at most 168" in answer.json()["detail"]


def test_a_link_to_nothing_is_not_made(public: Running) -> None:
    assert public.client.post("/-/api/exchanges/x-1/share", headers=OPERATOR).status_code == 404


def test_the_page_says_until_when(public: Running) -> None:
    page = public.client.get(shared(public, "/x", hours=1)).text
    assert re.search(r"Shared with you until 20\d\d-\d\d-\d\d \d\d:\d\d UTC, without its secrets", page)


def test_a_link_ends_at_its_time() -> None:
    logs, now = Logs(Bounds()), [1_000.0]
    shares = Shares(logs.main, 168, Bins(logs, load({})), lambda: now[0])
    share = Share(None, "x-1", 2_000, False)
    token = shares._signed(share)
    now[0] = 1_999.9
    assert shares._read(token) == share
    now[0] = 2_000.0
    assert shares._read(token) is None
