"""Whoever looks at an exchange does not hold up the event loop: it is decoded, read and encoded in another thread."""

from collections.abc import Callable, Iterator
from threading import current_thread
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.exchange.model import Carriage
from echoscope.main import create_app
from tests.exchanges import made_exchange
from tests.servers import Running
from tests.stores import put

BODY = b'{"a": [' + b"1.5, " * 50_000 + b"1]}"

DECODE = "echoscope.log.store.decode_exchange"
INSPECTOR = "echoscope.web.inspector"
LOOKS = {
    "": [DECODE, f"{INSPECTOR}.answers.document", f"{INSPECTOR}.answers.findings", f"{INSPECTOR}.api.encoded"],
    "?reveal=0": [DECODE, f"{INSPECTOR}.answers.mask"],
    "/body/view": [DECODE, "echoscope.insight.bodies.view.view", f"{INSPECTOR}.views.json_answer"],
    "/body/view?reveal=0": [DECODE, f"{INSPECTOR}.views.mask"],
    "/events/0/view": [DECODE, "echoscope.insight.bodies.view.view_message", f"{INSPECTOR}.views.json_answer"],
    "/headers": [DECODE, f"{INSPECTOR}.views.read_headers", f"{INSPECTOR}.views.json_answer"],
    "/ways": [DECODE, f"{INSPECTOR}.ways.ways"],
    "/wire": [DECODE, f"{INSPECTOR}.ways.read_wire"],
    "/hops": [DECODE, f"{INSPECTOR}.ways.read_hops"],
    "/conformance": [DECODE, f"{INSPECTOR}.ways.breaches"],
    "/connection": [DECODE, f"{INSPECTOR}.ways.read_connection"],
    "/code/curl": [DECODE, f"{INSPECTOR}.code.write"],
    "/send": [DECODE, f"{INSPECTOR}.send.draft_of"],
}
"""What is called for each, of what takes the longer the more was recorded."""


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    app = create_app(load({}))
    headers = [[b"host", b"a"], [b"content-type", b"application/json"]]
    with Running(app) as running:
        one = made_exchange("large-1", body=BODY, headers=headers)
        values = {name: getattr(one, name) for name in one.__struct_fields__}
        running.run(put(app.logs.main, type(one)(**(values | {"carriage": Carriage("c-1", 1, one.started_ns)}))))
        yield running


@pytest.mark.parametrize("rest", LOOKS)
def test_a_look_at_an_exchange_is_made_beside_the_loop(
    server: Running, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[str, set[str]] = {}

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            threads.setdefault(name, set()).add(current_thread().name)
            return function(*args, **kwargs)

        return call

    for name in LOOKS[rest]:
        module, _, attribute = name.rpartition(".")
        function = getattr(__import__(module, fromlist=[attribute]), attribute)
        monkeypatch.setattr(name, watched(name, function))
    answer = server.client.get(f"/-/api/exchanges/large-1{rest}")
    assert answer.status_code == 200
    assert threads == {name: {"beside"} for name in LOOKS[rest]}
