"""The search language: the cases of `vectors.json`, bounds, and agreement with its mirror in the browser."""

import base64
import json
import random
import time
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.exchanges import made_exchange
from tests.told import plain

from echoscope.exchange.facts import NO_FACTS
from echoscope.exchange.model import Channel, Event, Exchange, decode_exchange, decode_head, encode
from echoscope.exchange.summary import summarize
from echoscope.insight.search import FIELDS, MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, Marked, SearchError, parse

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "vectors.json").read_text(encoding="utf-8"))
FOUND = [case for case in VECTORS["cases"] if "matches" in case]
REFUSED = [case for case in VECTORS["cases"] if "error" in case]


def name(case: dict[str, Any]) -> str:
    """The search as the test's id, short and in ASCII."""
    return ascii(case["q"])[1:-1][:60] or "empty"


def to_bytes(value: str | dict[str, str]) -> bytes:
    return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])


def to_exchange(fixture: dict[str, Any]) -> Exchange:
    """The exchange that a fixture describes, as it comes back from a store."""
    line = fixture["summary"]
    host, _, port = (line["client"] or "").rpartition(":")
    client = [host.strip("[]"), int(port)] if port.isdigit() else [line["client"], None]
    query = fixture.get("query_base64")
    scope = {
        "type": line["type"],
        "http_version": line["http_version"],
        "method": line["method"],
        "path": line["path"],
        "query_string": base64.b64decode(query) if query else line["query_string"].encode(),
        "headers": [(to_bytes(key), to_bytes(value)) for key, value in fixture["headers"]],
        "client": client if line["client"] else None,
    }
    exchange = Exchange(
        id=line["id"],
        state=line["state"],
        started_ns=1_795_338_000_000_000_000 + line["seq"] * 1_000_000_000,
        duration_ns=round(line["duration_ms"] * 1e6),
        status=line["status"],
        received_bytes=line["received_bytes"],
        sent_bytes=line["sent_bytes"],
        is_event_stream=line["is_event_stream"],
        facts=NO_FACTS,
        scope={key: value for key, value in scope.items() if value is not None},
        received_sha256=None,
        error=None,
        events_omitted=0,
        events=[
            *to_events("receive", line["type"], fixture["received"]),
            *to_events("send", line["type"], fixture["sent"]),
        ],
    )
    return decode_exchange(encode(exchange))


def to_events(channel: Channel, scope_type: str, payloads: list[Any]) -> list[Event]:
    first: Event = Event(
        channel, 0, 0, {"type": "websocket.connect" if channel == "receive" else "http.response.start"}
    )
    return [first, *(Event(channel, 0, 0, to_message(channel, scope_type, payload)) for payload in payloads)]


def to_message(channel: Channel, scope_type: str, payload: Any) -> dict[str, Any]:
    if scope_type == "http":
        kind = "http.request" if channel == "receive" else "http.response.body"
        return {"type": kind, "body": to_bytes(payload), "more_body": True}
    if isinstance(payload, str):
        return {"type": f"websocket.{channel}", "text": payload, "bytes": None}
    return {"type": f"websocket.{channel}", "bytes": to_bytes(payload)}


EXCHANGES = {fixture["summary"]["seq"]: to_exchange(fixture) for fixture in VECTORS["exchanges"]}


def found(text: str) -> list[int]:
    search = parse(text)
    return [seq for seq, exchange in EXCHANGES.items() if search.matches(seq, exchange.head, exchange.events)]


@pytest.mark.parametrize("case", FOUND, ids=name)
def test_a_search_finds_what_the_vectors_say(case: dict[str, Any]) -> None:
    assert found(case["q"]) == case["matches"]


@pytest.mark.parametrize("case", FOUND, ids=name)
def test_a_head_alone_decides_as_the_whole_exchange_or_not_at_all(case: dict[str, Any]) -> None:
    search = parse(case["q"])
    for seq, exchange in EXCHANGES.items():
        verdict = search.matches_head(seq, decode_head(encode(exchange)))
        if search.needs_events:
            assert verdict in (None, seq in case["matches"])
        else:
            assert verdict is (seq in case["matches"])


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_a_search_that_makes_no_sense_is_refused_in_one_line(case: dict[str, Any]) -> None:
    with pytest.raises(SearchError) as refused:
        parse(case["q"])
    assert case["error"] in str(refused.value)
    assert str(refused.value).splitlines() == [str(refused.value)]
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_has_an_example_that_can_be_searched_for(field: Any) -> None:
    (term,) = parse(field.example).terms
    assert term.field == field.name.removesuffix(".NAME")


def test_the_table_of_fields_is_the_browsers() -> None:
    assert [msgspec.to_builtins(field) | {"choices": list(field.choices)} for field in FIELDS] == VECTORS["fields"]


@pytest.mark.parametrize("fixture", VECTORS["exchanges"], ids=lambda fixture: fixture["summary"]["path"])
def test_the_summaries_of_the_vectors_are_those_that_the_server_makes(fixture: dict[str, Any]) -> None:
    seq = fixture["summary"]["seq"]
    assert plain(summarize(seq, EXCHANGES[seq].head)) == fixture["summary"]


def test_terms_that_look_into_bodies_are_asked_last() -> None:
    search = parse("word body:text path:/hooks -response.body:x status:200")
    assert [term.field for term in search.terms] == ["path", "status", "", "body", "response.body"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is:pinned", True), ("-is:pinned", False), ("note:BROKEN", True), ("note:=broken", False), ("note:=", False),
        ("note:", True), ('note:="it is broken"', True), ("is:pinned status:404", False),
        ("status:404 OR note:it", True),
    ],
)  # fmt: skip
def test_pins_and_notes_are_searched_where_they_are_handed_in(text: str, expected: bool) -> None:
    exchange, marked = EXCHANGES[1], Marked(pinned=True, note="It is broken")
    search = parse(text)
    assert search.matches(1, exchange.head, exchange.events, marked) is expected
    assert search.matches_head(1, exchange.head, marked) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("response.header.server:nginx", True), ("response.header.SERVER:=nginx/1", True),
        ("header.server:nginx", False),
        ("response.header.x:2", True), ("response.header.x:=1", True), ("response.header.x:=3", False),
        ("-response.header.absent:", True), ("response.header.bad:\\xff", True), ("nginx", False),
    ],
)  # fmt: skip
def test_headers_of_the_response_are_searched(text: str, expected: bool) -> None:
    headers = [(b"Server", b"nginx/1"), (b"x", b"1"), (b"x", b"2"), (b"bad", b"\xff")]
    start = Event("send", 1, 0, {"type": "http.response.start", "status": 200, "headers": headers})
    exchange = msgspec.structs.replace(EXCHANGES[2], events=[start])
    search = parse(text)
    assert search.matches(2, exchange.head, exchange.events) is expected
    assert search.matches_head(2, exchange.head) in (None, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("header.x-foo:bar", True), ("header.X-FOO:bar", True), ("cookie.a:1", True), ("header.x-foo:other", False)],
)
def test_headers_of_a_request_are_found_however_they_came(text: str, expected: bool) -> None:
    """The names are in lower case from every server that keeps to the specification; not from a file."""
    exchange = made_exchange(headers=[(b"X-Foo", b"bar"), (b"Cookie", b"a=1")])
    assert parse(text).matches(1, exchange.head, exchange.events) is expected


DATA = {
    "user": {"Name": "Ann", "id": 12345678901234567890, "tags": ["red", "green"], "pi": 3.10, "ok": True, "no": None},
    "items": [{"sku": "a-1"}, {"sku": "b-2", "parts": [{"id": 7}]}],
    "http.method": "GET",
    "a.b": {"c.d": "dots"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("json.user.name:ann", True), ("json.USER.NAME:=ANN", True), ("json.name:ann", False), ("json.user:ann", True),
        ("json.user.id:=12345678901234567890", True), ("json.user.pi:=3.10", True), ("json.user.ok:=true", True),
        ("json.user.no:=null", True), ("json.user.absent:", False), ("json.user.tags:=red", False),
        ("json.user.tags:red", True), ("json.user.tags.0:=red", True), ("json.user.tags.1:=red", False),
        ("json.user.tags.2:", False), ("json.items.sku:=b-2", True), ("json.items.1.sku:=b-2", True),
        ("json.items.0.sku:=b-2", False), ("json.items.parts.id:=7", True), ("json.http.method:get", True),
        ("json.a.b.c.d:dots", True), ("json.user.name:a*n", True), ("json.user.name:*b", False),
        ("json.user.:x", False), ("json.user.:ann", True),
        ("json.user.tags.99999999999999999999:x", False), ("json.user..name:x", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["whole", "pieces", "marked", "escaped", "lines", "messages", "response"])
def test_members_of_json_are_searched(text: str, expected: bool, form: str) -> None:
    body = json.dumps(DATA).replace("3.1,", "3.10,").encode()
    if form == "marked":
        body = BOM_UTF8 + body
    if form == "escaped":
        body = body.replace(b'"Name"', b'"\\u004eame"').replace(b"a.b", b"\\u0061.b")
    if form == "lines":
        body = b'{"other": 1}\n' + body + b"\nno json\n"
    payloads = [body[:30], body[30:]] if form == "pieces" else [body]
    channel: Channel = "send" if form == "response" else "receive"
    messages = [
        {"type": "http.response.body" if channel == "send" else "http.request", "body": part} for part in payloads
    ]
    number = 2
    if form == "messages":
        number, messages = (
            6,
            [{"type": "websocket.receive", "text": "{"}, {"type": "websocket.receive", "text": body.decode()}],
        )
    exchange = msgspec.structs.replace(
        EXCHANGES[number], events=[Event(channel, 0, 0, message) for message in messages]
    )
    assert parse(text).matches(number, exchange.head, exchange.events) is expected


HOSTILE_JSON = {
    "deep": b"[" * 262_144,
    "deep and whole": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "wide": b"[" + b'{"a":1},' * 30_000 + b"{}]",
    "lines": b'{"a":1\n' * 37_000,
    "lists in lists": b"[" * 900 + b"1" + b"]" * 900,
}


@pytest.mark.parametrize("case", HOSTILE_JSON)
@pytest.mark.parametrize("path", ["a", ".".join("a" * 400), ".".join("0" * 400), ".".join("0a" * 200)])
def test_no_json_takes_long(case: str, path: str) -> None:
    event = Event("receive", 0, 1, {"type": "http.request", "body": HOSTILE_JSON[case]})
    search = parse(f"json.{path}:absent")
    started = time.process_time()
    assert not search.matches(2, EXCHANGES[2].head, [event])
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("since:5s", [13]), ("since:6s", [12, 13]), ("since:1m", list(range(1, 14))), ("since:0s", []),
        ("-since:6s", list(range(1, 12))), ("since:1h", list(range(1, 14))), ("since:999999999d", list(range(1, 14))),
    ],
)  # fmt: skip
def test_ages_count_from_the_moment_of_the_search(text: str, expected: list[int]) -> None:
    search = parse(text, now_s=1_795_338_000 + 18)
    assert [seq for seq, made in EXCHANGES.items() if search.matches(seq, made.head, made.events)] == expected


@pytest.mark.parametrize(
    ("text", "needles"),
    [
        ("curl", [b"curl"]), ("Stripe POST", [b"stripe", b"post"]), ('"not found"', [b"found", b"not"]),
        ("-curl", []), ("a OR b", []), ("(a b)", [b"a", b"b"]), ("-(a b)", []), ("x (a OR b) y", [b"x", b"y"]),
        ('header:"x-foo: bar"', [b"x-foo", b"bar"]), ("header.x-foo:ba*r", [b"x-foo", b"ba", b"r"]),
        ("path:=/hooks", [b"/hooks"]), ("status:404", []), ("ip:10.0.0.0/8", []), ("client:127", []), ("json.a:b", []),
        ("is:pinned", []), ("note:x", []), ("since:5m", []), ("ü", []), ("header.ü:b", [b"b"]), ("type:sse", []),
        ("response.header.server:nginx", [b"server", b"nginx"]), ("cookie.theme:dark", [b"theme", b"dark"]), ("", []),
        ("seq:1", []), ("size:1", []), ("body:", []),
    ],
)  # fmt: skip
def test_needles_are_what_must_be_in_the_bytes(text: str, needles: list[bytes]) -> None:
    assert list(parse(text).needles()) == sorted(needles, key=lambda needle: (-len(needle), needle))


def is_told_by_needles(exchange: Exchange) -> bool:
    """Whether the needles of a search decide about this exchange; see `Search.needles`."""
    scope = exchange.head.scope
    searched = [scope.path.encode(), scope.query_string, *(part for header in scope.headers for part in header)]
    bodies = [(event.channel, event.message.get("body")) for event in exchange.events if event.message.get("body")]
    return (
        all(part.isascii() for part in searched)
        and not any(sign in scope.query_string for sign in (b"%", b"+"))
        and (scope.type == "websocket" or len({channel for channel, _ in bodies}) == len(bodies))
    )


def test_what_is_found_has_all_the_needles() -> None:
    told = {seq: encode(exchange).lower() for seq, exchange in EXCHANGES.items() if is_told_by_needles(exchange)}
    assert len(told) > 6
    checked = 0
    for text in [case["q"] for case in FOUND] + random_searches(5_000):
        try:
            search = parse(text)
        except SearchError:
            continue
        for seq, raw in told.items():
            if search.matches(seq, EXCHANGES[seq].head, EXCHANGES[seq].events):
                assert all(needle in raw for needle in search.needles()), text
                checked += len(search.needles())
    assert checked > 200


def test_groups_are_as_deep_as_the_limit() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).terms[0].field == ""


def test_an_answer_without_text_or_bytes_does_not_stop_a_search() -> None:
    exchange = msgspec.structs.replace(
        EXCHANGES[5], events=[Event("send", 0, 4, {"type": "http.response.body", "body": ["not", "bytes"]})]
    )
    assert not parse("body:bytes").matches(5, exchange.head, exchange.events)


def test_searches_up_to_the_limits_are_understood() -> None:
    assert len(parse(" ".join(["a"] * MAX_TERMS)).terms) == MAX_TERMS
    assert parse("é" * MAX_CHARACTERS).needs_events


@pytest.mark.parametrize(
    "text",
    ["body:" + "a*" * 400 + "b", '"' + "a" * 900 + 'b"', "body:*" + "é*" * 400 + "x"],
    ids=["many stars", "a near miss", "many stars beyond ASCII"],
)
def test_no_search_takes_long_over_a_large_body(text: str) -> None:
    body = (b"a" * 200_000) + ("é" * 28_000).encode()
    event = Event("receive", 0, len(body), {"type": "http.request", "body": body})
    exchange = msgspec.structs.replace(EXCHANGES[2], received_bytes=len(body), events=[event])
    search = parse(text)
    started = time.process_time()
    assert not search.matches(1, exchange.head, exchange.events)
    assert time.process_time() - started < 0.5


def random_searches(count: int) -> list[str]:
    """Searches made of pieces that mean something and of pieces that spoil it; the same in every run."""
    chance = random.Random(20261122)
    names = [field.name.replace("NAME", chance.choice(["x-foo", "page", "Theme"])) for field in FIELDS]
    pieces = [word for case in VECTORS["cases"] if len(case["q"]) < 60 for word in case["q"].split(" ")]
    values = [piece.partition(":")[2] for piece in pieces] + [
        "*",
        "o",
        "1",
        "ß",
        "é*",
        '"',
        "\\",
        "\ud83e",
        "İ",
    ]
    made = []
    for _ in range(count):
        terms = [
            chance.choice(["", "", "", "", "(", "-(", "OR "])
            + chance.choice(["", "", "-"])
            + chance.choice(
                [chance.choice(pieces), f"{chance.choice(names)}:{chance.choice(['', '', '='])}{chance.choice(values)}"]
            )
            + chance.choice(["", "", "", "", ")", " OR"])
            for _ in range(chance.randint(1, 4))
        ]
        made.append(chance.choice([" ", " ", "  ", "\t", "\u00a0", "\ufeff"]).join(terms))
    return made
