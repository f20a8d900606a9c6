"""Bytes on demand, and ranges of them."""

import random
import re

import httpx
import pytest

from echoscope.web.httpbin import ranges
from echoscope.web.httpbin.generated import drawn
from echoscope.web.httpbin.ranges import Span
from tests import wire
from tests.servers import Running

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("size", [0, 1, 1024, 16_384, 16_385, 102_400])
@pytest.mark.parametrize("path", ["/bytes", "/stream-bytes"])
def test_as_many_bytes_as_asked_for(client: httpx.Client, path: str, size: int) -> None:
    answer = client.get(f"{path}/{size}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert len(answer.content) == size
    assert ("content-length" in answer.headers) == (path == "/bytes")


@pytest.mark.parametrize("path", ["/bytes", "/stream-bytes"])
def test_at_most_the_largest_body(client: httpx.Client, path: str) -> None:
    assert len(client.get(f"{path}/102401").content) == 102_400


def test_bytes_are_random_unless_a_seed_is_given(client: httpx.Client) -> None:
    assert client.get("/bytes/64").content != client.get("/bytes/64").content
    assert client.get("/bytes/10?seed=0").content == b"\xc5\xd7\x14\x84\xf8\xcf\x9b\xf4\xb7o"
    assert client.get("/stream-bytes/10?SEED=0&chunk_size=3").content == b"\xc5\xd7\x14\x84\xf8\xcf\x9b\xf4\xb7o"


@pytest.mark.parametrize("seed", [0, 1, -5, 2**40])
def test_seeded_bytes_are_those_of_pythons_randint(client: httpx.Client, seed: int) -> None:
    source = random.Random(seed)
    expected = bytes(source.randint(0, 255) for _ in range(40_000))
    assert drawn(random.Random(seed), 40_000) == expected
    assert client.get(f"/bytes/40000?seed={seed}").content == expected
    assert client.get(f"/stream-bytes/40000?seed={seed}&chunk_size=999").content == expected


def test_chunks_have_the_size_asked_for(local: Running) -> None:
    answer = wire.ask(local, "GET", "/stream-bytes/10?chunk_size=4")
    assert [int(size, 16) for size in re.findall(rb"(?:^|\r\n)([0-9a-f]+)\r\n(?!$)", answer.body)][:3] == [4, 4, 2]


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "content"),
    [
        (None, 200, "bytes 0-25/26", LETTERS),
        ("bytes=0-15", 206, "bytes 0-15/26", "abcdefghijklmnop"),
        ("bytes=20-", 206, "bytes 20-25/26", "uvwxyz"),
        ("bytes=-5", 206, "bytes 21-25/26", "vwxyz"),
        ("bytes=-99", 206, "bytes 0-25/26", LETTERS),
        ("bytes=0-40", 206, "bytes 0-25/26", LETTERS),
        ("bytes=5-5", 206, "bytes 5-5/26", "f"),
        ("BYTES = 1-2", 206, "bytes 1-2/26", "bc"),
        ("bytes=1-2,99-", 206, "bytes 1-2/26", "bc"),
        ("bytes=10-5", 416, "bytes */26", ""),
        ("bytes=26-", 416, "bytes */26", ""),
        ("bytes=-0", 416, "bytes */26", ""),
        ("bytes=x", 200, "bytes 0-25/26", LETTERS),
        ("bytes=-", 200, "bytes 0-25/26", LETTERS),
        ("bytes=1-2,x", 200, "bytes 0-25/26", LETTERS),
        ("lines=1-2", 200, "bytes 0-25/26", LETTERS),
        ("bytes=0-25,0-25", 200, "bytes 0-25/26", LETTERS),
        ("bytes=" + "1-1," * 17, 200, "bytes 0-25/26", LETTERS),
    ],
)
def test_a_range_is_what_was_asked_for(
    client: httpx.Client, asked: str | None, status: int, content_range: str, content: str
) -> None:
    answer = client.get("/range/26", headers={} if asked is None else {"Range": asked})
    assert answer.status_code == status
    assert answer.headers["content-range"] == content_range
    assert answer.headers["etag"] == "range26"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.text == content


def test_several_ranges_come_in_parts(client: httpx.Client) -> None:
    answer = client.get("/range/1000", headers={"Range": "bytes=0-1, 500-503, -2"})
    assert answer.status_code == 206
    assert "content-range" not in answer.headers
    boundary = answer.headers["content-type"].removeprefix("multipart/byteranges; boundary=")
    parts = answer.text.split(f"\r\n--{boundary}")
    assert parts[0] == ""
    assert parts[-1] == "--\r\n"
    found = [(re.search("Content-Range: (.*)\r\n", part)[1], part.partition("\r\n\r\n")[2]) for part in parts[1:-1]]  # type: ignore[index]
    assert found == [("bytes 0-1/1000", "ab"), ("bytes 500-503/1000", "ghij"), ("bytes 998-999/1000", "kl")]
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ("range26", 206),
        ('"range26"', 206),
        ("range27", 200),
        ('W/"range26"', 200),
        ("Sat, 29 Oct 1994 19:43:31 GMT", 200),
    ],
)
def test_a_range_counts_only_while_the_tag_is_the_same(client: httpx.Client, if_range: str, status: int) -> None:
    assert client.get("/range/26", headers={"Range": "bytes=1-2", "If-Range": if_range}).status_code == status


@pytest.mark.parametrize("query", ["duration=0.2&chunk_size=3", "duration=0.1&chunk_size=50000", "chunk_size=1"])
def test_a_range_over_time_has_the_same_content(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/range/200?{query}", headers={"Range": "bytes=10-24"})
    assert (answer.status_code, answer.text) == (206, "klmnopqrstuvwxy")
    parts = client.get(f"/range/200?{query}", headers={"Range": "bytes=1-2,5-9"})
    assert parts.content == client.get("/range/200", headers={"Range": "bytes=1-2,5-9"}).content


def test_a_large_range_is_the_alphabet_over_and_over(client: httpx.Client) -> None:
    whole = client.get("/range/102400").text
    assert whole == (LETTERS * 4000)[:102_400]
    assert client.get("/range/102400", headers={"Range": "bytes=50000-90000"}).text == whole[50_000:90_001]


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
@pytest.mark.parametrize("asked", ["bytes=1-2", "bytes=99-"])
def test_other_methods_have_no_ranges(client: httpx.Client, method: str, asked: str) -> None:
    """RFC 9110, section 14.2: a Range is for GET."""
    answer = client.request(method, "/range/26", headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-length"]) == (200, "26")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"If-None-Match": '"range26"'}, 304),
        ("GET", {"If-None-Match": "range26"}, 304),
        ("HEAD", {"If-None-Match": "*"}, 304),
        ("GET", {"If-None-Match": '"range27"'}, 200),
        ("PUT", {"If-None-Match": '"range26"'}, 412),
        ("GET", {"If-Match": '"range26"'}, 200),
        ("GET", {"If-Match": '"range27"'}, 412),
        ("GET", {"If-Match": 'W/"range26"'}, 412),
        ("GET", {"If-None-Match": '"range26"', "Range": "bytes=1-2"}, 304),
        ("GET", {"If-Match": '"range27"', "Range": "bytes=99-"}, 412),
        ("GET", {"If-Match": '"range26"', "Range": "bytes=1-2"}, 206),
        ("GET", {"If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT"}, 200),
        ("GET", {"If-Range": '"range27"', "Range": "bytes=99-"}, 200),
    ],
    ids=str,
)
def test_conditions_come_before_ranges(client: httpx.Client, method: str, headers: dict[str, str], status: int) -> None:
    """RFC 9110, sections 13.2.2 and 14.2."""
    answer = client.request(method, "/range/26", headers=headers)
    assert answer.status_code == status
    assert (answer.headers.get("etag") == "range26") == (status != 412)


@pytest.mark.parametrize("size", [0, -10])
@pytest.mark.parametrize("path", ["/stream-bytes/20000", "/range/20000"])
def test_a_chunk_of_no_size_has_the_usual_one(local: Running, path: str, size: int) -> None:
    answer = wire.ask(local, "GET", f"{path}?chunk_size={size}")
    assert answer.status == 200
    if path.startswith("/stream"):
        assert answer.body.startswith(b"2800\r\n")


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        (None, None),
        ("", None),
        ("bytes", None),
        ("bytes=0-0", [Span(0, 0)]),
        ("bytes=2-1,3-3", [Span(3, 3)]),
        ("bytes=,1-1,", [Span(1, 1)]),
        ("bytes=1-999999999999999999", [Span(1, 9)]),
        ("bytes=1-9999999999999999999", None),
        ("bytes=١-٢", None),
    ],
)
def test_ranges_are_read(header: str | None, spans: list[Span] | None) -> None:
    assert ranges.requested(header, 10) == spans


@pytest.mark.parametrize("count", [1, 3, 200])
def test_links_lead_to_each_other(client: httpx.Client, count: int) -> None:
    page = client.get(f"/links/{count}", follow_redirects=True)
    assert page.url.path == f"/links/{count}/0"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    links = re.findall(r"<a href='([^']+)'>(\d+)</a> ", page.text)
    assert links == [(f"/links/{count}/{index}", str(index)) for index in range(1, count)]
    assert "<body>0 " in page.text
