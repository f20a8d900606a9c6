"""Lines for logs: one JSON object for each request, and our own messages, without secrets and without control bytes.

Queries, headers and bodies are in none of them. Whatever a client chose is escaped, so that it neither forges a line
nor acts on the terminal that shows it.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from ...base.terminal import safe
from ...exchange.model import ExchangeHead
from ...exchange.summary import address, milliseconds, rfc3339
from ...exchange.wire import Wire

PATH_CHARACTERS: Final = 200
METHOD_CHARACTERS: Final = 20
"""A character may take twelve bytes, and a line is to have less than 4,096 (`PIPE_BUF`), which are written as one."""


def request_lines(write: Callable[[str], None]) -> Callable[[list[ExchangeHead | Wire]], None]:
    """Writes a line of JSON for each of some exchanges."""

    def take(heads: list[ExchangeHead | Wire]) -> None:
        for head in heads:
            write(request_line(head))

    return take


def request_line(head: ExchangeHead | Wire) -> str:
    """Such as `{"time": "…", "id": "…", "state": "done", "method": "GET", "path": "/x", …}`, in ASCII."""
    return _json(
        {
            "time": rfc3339(head.started_ns),
            "id": head.id,
            "state": head.state,
            "type": head.type,
            "http_version": head.http_version,
            "method": (head.method or "")[:METHOD_CHARACTERS] or None,
            "path": head.path[:PATH_CHARACTERS],
            "status": head.status,
            "duration_ms": milliseconds(head.duration_ns),
            "received_bytes": head.received_bytes,
            "sent_bytes": head.sent_bytes,
            "client": address(head.client),
        }
    )


def message_line(text: str) -> str:
    """A message of ours that is no warning, in the form of the other lines."""
    return _json({"time": rfc3339(time.time_ns()), "level": "info", "logger": "echoscope", "message": text.strip()})


def set_up(*, as_json: bool) -> None:
    """Write warnings and errors of all loggers to standard error, as text or as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class TextFormatter(logging.Formatter):
    """`09:41:07 WARNING echoscope.web.visitors.access: …`, with the lines of a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return safe(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return "\n".join(safe(line) for line in super().formatException(ei).split("\n"))


class JsonFormatter(logging.Formatter):
    """One object in one line; a traceback is its member `error`."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": rfc3339(int(record.created * 1e9)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            document["error"] = self.formatException(record.exc_info)
        return _json(document).rstrip("\n")


def _json(document: dict[str, Any]) -> str:
    """ASCII, in which every control is an escape."""
    return json.dumps(document, ensure_ascii=True).replace("\x7f", "\\u007f") + "\n"
