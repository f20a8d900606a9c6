"""Exchanges with a scope or a message against the ASGI spec: they can be found, opened, exported and repeated."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from echoscope.base.settings import Settings
from echoscope.exchange.model import Event
from echoscope.main import create_app
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.odd import odd_exchanges, odd_server
from tests.servers import Running
from tests.stores import put

ODD = odd_exchanges()
NAMES = pytest.mark.parametrize("name", ODD)


def id_of(name: str) -> str:
    return f"odd-{list(ODD).index(name)}"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with odd_server() as running:
        yield running


def get(server: Running, path: str) -> Any:
    answer = server.client.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == 200, (path, answer.text)
    return answer


OF_NONE = (
    "word", "method:GET", "path:/x", "header:a", "header.user-agent:x", "cookie.a:b", "query:x", "query.a:b", "ip:1",
    "client:1", "client:a", "version:1", "body:abc", "type:sse", "size:>1", "status:500", "method:7",
)  # fmt: skip
OF_ALL = ("", "status:200", "-word")
MESSAGES_ODD = {name for name in ODD if name.startswith("message: ")}
MISSED = {
    "method:POST": {"scope: nothing but a type", "scope: a method of a number"},
    "path:/odd": {"scope: nothing but a type", "scope: a path of bytes", *MESSAGES_ODD},
    "type:http": {"scope: subprotocols of numbers"},
    "type:websocket": {*ODD} - {"scope: subprotocols of numbers"},
    "header.x-good:yes": {*ODD} - {"scope: a value that is text"},
    **{q: {*ODD} for q in OF_NONE},
    **{q: set[str]() for q in OF_ALL},
}
"""By the search, those that it does not find: what is odd in one is no reason not to find the others."""


@pytest.mark.parametrize("q", MISSED)
def test_a_search_finds_what_can_be_read(server: Running, q: str) -> None:
    items = get(server, f"/-/api/exchanges?limit=500&q={q}").json()["items"]
    ids = {item["id"] for item in items}
    assert {name for name in ODD if id_of(name) not in ids} == MISSED[q]


def test_all_are_listed(server: Running) -> None:
    assert len(get(server, "/-/api/exchanges?limit=500").json()["items"]) == len(ODD)
    assert "odd-0" in get(server, "/-/").text


@NAMES
def test_each_can_be_opened(server: Running, name: str) -> None:
    path = f"/-/api/exchanges/{id_of(name)}"
    found = get(server, path).json()
    parts = [found["scope"], *(event["message"] for event in found["events"])]
    assert [part for part in parts if "against_the_spec" in part]
    for more in ("/body?of=request", "/body/view?of=request", "/headers?of=request", "/code"):
        get(server, path + more)
    for language in get(server, path + "/code").json()["languages"]:
        get(server, f"{path}/code/{language['id']}")
    if found["response"] is not None:
        get(server, path + "/body/view?of=response")
        get(server, path + "/headers?of=response")
    get(server, f"/-/exchanges/{id_of(name)}")


ENTRIES: dict[str, Callable[[str], int]] = {
    "har": lambda text: len(json.loads(text)["log"]["entries"]),
    "jsonl": lambda text: len([json.loads(line) for line in text.splitlines()]),
    "csv": lambda text: len([*csv.DictReader(io.StringIO(text))]),
    "html": lambda text: text.count("<tr><td><time "),
}
"""How many exchanges are in a file, by its form."""


@pytest.mark.parametrize("reveal", ["0", "1"])
@pytest.mark.parametrize("form", ENTRIES)
def test_each_can_be_exported(server: Running, form: str, reveal: str) -> None:
    for name in ODD:
        file = get(server, f"/-/api/export.{form}?ids={id_of(name)}&reveal={reveal}")
        assert ENTRIES[form](file.text) == 1, name


def test_what_is_odd_is_shown_as_it_came(server: Running) -> None:
    path = f"/-/api/exchanges/{id_of('scope: a value that is text')}"
    scope = get(server, path).json()["scope"]
    assert scope["headers"] == [["x-good", "yes"]]
    assert scope["against_the_spec"] == {"headers": [["user-agent", "x"], ["content-type", None]]}
    assert get(server, "/-/api/exchanges?q=header.x-good:yes").json()["items"]


@pytest.mark.parametrize("form", ["har", "jsonl", "csv", "html"])
def test_what_an_odd_header_says_stays_out_of_what_is_masked(serve: Serve, form: str) -> None:
    app = create_app(Settings())
    server = serve(app)
    headers = [[b"authorization", b"Bearer first-secret"], ["authorization", "Bearer second-secret"]]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": "token=third-secret", "headers": headers}
    repeated = b"first-secret, second-secret, third-secret"
    events = [
        Event("receive", 1, len(repeated), {"type": "http.request", "body": repeated}),
        Event("send", 2, len(repeated), {"type": "http.response.body", "body": repeated}),
    ]
    server.run(put(app.logs.main, replace(made_exchange("a"), scope=scope, events=events, error=repeated.decode())))
    assert "secret" not in get(server, f"/-/api/export.{form}").text
    if form != "csv":  # which has no place for it
        assert "third-secret" in get(server, f"/-/api/export.{form}?reveal=1").text


def test_what_is_odd_survives_an_export(server: Running, serve: Serve) -> None:
    other = serve()
    answer = other.client.post("/-/api/import", content=get(server, "/-/api/export.jsonl?reveal=1").content)
    assert answer.json()["skipped"] == []
    assert answer.json()["imported"] == len(ODD)
    for new, old in zip(
        answer.json()["ids"], get(server, "/-/api/exchanges?limit=500").json()["items"][::-1], strict=True
    ):
        imported, exported = (get(at, f"/-/api/exchanges/{i}").json() for at, i in ((other, new), (server, old["id"])))
        assert imported["scope"] == exported["scope"]
        assert [event["message"] for event in imported["events"]] == [event["message"] for event in exported["events"]]
