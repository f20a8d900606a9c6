"""A server under fire, and who watches it: a dashboard, one of a bin, one that searches, a stream of events."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.feed.readers import Reader, reading, streaming
from tests.servers import Kind, Running
from tests.wire import reset

from .inputs import Call, Sent

PATIENCE_S = 0.02
"""How long an answer to hostile input is waited for: it may never come."""

WATCHED_BIN = "watched"
NOT_OURS = (501, 503, 507)
"""Statuses from 500 on that are answers: what is not there, what is full, what is away."""


class Arena:
    def __init__(self, server: Running, stack: ExitStack) -> None:
        self.server = server
        self._stack = stack
        self._number = 0
        self._faults: list[str] = []
        self._watch()
        handler = _Collector(self._faults)
        logging.getLogger().addHandler(handler)
        stack.callback(logging.getLogger().removeHandler, handler)

    def _watch(self) -> None:
        server, enter = self.server, self._stack.enter_context
        server.client.get(f"/~{WATCHED_BIN}/")
        self._dashboards = [enter(reading(server)), enter(reading(server, bin=WATCHED_BIN))]
        self._searching = enter(reading(server, q="path:/marker"))
        self._events = enter(streaming(server))

    # Attacks

    def attack(self, hostile: Sent) -> None:
        """Send bytes on a connection of their own."""
        received = b""
        with self.server.connect() as connection, suppress(OSError):
            for piece in hostile.pieces:
                connection.sendall(piece)
            if hostile.ending == "half":
                connection.shutdown(socket.SHUT_WR)
            if hostile.ending in ("read", "half"):
                connection.settimeout(PATIENCE_S)
                while more := connection.recv(1 << 16):
                    received += more
            if hostile.ending == "reset":
                reset(connection)
        assert b"HTTP/1.1 500" not in received

    def call(self, call: Call) -> None:
        """Ask the API."""
        path = call.path
        if "ID" in path:
            items = self.server.client.get("/-/api/exchanges", params={"limit": 4}).json()["items"]
            path = path.replace("ID", items[call.exchange % len(items)]["id"] if items else "none")
        url = f"/-/api/{quote(path)}"
        answer = self.server.client.request(call.method, url, params=urlencode(call.params), content=call.content)
        assert answer.status_code < 500 or answer.status_code in NOT_OURS, (answer.status_code, answer.text)
        if answer.headers.get("content-type", "").startswith(("application/json", "application/problem+json")):
            json.loads(answer.text, parse_constant=_refuse)
        if answer.status_code >= 400 and call.method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            assert answer.json()["status"] == answer.status_code

    # What has to be so afterwards

    def is_well(self) -> None:
        """The next good requests are answered, every dashboard gets them, and nothing failed inside."""
        self._number += 1
        main, bins = f"/marker/{self._number}", f"/~{WATCHED_BIN}/marker/{self._number}"
        for path in (main, bins):
            answer = self.server.client.post(path, content=b"good")
            assert answer.status_code == 200, answer.text
            assert answer.json()["path"] == path
        for reader, path in zip(self._dashboards, (main, bins), strict=True):
            _reads(reader, path)
        while f'"{main}"' not in json.dumps(self._searching.next()):
            pass
        while f'"{main}"' not in next(self._events).get("data", ""):
            pass
        faults = "\n".join(self._faults)
        self._faults.clear()
        assert not faults, faults


def _reads(reader: Reader, path: str) -> None:
    reader.until(lambda ledger: any(item["path"] == path for item in ledger.items[-50:]))
    del reader.ledger.messages[:], reader.ledger.items[:]


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


class _Collector(logging.Handler):
    """Keeps what is logged as an error: a request that was never answered, a task that died."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._faults.append(self.format(record))


@contextmanager
def arena(kind: Kind = "echoscope") -> Iterator[Arena]:
    """An Echoscope with its dashboards, under our own server, with HTTP/2 or without."""
    with ExitStack() as stack:
        yield Arena(stack.enter_context(Running(create_app(load({}, port=0)), kind=kind)), stack)
