"""A request as it was on the wire, beside what became of it in the scope.

Pure. Our own server keeps the head as its bytes came, and a body in chunks with its framing; everything here is made of
those when somebody looks. Other servers do not tell their bytes, and nothing is guessed.
"""

from typing import Any, Final

from ...exchange.document import Document, text
from ...exchange.model import Exchange
from ...exchange.summary import rfc3339
from ...http.glossary import reason_phrase
from .chunks import chunks_document
from .faults import fault_document
from .lines import lines_document

__all__ = ["NOT_TOLD", "wire_document"]

NOT_TOLD: Final = (
    "This server does not tell what was on the wire: an ASGI scope has header names in lower case, no white space, no "
    "chunks, no trailers. Under echoscope serve all of it is here."
)


def wire_document(exchange: Exchange, masked: Exchange | None = None) -> Document:
    """`is_told`: whether our own server has kept it; else `why_not`. `masked`: the same without its secrets, where they
    are not to be shown.

    `lines`: of the head, each with what became of it. `head`: all of it as text, or base64. `fault`: of a request that
    was refused, the byte that broke it. `chunks`: of a body that came in them. `interim`: informational answers.
    `connection`, `tls`, `http2`: how it came. What is not known, or was not there, is None.
    """
    visible = masked or exchange
    wire, carriage = visible.wire, visible.carriage
    if wire is None and carriage is None:
        return {"is_told": False, "why_not": NOT_TOLD}
    document: Document = {
        "is_told": True,
        "head": None if wire is None else text(wire),
        "lines": [] if wire is None else lines_document(visible, wire),
        "fault": fault_document(exchange, wire),
        "chunks": None,
        "interim": [],
        "connection": None,
        "tls": None,
        "http2": None,
    }
    if carriage is None:
        return document
    document |= {
        "chunks": None if carriage.framed is None else chunks_document(carriage.framed, exchange.received_bytes),
        "interim": [{"status": status, "reason": reason_phrase(status)} for status in carriage.interim],
        "connection": {
            "id": carriage.connection,
            "number": carriage.number,
            "opened_at": rfc3339(carriage.opened_ns),
            "is_pipelined": carriage.is_pipelined,
            "closed_by": carriage.closed_by,
        },
        "tls": carriage.tls,
        "http2": carriage.http2 and _http2(carriage.http2, carriage.stream),
    }
    return document


def _http2(noted: dict[str, Any], stream: int | None) -> Document:
    return {**noted, "stream": stream}
