"""The failure of a plain request through ASGI, which is recorded as its parts while it succeeds (`exchange.parts`)."""

from msgspec.structs import replace

from ..exchange.model import Exchange, State
from .recording import traceback_text


def with_failure(exchange: Exchange, number: int, error: BaseException, duration_ns: int) -> Exchange:
    """The exchange as a `Recording` would have noted it, had `send` raised this error at one message of the answer.
    `number`: which message that was, from 1; later ones were not sent. `duration_ns`: up to the error,
    for which a client that takes nothing may have let the server wait."""
    state: State = "disconnected" if _is_disconnect(error) else "error"
    events = exchange.events[: 1 + number]
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
