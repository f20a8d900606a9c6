"""The failure of a plain request through ASGI: one without a body, whose whole answer is known before any of it is
sent, and which is recorded as its parts."""

from msgspec.structs import replace

from ..exchange.model import Exchange, State
from .recording import traceback_text


def failed(exchange: Exchange, sent: int, error: BaseException, duration_ns: int) -> Exchange:
    """The exchange as a `Recording` would have noted it when handing on the message number `sent` of its answer, from
    1, came to this error: what comes behind was not sent. `duration_ns`: up to the error, for which a client that
    takes nothing may have let the server wait."""
    state: State = "disconnected" if _is_disconnect(error) else "error"
    events = exchange.events[: 1 + sent]
    return replace(
        exchange,
        state=state,
        duration_ns=duration_ns,
        sent_bytes=sum(event.size for event in events),
        error=traceback_text(error) if state == "error" else None,
        events=events,
    )


def _is_disconnect(error: BaseException) -> bool:
    """Whether an error of `send` says that the client has left or that the request was given up, and not that something
    failed."""
    return isinstance(error, OSError) or not isinstance(error, Exception)
