"""Documents, images and codings: what says that it is something is it."""

import gzip
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard

from echoscope.web.httpbin import compression
from tests import wire
from tests.servers import Running

from .conftest import assert_problem

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
}


@pytest.mark.parametrize(
    ("path", "coding", "key"),
    [
        ("/gzip", "gzip", "gzipped"),
        ("/deflate", "deflate", "deflated"),
        ("/brotli", "br", "brotli"),
        ("/zstd", "zstd", "zstd"),
    ],
)
@pytest.mark.parametrize("accepted", ["identity", "gzip, deflate, br, zstd"])
def test_a_coded_answer_decodes(local: Running, path: str, coding: str, key: str, accepted: str) -> None:
    answer = wire.ask(local, "POST", path, f"Accept-Encoding: {accepted}")
    assert answer.header("content-encoding") == coding
    assert answer.header("content-length") == str(len(answer.body))
    told = json.loads(DECODERS[coding](answer.body))
    assert told[key] is True
    assert set(told) == {"headers", "method", "origin", key}
    assert told["method"] == "POST"


def test_a_coding_that_is_not_installed_says_how_to(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(compression.ENCODERS, "br")
    assert_problem(client.get("/brotli"), 501, "pip install brotli")


def test_json_is_a_slide_show(client: httpx.Client) -> None:
    show = client.get("/json").json()["slideshow"]
    assert (show["title"], show["author"], show["date"]) == ("Sample Slide Show", "Yours Truly", "date of publication")
    first, second = show["slides"]
    assert first == {"title": "Wake up to WonderWidgets!", "type": "all"}
    assert second["title"] == "Overview"


def test_xml_is_well_formed(client: httpx.Client) -> None:
    answer = client.get("/xml")
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "slideshow"
    assert root.attrib == {"title": "Sample Slide Show", "author": "Yours Truly", "date": "date of publication"}
    assert [title.text for title in root.findall("slide/title")] == ["Wake up to WonderWidgets!", "Overview"]


def test_html_has_a_heading(client: httpx.Client) -> None:
    answer = client.get("/html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Herman Melville - Moby-Dick</h1>" in answer.text


def test_utf8_has_many_scripts(client: httpx.Client) -> None:
    answer = client.get("/encoding/utf8")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    text = answer.content.decode()
    assert "<h1>Unicode Demo</h1>" in text
    assert all(word in text for word in ("Привет", "世界", "שלום", "مرحبا", "ᚺᚨᛚᛚᛟ", "∀x∈ℝ", "𝄞"))
    assert len({ord(character) >> 8 for character in text}) > 40


def test_robots_must_not_go_to_deny(client: httpx.Client) -> None:
    rules = RobotFileParser()
    rules.parse(client.get("/robots.txt").text.splitlines())
    assert not rules.can_fetch("any", "/deny")
    assert rules.can_fetch("any", "/get")
    assert "YOU SHOULDN'T BE HERE" in client.get("/deny").text


MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF", "svg": b"<svg "}
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml"}


@pytest.mark.parametrize("kind", list(MAGIC))
def test_an_image_is_of_its_kind(client: httpx.Client, kind: str) -> None:
    answer = client.get(f"/image/{kind}")
    assert answer.headers["content-type"] == TYPES[kind]
    assert answer.content.startswith(MAGIC[kind])
    assert 500 < len(answer.content) < 20_000


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "png"), ("", "png"), ("*/*", "png"), ("image/*", "png"), ("image/png", "png"), ("image/jpeg", "jpeg"),
        ("image/webp", "webp"), ("image/svg+xml", "svg"), ("image/webp,image/*,*/*;q=0.8", "webp"),
        ("image/jpeg,image/svg+xml", "svg"), ("image/webp;q=0.1, image/png", "png"), ("IMAGE/JPEG", "jpeg"),
        ("text/html,*/*;q=0.1", "png"), ("image/webp;q=0,image/*", "png"), ("image/png;q=0, */*", "jpeg"),
        ("image/png;q=0, image/jpeg;q=0, image/*", "webp"), ("image/*;q=0.2, image/svg+xml;q=0.1", "png"),
        ("image/png;q=0.1, */*;q=0.5", "jpeg"),
    ],
)  # fmt: skip
def test_the_image_is_the_one_preferred(local: Running, accept: str | None, kind: str) -> None:
    answer = wire.ask(local, "GET", "/image", *([] if accept is None else [f"Accept: {accept}"]))
    assert answer.header("content-type") == TYPES[kind]
    assert answer.header("vary") == "accept"


def test_no_image_is_acceptable_to_who_takes_none(client: httpx.Client) -> None:
    answer = client.get("/image", headers={"Accept": "text/html"})
    assert_problem(answer, 406)
    assert "accept" in answer.headers["vary"]
    assert "image/png" in answer.json()["accept"]


@pytest.mark.parametrize(
    "text", ["hello", '<script>alert("x")</script>', "a/b&c", "'\"", "\x00\x1b", "ünï✓", "x" * 5000]
)
def test_a_text_becomes_a_picture_and_stays_text(client: httpx.Client, text: str) -> None:
    answer = client.get(f"/svg/{quote(text)}")
    root = ElementTree.fromstring(answer.content)
    assert [element.tag.rpartition("}")[2] for element in root] == ["rect", "text"]
    assert root[1].text == "".join(c if c.isprintable() else "\ufffd" for c in text[:200])
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("value", "content", "kind"),
    [
        ("SFRUUEJJTiBpcyBhd2Vzb21l", b"HTTPBIN is awesome", "{text}; charset=utf-8"),
        ("aGVsbG8=", b"hello", "{text}; charset=utf-8"),
        ("aGVsbG8", b"hello", "{text}; charset=utf-8"),
        ("_-8", b"\xff\xef", "application/octet-stream"),
        ("/+8=", b"\xff\xef", "application/octet-stream"),
        ("0JfQtNGA0LDQstGB0YLQstGD0Lk", "Здравствуй".encode(), "{text}; charset=utf-8"),
        ("aGk?content-type=text/plain", b"hi", "text/plain"),
        ("aGk?content-type=image/png;a=b", b"hi", "image/png;a=b"),
        ("", b"", "{text}; charset=utf-8"),
    ],
)
@pytest.mark.parametrize(("path", "of_text"), [("/base64/", "text/html"), ("/base64/decode/", "text/plain")])
def test_base64_is_decoded(
    client: httpx.Client, path: str, of_text: str, value: str, content: bytes, kind: str
) -> None:
    answer = client.get(path + value)
    assert (answer.content, answer.headers["content-type"]) == (content, kind.format(text=of_text))
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


def test_base64_is_encoded_and_comes_back(client: httpx.Client) -> None:
    encoded = client.get("/base64/encode/a%20b%2Fü?content-type=text/x").text
    assert client.get(f"/base64/decode/{encoded}").text == "a b/ü"
