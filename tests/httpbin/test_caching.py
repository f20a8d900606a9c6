"""Validators, conditions and lifetimes."""

from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
import pytest

from echoscope.web.httpbin.conditional import outcome, tags


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
        ("If-Match", 'W/"abc"', 412),
        ("If-Match", 'W/"abc", "abc"', 200),
        ("If-Match", '"*"', 412),
        ("If-None-Match", '"*"', 200),
        ("If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT", 200),
        ("If-Unmodified-Since", "Wed, 21 Oct 2015 07:28:00 GMT", 200),
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


@pytest.mark.parametrize("value", ['"abc"', 'W/"abc"', "abc"])
def test_a_weak_tag_is_like_none_in_a_strong_comparison(client: httpx.Client, value: str) -> None:
    """RFC 9110, sections 8.8.3.2 and 13.1.1."""
    path = "/etag/" + quote('W/"abc"', safe="")
    assert client.get(path).headers["etag"] == 'W/"abc"'
    assert client.put(path, headers={"If-Match": value}).status_code == 412
    assert client.get(path, headers={"If-None-Match": value}).status_code == 304


FORMER = "Wed, 21 Oct 2015 07:28:00 GMT"
FUTURE = "Wed, 21 Oct 2150 07:28:00 GMT"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"If-None-Match": '"x"'}, 304),
        ("HEAD", {"If-None-Match": '"x"'}, 304),
        ("GET", {"If-None-Match": "*"}, 304),
        ("GET", {"If-Modified-Since": FORMER}, 304),
        ("GET", {"If-Modified-Since": "Wednesday, 21-Oct-15 07:28:00 GMT"}, 304),
        ("GET", {"If-Modified-Since": "Wed Oct 21 07:28:00 2015"}, 304),
        ("GET", {"If-Modified-Since": "yesterday"}, 200),
        ("GET", {"If-Modified-Since": f"{FORMER}, {FORMER}"}, 200),
        ("GET", {"If-None-Match": ""}, 200),
        ("POST", {"If-None-Match": '"x"'}, 200),
        ("PUT", {"If-None-Match": "*"}, 412),
        ("POST", {"If-Modified-Since": FORMER}, 200),
        ("DELETE", {"If-Modified-Since": FUTURE}, 200),
        ("GET", {"If-Match": '"x"'}, 412),
        ("GET", {"If-Match": "*"}, 200),
        ("PUT", {"If-Match": '"x"', "If-Unmodified-Since": FUTURE}, 412),
        ("GET", {"If-Unmodified-Since": FORMER}, 412),
        ("PUT", {"If-Unmodified-Since": FUTURE}, 200),
        ("PUT", {"If-Unmodified-Since": "soon"}, 200),
        ("PUT", {"If-Match": "*", "If-Unmodified-Since": FORMER}, 200),
        ("GET", {"If-Match": '"x"', "If-None-Match": '"x"'}, 412),
    ],
    ids=str,
)
def test_cache_follows_method_and_precedence(
    client: httpx.Client, method: str, headers: dict[str, str], status: int
) -> None:
    """RFC 9110, section 13.2.2: the resource is new at each request, and unchanged for who asks whether it is new."""
    assert client.request(method, "/cache", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "tag", "modified"),
    [
        ({"If-None-Match": '"a", "b"'}, '"a"', None),
        ({"If-None-Match": 'W/"a"'}, 'W/"a"', None),
        ({"If-None-Match": "*"}, None, None),
        ({"If-Modified-Since": FORMER}, None, FORMER),
        ({"If-None-Match": '"a"', "If-Modified-Since": FORMER}, '"a"', FORMER),
    ],
    ids=str,
)
def test_a_304_has_the_validators_of_a_200(
    client: httpx.Client, headers: dict[str, str], tag: str | None, modified: str | None
) -> None:
    """RFC 9110, section 15.4.5; those that were asked about, where they were."""
    answer = client.get("/cache", headers=headers)
    assert answer.status_code == 304
    assert answer.headers["etag"] == tag if tag else len(answer.headers["etag"]) == 34
    assert answer.headers["last-modified"] == modified or (modified is None and answer.headers["last-modified"])


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
