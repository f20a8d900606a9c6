"""Redirects: followed, counted, and kept away from places that a stranger must not be sent to."""

from urllib.parse import quote

import httpx
import pytest

from .conftest import assert_problem


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/redirect/5", "/relative-redirect/4"),
        ("/redirect/1", "/get"),
        ("/relative-redirect/7", "/relative-redirect/6"),
        ("/relative-redirect/1", "/get"),
        ("/redirect/5?absolute=true", "{site}/absolute-redirect/4"),
        ("/redirect/1?absolute=TRUE", "{site}/get"),
        ("/redirect/2?absolute=false", "/relative-redirect/1"),
        ("/absolute-redirect/5", "{site}/absolute-redirect/4"),
        ("/absolute-redirect/1", "{site}/get"),
    ],
)
def test_a_step_leads_to_the_next(client: httpx.Client, path: str, location: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["location"] == location.format(site=str(client.base_url).rstrip("/"))


@pytest.mark.parametrize("kind", ["redirect", "relative-redirect", "absolute-redirect"])
@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_chain_is_as_long_as_it_says(client: httpx.Client, kind: str, count: int) -> None:
    answer = client.get(f"/{kind}/{count}", follow_redirects=True)
    assert len(answer.history) == count
    assert answer.json()["url"].endswith("/get")


def test_absolute_places_have_the_scheme_and_host_that_the_client_uses(client: httpx.Client) -> None:
    headers = {"Host": "example.org:8443", "X-Forwarded-Proto": "https"}
    assert client.get("/absolute-redirect/2", headers=headers).headers["location"] == (
        "https://example.org:8443/absolute-redirect/1"
    )


@pytest.mark.parametrize(
    "place",
    [
        "get", "/get", "http://example.org/a?b=c#d", "//example.org/", "https://[::1]/", "?x=1",
        "%2Fget", "/%C3%BCn%C3%AFcode",
    ],
)  # fmt: skip
def test_at_home_redirect_to_leads_anywhere(client: httpx.Client, place: str) -> None:
    answer = client.get("/redirect-to", params={"url": place})
    assert answer.status_code == 302
    assert dict(answer.headers.raw)[b"location"] == place.encode()


@pytest.mark.parametrize(
    ("place", "location"),
    [
        ("/anything/é x", "/anything/%C3%A9%20x"),
        ("/anything/%C3%A9%20x", "/anything/%C3%A9%20x"),
        ("/100%", "/100%25"),
        ("/a%zz?b=%4", "/a%25zz?b=%254"),
        ("/a?q=ü#ß", "/a?q=%C3%BC#%C3%9F"),
        ('/"<>\\^`{|}', "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("http://bücher.example:80/é", "http://xn--bcher-kva.example:80/%C3%A9"),
        ("//user@bücher.example", "//user@xn--bcher-kva.example"),
        ("http://[::1]:8000/a;b=c,d?e=[f]&g='h'#(i)!*+$", "http://[::1]:8000/a;b=c,d?e=[f]&g='h'#(i)!*+$"),
    ],
)
def test_a_location_is_a_uri_reference_escaped_once(client: httpx.Client, place: str, location: str) -> None:
    """RFC 9110, section 10.2.2."""
    assert client.get("/redirect-to", params={"url": place}).headers["location"] == location
    assert client.get(f"/mix/r={quote(place, safe='')}").headers["location"] == location


def test_a_raw_location_has_a_name_of_its_own(client: httpx.Client) -> None:
    answer = client.get("/redirect-to", params={"raw_url": "/anything/é x"})
    assert dict(answer.headers.raw)[b"location"] == "/anything/é x".encode()
    assert client.post("/redirect-to", data={"raw_url": "/é"}).status_code == 302


@pytest.mark.parametrize("word", ["yes", "1", "t", "false", ""])
def test_only_true_is_true_of_absolute(client: httpx.Client, word: str) -> None:
    assert client.get(f"/redirect/3?absolute={word}").headers["location"] == "/relative-redirect/2"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_redirect_to_has_the_status_asked_for(client: httpx.Client, method: str, code: int) -> None:
    answer = client.request(method, f"/redirect-to?url=/anything&status_code={code}")
    assert answer.status_code == code
    followed = client.request(method, f"/redirect-to?URL=/anything&Status_Code={code}", follow_redirects=True)
    assert followed.status_code == 200
    if code in (307, 308):
        assert followed.json()["method"] == method


def test_a_307_keeps_the_body(client: httpx.Client) -> None:
    answer = client.post("/redirect-to?url=/post&status_code=307", content=b"\x01\x81", follow_redirects=True)
    assert answer.json()["data"] == "data:application/octet-stream;base64,AYE="


def test_redirect_to_takes_a_form(client: httpx.Client) -> None:
    answer = client.post("/redirect-to", data={"url": "/get", "status_code": "307"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/get")


def test_a_long_body_is_sent_on_and_not_read(client: httpx.Client) -> None:
    form = b"url=/elsewhere&a=" + b"%41" * 100_000
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/redirect-to?url=/get&status_code=307", content=form, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (307, "/get")
    assert_problem(client.post("/redirect-to", content=form, headers=headers), 400, "url")


BAD_PLACES = [
    "//evil.com", "/\\evil.com", "/%09/evil.com", "https:evil.com", "https:///evil.com", "http:/\\evil.com",
    "javascript:alert(1)", "data:text/html,x", "http%253A%252F%252Fevil.com", "http://allowed@evil.com",
    "http://example.org@evil.com", "http://example.org.evil.com", "http://evil.com/example.org", "foo", "%00/",
    "\\/evil.com", "https://example.org\\@evil.com", "https://example.org%0d%0aX:1", "https://example.org:444/",
    "///evil.com", "/ /evil.com", "HTTP://EVIL.COM", "//example.org", "http://[::1", "ftp://example.org/",
]  # fmt: skip

NO_PLACES = ("%00/", "https://example.org%0d%0aX:1")
"""Those that can be no value of a header."""


@pytest.mark.parametrize("name", ["url", "raw_url"])
@pytest.mark.parametrize("place", BAD_PLACES)
def test_a_stranger_is_not_led_away(stranger: httpx.Client, place: str, name: str) -> None:
    answer = stranger.get(f"/redirect-to?{name}={place}")
    assert_problem(answer, 400 if place in NO_PLACES else 403)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "place",
    ["/get", "/a/b?c=//d", "https://example.org/x", "http://EXAMPLE.org", "{own}/get", "http://example.org?x#y"],
)
def test_a_stranger_is_led_about_this_host_and_to_allowed_ones(stranger: httpx.Client, place: str) -> None:
    place = place.format(own=str(stranger.base_url).rstrip("/"))
    answer = stranger.get("/redirect-to", params={"url": place})
    assert (answer.status_code, answer.headers["location"]) == (302, place)


def test_mix_leads_a_stranger_nowhere_else_either(stranger: httpx.Client) -> None:
    assert_problem(stranger.get("/mix/r=http:%2F%2Fevil.com"), 403)
    assert stranger.get("/mix/r=%2Fget").headers["location"] == "/get"
