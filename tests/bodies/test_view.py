"""The view of a body, as the API gives it."""

import gzip
from typing import Any

import pytest

from echoscope.bodies import view
from echoscope.sides import Side
from tests.conftest import Serve
from tests.servers import Running


def seen(content: bytes, content_type: str = "", *, size: int | None = None, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    if content_type:
        pairs.append((b"content-type", content_type.encode()))
    return view(Side(pairs, content, len(content) if size is None else size))


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (b"", "application/json", "empty"),
        (b'{"a":1}', "application/json", "json"),
        (b'{"a":1}', "application/vnd.api+json; charset=utf-8", "json"),
        (b'{"a":1}', "", "json"),
        (b'{"a":1}', "application/x-www-form-urlencoded", "json"),
        (b'{"a":1}', "text/plain", "json"),
        (b"{a}", "text/plain", "text"),
        (b"{broken", "application/json", "json"),
        (b'{"a":1}\n{"a":2}\n', "application/json", "ndjson"),
        (b"1\n", "application/x-ndjson", "ndjson"),
        (b"a=1&b=2", "application/x-www-form-urlencoded", "form"),
        (b"a=1&b=2", "", "form"),
        (b"a = 1", "", "text"),
        (b"<?xml version='1.0'?><a/>", "", "xml"),
        (b"<a/>", "application/soap+xml", "xml"),
        (b"<!doctype html><p>", "", "html"),
        (b"<svg xmlns='x'>", "image/svg+xml", "xml"),
        (b"\x89PNG\r\n\x1a\n", "text/plain", "image"),
        (b"data: 1\n\n", "text/event-stream", "event-stream"),
        (b"alert(1)", "text/javascript", "javascript"),
        (b"p{}", "text/css", "css"),
        (b"hello", "", "text"),
        (b"hello", "application/octet-stream", "text"),
        (b"\x00\x01", "", "binary"),
        (b"\xff\xfe\xfa", "", "binary"),
        (b"--x--", "multipart/mixed; boundary=x", "multipart"),
        (b"hello", "nonsense", "text"),
    ],
)
def test_the_kind_is_what_it_says_or_looks_like(content: bytes, content_type: str, kind: str) -> None:
    assert seen(content, content_type)["kind"] == kind


def test_json_under_the_name_of_a_form_is_remarked() -> None:
    made = seen(b'{"a":1}', "application/x-www-form-urlencoded")
    assert made["notes"] == ["Sent as a form, as curl -d does unless told otherwise, but it is JSON."]
    assert made["json"]["value"] == {"members": [("a", {"number": "1"})]}


def test_a_compressed_body_is_read_in_its_own_charset() -> None:
    made = seen(gzip.compress("é".encode("latin-1")), "text/plain; charset=latin-1", content_encoding="GZIP")
    assert made["text"] == "é"
    assert made["content"] == {"base64": "6Q=="}
    assert made["coding"] == {"names": ["gzip"], "undone": "gzip", "state": "whole", "detail": None}
    assert (made["size"], made["decoded_size"]) == (21, 1)


def test_the_bytes_can_be_seen_as_they_were_sent() -> None:
    content = gzip.compress(b"{}")
    made = view(Side([(b"content-encoding", b"gzip")], content, len(content)), undo_coding=False)
    assert made["coding"] is None
    assert made["hex"]["text"].startswith("00000000  1f 8b 08 ")


def test_what_says_gzip_and_is_none_is_read_as_it_is() -> None:
    made = seen(b'{"a":1}', "application/json", content_encoding="gzip")
    assert (made["coding"]["state"], made["kind"], made["text"]) == ("failed", "json", '{"a":1}')


def test_a_body_that_was_cut_says_so() -> None:
    made = seen("é".encode()[:1] * 1 + b"", "text/plain", size=100)
    assert made["truncated"]
    assert made["notes"] == ["Only the first 1 of 100 bytes were kept."]
    assert made["charset"]["detail"] is None


def test_a_picture_that_was_cut_is_not_shown() -> None:
    assert seen(b"\x89PNG\r\n\x1a\n", size=100)["image"]["data_url"] is None


def test_hex_is_bounded() -> None:
    made = seen(bytes(100_000))
    assert (made["hex"]["size"], made["hex"]["shown"], made["hex"]["text"].count("\n")) == (100_000, 16_384, 1_023)


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def test_both_sides_of_an_exchange_can_be_read(server: Running) -> None:
    exchange_id = server.client.post("/x", content=b"a=%FF").headers["x-echoscope-id"]
    request = server.client.get(f"/-/api/exchanges/{exchange_id}/body/view").json()
    assert request["of"] == "request"
    assert request["form"]["fields"] == [["a", {"base64": "/w=="}]]
    response = server.client.get(f"/-/api/exchanges/{exchange_id}/body/view?of=response").json()
    assert (response["of"], response["kind"]) == ("response", "json")
    assert dict(response["json"]["value"]["members"])["path"] == "/x"


def test_a_json_body_as_hostile_as_it_gets_is_answered_in_strict_json(server: Running) -> None:
    bodies = (b'"\\ud800"', b"[NaN,-Infinity,1e999]", b"[" * 100_000, b"9" * 5_000, b'{"a":1,"a":2}', b"\xef\xbb\xbf{}")
    for content in bodies:
        headers = {"content-type": "application/json"}
        exchange_id = server.client.post("/", content=content, headers=headers).headers["x-echoscope-id"]
        answer = server.client.get(f"/-/api/exchanges/{exchange_id}/body/view")
        assert answer.status_code == 200
        assert answer.json()["kind"] == "json"


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("?of=both", 400, "of must be request or response, not 'both'."),
        ("?decode=2", 400, "decode must be 1 or 0, not '2'."),
    ],
)
def test_a_wrong_wish_is_said(server: Running, address: str, status: int, detail: str) -> None:
    exchange_id = server.client.get("/").headers["x-echoscope-id"]
    answer = server.client.get(f"/-/api/exchanges/{exchange_id}/body/view{address}")
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_an_exchange_that_is_not_kept_is_404(server: Running) -> None:
    for address in ("body/view", "headers", "code", "code/curl"):
        answer = server.client.get(f"/-/api/exchanges/none/{address}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
