"""Validators, conditions and lifetimes."""

from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
import pytest

from echoscope.httpbin.conditional import outcome, tags


def test_cache_gives_validators_that_make_a_304(client: httpx.Client) -> None:
    first = client.get("/cache")
    assert first.json()["url"].endswith("/cache")
    assert parsedate_to_datetime(first.headers["last-modified"]).tzinfo is not None
    assert len(first.headers["etag"]) == 34
    for header, value in (
        ("If-None-Match", first.headers["etag"]),
        ("If-Modified-Since", first.headers["last-modified"]),
    ):
        again = client.get("/cache", headers={header: value})
        assert (again.status_code, again.content) == (304, b"")


def test_cache_for_says_for_how_long(client: httpx.Client) -> None:
    assert client.get("/cache/60").headers["cache-control"] == "public, max-age=60"
    assert client.get("/cache/0").headers["cache-control"] == "public, max-age=0"
    assert client.get("/cache/60").json()["headers"]["Host"]


@pytest.mark.parametrize("tag", ["abc", '"abc"', 'W/"abc"', "a b", "ünï"])
def test_a_tag_is_sent_as_given(client: httpx.Client, tag: str) -> None:
    answer = client.get(f"/etag/{quote(tag)}")
    assert answer.status_code == 200
    assert dict(answer.headers.raw)[b"etag"].decode() == tag


@pytest.mark.parametrize("path", ["/etag/abc", "/etag/%22abc%22"])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-None-Match", "abc", 304),
        ("If-None-Match", '"abc"', 304),
        ("If-None-Match", '"123", "abc"', 304),
        ("If-None-Match", 'W/"x", W/"abc"', 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", "123", 200),
        ("If-None-Match", '"abcd"', 200),
        ("If-None-Match", "", 200),
        ("If-Match", "abc", 200),
        ("If-Match", '"123", "abc"', 200),
        ("If-Match", "*", 200),
        ("If-Match", "123", 412),
    ],
)
def test_conditions_decide(client: httpx.Client, path: str, header: str, value: str, status: int) -> None:
    answer = client.get(path, headers={header: value})
    assert answer.status_code == status
    assert ("etag" in answer.headers) == (status != 412)
    assert bool(answer.content) == (status == 200)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {"If-None-Match": "abc"}, 304),
        ("PUT", {"If-None-Match": "abc"}, 412),
        ("PUT", {"If-Match": "abc"}, 200),
        ("GET", {"If-Match": "x", "If-None-Match": "abc"}, 412),
        ("GET", {"If-Match": "abc", "If-None-Match": "abc"}, 304),
    ],
)
def test_conditions_follow_method_and_precedence(
    client: httpx.Client, method: str, headers: dict[str, str], status: int
) -> None:
    assert client.request(method, "/etag/abc", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, []),
        ("", []),
        ("xyzzy", ["xyzzy"]),
        ('"xyzzy"', ["xyzzy"]),
        ('W/"xyzzy"', ["xyzzy"]),
        ('"a", "b,c" , W/"d", e', ["a", "b,c", "d", "e"]),
        ("*", ["*"]),
        ('""', [""]),
    ],
)
def test_lists_of_tags_are_read(header: str | None, found: list[str]) -> None:
    assert tags(header) == found


def test_an_empty_condition_is_met_by_nothing() -> None:
    assert outcome("a", "", None, is_safe=True) == 412
    assert outcome("a", None, "", is_safe=True) is None
    assert outcome("", '""', None, is_safe=True) is None
