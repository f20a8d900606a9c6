"""Readers of the feed, and the account that each of them keeps: every seq comes to it once, in one place."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from websockets.sync.client import ClientConnection, connect

from echoscope.log.feed import Feed
from tests.servers import NO_TLS, WAIT_S, Running

Message = dict[str, Any]
MAX_MESSAGE_BYTES = 64 << 20


class Ledger:
    """Takes the messages of a reader without `q` and fails at the first seq that comes twice, late or not at all."""

    def __init__(self, after: int | None = None) -> None:
        self.after = after
        self.epoch: str | None = None
        self.messages: list[Message] = []
        self.items: list[Message] = []
        self.gaps: list[Message] = []
        self.is_over = False

    @property
    def through(self) -> int:
        """The last seq that is accounted for."""
        assert self.after is not None
        return self.after

    @property
    def seqs(self) -> list[int]:
        return [item["seq"] for item in self.items]

    @property
    def paths(self) -> list[str]:
        return [item["path"] for item in self.items]

    def missed(self, reason: str) -> int:
        return sum(gap["missed"] for gap in self.gaps if gap["reason"] == reason)

    def take(self, message: Message) -> None:
        assert not self.is_over
        self.messages.append(message)
        match message["type"]:
            case "hello":
                self._begin(message)
            case "exchanges":
                assert message.keys() == {"type", "items"}
                assert message["items"]
                for item in message["items"]:
                    self._account(item["seq"], item["seq"])
                    self.items.append(item)
            case "gap" if message["reason"] == "restart":
                assert message == {"type": "gap", "from": None, "to": None, "missed": None, "reason": "restart"}
                self.after = self.oldest - 1
                self.gaps.append(message)
            case "gap":
                assert message["missed"] == message["to"] - message["from"] + 1 > 0
                self._account(message["from"], message["to"])
                self.gaps.append(message)
            case "deleted" | "cleared":
                self._account(message["seq"], message["seq"])
            case "bye":
                assert message == {"type": "bye", "after": self.through}
                self.is_over = True
            case other:
                raise AssertionError(f"unknown message: {other}")

    def resumed(self) -> None:
        """The next message is the `hello` of a new connection."""
        self.is_over = False

    def _begin(self, hello: Message) -> None:
        assert hello.keys() == {"type", "epoch", "oldest", "head"}
        self.epoch, self.oldest = hello["epoch"], hello["oldest"]
        if self.after is None:
            self.after = hello["head"]

    def _account(self, first: int, last: int) -> None:
        assert first == self.through + 1, f"{first} follows {self.through}"
        self.after = last


async def read_through(feed: Feed, ledger: Ledger, seq: int) -> None:
    """Read on from where the ledger is, without a server, until this seq is accounted for."""
    async for batch in feed.read(ledger.after):
        for message in batch.messages:
            ledger.take(json.loads(message))
        if ledger.through == seq:
            return


def address(**query: Any) -> str:
    return "/-/live" + (f"?{urlencode(query)}" if query else "")


class Reader:
    """A reader over a WebSocket."""

    def __init__(self, websocket: ClientConnection, ledger: Ledger) -> None:
        self.websocket = websocket
        self.ledger = ledger

    def next(self) -> Message:
        """The next message as it is, not accounted for."""
        message: Message = json.loads(self.websocket.recv(WAIT_S))
        return message

    def until(self, is_enough: Callable[[Ledger], object]) -> Self:
        while not is_enough(self.ledger):
            self.ledger.take(self.next())
        return self

    def through(self, seq: int) -> Self:
        return self.until(lambda ledger: ledger.epoch and ledger.through >= seq)


@contextmanager
def reading(server: Running, ledger: Ledger | None = None, **query: Any) -> Iterator[Reader]:
    """A reader from which the `hello` was taken."""
    ledger = ledger or Ledger(query.get("after"))
    url = server.websocket_url(address(**query))
    with connect(url, proxy=None, max_size=MAX_MESSAGE_BYTES, max_queue=None) as websocket:
        reader = Reader(websocket, ledger)
        first = reader.next()
        assert first["type"] == "hello"
        ledger.take(first)
        yield reader


Event = dict[str, str]


@contextmanager
def streaming(server: Running, headers: dict[str, str] | None = None, **query: Any) -> Iterator[Iterator[Event]]:
    """Server-sent events as their fields; comments have the field name "". Ends with the stream."""
    accept = {"accept": "text/event-stream"}
    with (
        httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client,
        client.stream("GET", address(**query), headers={**accept, **(headers or {})}) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[Event]:
    event: Event = {}
    for line in _lines(answer):
        if line:
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")
        else:
            yield event
            event = {}


def _lines(answer: httpx.Response) -> Iterator[str]:
    """Lines as the standard of server-sent events ends them; httpx also splits at U+2028 and its like."""
    rest = b""
    for piece in answer.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)


def data(event: Event) -> Message:
    message: Message = json.loads(event["data"])
    return message


def subscribers(server: Running) -> int:
    return int(server.client.get("/-/api/info").json()["subscribers"])
