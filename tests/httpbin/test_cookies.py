"""Cookies set, shown and deleted, across redirects, and kept in their place for strangers."""

import json

import httpx
import pytest

from tests import wire
from tests.servers import Running

from .conftest import assert_problem


def test_cookies_are_set_shown_and_deleted_across_redirects(client: httpx.Client) -> None:
    assert client.get("/cookies").json() == {"cookies": {}}
    assert client.get("/cookies/set?a=1&b=2", follow_redirects=True).json() == {"cookies": {"a": "1", "b": "2"}}
    assert client.get("/cookies/set/c/3", follow_redirects=True).json()["cookies"]["c"] == "3"
    assert client.get("/cookies/delete?a&b=", follow_redirects=True).json() == {"cookies": {"c": "3"}}
    assert dict(client.cookies) == {"c": "3"}


@pytest.mark.parametrize("path", ["/cookies/set?k=v", "/cookies/set/k/v"])
def test_a_cookie_is_set_as_httpbin_sets_it(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/cookies")
    assert answer.headers["set-cookie"] == "k=v; Path=/"


def test_a_cookie_is_deleted_as_httpbin_deletes_it(client: httpx.Client) -> None:
    parts = client.get("/cookies/delete?k").headers["set-cookie"].split("; ")
    assert parts[0] == "k="
    assert {part.lower() for part in parts[1:]} == {"expires=thu, 01 jan 1970 00:00:00 gmt", "max-age=0", "path=/"}


@pytest.mark.parametrize(
    "value", ["", "a b", "a;b", 'say "hi"', "ünï✓", "a,b", "\\", "%41", "="], ids=lambda value: repr(value)
)
def test_a_value_comes_back_as_it_was_set(client: httpx.Client, value: str) -> None:
    line = client.get("/cookies/set", params={"k": value}).headers.get_list("set-cookie")[0]
    sent = line.removesuffix("; Path=/").encode("latin-1")
    assert client.get("/cookies", headers=[(b"Cookie", sent)]).json() == {"cookies": {"k": value}}


@pytest.mark.parametrize("value", ["tab\there", "line\nend", "\x00", "\x7f"], ids=lambda value: repr(value))
def test_a_value_with_control_characters_is_refused(client: httpx.Client, value: str) -> None:
    assert_problem(client.get("/cookies/set", params={"k": value}), 400, "control characters")


def test_cookies_that_came_are_told_whatever_their_form(local: Running) -> None:
    answer = wire.ask(local, "GET", "/cookies", b"Cookie: a=1; b=x=y; broken; u=\xc3\xbc; l=\xfc", b"Cookie: a=2")
    assert json.loads(answer.body)["cookies"]["a"] == ["1", "2"]
    assert b'"b": "x=y"' in answer.body
    assert '"u": "ü"'.encode() in answer.body
    assert '"l": "ü"'.encode() in answer.body


def test_attributes_are_go_httpbins(client: httpx.Client) -> None:
    query = "k=v&attr[SameSite]=lax&attr[HttpOnly]=true&attr[Max-Age]=60&attr[Path]=/x&attr[Secure]&attr[Domain]=a.test"
    lines = client.get(f"/cookies/set?{query}").headers.get_list("set-cookie")
    assert len(lines) == 1
    assert set(lines[0].split("; ")) == {
        "k=v", "SameSite=lax", "HttpOnly", "Max-Age=60", "Path=/x", "Secure", "Domain=a.test",
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["a@b.c", "=", "/x?y=z", "a:b", "[1]", "(a)", "<b>", "{c}", "a|b", "%41", "~!#$&'*+^`"]
)
def test_a_value_that_needs_no_quotes_gets_none(client: httpx.Client, value: str) -> None:
    """RFC 6265: all are cookie-octets (section 4.1.1), and a client takes quotes for a part of the value (5.2)."""
    answer = client.get("/cookies/set", params={"k": value})
    assert answer.headers["set-cookie"] == f"k={value}; Path=/"
    assert client.cookies["k"] == value
    assert client.get("/cookies").json() == {"cookies": {"k": value}}


@pytest.mark.parametrize(
    ("word", "flags"), [("false", ""), ("0", ""), ("", "; HttpOnly; Secure"), ("1", "; HttpOnly; Secure")]
)
def test_a_flag_can_be_off(client: httpx.Client, word: str, flags: str) -> None:
    answer = client.get(f"/cookies/set?attr[HttpOnly]={word}&attr[Secure]={word}&n=v")
    assert answer.status_code == 302
    assert answer.headers["set-cookie"] == f"n=v{flags and '; HttpOnly'}; Path=/{flags and '; Secure'}"


def test_a_name_and_a_value_in_the_path_may_have_a_slash(client: httpx.Client) -> None:
    assert client.get("/cookies/set/n/a%2Fb").headers["set-cookie"] == "n=a/b; Path=/"


def test_cookies_are_bounded(client: httpx.Client) -> None:
    assert_problem(client.get("/cookies", headers={"Cookie": ";".join(["a=1"] * 1001)}), 400, "1000")


def test_a_strangers_cookies_stay_in_their_place(stranger: httpx.Client) -> None:
    assert stranger.get("/cookies/set?a=b").headers["set-cookie"] == "a=b; Path=/cookies"
    assert_problem(stranger.get("/cookies/set?a=b&attr[domain]=example.org"), 400, "domain")
    assert_problem(stranger.get("/cookies/set?a=b&attr[path]=/"), 400, "path")
    assert stranger.get("/cookies/set?a=b", follow_redirects=True).json() == {"cookies": {"a": "b"}}


@pytest.mark.parametrize(
    "path",
    ["/cookies/set?{name}=x", "/cookies/set/{name}/x", "/cookies/delete?{name}", "/mix/c={name}:x", "/mix/cd={name}"],
)
@pytest.mark.parametrize("name", ["echoscope", "__Secure-echoscope", "__Host-x"])
def test_names_that_mean_something_here_are_never_set(client: httpx.Client, path: str, name: str) -> None:
    answer = client.get(path.format(name=name))
    assert_problem(answer, 400, name)
    assert "set-cookie" not in answer.headers
