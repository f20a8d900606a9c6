"""What a server makes of a request, in words: each function asks one question and gives one cell of a table."""

import json
import socket
import time
from queue import SimpleQueue
from threading import Thread
from typing import Any

from websockets.sync.client import connect

from tests.eventually import eventually
from tests.servers import HOST, WAIT_S
from tests.systems.catalogue import Place, Protocol, System
from tests.systems.clients import Answer, Client, Request, over_http1

Json = dict[str, Any]

PATIENCE_S = 1.5
"""How much longer is waited for what should have come, when the server has since done other things."""

ROOT_PATH = "/base"

NONE = "–"

SENT = [(b"x-b", b"1"), (b"a", b"2"), (b"x-b", b"3"), (b"cookie", b"k=1"), (b"cookie", b"l=2")]

WHOLE = Request("POST", b"/caf%C3%A9/%ff?q=%20&q=2", SENT, (b"hello", b"world"), [(b"x-trailer", b"t")])


class Facts:
    """Asks one server in one version of HTTP."""

    def __init__(self, system: System, place: Place, protocol: Protocol) -> None:
        self._system = system
        self._place = place
        self._protocol = protocol
        self._echo = self._ask(WHOLE).json()

    def _ask(self, request: Request) -> Answer:
        return Client(self._system, self._place, self._protocol).ask(request)

    def scope(self) -> list[str]:
        """The row of the table `SCOPE`."""
        return [
            asgi(self._echo),
            f"`{self._echo['path']}`",
            order(self._echo),
            cookies(self._echo),
            self._latin(),
            ports(self._echo),
            extensions(self._echo),
        ]

    def messages(self) -> list[str]:
        """The row of the table `MESSAGES`."""
        return [pieces(self._echo), self._beginning(), self._trailers(), self._bodiless()]

    def _latin(self) -> str:
        try:
            answer = self._ask(Request(fields=[*self._hints(), (b"latin", b"caf\xe9")], pieces=(b"x",)))
        except (ConnectionError, TimeoutError):
            return "ends the connection"
        if answer.status is None:
            return "ends the connection"
        if answer.status != 200:
            return f"`{answer.status}`"
        value = dict(answer.json()["headers"])["latin"]
        return "as bytes" if value == {"base64": "Y2Fm6Q=="} else f"`{value}`"

    @staticmethod
    def _hints() -> list[tuple[bytes, bytes]]:
        return [(b"accept", b"application/json")]

    def _trailers(self) -> str:
        if self._protocol != "HTTP/1.1":
            return NONE
        return "among the headers" if "x-trailer" in dict(self._echo["headers"]) else "dropped"

    def _bodiless(self) -> str:
        """Whether a request without a body is answered. Never is: not before three that were asked later."""
        answers: SimpleQueue[Answer] = SimpleQueue()
        asking = Thread(target=lambda: answers.put(self._ask(Request(target=b"/bodiless"))), daemon=True)
        asking.start()
        for _ in range(3):
            self._ask(WHOLE)
        asking.join(PATIENCE_S)
        return "never ends" if answers.empty() or answers.get().status != 200 else "ends with its head"

    def _beginning(self) -> str:
        """Whether the app is called before the body is there; over HTTP/1.1, of which the others take after."""
        if self._protocol != "HTTP/1.1":
            return NONE
        head = b"POST /unfinished HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"
        with socket.create_connection((HOST, self._place.port), timeout=WAIT_S) as connection:
            connection.sendall(head)
            sent_at, looks = time.monotonic(), 0
            while looks < 10 or time.monotonic() < sent_at + PATIENCE_S:
                if "/unfinished" in recorded_paths(self._place):
                    return "with the head"
                looks += 1
                time.sleep(0.05)
        return "after the whole body"


def asgi(echo: Json) -> str:
    found = echo["asgi"]
    return f"`{found['version']}`, `{found['spec_version']}`" if "spec_version" in found else f"`{found['version']}`"


def order(echo: Json) -> str:
    """Of what was sent: two `x-b` with an `a` between, behind the host."""
    names = [name for name, _ in echo["headers"] if name in ("host", "x-b", "a")]
    orders = {
        ("host", "x-b", "a", "x-b"): "as sent",
        ("host", "x-b", "x-b", "a"): "repeats moved together",
        ("x-b", "a", "x-b", "host"): "as sent, host last",
    }
    return orders[tuple(names)]


def cookies(echo: Json) -> str:
    values = [value for name, value in echo["headers"] if name == "cookie"]
    return {("k=1", "l=2"): "two", ("k=1; l=2",): "joined"}[tuple(values)]


def ports(echo: Json) -> str:
    kinds = {type(echo[end][1]) for end in ("client", "server")}
    return {int: "numbers", str: "text"}[kinds.pop()] if len(kinds) == 1 else "mixed"


def extensions(scope: Json) -> str:
    """In the order of their names; a key that is there and empty is not the same as none."""
    if "extensions" not in scope:
        return "no key"
    names = sorted(name.removeprefix("http.response.") for name in scope["extensions"])
    return ", ".join(f"`{name}`" for name in names) or "empty"


def pieces(echo: Json) -> str:
    """The sizes of the messages with a body, without the empty ones at the end."""
    sizes = [len(event["body"]) for event in echo["events"]]
    return " + ".join(str(size) for size in sizes if size)


def recorded_paths(place: Place) -> list[str]:
    return [item["path"] for item in _api(place, b"exchanges")["items"]]


def websocket(place: Place) -> list[str]:
    """The extensions that a WebSocket's scope offers, and what the app hears of its end."""
    with connect(f"ws://{HOST}:{place.port}/closed", proxy=None, open_timeout=WAIT_S) as client:
        scope = json.loads(client.recv())
        client.close(4001, "enough")
    eventually(lambda: _newest(place)["state"] not in ("open", None))
    end = _newest(place)["events"][-1]["message"]
    assert end["type"] == "websocket.disconnect"
    return [extensions(scope), " ".join(f"`{end[key]}`" for key in ("code", "reason") if key in end)]


def _newest(place: Place) -> Json:
    newest = _api(place, b"exchanges?limit=1")["items"][0]
    if newest["path"] != "/closed":
        return {"state": None}
    return _api(place, b"exchanges/" + newest["id"].encode())


def _api(place: Place, path: bytes) -> Json:
    return over_http1(place.address, Request(target=b"/-/api/" + path)).json()


def mounted(system: System, place: Place) -> list[str]:
    """Of a place with a root path and, where it can be, on a Unix socket: paths, client and server."""
    echo = over_http1(place.address, Request(target=b"/x%20y")).json()
    assert recorded_paths(place) == [echo["path"]]  # the inspector answers there too
    paths = [f"`{echo[key]}`" if echo[key] else "empty" for key in ("path", "raw_path", "root_path")]
    ends = [shown(echo, key, place) if system.has_sockets else NONE for key in ("client", "server")]
    return [*paths, *ends]


def shown(echo: Json, key: str, place: Place) -> str:
    """An address, with the socket's own path, which is another one each time, as `PATH`."""
    if key not in echo:
        return "no key"
    return "`" + json.dumps(echo[key]).replace(str(place.socket), "PATH") + "`"
