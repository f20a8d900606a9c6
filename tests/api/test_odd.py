"""Exchanges with a scope or a message against the ASGI spec: they can be found, opened, exported and repeated."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from echoscope.main import create_app
from echoscope.settings import Settings
from tests.odd import odd_exchanges
from tests.servers import Running

ODD = odd_exchanges()
NAMES = pytest.mark.parametrize("name", ODD)


def id_of(name: str) -> str:
    return f"odd-{list(ODD).index(name)}"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    app = create_app(Settings())
    with Running(app) as running:
        for name, exchange in ODD.items():
            running.run(app.store.append(replace(exchange, id=id_of(name))))
        yield running


def get(server: Running, path: str) -> Any:
    answer = server.client.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == 200, (path, answer.text)
    return answer


@pytest.mark.parametrize(
    "q", ["", "word", "method:GET", "path:/x", "header:a", "header.user-agent:x", "cookie.a:b", "query:x", "query.a:b",
          "ip:1", "client:1", "version:1", "body:x", "type:http", "type:sse", "size:>1", "status:200", "-word"],
)  # fmt: skip
def test_any_search_comes_to_its_end(server: Running, q: str) -> None:
    get(server, f"/-/api/exchanges?limit=500&q={q}")


def test_all_are_listed(server: Running) -> None:
    assert len(get(server, "/-/api/exchanges?limit=500").json()["items"]) == len(ODD)
    assert "odd-0" in get(server, "/-/").text


@NAMES
def test_each_can_be_opened(server: Running, name: str) -> None:
    path = f"/-/api/exchanges/{id_of(name)}"
    found = get(server, path).json()
    parts = [found["scope"], *(event["message"] for event in found["events"])]
    assert [part for part in parts if "against_the_spec" in part]
    for more in ("", "/body?of=request", "/body?of=response", "/headers", "/code/curl?reveal=0"):
        answer = server.client.get(path + more)
        assert answer.status_code in (200, 404), (more, answer.text)
    get(server, f"/-/exchanges/{id_of(name)}")


@pytest.mark.parametrize("reveal", ["0", "1"])
@pytest.mark.parametrize("form", ["har", "jsonl", "csv", "html"])
@NAMES
def test_each_can_be_exported(server: Running, name: str, form: str, reveal: str) -> None:
    get(server, f"/-/api/export.{form}?ids={id_of(name)}&reveal={reveal}")


def test_what_is_odd_is_shown_as_it_came(server: Running) -> None:
    path = f"/-/api/exchanges/{id_of('scope: a value that is text')}"
    scope = get(server, path).json()["scope"]
    assert scope["headers"] == []
    assert scope["against_the_spec"] == {"headers": [["user-agent", "x"], ["content-type", None]]}


def test_what_is_odd_stays_out_of_what_is_masked(server: Running) -> None:
    path = f"/-/api/export.jsonl?ids={id_of('scope: a query of text')}"
    assert "token=c" in get(server, f"{path}&reveal=1").text
    assert "token=c" not in get(server, path).text
