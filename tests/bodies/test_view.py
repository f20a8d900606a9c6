"""The view of a body, as the API gives it."""

import gzip
import json
import time
from typing import Any

import pytest
from websockets.sync.client import connect

from echoscope.exchange.sides import Side
from echoscope.insight.bodies.xml_lines import indented_xml
from tests.conftest import Serve
from tests.servers import Running
from tests.told import view, view_message


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
        (b"{ me { id } }", "", "text"),
        (b"{ me { id } }", "application/graphql", "graphql"),
        (b'{"query":"{ me }"}', "application/json", "graphql"),
        (b'{"query":"me"}', "application/json", "json"),
        (b"[a]\nb=1\n[c]", "application/toml", "text"),
        (b"[1,2", "", "text"),
        (b'\x1e{"a":1}\n', "application/json-seq", "json-seq"),
        (b'{"a":1}\x1e{"a":2}\x1e', "text/plain", "json-seq"),
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


def test_text_that_is_gzip_without_a_word_is_undone_and_remarked() -> None:
    made = seen(gzip.compress(b'{"a":1}'), "application/json")
    assert (made["kind"], made["text"], made["coding"]["undone"]) == ("json", '{"a":1}', "gzip")
    assert made["notes"] == ["It is gzip, although no Content-Encoding says so."]


@pytest.mark.parametrize("content_type", ["application/gzip", "", "application/octet-stream"])
def test_a_file_of_gzip_stays_one(content_type: str) -> None:
    made = seen(gzip.compress(b'{"a":1}'), content_type)
    assert (made["kind"], made["coding"], made["notes"]) == ("binary", None, [])


def test_what_only_begins_like_gzip_is_read_as_it_is() -> None:
    assert seen(b"\x1f\x8b\x08nothing", "text/plain")["coding"] is None


def test_the_items_of_an_event_stream_are_read() -> None:
    made = seen(
        b': hi\nevent: tick\nid: 1\ndata: {"a":\ndata: 1}\r\n\r\ndata:x\nretry: 5\n\n\ndata: cut', "text/event-stream"
    )
    events = made["event_stream"]["events"]
    assert [(event["event"], event["id"], event["retry"], event["data"]) for event in events] == [
        ("tick", "1", None, '{"a":\n1}'), (None, None, "5", "x"), (None, None, None, "cut"),
    ]  # fmt: skip
    assert [event["complete"] for event in events] == [True, True, False]
    assert (events[0]["comments"], events[1]["json"]) == (["hi"], None)
    assert events[0]["json"]["value"] == {"members": [("a", {"number": "1"})]}
    many = seen(b"data: 1\n\n" * 1_500, "text/event-stream")["event_stream"]
    assert (len(many["events"]), many["omitted"]) == (1_000, 500)


GRAPHQL = [
    ("{ me { id } }", "query", None),
    ("# a comment\n query Me($id: ID!) { me }", "query", "Me"),
    ("fragment F on U { a } mutation Do { f }", "mutation", "Do"),
    ("subscription { f }", "subscription", None),
]


@pytest.mark.parametrize(("document", "operation", "name"), GRAPHQL)
def test_graphql_is_read_alone_and_in_json(document: str, operation: str, name: str | None) -> None:
    alone = seen(document.encode(), "application/graphql")
    assert alone["graphql"] == {"query": document, "operation": operation, "name": name, "variables": None}
    request = json.dumps({"query": document, "variables": {"id": 1}, "operationName": "Other"}).encode()
    made = seen(request, "application/json")
    assert made["graphql"] == {
        "query": document, "operation": operation, "name": "Other", "variables": {"members": [("id", {"number": "1"})]},
    }  # fmt: skip
    assert made["json"]["value"]["members"][0] == ("query", document)


XML = [
    ("<a><b>1</b><c/></a>", "<a>\n  <b>1</b>\n  <c/>\n</a>"),
    (
        "<?xml version='1.0'?>\n<a x='1>2'><!-- <b> --><b></b></a>",
        "<?xml version='1.0'?>\n<a x='1>2'>\n  <!-- <b> -->\n  <b></b>\n</a>",
    ),
    ("<a><![CDATA[<b>]]></a>", "<a>\n  <![CDATA[<b>]]>\n</a>"),
    ("<a>x<b>y</b>z</a>", "<a>\n  x\n  <b>y</b>\n  z\n</a>"),
    ("</a></a><b>", "</a>\n</a>\n<b>"),
    ("<a", "<a"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "indented"), XML)
def test_xml_is_indented(text: str, indented: str) -> None:
    assert indented_xml(text) == indented


HOSTILE = [
    "<a>" * 87_000,
    "<!--" * 65_000,
    "<![CDATA[" * 29_000,
    "<a '" * 65_000,
    '<"' * 131_000,
    "<" * 262_144,
    "<a>x" * 65_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6])
def test_hostile_text_takes_little_time(text: str) -> None:
    began = time.process_time()
    indented = indented_xml(text)
    assert indented is not None
    assert len(indented) < 24 * len(text)
    for content_type in ("text/event-stream", "application/graphql", "application/json-seq"):
        seen(text.encode(), content_type)
    seen(text.replace("<", "\n:").encode(), "text/event-stream")
    seen(text.replace("<", "#").encode(), "application/graphql")
    assert time.process_time() - began < 3
    assert indented_xml("x" * 262_145) is None


MESSAGES: list[tuple[str | bytes, str, list[str] | None]] = [
    ('{"a":1}', "json", ["value"]),
    ('{"type":6}\x1e', "json-seq", ["value"]),
    ('{"a":1}\x1e{"a":2}\x1e', "json-seq", ["value", "value"]),
    ('{"a":1}\n{"a":2}', "ndjson", ["value", "value"]),
    ("hello", "text", None),
    ("{ hello }", "text", None),
    (b"[1]", "json", ["value"]),
    (b"\xff\x00", "binary", None),
    ("", "empty", None),
    ("\ud800", "text", None),
]


@pytest.mark.parametrize(("payload", "kind", "keys"), MESSAGES, ids=lambda value: ascii(value)[:12])
def test_a_message_is_read(payload: str | bytes, kind: str, keys: list[str] | None) -> None:
    made = view_message(payload, 0)
    assert made["kind"] == kind
    if keys is None:
        assert made["json"] is None
    else:
        lines = made["json"].get("lines", [made["json"]])
        assert [key for line in lines for key in line if key in ("value", "error")] == keys


def test_a_message_of_a_websocket_can_be_read(server: Running) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/chat") as socket:
        socket.recv()
        socket.send('{"a":1}\x1e')
        socket.recv()
    exchange_id = server.client.get("/-/api/exchanges").json()["items"][0]["id"]
    one = f"/-/api/exchanges/{exchange_id}"
    events = server.client.get(one).json()["events"]
    index = next(number for number, event in enumerate(events) if event["type"] == "websocket.receive")
    read = server.client.get(f"{one}/events/{index}/view").json()
    assert (read["index"], read["kind"], len(read["json"]["lines"])) == (index, "json-seq", 1)
    absent = server.client.get(f"{one}/events/99/view")
    assert absent.status_code == 404
    assert absent.json()["detail"] == f"This exchange has {len(events)} kept events, counted from 0; there is no 99."


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
