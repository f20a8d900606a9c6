"""Figures for Prometheus: what they say is true, of one process and of several, and nobody pays who does not ask."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.main import Echoscope
from tests.cli.program import Program, started
from tests.conftest import Serve
from tests.eventually import eventually
from tests.places import redis_running
from tests.servers import NO_TLS, Running
from tests.stores import Distant

TOKEN = "operator-token-of-these-tests"


def figures(text: str) -> dict[str, float]:
    """Samples by their names with labels, as they are written."""
    return {
        sample.name + "".join(f"{{{name}={value}}}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def asked(server: Running) -> dict[str, float]:
    return figures(server.client.get("/-/metrics").text)


def test_what_has_happened_is_counted_whenever_it_was(serve: Serve) -> None:
    server = serve()
    for _ in range(7):
        server.client.get("/plain")
    server.client.post("/asgi", content=iter([b"a"]))
    assert asked(server)["echoscope_exchanges_total"] == 8
    server.client.get("/plain")
    assert asked(server)["echoscope_exchanges_total"] == 9
    server.client.delete("/-/api/exchanges")
    assert asked(server)["echoscope_exchanges_total"] == 9


def test_how_long_exchanges_take_is_a_histogram_from_the_first_look_on(serve: Serve) -> None:
    server = serve()
    asked(server)
    for path in ("/a", "/status/404", "/status/503", "/status/503"):
        server.client.get(path)
    server.client.get("/delay/0.06")
    name = "echoscope_exchange_duration_seconds_count{status=%s}{type=http}"
    eventually(lambda: asked(server).get(name % "2xx") == 2 and asked(server).get(name % "5xx") == 2)
    told = asked(server)
    assert told[name % "4xx"] == 1
    buckets = {key: value for key, value in told.items() if "_bucket" in key and "{status=2xx}" in key}
    assert buckets["echoscope_exchange_duration_seconds_bucket{le=0.05}{status=2xx}{type=http}"] == 1
    assert buckets["echoscope_exchange_duration_seconds_bucket{le=+Inf}{status=2xx}{type=http}"] == 2


def test_the_state_of_feed_and_log_is_told(serve: Serve) -> None:
    server = serve()
    server.client.get("/x")
    with connect(server.websocket_url("/-/live"), proxy=None) as feed, connect(server.websocket_url("/x"), proxy=None):
        feed.recv()
        told = asked(server)
        assert told["echoscope_subscribers"] == 1
        assert told["echoscope_open"] == 1
        assert told["echoscope_store_up"] == 1
    eventually(lambda: asked(server)["echoscope_subscribers"] == 0)
    assert asked(server)["echoscope_kept"] == 2
    assert asked(server)["echoscope_kept_bytes"] > 0
    assert asked(server)["process_resident_memory_bytes"] > 0
    eventually(lambda: "echoscope_loop_lag_seconds" in asked(server))


def test_what_waits_and_what_is_lost_is_told(serve: Serve) -> None:
    store = Distant(max_waiting=3)
    server = serve(Echoscope(load({}), store))
    store.is_hanging = True
    for number in range(5):
        server.client.get(f"/{number}")
    told = asked(server)
    assert (told["echoscope_queued"], told["echoscope_lost_total"]) == (3, 2)
    store.fault = ConnectionError("away")
    assert asked(server)["echoscope_store_up"] == 0
    assert asked(server)["echoscope_exchanges_total"] == 5
    server.client.get("/5")
    told = asked(server)
    assert (told["echoscope_queued"], told["echoscope_lost_total"]) == (3, 3), "nobody needs the store to know"


def test_what_finds_no_bin_is_counted_too(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    server.client.get("/~no-such-bin/x")
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert figures(server.client.get("/-/metrics", headers=bearer).text)["echoscope_exchanges_total"] == 1


def test_imported_exchanges_are_nobody_s_requests(serve: Serve) -> None:
    first, second = serve(), serve()
    first.client.get("/x")
    asked(second)
    second.client.post("/-/api/import", content=first.client.get("/-/api/export.jsonl").content)
    second.client.get("/own")
    name = "echoscope_exchange_duration_seconds_count{status=2xx}{type=http}"
    eventually(lambda: asked(second).get(name) == 1)
    assert asked(second)["echoscope_exchanges_total"] == 1


def test_they_are_the_operator_s_in_public(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    assert server.client.get("/-/metrics").status_code == 401
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert "echoscope_exchanges_total" in server.client.get("/-/metrics", headers=bearer).text


@pytest.mark.parametrize(
    ("accept", "content_type", "last"),
    [
        ("*/*", "text/plain", ""),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", "# EOF"),
    ],
)
def test_the_format_is_the_one_that_is_wanted(serve: Serve, accept: str, content_type: str, last: str) -> None:
    answer = serve().client.get("/-/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.text.rstrip().endswith(last)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_path_of_a_client_makes_no_new_figures(serve: Serve) -> None:
    """Labels have few values, whatever is asked for."""
    server = serve()
    asked(server)
    for number in range(50):
        server.client.request(f"M{number}", f"/{number}")
    eventually(lambda: asked(server).get("echoscope_exchange_duration_seconds_count{status=2xx}{type=http}") == 50)
    assert len([name for name in asked(server) if "_count" in name]) == 1


def test_who_does_not_ask_does_not_even_load_it() -> None:
    program = (
        "import echoscope.main, sys; sys.exit('prometheus_client' in sys.modules or 'opentelemetry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """Two processes that share their figures."""
    with ExitStack() as running:
        first, second = (running.enter_context(started(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))) for _ in range(2))
        yield first, second


NAME = "echoscope_exchange_duration_seconds_count{status=2xx}{type=http}"


def test_several_processes_tell_of_all_of_them(pair: tuple[Program, Program]) -> None:
    for program, count in zip(pair, (3, 4), strict=True):
        for _ in range(count):
            assert httpx.get(program.origin + "/x", verify=NO_TLS).status_code == 200
    for program in pair:
        eventually(lambda program=program: told_by(program)["echoscope_exchanges_total"] == 7)  # type: ignore[misc]


def test_several_processes_time_exchanges_once_one_of_them_was_asked(pair: tuple[Program, Program]) -> None:
    first, second = pair
    assert httpx.get(second.origin + "/x", verify=NO_TLS).status_code == 200
    assert NAME not in told_by(first)
    counts = []

    def is_timed() -> bool:
        assert httpx.get(second.origin + "/x", verify=NO_TLS).status_code == 200
        counts.append(told_by(first).get(NAME, 0))
        return counts[-1] > 0

    eventually(is_timed)
    for _ in range(4):
        assert httpx.get(second.origin + "/x", verify=NO_TLS).status_code == 200
    assert httpx.get(first.origin + "/x", verify=NO_TLS).status_code == 200
    for program in pair:
        eventually(lambda program=program: told_by(program)[NAME] >= counts[-1] + 5)  # type: ignore[misc]
        eventually(lambda program=program: told_by(program)["echoscope_exchanges_total"] == len(counts) + 6)  # type: ignore[misc]


def test_what_a_process_has_counted_outlives_it_but_not_its_readers(pair: tuple[Program, Program]) -> None:
    first, second = pair
    with connect(first.origin.replace("http", "ws") + "/-/live", proxy=None):
        httpx.get(first.origin + "/x", verify=NO_TLS)
        eventually(lambda: told_by(second)["echoscope_exchanges_total"] == 1)
        eventually(lambda: told_by(second)["echoscope_subscribers"] == 1)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    assert told_by(second)["echoscope_subscribers"] == 0
    assert told_by(second)["echoscope_exchanges_total"] == 1


def test_a_process_that_is_ended_leaves_all_that_it_has_counted(pair: tuple[Program, Program]) -> None:
    first, second = pair
    for _ in range(50):
        assert httpx.get(first.origin + "/x", verify=NO_TLS).status_code == 200
    assert first.stop() == 0
    assert told_by(second)["echoscope_exchanges_total"] == 50


def test_what_a_shared_store_has_lost_is_told_once(tmp_path: Path) -> None:
    with redis_running() as redis, ExitStack() as running:
        options = ("--store", redis.address)
        pair = [running.enter_context(started(*options, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))) for _ in range(2)]
        redis.client.hset("echoscope:{main}:2.4:meta", "lost", 5)
        for program in pair:
            told_by(program)
        for program in pair:
            told = told_by(program)
            assert (told["echoscope_store_lost"], told["echoscope_lost_total"]) == (5, 0)


def told_by(program: Program) -> dict[str, float]:
    return figures(httpx.get(program.origin + "/-/metrics", verify=NO_TLS).text)


def test_workers_tell_of_all_of_them_whichever_is_asked() -> None:
    with started("--workers", "2", "--log-format", "json") as program:
        ids: list[str] = []

        def both_have_answered() -> bool:
            ids.append(httpx.get(program.origin + "/x", verify=NO_TLS).headers["x-echoscope-id"])
            return len({one.partition("-")[0] for one in ids}) == 2

        eventually(both_have_answered)
        eventually(lambda: {told_by(program)["echoscope_exchanges_total"] for _ in range(10)} == {len(ids)})

        def both_are_timed() -> bool:
            ids.append(httpx.get(program.origin + "/x", verify=NO_TLS).headers["x-echoscope-id"])
            return told_by(program).get(NAME, 0) >= 2

        eventually(both_are_timed)
        program.stop()
    lines = [json.loads(line) for line in program.printed.splitlines()]
    assert sorted(line["id"] for line in lines if "id" in line) == sorted(ids)
