"""HAR files as browsers, proxies and API clients write them, oddities included."""

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest

from echoscope.exchange.model import Exchange
from echoscope.exchange.sides import request_of, response_of
from echoscope.files.har import writing as har
from echoscope.files.reading import ImportFault, read
from echoscope.insight.code import write
from echoscope.insight.masking import mask
from tests.exchanges import made_exchange
from tests.told import view as told_view

from .test_imports import ENTRY, archive, only


def entry(**changes: Any) -> dict[str, Any]:
    return {**ENTRY, **changes}


def named(**pairs: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in pairs.items()]


def posted(text: str, headers: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": "http://h/", "headers": headers, "postData": {"text": text} | more}
    return entry(request=request | {"bodySize": more.pop("bodySize", -1)})


def answered(text: str, headers: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return entry(response={"status": 200, "headers": headers, "content": {"text": text, "size": len(text)} | more})


def view(exchange: Exchange) -> dict[str, Any]:
    response = response_of(exchange)
    assert response is not None
    return told_view(response)


FILES: dict[str, bytes] = {
    "byte order mark": b"\xef\xbb\xbf" + archive(ENTRY),
    "utf-16, as a shell redirects": archive(ENTRY).decode().encode("utf-16"),
    "log is not first": json.dumps({"comment": "x", "_x": [{}], "log": {"entries": [ENTRY]}}).encode(),
    "entries are last": json.dumps({"log": {"pages": [{"id": "]}"}], "version": None, "entries": [ENTRY]}}).encode(),
    "spread over lines": json.dumps({"log": {"entries": [ENTRY]}}, indent=4).replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_taken_whatever_stands_around_its_entries(name: str) -> None:
    assert only(FILES[name]).scope["raw_path"] == b"/a%20b"


def test_a_file_without_entries_is_taken() -> None:
    assert list(read(b'\xef\xbb\xbf{"log":{"entries":[]}}')) == []


@pytest.mark.parametrize(
    "bad",
    [b'{"request": nonsense}', b"null", b"5", b'"text"', b"[]", b'{"a":\x00}', b'{"postData":"\\udce9"}', b"{'a': 1}"],
    ids=repr,
)
def test_what_is_wrong_in_one_entry_costs_no_other(bad: bytes) -> None:
    good = json.dumps(ENTRY).encode()
    first, second, third = read(b'{"log":{"entries":[%b,%b,%b]}}' % (good, bad, good))
    assert first.exchange is not None
    assert second.fault is not None
    assert third.exchange is not None


@pytest.mark.parametrize("size", [-1, -20, -100])
def test_what_is_whole_in_a_file_that_was_cut_is_taken(size: int) -> None:
    entries = list(read(archive(ENTRY, ENTRY, ENTRY)[:size]))
    assert [one.exchange is not None for one in entries[:2]] == [True, True]
    if size < -2:
        assert entries[-1].fault is not None
        assert "The file ends here" in entries[-1].fault


def nulled(value: Any) -> list[Any]:
    """The same many times, each with null in another place; null for an item of a list too."""
    if isinstance(value, dict):
        places = [{**value, key: None} for key in value]
        return places + [{**value, key: one} for key, item in value.items() for one in nulled(item)]
    if isinstance(value, list):
        return [[*value, None], *([one] for item in value for one in nulled(item))]
    return []


FULL = entry(
    request={
        "method": "POST", "url": "http://h/a", "httpVersion": "HTTP/1.1",
        "headers": named(a="1"), "cookies": named(b="2"),
        "queryString": named(c="3"), "headersSize": 5, "bodySize": 3, "comment": "x",
        "postData": {"mimeType": "text/plain", "text": "abc", "params": named(d="4"), "comment": "x"},
    },
    response={
        "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "headers": named(a="1"), "cookies": named(b="2"),
        "content": {"size": 2, "mimeType": "text/plain", "text": "hi", "encoding": "", "compression": 0},
        "redirectURL": "", "headersSize": 5, "bodySize": 2,
    },
    cache={"beforeRequest": {"eTag": ""}}, timings={"send": 1, "wait": 2, "receive": 3, "ssl": -1}, time=6, comment="x",
    serverIPAddress="::1", connection="443", pageref="p",
    _id="a-1", _state="done", _client="h:1", _error="", _pinned=True,
    _webSocketMessages=[{"type": "send", "time": 1, "opcode": 1, "data": "x"}],
)  # fmt: skip


def test_null_may_stand_in_every_place_that_may_be_absent() -> None:
    needed = ("startedDateTime", "request")
    for one in nulled(FULL):
        imported = next(read(archive(one)))
        has_needed = all(one[key] is not None for key in needed) and one["request"]["url"] is not None
        assert (imported.fault is None) == has_needed, one


@pytest.mark.parametrize("value", [7, "x y", [], {}, True, 1.5, "net::ERR_FAILED"], ids=repr)
def test_what_others_write_under_an_underscore_is_theirs(value: Any) -> None:
    names = ["_id", "_client", "_state", "_error", "_pinned", "_priority", "_x"]
    if not isinstance(value, list):
        names.append("_webSocketMessages")
    exchange = only(archive(entry(**dict.fromkeys(names, value), response={"status": 200, "_error": value})))
    assert (exchange.state, exchange.error, exchange.scope["client"], exchange.id) == ("done", None, None, "")


@pytest.mark.parametrize("time", [-1, -999, -0.25, None])
def test_a_time_that_is_not_known_is_that_of_its_parts(time: float | None) -> None:
    timings = {"blocked": -1, "dns": 0.5, "send": 1, "wait": 2, "receive": -3, "comment": "x", "_queued": 9}
    assert only(archive(entry(time=time, timings=timings))).duration_ns == 3_500_000


@pytest.mark.parametrize("status", [0, -1, -999, None])
def test_a_status_that_is_none_is_no_answer(status: int | None) -> None:
    exchange = only(archive(entry(response={"status": status})))
    assert (exchange.status, exchange.state) == (None, "disconnected")
    assert [event.channel for event in exchange.events] == ["receive"]


@pytest.mark.parametrize("url", ["HTTPS://a/", "hTTp://a/", " http://a/ ", "http://u:p@a/", "http://a?", "http://a#f"])
def test_an_address_is_taken_in_any_spelling(url: str) -> None:
    scope = only(archive(entry(request={"url": url}))).scope
    assert scope["scheme"] == url.strip().partition(":")[0].lower()
    assert scope["headers"] == [(b"host", b"a")]
    assert scope["raw_path"] == b"/"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("HTTP/1.1", "1.1"), ("http/1.0", "1.0"), ("HTTP/2", "2"), ("HTTP/2.0", "2"), ("h2", "2"), ("h3", "3"),
        ("http/2+quic/46", "2"), ("unknown", "1.1"), ("", "1.1"), ("h3-29", "3"),
    ],
)  # fmt: skip
def test_the_version_is_read_in_any_spelling(text: str, version: str) -> None:
    assert only(archive(entry(request={"url": "http://a/", "httpVersion": text}))).scope["http_version"] == version


# WebSockets


def test_a_time_of_a_frame_may_be_in_milliseconds() -> None:
    frames = [{"type": "send", "time": 1795338000500.5, "opcode": 1, "data": "hi"}]
    started = {"startedDateTime": "2026-11-22T10:00:00.000+01:00"}
    exchange = only(archive(entry(**started, response={"status": 101}, _webSocketMessages=frames)))
    assert exchange.events[2].at_ns == pytest.approx(500_500_000, abs=1e6)


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "error", "opcode": -1, "data": "Invalid frame header"},
        {"type": "receive", "opcode": 9, "data": "ping"},
        {"type": "receive", "opcode": 8, "data": ""},
        {"type": "send", "opcode": "x", "data": "a"},
        {"type": 5},
        {"opcode": 1},
        {},
        None,
        "text",
    ],
    ids=repr,
)
def test_a_frame_that_is_no_message_does_not_cost_the_session(frame: Any) -> None:
    good = {"type": "send", "time": 1795338001, "opcode": 1, "data": "hi"}
    exchange = only(archive(entry(response={"status": 101}, _webSocketMessages=[good, frame, good])))
    assert [event.message.get("text") for event in exchange.events[2:]] == ["hi", "hi"]


@pytest.mark.parametrize(
    ("frame", "kept"),
    [
        ({"opcode": 2, "data": "/w=="}, b"\xff"),
        ({"opcode": 2, "data": "no base64"}, b"no base64"),
        ({"opcode": 0, "data": "rest"}, "rest"),
        ({"opcode": 1, "data": "\ud83d"}, "\ufffd"),
        ({"opcode": 1, "data": None}, ""),
        ({"opcode": 1, "data": "late", "time": 1e30}, "late"),
        ({"opcode": 1, "data": "early", "time": -5}, "early"),
    ],
    ids=str,
)
def test_a_message_is_kept_whatever_is_odd_about_its_frame(frame: dict[str, Any], kept: str | bytes) -> None:
    exchange = only(archive(entry(response={"status": 101}, _webSocketMessages=[{"type": "receive", **frame}])))
    message = exchange.events[-1].message
    assert message.get("bytes", message.get("text")) == kept


@pytest.mark.parametrize("frames", [7, "x", {}, None, []], ids=repr)
def test_frames_that_are_no_array_are_none(frames: Any) -> None:
    one = entry(request={"url": " wss://a/chat"}, response={"status": 101}, _webSocketMessages=frames, timings=[])
    assert len(only(archive(one)).events) == 2


def test_an_address_of_a_websocket_is_one_without_frames() -> None:
    scope = only(archive(entry(request={"url": "WSS://a/chat"}, response={"status": 101}))).scope
    assert (scope["type"], scope["scheme"]) == ("websocket", "wss")


# Bodies


CODED = ["gzip", "deflate", "br", "zstd", "x-gzip", "GZIP", "gzip, br", "compress", "aws-chunked"]


@pytest.mark.parametrize("coding", CODED)
def test_a_body_that_was_told_without_its_coding_is_read_so(coding: str) -> None:
    exchange = only(archive(answered("hello", named(Content_Encoding=coding, Content_Type="text/plain"))))
    seen = view(exchange)
    assert (seen["text"], seen["coding"]) == ("hello", None)
    assert any("without its Content-Encoding" in note for note in seen["notes"])
    assert only(archive(json.loads(har.entry(1, exchange)))).events == exchange.events


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("text", ['{"password":"hunter2"}', "x", "kKsS", "\u041f\u0440\u0438", "<p>", "3", "~~~"])
def test_no_text_is_taken_for_a_coded_one(coding: str, text: str) -> None:
    for charset in ("utf-8", "windows-1251"):
        headers = named(Content_Encoding=coding, Content_Type=f"text/plain; charset={charset}")
        exchange = only(archive(answered(text, headers, size=-1)))
        assert view(exchange)["text"] == text
        assert "hunter2" not in json.dumps(view(mask(exchange)))


def test_a_picture_that_was_told_without_its_coding_is_a_picture() -> None:
    headers = named(Content_Encoding="br", Content_Type="image/png")
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    assert view(only(archive(answered(png, headers, encoding="base64"))))["kind"] == "image"


def test_a_body_that_still_has_its_coding_is_read_so() -> None:
    coded = b64encode(gzip.compress(b"hello")).decode()
    seen = view(only(archive(answered(coded, named(content_encoding="gzip"), encoding="base64"))))
    assert (seen["text"], seen["coding"]["state"]) == ("hello", "whole")


def test_a_request_that_was_told_without_its_coding_is_repeated_so_and_with_a_word() -> None:
    exchange = only(archive(posted('{"a":1}', named(Content_Encoding="gzip", Content_Type="application/json"))))
    code = write(exchange, "curl", "http://h", reveal=True).decode()
    assert "--data-raw '{\"a\":1}'" in code
    assert "content-encoding:" not in code
    assert "Content-Encoding is left out." in code


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("windows-1251", "\u041f\u0440\u0438"), ("iso-8859-1", "caf\u00e9"), ("iso-8859-1", "5 \u20ac"),
        ("shift_jis", "\u65e5\u672c"), ("utf-16", "\u65e5"), ("utf-8", "\u65e5"), ("KOI8-R", "\u041f"),
        ("nonsense", "\u65e5"),
    ],
)  # fmt: skip
def test_a_text_goes_back_into_its_charset(charset: str, text: str) -> None:
    headers = named(Content_Type=f"text/plain; charset={charset}")
    for exchange in (only(archive(answered(text, headers, size=-1))), only(archive(posted(text, headers)))):
        side = response_of(exchange) or request_of(exchange)
        if (charset, text) != ("iso-8859-1", "5 \u20ac"):
            assert told_view(side)["text"] == text
        else:
            assert side.content == b"5 \x80"  # what browsers read as windows-1252


def test_the_size_tells_that_a_text_was_utf_8_whatever_its_type_says() -> None:
    headers = named(Content_Type="text/plain; charset=windows-1251")
    side = response_of(only(archive(answered("\u041f\u0440\u0438", headers, size=6))))
    assert side is not None
    assert side.content == "\u041f\u0440\u0438".encode()


def test_a_character_that_a_charset_has_not_does_not_cost_the_others() -> None:
    headers = named(Content_Type="text/plain; charset=windows-1251")
    seen = view(only(archive(answered("\u041f\ufffd\u0440", headers, size=-1))))
    assert seen["text"] == "\u041f?\u0440"


def test_json_is_utf_8_whatever_its_type_says() -> None:
    headers = named(Content_Type="application/json; charset=iso-8859-1")
    assert view(only(archive(answered('["caf\u00e9"]', headers, size=-1))))["json"]["value"] == ["caf\u00e9"]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('{"a":"caf\udce9"}', b'{"a":"caf\xe9"}'),
        ("\udc80\udcff", b"\x80\xff"),
        ("\ud83d", "\ufffd".encode()),
        ("a\ude00b", "a\ufffdb".encode()),
        ("\ud83d\ude00", "\U0001f600".encode()),
    ],
    ids=ascii,
)
def test_half_surrogates_are_bytes_or_what_was_lost(text: str, content: bytes) -> None:
    request = request_of(only(archive(posted(text, named(Content_Type="application/json")))))
    assert request.content == content


def test_half_surrogates_do_no_harm_in_any_place() -> None:
    half = "x\udce9\ud83d"
    request = {"url": f"http://h/{half}?{half}", "method": half, "headers": named(a=half), "cookies": named(b=half)}
    one = entry(
        request=request, response={"status": 200, "headers": named(a=half)}, comment=half, _state="done", _error=half
    )
    (imported,) = read(archive(one))
    assert imported.exchange is not None, imported.fault
    assert imported.note == "x\ufffd\ufffd"
    json.loads(har.entry(1, imported.exchange, imported.note))


@pytest.mark.parametrize(
    ("content_type", "size", "content"),
    [
        ("image/png", 6, b"\x89PNG\r\n"),
        ("application/octet-stream", 6, b"\x89PNG\r\n"),
        ("", 6, b"\x89PNG\r\n"),
        ("image/png", -1, "\x89PNG\r\n".encode()),
        ("image/png", 7, "\x89PNG\r\n".encode()),
    ],
)
def test_the_size_tells_bytes_that_were_taken_for_latin_1(content_type: str, size: int, content: bytes) -> None:
    one = posted("\x89PNG\r\n", named(Content_Type=content_type) if content_type else [])
    one["request"]["bodySize"] = size
    assert request_of(only(archive(one))).content == content


def test_a_size_in_characters_does_not_break_a_text() -> None:
    one = posted('{"a":"caf\u00e9"}', named(Content_Type="application/json"))
    one["request"]["bodySize"] = 12
    assert request_of(only(archive(one))).content == '{"a":"caf\u00e9"}'.encode()


@pytest.mark.parametrize("encoding", ["BASE64", "Base64"])
@pytest.mark.parametrize("text", ["iVBO", "iVB\r\nO ", "_-8", "_-8="])
def test_base64_is_read_in_any_spelling(encoding: str, text: str) -> None:
    content = view(only(archive(answered(text, [], encoding=encoding))))["kept"]
    assert content == (3 if text.startswith("i") else 2)


PARAMS = [
    {"name": "a", "value": "1 &"},
    {"name": 'b"', "fileName": "x\u00e9.txt", "contentType": "text/plain", "value": "caf\u00e9"},
]


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; boundary=B", "multipart/form-data", "", 'multipart/form-data; boundary="a b"'],
)
def test_a_multipart_form_that_was_told_by_its_fields_is_one(content_type: str) -> None:
    data = {"mimeType": "multipart/form-data", "params": PARAMS}
    headers = named(Content_Type=content_type) if content_type else []
    exchange = only(
        archive(entry(request={"method": "POST", "url": "http://h/", "headers": headers, "postData": data}))
    )
    form = told_view(request_of(exchange))["multipart"]
    assert form["detail"] is None
    assert [(part["name"], part["filename"]) for part in form["parts"]] == [("a", None), ('b"', "x\u00e9.txt")]


def test_a_form_that_was_told_by_its_fields_is_one() -> None:
    data = {"mimeType": "application/x-www-form-urlencoded", "text": "", "params": [{"name": "a", "value": "1 &"}]}
    exchange = only(archive(entry(request={"method": "POST", "url": "http://h/", "postData": data})))
    assert request_of(exchange).content == b"a=1+%26"
    assert request_of(exchange).value(b"content-type") == "application/x-www-form-urlencoded"


def test_the_text_of_a_body_goes_before_its_fields() -> None:
    data = {"mimeType": "", "text": "a=%31", "params": [{"name": "a", "value": "1"}]}
    assert request_of(only(archive(entry(request={"url": "http://h/", "postData": data})))).content == b"a=%31"


# Headers


def test_cookies_and_parameters_that_stand_only_in_their_lists_are_kept() -> None:
    request = {"url": "http://h/", "cookies": named(a="1", b="2"), "queryString": named(q="x y", r="&")}
    cookies = [{"name": "s", "value": "1", "path": "/", "httpOnly": True, "secure": False, "sameSite": "Lax"}]
    exchange = only(archive(entry(request=request, response={"status": 200, "cookies": cookies})))
    assert request_of(exchange).value(b"cookie") == "a=1; b=2"
    assert exchange.scope["query_string"] == b"q=x+y&r=%26"
    response = response_of(exchange)
    assert response is not None
    assert response.headers == [(b"set-cookie", b"s=1; Path=/; SameSite=Lax; HttpOnly")]


def test_cookies_and_parameters_that_stand_twice_are_kept_once() -> None:
    request = {
        "url": "http://h/?q=1",
        "cookies": named(a="1"),
        "headers": named(COOKIE="a=1"),
        "queryString": named(q="1"),
    }
    exchange = only(archive(entry(request=request)))
    assert request_of(exchange).values(b"cookie") == ["a=1"]
    assert exchange.scope["query_string"] == b"q=1"


def test_names_of_headers_their_repeats_and_order_survive() -> None:
    headers = [("X-B", "1"), ("x-a", "caf\u00e9"), ("X-B", ""), ("Host", "h"), ("SET-Cookie", "a=1"), ("X-b", "\u20ac")]
    told = [{"name": name, "value": value} for name, value in headers]
    one = entry(
        request={"url": "http://h/", "httpVersion": "HTTP/1.1", "headers": told},
        response={"status": 200, "headers": told},
    )
    for _ in range(2):
        one = json.loads(har.entry(1, only(archive(one))))
        for side in ("request", "response"):
            names = [header["name"] for header in one[side]["headers"]]
            assert names == [name for name, _ in headers]
            assert [header["value"] for header in one[side]["headers"]][:5] == [value for _, value in headers[:5]]


def test_values_of_headers_may_be_numbers() -> None:
    request = {"url": "http://h/", "headers": [{"name": "Content-Length", "value": 5}, {"name": "X", "value": True}]}
    headers = only(archive(entry(request=request))).scope["headers"]
    assert headers[1:] == [(b"content-length", b"5"), (b"x", b"true")]


def test_a_log_without_an_array_of_entries_is_refused() -> None:
    for content in (b'{"log":{}}', b'{"log":null}', b'{"log":[]}', b'{"log":{"entries":{}}}', b'{"log":{"a":'):
        with pytest.raises(ImportFault, match="This is no HAR file"):
            list(read(content))


def test_our_own_entry_comes_back_with_every_mark() -> None:
    exchange = made_exchange("beef-1", state="error", body=b"\xff", client=["::1", 5], method="POST")
    content = har.BEGIN + har.entry(1, exchange, "note", pinned=True) + har.END
    (imported,) = read(content)
    assert imported.exchange is not None
    assert (imported.note, imported.pinned) == ("note", True)
    assert (imported.exchange.id, imported.exchange.state) == ("beef-1", "error")
    assert imported.exchange.scope["client"] == ["::1", 5]
