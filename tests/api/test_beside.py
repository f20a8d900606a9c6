"""Whoever looks at an exchange does not hold up the event loop: it is decoded, read and encoded in another thread and,
where it is long, in another process."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import current_thread
from typing import Any

import pytest

from echoscope.base.settings import load
from echoscope.exchange.model import Carriage
from echoscope.insight.masking import key_in_use, use_key
from echoscope.main import create_app
from echoscope.web.inspector import looking
from echoscope.web.inspector.ways import FORMS
from tests.exchanges import made_exchange, plain_exchange
from tests.servers import WAIT_S, Running
from tests.stores import put

BODY = b'{"password": "a-secret", "a": [' + b"1.5, " * 10_000 + b"1]}"
LONG_BODY = b'{"password": "a-secret", "a": [' + b"1.5, " * 50_000 + b"1]}"

DECODE = "echoscope.log.store.decode_exchange"
INSPECTOR = "echoscope.web.inspector"
LOOKS = {
    "": [DECODE, f"{INSPECTOR}.answers.document", f"{INSPECTOR}.answers.findings", f"{INSPECTOR}.api.encoded"],
    "?reveal=0": [DECODE, f"{INSPECTOR}.answers.mask"],
    "/body": [DECODE, f"{INSPECTOR}.api.body_bytes"],
    "/body/view": [DECODE, "echoscope.insight.bodies.view.view", f"{INSPECTOR}.views.encoded"],
    "/body/view?reveal=0": [DECODE, f"{INSPECTOR}.views.mask"],
    "/events/0/view": [DECODE, "echoscope.insight.bodies.view.view_message", f"{INSPECTOR}.views.encoded"],
    "/headers": [DECODE, f"{INSPECTOR}.views.read_headers", f"{INSPECTOR}.views.encoded"],
    "/ways": [DECODE, f"{INSPECTOR}.ways.ways"],
    "/wire": [DECODE, f"{INSPECTOR}.ways.read_wire"],
    "/hops": [DECODE, f"{INSPECTOR}.ways.encoded"],
    "/conformance": [DECODE, f"{INSPECTOR}.ways.breaches"],
    "/connection": [f"{INSPECTOR}.ways.read_connection"],
    "/code/curl": [DECODE, f"{INSPECTOR}.code.write"],
    "/send": [DECODE, f"{INSPECTOR}.send.draft_of"],
}
"""What is called for each, of what takes the longer the more was recorded."""

LONG_LOOKS = {
    **{f"api/exchanges/long{rest}": ("GET", None) for rest in LOOKS if rest != "/connection"},
    "api/exchanges/long/code/curl?reveal=1": ("GET", None),
    "api/exchanges/long/send?reveal=0": ("GET", None),
    "api/exchanges/long/body/view?of=response": ("GET", None),
    "api/exchanges/long/events/7/view": ("GET", None),
    "api/exchanges/long/signature": ("POST", {"scheme": "github", "secret": "s"}),
    "api/values?ids=long&of=preview&of=json.password": ("GET", None),
    "api/export.har?ids=long,short": ("GET", None),
    "api/export.jsonl?ids=short,long": ("GET", None),
    "api/export.csv?ids=long": ("GET", None),
    "api/export.html?ids=long": ("GET", None),
    "exchanges/long": ("GET", None),
    "exchanges/long?reveal=0": ("GET", None),
    "api/exchanges/wait?after=0&q=method:POST": ("GET", None),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    app = create_app(load({}))
    headers = [[b"host", b"a"], [b"content-type", b"application/json"]]
    with Running(app) as running:
        for name, body in (("long", LONG_BODY), ("short", BODY)):
            one = made_exchange(name, body=body, headers=headers)
            values = {name: getattr(one, name) for name in one.__struct_fields__}
            running.run(put(app.logs.main, type(one)(**(values | {"carriage": Carriage("c-1", 1, one.started_ns)}))))
        running.run(put(app.logs.main, plain_exchange("wire", method="PUT", body=LONG_BODY)))
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
    answer = server.client.get(f"/-/api/exchanges/short{rest}")
    assert answer.status_code == 200
    assert threads == {name: {"beside"} for name in LOOKS[rest]}


@pytest.mark.parametrize("address", LONG_LOOKS)
def test_a_look_at_a_long_exchange_is_made_in_another_process_and_tells_the_same(
    server: Running, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, wish = LONG_LOOKS[address]
    with monkeypatch.context() as here:
        here.setattr(looking, "LONG_BYTES", 1 << 30)
        expected = server.client.request(method, f"/-/{address}", json=wish)
    with monkeypatch.context() as apart:
        apart.setattr(DECODE, _decode_short)
        answer = server.client.request(method, f"/-/{address}", json=wish)
    assert answer.status_code == expected.status_code
    assert answer.content == expected.content
    assert answer.headers["content-type"] == expected.headers["content-type"]


def test_the_bytes_of_a_long_request_are_looked_at_there_too(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    here = server.client.get("/-/api/exchanges/wire?reveal=0").json()
    monkeypatch.setattr(f"{INSPECTOR}.answers.document", _never)
    assert server.client.get("/-/api/exchanges/wire?reveal=0").json() == here


def test_secrets_are_told_apart_in_the_same_way_there(server: Running) -> None:
    key = key_in_use()
    try:
        for other in (b"a" * 32, b"b" * 32):
            use_key(other)
            marks = [
                server.client.get(f"/-/api/exchanges/{name}/code/raw").content.partition(b"redacted-")[2][:8]
                for name in _with_a_secret_in_the_query(server)
            ]
            assert marks[0]
            assert marks[0] == marks[1]
    finally:
        use_key(key)


@pytest.mark.parametrize("form", FORMS)
def test_a_long_request_is_told_in_its_ways_as_a_short_one_would_be(
    server: Running, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        here.setattr(looking, "LONG_BYTES", 1 << 30)
        expected = server.client.post(f"/-/echo?as={form}", content=LONG_BODY)
    monkeypatch.setattr(DECODE, _decode_short)
    answer = server.client.post(f"/-/echo?as={form}", content=LONG_BODY)
    assert answer.status_code == 200
    assert _steady(answer.text) == _steady(expected.text)


def _steady(text: str) -> str:
    """Without what differs between two requests of one connection."""
    return re.sub(r'"(number|at_ms|opened_at)": [^,\n]+', "", text)


def test_what_the_first_page_needs_is_imported_before_it() -> None:
    program = """
import asyncio, sys
from echoscope.base.settings import load
from echoscope.main import create_app
needs = ("jinja2", "anyio._backends._asyncio", "starlette.applications")
app = create_app(load({}))
print(*[name in sys.modules for name in needs])
asyncio.run(app.inspector.load())
print(*[name in sys.modules for name in needs])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WAIT_S, check=True)
    before, after = run.stdout.splitlines()
    assert before.split()[0] == "False"
    assert after == "True True True"


def _with_a_secret_in_the_query(server: Running) -> list[str]:
    ids = []
    for body in (b"short", b"long " * 50_000):
        answer = server.client.post("/x?token=a-token", content=body)
        ids.append(answer.headers["x-echoscope-id"])
    return ids


def _decode_short(data: bytes) -> Any:
    from echoscope.exchange.model import decode_exchange

    assert len(data) < looking.LONG_BYTES, "a long exchange is decoded in the process of the loop"
    return decode_exchange(data)


def _never(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("it is made in the process of the loop")
