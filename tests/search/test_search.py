"""The search language: the cases of `vectors.json`, bounds, and agreement with its mirror in the browser."""

import base64
import json
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from echoscope.exchange import Channel, Event, Exchange, decode_exchange, decode_head, encode
from echoscope.search import FIELDS, MAX_CHARACTERS, MAX_TERMS, SearchError, parse
from echoscope.summary import summary

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
        if search.needs_body:
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
    assert summary(seq, EXCHANGES[seq].head) == fixture["summary"]


def test_terms_that_look_into_bodies_are_asked_last() -> None:
    search = parse("word body:text path:/hooks -response.body:x status:200")
    assert [term.field for term in search.terms] == ["path", "status", "", "body", "response.body"]


def test_an_answer_without_text_or_bytes_does_not_stop_a_search() -> None:
    exchange = msgspec.structs.replace(
        EXCHANGES[5], events=[Event("send", 0, 4, {"type": "http.response.body", "body": ["not", "bytes"]})]
    )
    assert not parse("body:bytes").matches(5, exchange.head, exchange.events)


def test_searches_up_to_the_limits_are_understood() -> None:
    assert len(parse(" ".join(["a"] * MAX_TERMS)).terms) == MAX_TERMS
    assert parse("é" * MAX_CHARACTERS).needs_body


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
            chance.choice(["", "", "-"])
            + chance.choice([chance.choice(pieces), f"{chance.choice(names)}:{chance.choice(values)}"])
            for _ in range(chance.randint(1, 4))
        ]
        made.append(chance.choice([" ", " ", "  ", "\t", "\u00a0", "\ufeff"]).join(terms))
    return made


def verdicts_here(text: str) -> dict[str, Any]:
    try:
        search = parse(text)
    except SearchError as error:
        return {"error": str(error)}
    return {"error": None, "verdicts": [search.matches(seq, made.head, made.events) for seq, made in EXCHANGES.items()]}


def test_the_browser_says_the_same_of_random_searches_wherever_it_says_anything() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is missing")
    searches = random_searches(5_000)
    summaries = [fixture["summary"] for fixture in VECTORS["exchanges"]]
    asked = json.dumps({"searches": searches, "summaries": summaries})
    answer = subprocess.run(
        [node, HERE / "verdicts.js"], input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    decided = 0
    for text, there in zip(searches, json.loads(answer.stdout), strict=True):
        here = verdicts_here(text)
        assert there["error"] == here["error"], text
        for mine, theirs in zip(here.get("verdicts", ()), there["verdicts"], strict=True):
            assert theirs in (None, mine), text
            assert there["needsServer"] or theirs is not None, text
            decided += theirs is not None
    assert decided > 10_000
