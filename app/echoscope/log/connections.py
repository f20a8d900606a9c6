"""The newest connections of this process, as our own server notes them: who closed one is known only later."""

from collections import OrderedDict
from typing import Final

from ..base.turns import Turn
from ..exchange.model import Exchange, decode_bare
from ..exchange.parts import Parts
from ..exchange.wire import ConnectionNotes, Wire
from .store import KEPT, Encoded, Kept, Store

MOST: Final = 2_000
"""How many connections are remembered."""

LOOKED_AT: Final = 5_000
"""How many records of the log are looked through for the exchanges of one connection."""

LISTED: Final = 200
"""How many exchanges of one connection are told, the newest."""

_BATCH: Final = 200
_LONG_BYTES: Final = 64 << 10
"""To look for an id in more takes longer than to decode all but the messages."""


class Connections:
    """The newest connections, by their ids."""

    def __init__(self) -> None:
        self._notes: OrderedDict[str, ConnectionNotes] = OrderedDict()

    def note(self, notes: ConnectionNotes) -> None:
        if notes.id not in self._notes:
            self._notes[notes.id] = notes
            if len(self._notes) > MOST:
                self._notes.popitem(last=False)

    def end(self, connection_id: str) -> tuple[str | None, int | None]:
        """Who closed a connection, and when (nanoseconds since 1970); None for what is not known."""
        notes = self._notes.get(connection_id)
        return (None, None) if notes is None else (notes.closed_by, notes.closed_ns)


async def of_connection(store: Store, connection_id: str) -> list[tuple[int, Kept]]:
    """The exchanges of a connection that are kept, the newest first, with their seqs."""
    matches: list[tuple[int, Kept]] = []
    before: int | None = None
    looked_at = 0
    needle = connection_id.encode()
    turn = Turn()
    while looked_at < LOOKED_AT and (records := await store.read_back(before, _BATCH)):
        before = records[-1].seq
        looked_at += len(records)
        for record in records:
            if turn.is_over:
                await turn.end()
            if isinstance(record.entry, KEPT) and _may_be_of(record.entry, connection_id, needle):
                matches.append((record.seq, record.entry))
                if len(matches) == LISTED:
                    return matches
    return matches


def _may_be_of(entry: Kept, connection_id: str, needle: bytes) -> bool:
    """Whether an exchange may be of this connection, by its bytes alone. If so, it is decoded and checked again."""
    if isinstance(entry, Parts):  # of another server, of whose connections nothing is known
        return False
    if isinstance(entry, Wire):
        return entry.peer.notes is not None and entry.peer.notes.id == connection_id
    if len(entry.data) > _LONG_BYTES:
        return _is_of(bare(entry), connection_id)
    return needle in entry.data


def exchanges_of(matches: list[tuple[int, Kept]], connection_id: str) -> list[tuple[int, Exchange]]:
    """Those that are of the connection, without their messages."""
    decoded = [(seq, bare(entry)) for seq, entry in matches]
    return [(seq, one) for seq, one in decoded if _is_of(one, connection_id)]


def _is_of(exchange: Exchange, connection_id: str) -> bool:
    return exchange.carriage is not None and exchange.carriage.connection == connection_id


def bare(kept: Kept) -> Exchange:
    """An exchange, of which the messages may be missing."""
    return decode_bare(kept.data) if isinstance(kept, Encoded) else kept.exchange
