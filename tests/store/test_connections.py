"""The exchanges of a connection are found without their messages, however long these are."""

import pytest
from msgspec.structs import replace

from echoscope.exchange.model import Carriage, Exchange, Inside, decode_bare, decode_exchange, encode
from echoscope.log import store
from echoscope.log.connections import exchanges_of, of_connection
from echoscope.log.memory import MemoryStore
from tests.captures import captures
from tests.exchanges import made_exchange
from tests.stores import put


def carried(exchange_id: str, connection: str, body: bytes) -> Exchange:
    return replace(made_exchange(exchange_id, body=body), carriage=Carriage(connection, 1, 1))


@pytest.mark.parametrize("exchange", [*captures(40, seed=11), replace(made_exchange(body=b"x"), inside=Inside(5))])
def test_a_bare_exchange_is_the_whole_one_without_its_messages(exchange: Exchange) -> None:
    data = encode(exchange)
    assert decode_bare(data) == replace(decode_exchange(data), events=[], inside=None)


async def test_long_exchanges_of_a_connection_are_told_without_being_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MemoryStore()
    for one in (
        carried("a", "c-1", b"short"),
        carried("b", "c-1", b"c-2" * 50_000),
        carried("c", "c-2", b"c-1" * 50_000),
    ):
        await put(log, one)
    monkeypatch.setattr(store, "decode_exchange", None)
    found = [[one.id for _, one in exchanges_of(await of_connection(log, name), name)] for name in ("c-1", "c-2")]
    assert found == [["b", "a"], ["c"]]
