"""What no server and no app should give: scopes and messages against the ASGI spec."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from echoscope.base.settings import Settings
from echoscope.exchange.model import Event, Exchange
from echoscope.main import create_app
from tests.exchanges import made_exchange
from tests.servers import Running
from tests.stores import put

SCOPES: dict[str, dict[str, Any]] = {
    "nothing but a type": {"path": None, "method": None, "query_string": None, "headers": None},
    "headers of three": {"headers": [[b"a", b"b", b"c"]]},
    "headers of one": {"headers": [[b"a"]]},
    "headers by name": {"headers": {"user-agent": "x"}},
    "headers of a number": {"headers": 7},
    "a header of lists": {"headers": [[[b"user-agent"], b"x"]]},
    "a value that is text": {"headers": [[b"user-agent", "x"], [b"x-good", b"yes"], [b"content-type", None]]},
    "a query of text": {"query_string": "a=b&token=c"},
    "a path of bytes": {"path": b"/\xff"},
    "a raw path of text": {"raw_path": "/a"},
    "a method of a number": {"method": 7},
    "a client of a number": {"client": 7},
    "a client of nothing": {"client": []},
    "a client of lists": {"client": [["a"], ["b"]]},
    "a client of text": {"client": "a"},
    "a client of three": {"client": ["a", 1, 2]},
    "a client by name": {"client": {"host": "a"}},
    "a server of text": {"server": "a"},
    "subprotocols of numbers": {"type": "websocket", "subprotocols": [1, 2]},
}

_START = {"type": "http.response.start", "status": 200, "headers": []}

MESSAGES: dict[str, dict[str, Any]] = {
    "a status of text": {**_START, "status": "200"},
    "a status of four digits": {**_START, "status": 1000},
    "headers of text": {**_START, "headers": [["content-type", "text/plain"]]},
    "headers by name": {**_START, "headers": {"content-type": "text/plain"}},
    "a body of text": {"type": "http.response.body", "body": "abc"},
    "bytes of text": {"type": "websocket.send", "bytes": "abc"},
}


def odd_exchanges() -> dict[str, Exchange]:
    """An exchange for each, by what is odd about it. A recorder hands all of these to a store as they are."""
    scope = {"type": "http", "method": "POST", "path": "/odd", "query_string": b"", "headers": []}
    found = {f"scope: {name}": replace(made_exchange(), scope=scope | odd) for name, odd in SCOPES.items()}
    for name, message in MESSAGES.items():
        found[f"message: {name}"] = replace(made_exchange(), events=[Event("send", 1, 0, message)])
    return found


@contextmanager
def odd_server() -> Iterator[Running]:
    """An Echoscope that has them all, in their order, as `odd-0`, `odd-1` and so on."""
    app = create_app(Settings())
    with Running(app) as running:
        for number, exchange in enumerate(odd_exchanges().values()):
            running.run(put(app.logs.main, replace(exchange, id=f"odd-{number}")))
        yield running
