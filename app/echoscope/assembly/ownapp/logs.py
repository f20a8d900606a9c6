"""Log records that an app emits while it answers, found by the context in which they are emitted.

No handler is added to any logger: `logging.basicConfig` does nothing where there is one, and Python's own last resort
falls silent. The factory of records is called for each record that some logger takes, whatever handles it then, so what
is filtered out by its level is not seen here either. Threads that are started with a copy of the context, as frameworks
start theirs, are in it.
"""

import logging
import traceback
from contextvars import ContextVar
from typing import Any, Final, Protocol

from ...capture.recording import TRACEBACK_CHARACTERS
from ...exchange.model import LOG_CHARACTERS, LOG_NAME_CHARACTERS, LogLine, RouteMatch

_ACCESS_LOGS: Final = frozenset(
    {"uvicorn.access", "hypercorn.access", "granian.access", "_granian.access", "gunicorn.access", "django.server"}
)
"""Loggers of servers that say of each request what its exchange says better."""


class Listener(Protocol):
    """A listener: it gets the log records of its context, and the route that answers in it."""

    route: RouteMatch | None

    def note_log(self, record: logging.LogRecord) -> None: ...


listening: Final[ContextVar[Listener | None]] = ContextVar("echoscope", default=None)
"""The listener of this context."""

_wrapped: list[Any] = []
"""The factories that were wrapped here, so that none is wrapped twice."""


def listen_to_logging() -> None:
    """From now on each log record is told to who listens in its context. More calls change nothing."""
    factory = logging.getLogRecordFactory()
    if factory in _wrapped:
        return

    def telling(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = factory(*args, **kwargs)
        listener = listening.get()
        if listener is not None and record.name not in _ACCESS_LOGS:
            listener.note_log(record)
        return record

    _wrapped.append(telling)
    logging.setLogRecordFactory(telling)


def log_line(record: logging.LogRecord, at_ns: int) -> LogLine:
    """A record as it is kept, within bounds; of a traceback its end, which names the error."""
    error = record.exc_info[1] if record.exc_info else None
    place = f"{record.filename}:{record.lineno} {record.funcName}"
    return LogLine(
        at_ns,
        record.levelname,
        _storable(record.name[:LOG_NAME_CHARACTERS]),
        _storable(_message(record)[:LOG_CHARACTERS]),
        _storable(place[:LOG_NAME_CHARACTERS]),
        _storable("".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]) if error else None,
    )


def _message(record: logging.LogRecord) -> str:
    """The message with its arguments, or without them where they do not fit, which the handlers report."""
    try:
        return record.getMessage()
    except Exception:
        return str(record.msg)


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
