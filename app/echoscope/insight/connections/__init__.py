"""One connection: the exchanges that came over it, how long it was idle between them, and who closed it.

Pure: exchanges in, structs out. Only our own server tells which connection a request came over.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from ...exchange.model import Carriage, Exchange, ScopeType, State
from ...exchange.summary import address, milliseconds, rfc3339, summarize

WIDTH: Final = 1_000
"""How wide the picture of a connection is, in its own units."""

_LEAST_WIDTH: Final = 4
"""The width of a bar that would otherwise be too narrow to see."""


class ConnectionItem(msgspec.Struct, frozen=True):
    """An exchange of a connection.

    `number`: of the request on it, from 1. `is_this`: whether it is the one that is looked at. `at_ms`: when it began,
    after the connection was opened. `idle_ms`: since the one before it was over; None where that is not kept, or it did
    not wait. `x`, `width`: its place in the picture, of `WIDTH`.
    """

    id: str
    seq: int
    method: str | None
    path: str
    status: int | None
    state: State
    started_at: str
    duration_ms: float
    type: ScopeType
    number: int
    is_pipelined: bool
    is_this: bool
    at_ms: float
    idle_ms: float | None
    x: int
    width: int


class Connection(msgspec.Struct, frozen=True):
    """A connection. `closed_by`, `closed_at`: as far as that is known now. `lasted_ms`: up to its end, or to that of
    the last exchange. `requests`: how many are known to have come, of which `missing` are not kept; `items`: the
    others, in their order."""

    is_told: Literal[True]
    id: str
    client: str | None
    opened_at: str
    closed_by: str | None
    closed_at: str | None
    lasted_ms: float
    requests: int
    missing: int
    items: list[ConnectionItem]


def read_connection(
    items: Sequence[tuple[int, Exchange]], exchange: Exchange, end: tuple[str | None, int | None]
) -> Connection:
    """`items`: the exchanges of one connection that are kept, with their seqs, in any order; `exchange`: the one that
    is looked at. `end`: who closed the connection, and when, as far as that is known now. Raises ValueError for an
    exchange whose connection is not known.
    """
    if exchange.carriage is None:
        raise ValueError("This server does not tell over which connection a request came.")
    carriage = exchange.carriage
    numbered = sorted(
        ((one.carriage, seq, one) for seq, one in items if one.carriage is not None), key=lambda row: row[0].number
    )
    closed_by, closed_ns = end
    ends_ns = max([closed_ns or 0, *(one.started_ns + one.duration_ns for _, _, one in numbered)])
    span_ns = max(1, ends_ns - carriage.opened_ns)
    rows: list[ConnectionItem] = []
    before: tuple[Carriage, Exchange] | None = None
    for noted, seq, one in numbered:
        line = summarize(seq, one.head)
        since_ns = max(0, one.started_ns - carriage.opened_ns)
        x = round(WIDTH * since_ns / span_ns)
        rows.append(
            ConnectionItem(
                id=line.id,
                seq=line.seq,
                method=line.method,
                path=line.path,
                status=line.status,
                state=line.state,
                started_at=line.started_at,
                duration_ms=line.duration_ms,
                type=line.type,
                number=noted.number,
                is_pipelined=noted.is_pipelined,
                is_this=one.id == exchange.id,
                at_ms=milliseconds(since_ns),
                idle_ms=_idle_ms(before, noted, one),
                x=min(x, WIDTH - _LEAST_WIDTH),
                width=max(_LEAST_WIDTH, min(WIDTH - x, round(WIDTH * one.duration_ns / span_ns))),
            )
        )
        before = (noted, one)
    newest = max((noted.number for noted, _, _ in numbered), default=carriage.number)
    return Connection(
        is_told=True,
        id=carriage.connection,
        client=address(exchange.head.client),
        opened_at=rfc3339(carriage.opened_ns),
        closed_by=closed_by,
        closed_at=None if closed_ns is None else rfc3339(closed_ns),
        lasted_ms=milliseconds(span_ns),
        requests=newest,
        missing=newest - len(rows),
        items=rows,
    )


def _idle_ms(before: tuple[Carriage, Exchange] | None, noted: Carriage, exchange: Exchange) -> float | None:
    """How long the connection was idle before a request; from its beginning before the first one."""
    if noted.is_pipelined:
        return None
    if noted.number == 1:
        return milliseconds(max(0, exchange.started_ns - noted.opened_ns))
    if before is None or before[0].number != noted.number - 1:
        return None
    return milliseconds(max(0, exchange.started_ns - before[1].started_ns - before[1].duration_ns))
