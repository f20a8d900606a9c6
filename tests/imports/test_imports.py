"""Files become exchanges again, or each entry says why not."""

import json
from typing import Any

import pytest

from echoscope.exchange.model import Exchange
from echoscope.files.har.writing import Har
from echoscope.files.json_lines.writing import JsonLines
from echoscope.files.reading import Bounds, Imported, ImportFault, Unread, read
from tests.captures import captures
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.servers import Running

ENTRY = {"startedDateTime": "2026-11-22T10:00:00.5+01:00", "request": {"url": "https://example.com:8443/a%20b?c=1#d"}}


def archive(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def only(content: bytes) -> Exchange:
    (imported,) = read(content)
    assert imported.fault is None, imported.fault
    assert imported.exchange is not None
    return imported.exchange


def lines(*exchanges: Exchange) -> bytes:
    return b"".join(JsonLines().item(1, exchange, None) for exchange in exchanges)


def test_a_har_entry_needs_only_a_time_and_an_address() -> None:
    exchange = only(archive(ENTRY))
    assert exchange.id == ""
    assert exchange.started_ns == 1_795_338_000_500_000_000
    assert (exchange.state, exchange.status) == ("disconnected", None)
    assert exchange.scope["raw_path"] == b"/a%20b"
    assert exchange.scope["path"] == "/a b"
    assert exchange.scope["query_string"] == b"c=1"
    assert exchange.scope["headers"] == [(b"host", b"example.com:8443")]


def test_a_browsers_har_entry_keeps_what_it_tells() -> None:
    headers = [(":authority", "h"), ("Content-Type", "text/plain"), ("x", "\u20ac")]
    request = {
        "method": "POST",
        "url": "https://h/",
        "httpVersion": "h2",
        "headers": [{"name": name, "value": value} for name, value in headers],
        "postData": {"mimeType": "text/plain", "text": "h\u00e9"},
    }
    content = {"size": 1234, "mimeType": "image/png", "text": "iVBO", "encoding": "base64"}
    response = {"status": 200, "headers": [{"name": "ETag", "value": '"a"'}], "content": content}
    timings = {"blocked": -1, "dns": 1, "send": 2, "wait": 3, "receive": 4}
    exchange = only(archive(ENTRY | {"request": request, "response": response, "time": 10.5, "timings": timings}))
    assert exchange.scope["http_version"] == "2"
    assert exchange.scope["headers"] == [(b"host", b"h"), (b"content-type", b"text/plain"), (b"x", "\u20ac".encode())]
    assert [event.message.get("body") for event in exchange.events] == ["h\u00e9".encode(), None, b"\x89PN"]
    assert [event.at_ns for event in exchange.events] == [3_000_000, 6_000_000, 10_000_000]
    assert (exchange.received_bytes, exchange.sent_bytes, exchange.duration_ns) == (3, 1234, 10_500_000)


def test_a_websocket_of_a_har_has_its_frames() -> None:
    frames = [
        {"type": "send", "time": 1795338001, "opcode": 1, "data": "hi"},
        {"type": "receive", "opcode": 2, "data": "/w=="},
    ]
    exchange = only(archive(ENTRY | {"response": {"status": 101}, "_webSocketMessages": frames}))
    assert exchange.scope["type"] == "websocket"
    assert [event.message["type"] for event in exchange.events] == [
        "websocket.connect", "websocket.accept", "websocket.receive", "websocket.send",
    ]  # fmt: skip
    assert exchange.events[2].message["text"] == "hi"
    assert exchange.events[2].at_ns == 500_000_000
    assert exchange.events[3].message["bytes"] == b"\xff"


FAULTS: dict[str, tuple[Any, str]] = {
    "no time": ({"request": {"url": "http://h/"}}, "Object missing required field `startedDateTime`."),
    "bad time": ({"startedDateTime": "now"}, "The time must be like 2026-11-22T09:00:00.123Z, not 'now'."),
    "old": ({"startedDateTime": "0001-01-01T00:00:00Z"}, "The time must be between 1970 and 2200, not"),
    "bad address": ({"request": {"url": "javascript:alert(1)"}}, "The address must begin with http:// or https://"),
    "bad status": ({"response": {"status": 99999}}, "The status must be between 100 and 999, not 99999."),
    "bad base64": ({"response": {"content": {"text": "!", "encoding": "base64"}}}, "Only base64 data is allowed."),
    "bad encoding": ({"response": {"content": {"text": "!", "encoding": "x"}}}, "The encoding of a body must be"),
    "endless": ({"time": 1e300}, "A duration must be between 0 and"),
    "wrong types": ({"request": {"url": 5}}, "Expected `str`, got `int` - at `$.request.url`."),
    "no object": ([], "Expected `object`, got `array`."),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_har_entry_that_makes_no_sense_says_why_and_the_others_are_taken(name: str) -> None:
    changes, reason = FAULTS[name]
    entry = ENTRY | changes if changes and name != "no time" else changes
    first, second = read(archive(entry, ENTRY))
    assert first.number == 1
    assert first.fault is not None
    assert first.fault.startswith(reason)
    assert second.exchange is not None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"  \n", b"GET / HTTP/1.1", b"[]", b"\x00\xff"),
        *(b'{"log":', b'{"log": {"entries": 5}}', b'{"log": ' + b"[" * 100_000),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_file_that_is_neither_is_refused(content: bytes) -> None:
    with pytest.raises(ImportFault):
        list(read(content))


HOSTILE_LINES = {
    "no json": b"{",
    "deep": b'{"a":' * 100_000,
    "lone surrogate": b'{"id": "\\ud800"}',
    "no scope": b'{"id": "a"}',
    "nan": b'{"duration_ms": NaN}',
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_a_line_that_makes_no_sense_says_why_and_the_others_are_taken(name: str) -> None:
    first, second = read(HOSTILE_LINES[name] + b"\n\n" + lines(made_exchange()))
    assert first.fault
    assert (first.number, second.number) == (1, 3)
    assert second.exchange is not None


def event(channel: str = "send", at_ms: float = 0, **message: Any) -> dict[str, Any]:
    return {"events": [{"channel": channel, "at_ms": at_ms, "size": 0, "message": message}]}


CHANGES: dict[str, dict[str, Any]] = {
    "scope type": {"scope": {"type": "lifespan", "headers": []}},
    "scope is a list": {"scope": []},
    "header without value": {"scope": {"type": "http", "headers": [["a"]]}},
    "header of numbers": {"scope": {"type": "http", "headers": [[1, 2]]}},
    "client of objects": {"scope": {"type": "http", "headers": [], "client": [{}, 1]}},
    "port": {"scope": {"type": "http", "headers": [], "client": ["h", 70000]}},
    "path": {"scope": {"type": "http", "headers": [], "path": 5}},
    "base64": {"scope": {"type": "http", "headers": [], "query_string": {"base64": "!"}}},
    "event type": event(type="lifespan.startup"),
    "event body": event(type="http.request", body=5),
    "event headers": event(type="http.response.start", headers=5),
    "channel": event("both", type="http.request"),
    "event time": event(at_ms=-1, type="http.request"),
    "size": {"received_bytes": -1},
    "huge size": {"sent_bytes": 1 << 60},
    "state": {"state": "closed"},
    "status": {"status": 42},
    "digest": {"request": {"body": {"sha256": "<script>"}}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_document_with_a_wrong_type_is_refused(name: str) -> None:
    document = json.loads(lines(made_exchange())) | CHANGES[name]
    (imported,) = read(json.dumps(document).encode())
    assert imported.fault
    assert imported.exchange is None


def test_what_is_null_or_unknown_in_a_document_does_no_harm(serve: Serve) -> None:
    scope: dict[str, Any] = {"type": "http", "headers": [], "client": None, "raw_path": None, "state": {"x": 1}}
    document = json.loads(lines(made_exchange())) | {"scope": scope | {"extensions": {"a": 1 << 70}}}
    document |= event(type="http.response.start", headers=None, body=None, status=None, unknown={"a": [1]})
    server = serve()
    answer = server.client.post("/-/api/import", content=json.dumps(document))
    assert answer.json()["skipped"] == []
    (exchange_id,) = answer.json()["ids"]
    for address in ("", "/body/view", "/headers?of=response", "/code/curl", "/code/raw"):
        assert server.client.get(f"/-/api/exchanges/{exchange_id}{address}").status_code == 200
    for extension in ("har", "jsonl", "csv", "html"):
        assert server.client.get(f"/-/api/export.{extension}").status_code == 200
    assert server.client.get(f"/-/exchanges/{exchange_id}").status_code == 200


def test_at_most_a_hundred_thousand_entries_are_looked_at() -> None:
    imported = list(read(b"{}\n" * 100_003))
    assert len(imported) == 100_001
    assert imported[-1] == Imported(100_001, fault="At most 100,000 exchanges are taken from a file.")


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve(max_body_bytes="1MiB")


def test_an_import_is_found_in_the_list_with_its_own_id_and_time(server: Running) -> None:
    content = lines(made_exchange("beef-1"))
    answer = server.client.post("/-/api/import", content=content, headers={"content-type": "application/x-ndjson"})
    assert answer.json() == {
        "imported": 1, "ids": ["beef-1"], "already_here": 0, "not_pinned": 0, "skipped": [], "skipped_count": 0,
    }  # fmt: skip
    (item,) = server.client.get("/-/api/exchanges").json()["items"]
    assert (item["id"], item["started_at"]) == ("beef-1", "2026-11-22T09:00:00.123456Z")


def test_an_id_that_is_taken_by_another_exchange_is_replaced(server: Running) -> None:
    content = lines(made_exchange("beef-1"), made_exchange("beef-1", body=b"other"), made_exchange("<b>"))
    ids = server.client.post("/-/api/import", content=content).json()["ids"]
    assert ids[0] == "beef-1"
    assert len(set(ids)) == 3
    assert "<b>" not in ids


def test_the_same_file_is_here_once(server: Running) -> None:
    """With ids that are taken, foreign ids, and none at all: two entries may be alike and yet two."""
    for content in (
        lines(made_exchange("beef-1"), made_exchange("beef-1", body=b"other"), made_exchange("<b>")),
        archive(ENTRY, ENTRY, ENTRY | {"_id": 5, "time": 7}),
    ):
        first = server.client.post("/-/api/import", content=content).json()
        assert (first["imported"], first["already_here"]) == (3, 0)
        again = server.client.post("/-/api/import", content=content).json()
        assert (again["imported"], again["already_here"], again["ids"]) == (0, 3, [])
    assert server.client.get("/-/api/info").json()["exchanges"] == 6


@pytest.mark.parametrize("extension", ["har", "jsonl"])
def test_what_was_exported_is_here_already(server: Running, extension: str) -> None:
    server.client.post("/a?b=1", content="h\u00e9".encode(), headers=[("x", "1"), ("y", "2"), ("x", "3")])
    server.client.get("/gzip")
    server.client.get("/bytes/50")
    file = server.client.get(f"/-/api/export.{extension}?reveal=1").content
    assert server.client.post("/-/api/import", content=file).json()["already_here"] == 3
    server.client.delete("/-/api/exchanges")
    assert server.client.post("/-/api/import", content=file).json()["imported"] == 3
    assert server.client.post("/-/api/import", content=file).json()["already_here"] == 3


@pytest.mark.parametrize("extension", ["har", "jsonl"])
def test_every_export_can_be_read_back(server: Running, extension: str) -> None:
    content = lines(*captures(30, seed=7))
    assert server.client.post("/-/api/import", content=content).json()["imported"] == 30
    file = server.client.get(f"/-/api/export.{extension}").content
    server.client.delete("/-/api/exchanges")
    assert server.client.post("/-/api/import", content=file).json()["imported"] == 30
    assert server.client.post("/-/api/import", content=file).json()["already_here"] == 30


def test_more_than_a_thousand_exchanges_go_out_and_come_back(serve: Serve) -> None:
    server = serve(max_exchanges="2000")
    content = lines(*(made_exchange(f"beef-{number}") for number in range(1_203)))
    assert server.client.post("/-/api/import", content=content).json()["imported"] == 1_203
    file = server.client.get("/-/api/export.jsonl").content
    assert len(file.splitlines()) == 1_203
    server.client.delete("/-/api/exchanges")
    assert server.client.post("/-/api/import", content=file).json()["imported"] == 1_203


@pytest.mark.parametrize("extension", ["har", "jsonl"])
def test_a_pin_comes_back(server: Running, extension: str) -> None:
    server.client.post("/-/api/import", content=lines(made_exchange("beef-1")))
    server.client.put("/-/api/exchanges/beef-1/pin")
    file = server.client.get(f"/-/api/export.{extension}").content
    server.client.delete("/-/api/exchanges/beef-1")
    server.client.post("/-/api/import", content=file)
    assert server.client.get("/-/api/exchanges/beef-1").json()["pinned"] is True


def test_pins_that_find_no_room_are_counted(server: Running) -> None:
    content = b"".join(JsonLines().item(1, made_exchange(f"b-{number}"), None, pinned=True) for number in range(102))
    answer = server.client.post("/-/api/import", content=content).json()
    assert (answer["imported"], answer["not_pinned"]) == (102, 2)


def test_a_note_comes_back(server: Running) -> None:
    content = JsonLines().item(1, made_exchange("beef-1"), "remember")
    server.client.post("/-/api/import", content=content)
    assert server.client.get("/-/api/exchanges/beef-1").json()["note"] == "remember"
    har = Har()
    file = har.begin([]) + har.item(1, made_exchange("beef-2"), "me too") + har.end()
    server.client.post("/-/api/import", content=file)
    assert server.client.get("/-/api/exchanges/beef-2").json()["note"] == "me too"


def test_a_file_that_is_too_large_is_refused(serve: Serve) -> None:
    server = serve(max_import_bytes="1MiB")
    answer = server.client.post("/-/api/import", content=b" " * ((1 << 20) + 1))
    assert answer.status_code == 413
    assert answer.json()["detail"] == "A file to import has at most 1,048,576 bytes."


def test_what_is_wrong_with_a_file_is_said_with_the_number_of_the_entry(server: Running) -> None:
    answer = server.client.post("/-/api/import", content=archive({}, ENTRY, {}))
    assert answer.json()["imported"] == 1
    assert [skipped["entry"] for skipped in answer.json()["skipped"]] == [1, 3]
    assert server.client.post("/-/api/import", content=b"?").status_code == 400


def test_an_import_from_another_site_is_refused(server: Running) -> None:
    answer = server.client.post("/-/api/import", content=b"{}", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def file_of(name: str, body: bytes) -> bytes:
    """A file with a short entry and one with this body."""
    bodies = {"short": b"x", "long": body}
    if name == "har":
        request: dict[str, Any] = {"url": "http://a/"}
        return archive(
            *(
                ENTRY | {"_id": one, "request": request | {"postData": {"text": content.decode()}}}
                for one, content in bodies.items()
            )
        )
    content = lines(*(made_exchange(one, body=content) for one, content in bodies.items()))
    return content.decode().encode("utf-16") if name == "utf-16" else content


@pytest.mark.parametrize("name", ["lines", "har", "utf-16"])
def test_a_long_entry_is_read_in_another_process(server: Running, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"entry " * 40_000
    read_here: list[int] = []

    def read(entry: Unread, raw: bytes, bounds: Bounds) -> Imported:
        read_here.append(entry.number)
        return entry.reader(entry.number, raw, bounds)

    monkeypatch.setattr(Unread, "read", read)
    answer = server.client.post("/-/api/import", content=file_of(name, body)).json()
    assert (answer["ids"], answer["skipped"]) == (["short", "long"], [])
    assert read_here == [1]
    assert server.client.get("/-/api/exchanges/long/body").content == body
    again = server.client.post("/-/api/import", content=file_of(name, body)).json()
    assert again["already_here"] == 2


def test_what_is_wrong_with_a_long_entry_is_told(server: Running) -> None:
    content = lines(made_exchange("short")) + b'{"a": "%b"}\n{"b": "%b"\n' % (b"a" * 100_000, b"b" * 100_000)
    answer = server.client.post("/-/api/import", content=content).json()
    assert answer["imported"] == 1
    assert [(one["entry"], one["reason"][:30]) for one in answer["skipped"]] == [
        (2, "Object missing required field "),
        (3, "Input data was truncated."),
    ]
