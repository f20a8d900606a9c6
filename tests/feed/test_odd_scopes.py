"""Scopes that no server should give: whatever is in one, the exchanges after it are told."""

from typing import Any

import pytest

from echoscope.feed import Feed
from echoscope.store.memory import MemoryStore
from tests.exchanges import made_exchange

from .readers import Ledger, read_through

ODD: dict[str, dict[str, Any]] = {
    "nothing but a type": {"path": None, "method": None, "query_string": None, "headers": None},
    "headers of three": {"headers": [[b"a", b"b", b"c"]]},
    "headers of one": {"headers": [[b"a"]]},
    "headers by name": {"headers": {"user-agent": "x"}},
    "headers of a number": {"headers": 7},
    "a header of lists": {"headers": [[[b"user-agent"], b"x"]]},
    "a value that is text": {"headers": [[b"user-agent", "x"], [b"content-type", None]]},
    "a query of text": {"query_string": "a=b&token=c"},
    "a path of bytes": {"path": b"/\xff"},
    "a method of a number": {"method": 7},
    "a client of a number": {"client": 7},
    "a client of nothing": {"client": []},
    "a client of lists": {"client": [["a"], ["b"]]},
    "a client of text": {"client": "a"},
    "a client of three": {"client": ["a", 1, 2]},
    "a client by name": {"client": {"host": "a"}},
}


@pytest.mark.parametrize("scope", ODD.values(), ids=ODD)
async def test_an_odd_scope_does_not_end_the_feed(scope: dict[str, Any]) -> None:
    store, ledger = MemoryStore(), Ledger(after=0)
    await store.append(made_exchange("odd", **scope))
    await store.append(made_exchange("plain"))
    await read_through(Feed(store), ledger, 2)
    assert [item["id"] for item in ledger.items] == ["odd", "plain"]
