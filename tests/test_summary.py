"""Both ways to a summary lead to the same: from any head, and from the bytes of a plain exchange."""

import json
import tracemalloc
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from echoscope.exchange.parts import Parts
from echoscope.exchange.summary import summarize, summary_line
from echoscope.exchange.wire import Wire
from echoscope.http.spec import Forwarded
from echoscope.insight.masking import mask_query, use_key
from tests.exchanges import parts_exchange, plain_exchange

AGENT = b"User-Agent: curl/8.14.1"

EXCHANGES = {
    "the least": plain_exchange(),
    "a path": plain_exchange("a-2", "/a/b;c=d", AGENT),
    "percent-encoded": plain_exchange("a-3", "/%C3%A9%2F%22%5C%00?q=%22", AGENT),
    "no UTF-8": plain_exchange("a-4", "/%ff?%ff"),
    "quotes": plain_exchange("a-5", '/"a\\b"?"c\\d"=1'),
    "secrets": plain_exchange("a-6", "/?token=hunter2222&a=b&password=x"),
    "an empty query": plain_exchange("a-7", "/?"),
    "a body": plain_exchange("a-8", "/", b"Content-Type: application/json", method="POST", body=b'{"a": 1}'),
    "odd headers": plain_exchange("a-9", "/", b"CONTENT-type:  \xff \t", b"user-AGENT:", b"X: y"),
    "repeats": plain_exchange("a-10", "/", b"User-Agent: one", b"User-Agent: two"),
    "no client": plain_exchange("a-11", client=None),
    "IPv6": plain_exchange("a-12", client=("::1", 5)),
    "a root path": plain_exchange("a-13", "/x", root_path="/sub"),
    "no answer's body": plain_exchange("a-14", answer=b""),
    "an answer with an empty line": plain_exchange("a-15", answer=b"\r\n\r\n\r\n"),
    "parts": parts_exchange("a-16", "/a%20b?token=hunter2222", (b"user-agent", b"curl/8.14.1")),
    "the parts of a HEAD": parts_exchange("a-17", "/a", method="HEAD"),
    "parts without a client": parts_exchange("a-18", client=None),
}


@pytest.mark.parametrize("exchange", EXCHANGES.values(), ids=EXCHANGES)
@pytest.mark.parametrize("mask", [mask_query, None], ids=["masked", "revealed"])
def test_the_line_of_a_plain_exchange_is_the_summary_of_its_head(exchange: Wire | Parts, mask: object) -> None:
    line = summary_line(7, exchange, mask)  # type: ignore[arg-type]
    assert json.loads(line) == msgspec.to_builtins(summarize(7, exchange.head, mask))  # type: ignore[arg-type]
    assert exchange.head == exchange.exchange.head


def later(*args: Any, **kwargs: Any) -> Wire:
    """An exchange that is not the first one of its connection: what is told of it may be remembered."""
    return replace(plain_exchange(*args, **kwargs), number=2)


@pytest.mark.parametrize("mask", [mask_query, None], ids=["masked", "revealed"])
def test_the_lines_of_one_connection_are_told_apart(mask: object) -> None:
    asked = later("b-1", "/a?b=1", AGENT, b"Content-Type: text/plain", answer=b"ok")
    siblings = [
        asked,
        replace(asked, id="b-2", started_ns=asked.started_ns + 1_234_567_890, duration_ns=7_654_321),
        replace(asked, id="b-3", line=b"GET /a?b=2 HTTP/1.1"),
        replace(asked, id="b-4", line=b"GET /a?token=hunter2222 HTTP/1.1"),
        replace(asked, id="b-5", status=404),
        replace(asked, id="b-6", body=b"body"),
        replace(asked, id="b-7", content=asked.content + b"!"),
        replace(later("b-8", "/a?b=1", AGENT, b"Content-Type: text/html", answer=b"ok"), peer=asked.peer),
        replace(later("b-9", "/a?b=1", b"User-Agent: another", answer=b"ok"), peer=asked.peer),
    ]
    for first in siblings:
        for second in siblings:
            for exchange in (first, second, first):
                line = summary_line(7, exchange, mask)  # type: ignore[arg-type]
                told = summarize(7, exchange.head, mask)  # type: ignore[arg-type]
                assert json.loads(line) == msgspec.to_builtins(told)


def test_a_connection_of_a_proxy_has_a_client_for_each_request() -> None:
    clients = iter(["192.0.2.1", "192.0.2.2"])
    exchange = later("a-1", "/a")
    exchange.peer.tells = lambda _: Forwarded(client=(next(clients), None))
    told = [json.loads(summary_line(7, exchange, None))["client"] for _ in range(2)]
    assert told == ["192.0.2.1", "192.0.2.2"]


def test_a_line_that_is_known_has_the_marks_of_the_newest_key() -> None:
    exchange = later("a-1", "/?token=hunter2222")
    lines = []
    for key in (b"one key", b"another key", b"one key"):
        use_key(key)
        lines.append(summary_line(7, exchange, mask_query))
    assert "hunter2222" not in "".join(lines)
    assert lines[0] == lines[2] != lines[1]


@pytest.mark.parametrize(
    ("target", "number"),
    [("/a", 1), ("/" + "a" * 8_000, 2), ("/?" + "a" * 8_000, 2)],
    ids=["the only request", "a long path", "a long query"],
)
def test_a_list_of_many_connections_leaves_nothing_with_them_that_no_log_counts(target: str, number: int) -> None:
    exchanges = [replace(plain_exchange(f"a-{index}", target), number=number) for index in range(3_000)]
    for exchange in exchanges[:2_000]:  # by then all is known that is known beyond a connection
        summary_line(7, exchange, mask_query)
    tracemalloc.start()
    try:
        for exchange in exchanges[2_000:]:
            summary_line(7, exchange, mask_query)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 100 * 1_000
