"""Bodies told back: every verb with every kind of body, and bodies that are not what they say."""

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard

from echoscope.web.endpoint.forms import MAX_FIELDS, parse_form
from echoscope.web.httpbin import reflect
from tests import wire
from tests.servers import Running

VERBS = [("POST", "/post"), ("PUT", "/put"), ("PATCH", "/patch"), ("DELETE", "/delete"), ("POST", "/anything/x")]

BINARY = bytes(range(256))
BINARY_URL = "data:application/octet-stream;base64," + base64.b64encode(BINARY).decode()

NOTHING: dict[str, Any] = {"data": "", "form": {}, "files": {}, "json": None}


def multipart(*parts: bytes, boundary: bytes = b"bound") -> bytes:
    return b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def part(name: str, content: bytes, more: str = "", headers: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n{headers}\r\n'.encode() + content


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=bound"

A = b'Content-Disposition: form-data; name="a"'


FILES = multipart(*(b'Content-Disposition: file; filename="x"\r\n\r\n%d' % number for number in (1, 2)), boundary=b"in")


def with_first_line(line: bytes) -> bytes:
    return b"--bound" + line + A + b"\r\n\r\n1\r\n--bound--\r\n"


FORMS: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "folded head": (PARTS, multipart(b'Content-Disposition: form-data;\r\n name="a"\r\n\r\n1'), {"form": {"a": "1"}}),
    "head folded by tabs": (
        PARTS,
        multipart(b'Content-Disposition:\r\n\tform-data;\r\n\tname="a";\r\n \tfilename="x"\r\n\r\n1'),
        {"files": {"a": "1"}},
    ),
    "text before": (PARTS, b"Many parts:\r\n\r\n" + multipart(A + b"\r\n\r\n1"), {"form": {"a": "1"}}),
    "line end before": (PARTS, b"\r\n" + multipart(A + b"\r\n\r\n1"), {"form": {"a": "1"}}),
    "text behind": (PARTS, multipart(A + b"\r\n\r\n1") + b"the\r\nend --bound\r\n", {"form": {"a": "1"}}),
    "no line end behind": (PARTS, multipart(A + b"\r\n\r\n1")[:-2], {"form": {"a": "1"}}),
    "padding": (PARTS, with_first_line(b" \t\r\n"), {"form": {"a": "1"}}),
    "padding of the last": (PARTS, multipart(A + b"\r\n\r\n1").replace(b"d--", b"d-- \t"), {"form": {"a": "1"}}),
    "name in quotes in quotes": (
        PARTS,
        multipart(b'Content-Disposition: form-data; name="a\\"b\\\\"\r\n\r\n1'),
        {"form": {'a"b\\': "1"}},
    ),
    "name as browsers write it": (PARTS, multipart(part("a%22%0d%0Ab%", b"1")), {"form": {'a"\r\nb%': "1"}}),
    "name without quotes": (PARTS, multipart(b"CONTENT-disposition:form-data;NAME=a\r\n\r\n1"), {"form": {"a": "1"}}),
    "encoded name": (
        PARTS,
        multipart(b"Content-Disposition: form-data; name*=UTF-8''%C3%A9\r\n\r\n1"),
        {"form": {"é": "1"}},
    ),
    "encoded file name alone": (
        PARTS,
        multipart(part("a", b"1", "; filename*=UTF-8''%C3%A9.txt")),
        {"files": {"a": "1"}},
    ),
    "file name in pieces": (
        PARTS,
        multipart(part("a", b"1", '; filename*0="x"; filename*1="y"')),
        {"files": {"a": "1"}},
    ),
    "file name with a semicolon": (PARTS, multipart(part("a", b"1", '; filename="x;y\\"z"')), {"files": {"a": "1"}}),
    "charset": (
        PARTS,
        multipart(part("a", b"caf\xe9", headers="Content-Type: text/plain; charset=iso-8859-1\r\n")),
        {"form": {"a": "café"}},
    ),
    "charset that does not fit": (
        PARTS,
        multipart(part("a", b"\xff", headers="Content-Type: text/plain; charset=utf-8\r\n")),
        {"form": {"a": "data:text/plain; charset=utf-8;base64,/w=="}},
    ),
    "charset that is none": (
        PARTS,
        multipart(part("a", "é".encode(), headers="Content-Type: text/plain; charset=rot13\r\n")),
        {"form": {"a": "é"}},
    ),
    "charset of the form": (
        PARTS,
        multipart(part("_charset_", b"koi8-r"), part("a", "Да".encode("koi8-r"))),
        {"form": {"_charset_": "koi8-r", "a": "Да"}},
    ),
    "files in a part of their own": (
        PARTS,
        multipart(part("a", b"0"), part("f", FILES, headers="Content-Type: multipart/mixed; boundary=in\r\n")),
        {"form": {"a": "0"}, "files": {"f": ["1", "2"]}},
    ),
    "lines that end with LF": (
        PARTS,
        multipart(A + b"\r\n\r\n1\r\n2\r\n", part("f", b"3", '; filename="x"')).replace(b"\r", b""),
        {"form": {"a": "1\n2\n"}, "files": {"f": "3"}},
    ),
    "almost boundaries": (
        PARTS,
        multipart(A + b"\r\n\r\n--boundx\r\n--bound x\r\n --bound\r\n--boun"),
        {"form": {"a": "--boundx\r\n--bound x\r\n --bound\r\n--boun"}},
    ),
    "empty values": (PARTS, multipart(A + b"\r\n\r\n", A + b"\r\n\r\n\r\n"), {"form": {"a": ["", "\r\n"]}}),
    "a head and nothing": (PARTS, multipart(A), {"form": {"a": ""}}),
    "boundary in quotes": (
        'Multipart/Form-Data; charset=utf-8; Boundary="a\'()+_,-./:=? b"',
        multipart(A + b"\r\n\r\n1", boundary=b"a'()+_,-./:=? b"),
        {"form": {"a": "1"}},
    ),
    "thousand parts": (
        PARTS,
        multipart(*(part(f"p{index}", b"1") for index in range(1000))),
        {"form": {f"p{index}": "1" for index in range(1000)}},
    ),
}
"""Forms that RFC 2046 or RFC 7578 allows, or that httpbin reads."""

BODIES: list[tuple[str, str | None, bytes, dict[str, Any]]] = [
    ("empty", None, b"", {}),
    ("empty form", FORM, b"", {}),
    ("form", FORM, b"a=1&b=x+y&a=2", {"form": {"a": ["1", "2"], "b": "x y"}}),
    ("form with charset", FORM + "; charset=utf-8", b"a=%C3%A4", {"form": {"a": "ä"}}),
    ("form with broken bytes", FORM, b"a=\xff&%=%", {"form": {"a": "\ufffd", "%": "%"}}),
    ("JSON", "application/json", b'{"a": [1, null]}', {"data": '{"a": [1, null]}', "json": {"a": [1, None]}}),
    ("JSON of no type", None, b"[1]", {"data": "[1]", "json": [1]}),
    ("broken JSON", "application/json", b'{"a":', {"data": '{"a":'}),
    ("NaN", "application/json", b"NaN", {"data": "NaN"}),
    ("Infinity", None, b"[Infinity, 1234567890123456789]", {"data": "[Infinity, 1234567890123456789]"}),
    ("text", "text/plain", "grüß".encode(), {"data": "grüß"}),
    ("binary", "application/octet-stream", BINARY, {"data": BINARY_URL}),
    ("binary of a type", "image/png", b"\xff", {"data": "data:image/png;base64,/w=="}),
    ("binary of no type", None, b"\xff\xfe", {"data": "data:application/octet-stream;base64,//4="}),
    ("field", PARTS, multipart(part("a", b"1")), {"form": {"a": "1"}}),
    (
        "fields and files",
        PARTS,
        multipart(
            part("a", b"1"),
            part("f", b"text", '; filename="f.txt"', "Content-Type: text/plain\r\n"),
            part("a", b"2"),
            part("g", b"\xff\x00", '; filename="g.png"', "Content-Type: image/png\r\n"),
            part("f", b"", '; filename=""'),
        ),
        {"form": {"a": ["1", "2"]}, "files": {"f": ["text", ""], "g": "data:image/png;base64,/wA="}},
    ),
    ("file of no type", PARTS, multipart(part("m", b"\xa5\xc6", '; filename="t.bin"')), {
        "files": {"m": "data:application/octet-stream;base64,pcY="}
    }),
    ("field of bytes", PARTS, multipart(part("a", b"\xff")), {
        "form": {"a": "data:application/octet-stream;base64,/w=="}
    }),
    ("no parts", PARTS, b"--bound--\r\n", {"data": "--bound--\r\n"}),
    ("parts cut", PARTS, b'--bound\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', {
        "data": '--bound\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'
    }),
    ("parts of another boundary", PARTS, b"--other\r\n\r\n", {"data": "--other\r\n\r\n"}),
    ("parts without boundary", "multipart/form-data", b"x", {"data": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), VERBS, ids=[f"{method} {path}" for method, path in VERBS])
@pytest.mark.parametrize(("kind", "sent", "told"), [body[1:] for body in BODIES], ids=[body[0] for body in BODIES])
def test_every_verb_tells_every_body(
    client: httpx.Client, method: str, path: str, kind: str | None, sent: bytes, told: dict[str, Any]
) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    found = client.request(method, path, content=sent, headers=headers).json()
    assert {key: found[key] for key in NOTHING} == {**NOTHING, **told}
    assert found["method"] == method
    assert found["url"].endswith(path)


@pytest.mark.parametrize(("content_type", "sent", "told"), FORMS.values(), ids=FORMS)
def test_a_form_is_read_however_it_is_written(
    client: httpx.Client, content_type: str, sent: bytes, told: dict[str, Any]
) -> None:
    found = client.post("/post", content=sent, headers={"Content-Type": content_type}).json()
    assert {key: found[key] for key in NOTHING} == {**NOTHING, **told}


def test_a_form_of_pythons_own_email_package_is_read(client: httpx.Client) -> None:
    """It folds the head of a part where a line passes 78 characters."""
    form = MIMEMultipart("form-data")
    field = MIMEText("1")
    field.add_header("Content-Disposition", "form-data", name="a" * 60)
    form.attach(field)
    body = form.as_bytes(policy=compat32.clone(linesep="\r\n")).partition(b"\r\n\r\n")[2]
    assert b";\r\n name=" in body
    told = client.post("/post", content=body, headers={"Content-Type": form["Content-Type"]}).json()
    assert told["form"] == {"a" * 60: "1"}


CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", list(CODED))
def test_a_coded_body_is_told_as_it_came_and_without_its_coding(client: httpx.Client, coding: str) -> None:
    sent = CODED[coding](b'{"a": [1]}')
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    told = client.post("/post", content=sent, headers=headers).json()
    assert told["data"] == "data:application/json;base64," + base64.b64encode(sent).decode()
    assert (told["json"], told["decoded"]) == (None, '{"a": [1]}')


def test_a_coded_form_is_no_form_until_it_is_decoded(client: httpx.Client) -> None:
    """As clients that were tested against httpbin expect it: `data` is empty, and no field has its name."""
    headers = {"Content-Type": FORM, "Content-Encoding": "deflate"}
    told = client.post("/post", content=zlib.compress(b"foo=bar"), headers=headers).json()
    assert (told["data"], told["json"], told["decoded"]) == ("", None, "foo=bar")
    assert "foo" not in told["form"]


def test_of_coded_parts_no_part_is_told_as_text(client: httpx.Client) -> None:
    request = httpx.Request("POST", "http://x/", files={"file": ("a.txt", "the text of a file")})
    sent = {"Content-Type": request.headers["content-type"], "Content-Encoding": "deflate"}
    answer = client.post("/post", content=zlib.compress(request.read()), headers=sent)
    told = answer.json()
    assert (told["files"], told["form"], told["json"]) == ({}, {}, None)
    assert told["decoded"] == f"data:{sent['Content-Type']};base64," + base64.b64encode(request.read()).decode()
    assert "the text of a file" not in answer.text


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", b"[1]"),
        ("gzip", gzip.compress(b"[1]")[:-9]),
        ("gzip", gzip.compress(b"[" + b" " * 5_000_000 + b"]")),
        ("unknown", b"[1]"),
    ],
    ids=["not coded", "cut", "bomb", "unknown"],
)
def test_a_coding_that_cannot_be_undone_is_told_as_null(client: httpx.Client, coding: str, sent: bytes) -> None:
    told = client.post("/post", content=sent, headers={"Content-Encoding": coding}).json()
    assert told["decoded"] is None
    assert told["json"] == ([1] if sent == b"[1]" else None)
    assert told["data"]


def test_a_body_without_a_coding_has_no_second_form(client: httpx.Client) -> None:
    assert "decoded" not in client.post("/post", content=b"[1]").json()


def test_a_get_to_anything_tells_its_body(client: httpx.Client) -> None:
    assert client.request("GET", "/anything", content=b"[2]").json()["json"] == [2]


def test_a_chunked_upload_is_told_like_any_other(client: httpx.Client) -> None:
    told = client.post("/post", content=iter([b'{"ani', b'mal": "dog"}']), headers={"Content-Type": "application/json"})
    assert told.json()["json"] == {"animal": "dog"}
    assert told.json()["headers"]["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize(
    "text",
    [
        *("12345678901234567890123", "1234567890123456.5", "[18446744073709551615]", '"\\ud800 12345678901234567890"'),
        *('{"a": "\\ud83d"}', '["\\uDE00", "\\ud83d\\ude00"]', '{"\\udfff": "\\uD83D\\u0020"}'),
    ],
    ids=["beyond 64 bits", "fraction", "64 bits", "both", "half a pair", "second half", "half in a name"],
)
def test_numbers_and_half_surrogates_of_a_body_are_kept(client: httpx.Client, text: str) -> None:
    assert client.post("/post", content=text).json()["json"] == json.loads(text)


@pytest.mark.parametrize(("depth", "told"), [(250, "["), (500, "["), (2_000, "null"), (100_000, "null")])
def test_deep_json_is_told_as_far_as_it_can_be(client: httpx.Client, depth: int, told: str) -> None:
    answer = client.post("/post", content="[" * depth + "]" * depth)
    assert answer.status_code == 200
    assert f'\n  "json": {told}' in answer.text


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(stranger: httpx.Client) -> None:
    limit = 1 << 20
    assert stranger.post("/upload", content=b"x" * limit).json()["bytes_received"] == limit
    assert len(stranger.post("/post", content=b"x" * limit).json()["data"]) == limit


@pytest.mark.parametrize("path", ["/post", "/upload", "/status/200", "/delay/0", "/anything", "/nothing/here"])
def test_a_body_over_the_limit_is_a_413(public: Running, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with public.connect() as connection:
        connection.sendall(head.encode() + b"100001\r\n" + b"x" * 0x100001 + b"\r\n")
        answer = wire.read_answer(connection)
    assert answer.status == 413
    assert answer.header("content-type") == "application/problem+json"
    assert b'"title":"Content Too Large"' in answer.body
    assert answer.header("connection") == "close"


def test_an_announced_body_over_the_limit_is_refused_before_it_is_sent(public: Running) -> None:
    with public.connect() as connection:
        connection.sendall(b"POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("count", [MAX_FIELDS, MAX_FIELDS + 1])
def test_parts_are_parsed_up_to_a_number(client: httpx.Client, count: int) -> None:
    sent = multipart(*(part(f"p{index}", b"1") for index in range(count)))
    told = client.post("/post", content=sent, headers={"Content-Type": PARTS}).json()
    assert len(told["form"]) == (count if count <= MAX_FIELDS else 0)
    assert told["data"] == ("" if count <= MAX_FIELDS else sent.decode())


@pytest.mark.parametrize("count", [MAX_FIELDS, MAX_FIELDS + 1])
def test_fields_are_parsed_up_to_a_number(client: httpx.Client, count: int) -> None:
    sent = "&".join(f"f{index}=1" for index in range(count))
    told = client.post("/post", content=sent, headers={"Content-Type": FORM}).json()
    assert len(told["form"]) == (count if count <= MAX_FIELDS else 0)
    assert told["data"] == ("" if count <= MAX_FIELDS else sent)


BOMBS = {
    "fields": (FORM, b"a&" * 500_000),
    "ampersands": (FORM, b"&" * 1_000_000),
    "blank lines": (PARTS, b"\r\n" * 500_000),
    "preamble of dashes": (PARTS, b"--" * 500_000),
    "almost boundaries": (PARTS, b"--bound\r\n" + part("a", b"\r\n--boun" * 120_000)),
    "part of many headers": (PARTS, b"--bound\r\n" + b"X: 1\r\n" * 100_000),
    "long header": (PARTS, b"--bound\r\nX: " + b"1" * 1_000_000),
    "quoted parameters": (PARTS, b'--bound\r\nContent-Disposition: form-data; name="' + b'\\"' * 2_000 + b"\r\n\r\n1"),
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_forms_that_are_made_to_be_slow_are_not(kind: str) -> None:
    content_type, body = BOMBS[kind]
    started = time.process_time()
    assert parse_form(content_type.encode(), body) is None
    assert time.process_time() - started < 1


@pytest.mark.parametrize("kind", list(BOMBS))
def test_a_form_that_cannot_be_read_is_shown_as_it_came(client: httpx.Client, kind: str) -> None:
    content_type, body = BOMBS[kind]
    answer = client.post("/post", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == len(body)


@pytest.mark.parametrize(
    "member",
    [b"[" * 100 + b"]" * 100, b"[" * 60 + b'{"n": 123456789012345678901}' + b"]" * 60],
    ids=["levels", "levels and a number that is too long for most"],
)
@pytest.mark.parametrize("size", [20_000, 200_000], ids=["long", "very long"])
def test_json_of_many_levels_is_told_without_indentation(client: httpx.Client, member: bytes, size: int) -> None:
    """A byte of it would become a hundred."""
    body = b"[%b]" % b",".join([member] * (size // len(member)))
    answer = client.post("/post", content=body, headers={"content-type": "application/json"})
    assert answer.json()["json"] == json.loads(body)
    assert len(answer.content) < 4 * len(body)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b'{"a": [%b], "\xc3\xa9": null}' % b",".join([b"0"] * 100_000), "application/json", id="JSON"),
        pytest.param(b"[" * 300 + b"]" * 300 + b" " * 150_000, "application/json", id="too deep"),
        pytest.param(b'{"n": %b}' % (b"9" * 140_000), "application/json", id="a long number"),
        pytest.param(b"a=1&b=%b" % (b"x" * 200_000), "application/x-www-form-urlencoded", id="a form"),
        pytest.param(b"\xff\x00" * 100_000, "image/png", id="binary"),
        pytest.param(b"text " * 40_000, "text/plain", id="text"),
    ],
)
def test_a_long_body_is_told_as_a_short_one(
    client: httpx.Client, content: bytes, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = client.post("/post?a=1", content=content, headers={"content-type": content_type})
    monkeypatch.setattr(reflect, "MUCH_BYTES", 1 << 30)
    here = client.post("/post?a=1", content=content, headers={"content-type": content_type})
    assert apart.status_code == 200
    assert apart.content == here.content
