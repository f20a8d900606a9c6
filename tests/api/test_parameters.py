"""Query parameters: what an address does not take is refused by its name, and what is cut says so."""

from collections.abc import Iterator

import pytest

from tests import wire
from tests.conftest import Serve
from tests.servers import Running, echoscope


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        running.client.post("/x", content=b"body")
        yield running


@pytest.fixture
def exchange_id(server: Running) -> str:
    return str(server.client.get("/-/api/exchanges").json()["items"][0]["id"])


ADDRESSES = {
    "exchanges?limit=1&wait=5": ("'wait'", "limit, before, after, q and reveal"),
    "exchanges?Limit=1": ("'Limit'", "limit, before, after, q and reveal"),
    "exchanges?foo": ("'foo'", "limit, before, after, q and reveal"),
    "exchanges/ID?foo=1": ("'foo'", "takes reveal and bodies."),
    "exchanges/ID/body?side=response": ("'side'", "takes of."),
    "exchanges/ID/body/view?raw=1": ("'raw'", "of, decode, hex and reveal"),
    "exchanges/ID/headers?foo=1": ("'foo'", "of and reveal"),
    "exchanges/ID/code?foo=1": ("'foo'", "takes reveal."),
    "exchanges/ID/code/curl?foo=1": ("'foo'", "takes reveal."),
    "exchanges/ID/events/0/view?foo=1": ("'foo'", "takes reveal."),
    "export.jsonl?before=1000": ("'before'", "q, ids, limit and reveal"),
    "pins?q=x": ("'q'", "takes reveal."),
    "info?verbose=1": ("'verbose'", "takes none."),
    "info?a=1&b=2&a=3": ("'a' and 'b'", "takes none."),
    "info?%00%0a=1": (r"'\x00\n'", "takes none."),
}


@pytest.mark.parametrize(("path", "words"), ADDRESSES.items(), ids=ADDRESSES)
def test_an_unknown_parameter_is_named_with_those_that_there_are(
    server: Running, exchange_id: str, path: str, words: tuple[str, str]
) -> None:
    answer = server.client.get(f"/-/api/{path.replace('ID', exchange_id)}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    for word in words:
        assert word in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "exchanges?limit=1"),
        ("DELETE", "exchanges/ID?force=1"),
        ("PUT", "exchanges/ID/pin?a=1"),
        ("DELETE", "exchanges/ID/pin?a=1"),
        ("PUT", "exchanges/ID/note?note=x"),
        ("POST", "import?format=har"),
    ],
)
def test_nothing_is_changed_by_a_request_that_is_not_understood(
    server: Running, exchange_id: str, method: str, path: str
) -> None:
    answer = server.client.request(method, f"/-/api/{path.replace('ID', exchange_id)}")
    assert answer.status_code == 400
    assert "takes none" in answer.json()["detail"]
    assert server.client.get(f"/-/api/exchanges/{exchange_id}").json()["pinned"] is False


@pytest.mark.parametrize("lines", [wire.UPGRADE, ["Accept: text/event-stream"]], ids=["websocket", "events"])
def test_the_feed_too(server: Running, lines: list[str]) -> None:
    target = "/-/live?since=5"
    answer = wire.Answer(server.raw(wire.request(target=target, headers=[*lines, "Connection: close"][:9])))
    assert answer.status == 400
    assert b"'since'" in answer.body
    assert b"after, epoch, q and reveal" in answer.body


def test_pages_take_what_links_carry(server: Running) -> None:
    assert server.client.get("/-/?utm_source=mail", headers={"accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(("size", "kept"), [(0, 0), (9, 9), (10, 10), (11, 10), (100, 10)])
def test_a_download_says_how_long_the_body_was_and_whether_it_is_cut(serve: Serve, size: int, kept: int) -> None:
    server = serve(kept_body_bytes=10)
    exchange_id = server.client.post("/x", content=b"a" * size).headers["x-echoscope-id"]
    for method in ("GET", "HEAD"):
        answer = server.client.request(method, f"/-/api/exchanges/{exchange_id}/body")
        assert int(answer.headers["content-length"]) == kept
        assert answer.headers["x-echoscope-body-size"] == str(size)
        assert answer.headers.get("x-echoscope-truncated") == (None if kept == size else "true")


def test_an_answer_too(serve: Serve) -> None:
    server = serve(kept_body_bytes=10)
    exchange_id = server.client.get("/bytes/50").headers["x-echoscope-id"]
    answer = server.client.get(f"/-/api/exchanges/{exchange_id}/body?of=response")
    assert (len(answer.content), answer.headers["x-echoscope-body-size"]) == (10, "50")
    assert answer.headers["x-echoscope-truncated"] == "true"
