"""One connection: the exchanges that came over it, how long it was idle between them, and who closed it.

Pure: exchanges in, plain values out. Only our own server tells which connection a request came over.
"""

from collections.abc import Sequence
from typing import Final

from ...exchange.document import Document
from ...exchange.model import Carriage, Exchange
from ...exchange.summary import milliseconds, rfc3339, summary

WIDTH: Final = 1_000
"""How wide the picture of a connection is, in its own units."""

_LEAST_WIDTH: Final = 4
"""The width of a bar that would otherwise be too narrow to see."""


def connection_document(
    items: Sequence[tuple[int, Exchange]], exchange: Exchange, end: tuple[str | None, int | None]
) -> Document:
    """`items`: the exchanges of one connection that are kept, with their seqs, in any order; `exchange`: the one that
    is looked at. `end`: who closed the connection, and when, as far as that is known now.

    Gives `id`, `client`, `opened_at`, `closed_by`, `closed_at`, `lasted_ms`, how many `requests` are known to have
    come, and how many of them are `missing`; `items`: in their order, each with its `number`, `method`, `path`,
    `status`, `state`, when it began and how long it took, `idle_ms` since the one before it was over (None where that
    is not kept, or it did not wait), and its place in the picture, `x` and `width` of `WIDTH`. Raises ValueError for an
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
    rows: list[Document] = []
    before: tuple[Carriage, Exchange] | None = None
    for noted, seq, one in numbered:
        line = summary(seq, one.head)
        keys = ("id", "seq", "method", "path", "status", "state", "started_at", "duration_ms", "type")
        since_ns = max(0, one.started_ns - carriage.opened_ns)
        x = round(WIDTH * since_ns / span_ns)
        rows.append(
            {key: line[key] for key in keys}
            | {
                "number": noted.number,
                "is_pipelined": noted.is_pipelined,
                "is_this": one.id == exchange.id,
                "at_ms": milliseconds(since_ns),
                "idle_ms": _idle_ms(before, noted, one),
                "x": min(x, WIDTH - _LEAST_WIDTH),
                "width": max(_LEAST_WIDTH, min(WIDTH - x, round(WIDTH * one.duration_ns / span_ns))),
            }
        )
        before = (noted, one)
    newest = max((noted.number for noted, _, _ in numbered), default=carriage.number)
    return {
        "id": carriage.connection,
        "client": summary(0, exchange.head)["client"],
        "opened_at": rfc3339(carriage.opened_ns),
        "closed_by": closed_by,
        "closed_at": None if closed_ns is None else rfc3339(closed_ns),
        "lasted_ms": milliseconds(span_ns),
        "requests": newest,
        "missing": newest - len(rows),
        "items": rows,
    }


def _idle_ms(before: tuple[Carriage, Exchange] | None, noted: Carriage, exchange: Exchange) -> float | None:
    """How long the connection was idle before a request; from its beginning before the first one."""
    if noted.is_pipelined:
        return None
    if noted.number == 1:
        return milliseconds(max(0, exchange.started_ns - noted.opened_ns))
    if before is None or before[0].number != noted.number - 1:
        return None
    return milliseconds(max(0, exchange.started_ns - before[1].started_ns - before[1].duration_ns))
