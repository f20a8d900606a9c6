"""Answers that take time: how much, when, and that a client who leaves ends them."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from echoscope.web.endpoint.pacer import portions, spread
from tests import wire
from tests.eventually import eventually
from tests.servers import Running, echoscope, read_all

from .conftest import assert_problem, running


@pytest.mark.parametrize(
    ("path", "least_s", "size"),
    [
        ("/delay/0.3", 0.3, None),
        ("/delay/300ms", 0.3, None),
        ("/delay/0", 0, None),
        ("/drip?numbytes=4&duration=0.3", 0.3, 4),
        ("/drip?numbytes=400&duration=0.2&delay=0.1", 0.3, 400),
        ("/drip?numbytes=1&duration=0.3", 0, 1),
        ("/drip?numbytes=100000&duration=0", 0, 100_000),
        ("/drip-lines?numbytes=3&duration=0.2", 0.2, 6),
        ("/jsonl?count=3&duration=0.3", 0.3, None),
        ("/jsonl?count=3&duration=0.3&jitter=1", 0, None),
        ("/sse?count=3&duration=0.2&delay=0.1", 0.3, None),
        ("/range/1000?duration=0.3&chunk_size=10", 0.3, 1000),
        ("/mix/d=0.3", 0.3, 0),
    ],
)
def test_an_answer_takes_the_time_asked_for(client: httpx.Client, path: str, least_s: float, size: int | None) -> None:
    started = time.monotonic()
    answer = client.get(path)
    assert answer.status_code == 200
    assert time.monotonic() - started >= least_s
    if size is not None:
        assert answer.headers["content-length"] == str(size)
        assert len(answer.content) == size


def test_pieces_come_as_they_are_made(client: httpx.Client) -> None:
    started = time.monotonic()
    times = []
    with client.stream("GET", "/drip?numbytes=3&duration=0.6") as answer:
        for piece in answer.iter_raw():
            assert set(piece) == {ord("*")}
            times.append(time.monotonic() - started)
    assert times[0] < 0.5
    assert times[-1] >= 0.6


def test_the_delay_of_a_drip_comes_before_its_head(local: Running) -> None:
    with local.connect() as connection:
        started = time.monotonic()
        connection.sendall(wire.request("GET", "/drip?delay=0.3&duration=0.3&numbytes=2", close=True))
        assert connection.recv(1 << 16)
        assert time.monotonic() - started >= 0.3
        read_all(connection)


def test_delay_tells_the_request_like_anything(client: httpx.Client) -> None:
    answer = client.post("/delay/0.05", json={"a": 1})
    told = answer.json()
    assert told["json"] == {"a": 1}
    assert told["method"] == "POST"
    assert answer.headers["server-timing"].startswith("initial_delay;dur=50.00")


def test_more_than_the_longest_delay_is_the_longest_delay() -> None:
    with running(max_duration=0.1) as server:
        started = time.monotonic()
        assert server.client.get("/delay/99999").status_code == 200
        assert time.monotonic() - started < 5
        assert_problem(server.client.get("/drip?duration=0.2"), 400, "0.1")


@pytest.mark.parametrize("count", [0, 1, 4, 100])
def test_stream_sends_lines_of_json(client: httpx.Client, count: int) -> None:
    answer = client.get(f"/stream/{count}?a=1")
    assert answer.headers["content-type"] == "application/json"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == list(range(count))
    assert all(line["args"] == {"a": "1"} for line in lines)
    assert all("\n" not in line for line in answer.text.split("\n")[:-1])


def test_stream_sends_at_most_a_hundred(client: httpx.Client) -> None:
    assert len(client.get("/stream/101").text.splitlines()) == 100


def test_jsonl_is_ndjson(client: httpx.Client) -> None:
    answer = client.get("/jsonl?count=2")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [0, 1]


def test_sse_sends_pings(client: httpx.Client) -> None:
    answer = client.get("/sse?count=2&duration=0")
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    events = answer.text.split("\n\n")
    assert events.pop() == ""
    assert [event.splitlines()[0] for event in events] == ["event: ping"] * 2
    data = [json.loads(event.splitlines()[1].removeprefix("data: ")) for event in events]
    assert [item["id"] for item in data] == [0, 1]
    assert abs(data[0]["timestamp"] / 1000 - time.time()) < 60


@pytest.mark.parametrize("code", [200, 201, 404, 500, 204, 304])
def test_a_drip_has_the_status_asked_for(client: httpx.Client, code: int) -> None:
    answer = client.get(f"/drip?code={code}&duration=0&numbytes=5")
    assert answer.status_code == code
    assert answer.content == (b"" if code in (204, 304) else b"*****")


def test_head_does_not_wait_for_the_body(client: httpx.Client) -> None:
    started = time.monotonic()
    answer = client.head("/drip?duration=9&numbytes=10")
    assert answer.headers["content-length"] == "10"
    assert time.monotonic() - started < 5


LONG = [
    "/delay/9",
    "/drip?duration=9",
    "/drip?delay=9&duration=0",
    "/jsonl?duration=9",
    "/sse?duration=9",
    "/range/26?duration=9&chunk_size=1",
]


@pytest.mark.parametrize("path", [*LONG, "/mix/d=9"])
def test_a_client_who_leaves_ends_the_work(local: Running, client: httpx.Client, path: str) -> None:
    connection = local.connect()
    connection.sendall(wire.request("GET", path))
    eventually(lambda: _running(client, path))
    left = time.monotonic()
    connection.close()
    eventually(lambda: not _running(client, path))
    assert time.monotonic() - left < 8


def _running(client: httpx.Client, path: str) -> bool:
    """Whether the inspector shows an exchange with this path as open, which it does after a while."""
    shown = client.get("/-/api/exchanges", params={"limit": "100"}).json()["items"]
    return any(item["path"] == path.split("?")[0] and item["state"] == "open" for item in shown)


def test_a_running_drip_is_seen_with_what_it_has_sent(local: Running, client: httpx.Client) -> None:
    with client.stream("GET", "/drip?numbytes=5&duration=3&code=203") as answer:
        exchange = f"/-/api/exchanges/{answer.headers['x-echoscope-id']}"
        eventually(lambda: local.client.get(exchange).status_code == 200)
        shown = local.client.get(exchange).json()
        assert shown["state"] == "open"
        assert shown["status"] == 203
        assert 0 < shown["sent_bytes"] < 5
        answer.read()
    assert local.client.get(exchange).json()["state"] == "done"
    assert local.client.get(exchange).json()["sent_bytes"] == 5


def test_only_so_many_requests_are_slow_at_once() -> None:
    with running(max_slow_requests=3) as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.client.get("/delay/0.5"), range(8)))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[:3] == [200, 200, 200]
        assert statuses[-1] == 429
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert_problem(refused, 429, "3")
        assert refused.headers["retry-after"] == "10"
        assert server.client.get("/delay/0.01").status_code == 200


def test_a_stranger_has_fewer_places_and_slowness_holds_up_nobody_else(public: Running) -> None:
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(public.client.get, "/delay/3") for _ in range(20)]
        quick = public.client.get("/get")
        assert quick.elapsed.total_seconds() < 3
        statuses = [found.result().status_code for found in slow]
    assert statuses.count(200) >= 8
    assert 429 in statuses


@pytest.mark.parametrize(
    "path", ["/stream/3", "/sse?duration=0&count=2", "/jsonl", "/stream-bytes/100", "/drip?duration=0"]
)
def test_http_1_0_never_gets_chunks(local: Running, path: str) -> None:
    answer = wire.Answer(local.raw(wire.request("GET", path, version="1.0")))
    assert answer.header("transfer-encoding") is None
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize(
    "path", ["/sse?count=3&duration=3", "/jsonl?count=3&duration=3", "/drip?numbytes=3&duration=3"]
)
def test_http_1_0_gets_a_stream_as_it_comes_where_the_server_ends_it_with_the_connection(path: str) -> None:
    """RFC 9112, section 6.3. nginx speaks HTTP/1.0 to what is behind it unless it is told otherwise."""
    with echoscope() as server, server.connect() as connection:
        started = time.monotonic()
        connection.sendall(wire.request("GET", path, ["Connection: keep-alive"], version="1.0"))
        first = connection.recv(1 << 16)
        assert time.monotonic() - started < 2.7
        answer = wire.Answer(first + read_all(connection))
        assert time.monotonic() - started >= 3
        assert answer.header("transfer-encoding") is None
        if not path.startswith("/drip"):
            assert answer.header("content-length") is None
            assert answer.body.count(b'"id"') == 3


@pytest.mark.parametrize(
    "path",
    [
        "/sse?duration=0&count=1",
        "/jsonl?count=1",
        "/drip?duration=0",
        "/drip-lines?duration=0",
        "/range/9?duration=0.1",
    ],
)
def test_proxies_are_told_not_to_gather_what_comes_over_time(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("query", ["duration=300ms", "duration=300ms&chunk_size=100", "duration=0.3&chunk_size=20"])
def test_a_range_takes_its_duration_whatever_its_chunks(client: httpx.Client, query: str) -> None:
    started = time.monotonic()
    assert client.get(f"/range/20?{query}").text == "abcdefghijklmnopqrst"
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("path", "pause"), [("/drip?numbytes=3&duration=0.2&delay=0.1", 100), ("/sse?count=1&duration=0.2&delay=0.1", 200)]
)
def test_the_times_of_a_stream_are_told(client: httpx.Client, path: str, pause: int) -> None:
    timings = dict(part.split(";")[:2] for part in client.get(path).headers["server-timing"].split(", "))
    assert timings == {
        "initial_delay": "dur=100.00",
        "total_duration": "dur=300.00",
        "write_duration": "dur=200.00",
        "pause_per_write": f"dur={pause}.00",
    }


@pytest.mark.parametrize(("count", "lines"), [(0, 1), (-3, 1), (1, 1), (101, 100)])
def test_jsonl_has_go_httpbins_clamp(client: httpx.Client, count: int, lines: int) -> None:
    assert len(client.get(f"/jsonl?count={count}").text.splitlines()) == lines


def test_times_are_spread_from_the_first_to_the_last() -> None:
    assert spread(1, 5) == [0]
    assert spread(3, 5) == [0, 2.5, 5]


@pytest.mark.parametrize(("total", "duration_s"), [(1, 0), (10, 2), (102_400, 10), (102_400, 0), (7, 0.2), (100, 0.01)])
def test_portions_are_the_whole_and_few_enough(total: int, duration_s: float) -> None:
    made = portions(total, duration_s)
    assert sum(made) == total
    assert min(made) >= 1
    assert max(made) - min(made) <= 1
    assert len(made) <= duration_s * 20 + 1
