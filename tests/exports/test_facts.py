"""Each fact about an exchange is in every form of it, and comes back from every form that is read."""

from typing import Any, get_type_hints

import msgspec
import pytest
from msgspec import json
from msgspec.structs import replace

from echoscope.client.shapes import Exchange as ClientExchange
from echoscope.client.shapes import decode
from echoscope.exchange.document import document
from echoscope.exchange.facts import NO_FACTS, Facts, facts_in
from echoscope.exchange.model import Exchange, decode_exchange, decode_head, encode
from echoscope.exchange.summary import summary_line
from echoscope.files.har import writing as har
from echoscope.files.json_lines.writing import JsonLines
from echoscope.files.reading import read
from echoscope.log.store import Encoded
from tests.conftest import Serve
from tests.exchanges import made_exchange, plain_exchange

SAMPLES: tuple[Any, ...] = ("a word", 7, 1.5, True, ["a", "b"], {"a": "b"})


def known(name: str) -> Facts:
    """Facts of which one is known, by a value of its type that is not its default."""
    hint = get_type_hints(Facts, include_extras=True)[name]
    for sample in SAMPLES:
        try:
            facts = Facts(**{name: msgspec.convert(sample, hint)})
        except msgspec.ValidationError:
            continue
        if facts != NO_FACTS:
            return facts
    raise AssertionError(f"no sample is a {hint}")


@pytest.fixture(params=Facts.__struct_fields__)
def exchange(request: pytest.FixtureRequest) -> Exchange:
    return replace(made_exchange(), facts=known(request.param))


def test_a_fact_comes_back_from_the_log(exchange: Exchange) -> None:
    data = encode(exchange)
    assert decode_exchange(data).facts == decode_head(data).facts == exchange.facts


def test_a_fact_is_told_in_lists_and_documents(exchange: Exchange) -> None:
    facts = msgspec.to_builtins(exchange.facts)
    assert facts.items() <= json.decode(summary_line(1, Encoded("a-1", encode(exchange)), None)).items()
    assert facts.items() <= json.decode(json.encode(document(1, exchange))).items()


def test_a_fact_is_known_to_the_client(exchange: Exchange) -> None:
    assert facts_in(decode(json.encode(document(1, exchange)), ClientExchange)) == exchange.facts


def test_a_fact_comes_back_from_files(exchange: Exchange) -> None:
    for content in (JsonLines().item(1, exchange, None), har.BEGIN + har.entry(1, exchange) + har.END):
        (imported,) = read(content)
        assert imported.exchange is not None
        assert imported.exchange.facts == exchange.facts


@pytest.mark.parametrize("facts", [{"reason": 7}, 7, []], ids=repr)
def test_facts_in_a_har_file_that_have_another_form_are_passed_over(facts: Any) -> None:
    entry = json.decode(har.entry(1, made_exchange())) | {"_facts": facts}
    (imported,) = read(har.BEGIN + json.encode(entry) + har.END)
    assert imported.exchange is not None
    assert imported.exchange.facts == NO_FACTS


def test_facts_in_a_file_have_a_bound() -> None:
    (imported,) = read(JsonLines().item(1, replace(made_exchange(), facts=Facts(reason="x" * 1_000_000)), None))
    assert imported.fault is not None
    assert imported.fault.startswith("The facts of the exchange may take at most 131,072 bytes, not 1,0")


def test_where_no_fact_is_known_a_line_of_a_list_says_nothing() -> None:
    for line in (
        summary_line(1, Encoded("a-1", encode(made_exchange())), None),
        summary_line(1, plain_exchange(), None),
    ):
        assert json.decode(line).keys().isdisjoint(Facts.__struct_fields__)


def test_a_list_says_why_a_request_was_refused(serve: Serve) -> None:
    server = serve()
    server.client.get("/taken")
    server.raw(b"GET /refused HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    items = server.client.get("/-/api/exchanges").json()["items"]
    assert "Host" in items[0]["reason"]
    assert "reason" not in items[1]
