"""A request as it was on the wire, beside what became of it in the scope.

Pure. Our own server keeps the head as its bytes came, and a body in chunks with its framing; everything here is made of
those when somebody looks. Other servers do not tell their bytes, and nothing is guessed.
"""

from typing import Any, Final, Literal

import msgspec

from ...exchange.document import Bytes, text
from ...exchange.model import Exchange
from ...exchange.summary import rfc3339
from ...http.glossary import reason_phrase
from .chunks import Chunks, read_chunks
from .faults import Fault, fault_of
from .lines import HeadLine, read_lines

__all__ = ["NOT_TOLD", "NotTold", "WireReading", "read_wire"]

NOT_TOLD: Final = (
    "This server does not tell what was on the wire: an ASGI scope has header names in lower case, no white space, no "
    "chunks, no trailers. Under echoscope serve all of it is here."
)


class NotTold(msgspec.Struct, frozen=True):
    """What another server does not tell."""

    is_told: Literal[False]
    why_not: str


class Interim(msgspec.Struct, frozen=True):
    """An informational answer."""

    status: int
    reason: str


class WireConnection(msgspec.Struct, frozen=True):
    """How the request came. `number`: of the request on its connection, from 1. `is_pipelined`: whether it did not wait
    for the answer before. `closed_by`: `client` or `server`, None while the connection is open."""

    id: str
    number: int
    opened_at: str
    is_pipelined: bool
    closed_by: str | None


class WireReading(msgspec.Struct, frozen=True):
    """What was on the wire, as our own server has kept it; what is not known, or was not there, is None.

    `head`: all of the head; `lines`: each with what became of it. `fault`: of a request that was refused, the byte that
    broke it. `chunks`: of a body that came in them. `interim`: informational answers. `tls`: version, cipher, alpn and
    server_name. `http2`: settings and counted frames, and the number of the stream.
    """

    is_told: Literal[True]
    head: Bytes | None
    lines: list[HeadLine]
    fault: Fault | None
    chunks: Chunks | None = None
    interim: list[Interim] = []
    connection: WireConnection | None = None
    tls: dict[str, str | None] | None = None
    http2: dict[str, Any] | None = None


def read_wire(exchange: Exchange, masked: Exchange | None = None) -> WireReading | NotTold:
    """`masked`: the same without its secrets, where they are not to be shown."""
    visible = masked or exchange
    wire, carriage = visible.wire, visible.carriage
    if wire is None and carriage is None:
        return NotTold(False, NOT_TOLD)
    head, lines = (None, []) if wire is None else (text(wire), read_lines(visible, wire))
    fault = fault_of(exchange, wire)
    if carriage is None:
        return WireReading(True, head, lines, fault)
    return WireReading(
        is_told=True,
        head=head,
        lines=lines,
        fault=fault,
        chunks=None if carriage.framed is None else read_chunks(carriage.framed, exchange.received_bytes),
        interim=[Interim(status, reason_phrase(status)) for status in carriage.interim],
        connection=WireConnection(
            carriage.connection, carriage.number, rfc3339(carriage.opened_ns), carriage.is_pipelined, carriage.closed_by
        ),
        tls=carriage.tls,
        http2=None if carriage.http2 is None else {**carriage.http2, "stream": carriage.stream},
    )
