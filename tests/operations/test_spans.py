"""Exchanges as spans: what a collector gets over OTLP, read by the protocol's own messages."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from echoscope.base.settings import SettingsError, load
from tests.cli.program import clean_environment, started
from tests.eventually import eventually
from tests.servers import HOST, NO_TLS, WAIT_S

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Takes spans, and keeps them with the resource that they are of."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Handler)
        self.origin = f"http://{HOST}:{self.server_address[1]}"
        self.spans: list[Span] = []
        self.resources: list[dict[str, Any]] = []
        self.bodies = b""


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        self.server.bodies += body
        for group in request.resource_spans:
            self.server.resources.append(values(group.resource))
            self.server.spans += [span for scope in group.scope_spans for span in scope.spans]
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def values(holder: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in holder.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_exchange_is_a_span_of_the_trace_that_it_belongs_to(collector: Collector) -> None:
    with started("--otlp-endpoint", collector.origin) as program:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "authorization": "Bearer hush-hush", "user-agent": "probe"}
        answer = httpx.post(
            program.origin + "/pay?token=hush-hush", headers=headers, content=b"hush-hush", verify=NO_TLS
        )
        httpx.get(program.origin + "/status/503", verify=NO_TLS)
        program.stop()  # what waits is sent before it ends
    eventually(lambda: len(collector.spans) == 2)
    paid, failed = collector.spans
    told = values(paid)
    assert paid.name == "POST"
    assert paid.kind == Span.SPAN_KIND_SERVER
    assert (paid.trace_id.hex(), paid.parent_span_id.hex()) == (TRACE, PARENT)
    assert 0 < paid.end_time_unix_nano - paid.start_time_unix_nano < 60_000_000_000
    assert told["http.request.method"] == "POST"
    assert told["url.path"] == "/pay"
    assert told["http.response.status_code"] == 200
    assert told["http.request.body.size"] == 9
    assert told["user_agent.original"] == "probe"
    assert told["client.address"] == HOST
    assert told["network.protocol.version"] == "1.1"
    assert told["echoscope.exchange.id"] == answer.headers["x-echoscope-id"]
    assert failed.status.code == Status.STATUS_CODE_ERROR
    assert failed.trace_id != paid.trace_id
    assert not failed.parent_span_id
    assert collector.resources[0]["service.name"] == "echoscope"
    assert b"hush" not in collector.bodies


def test_a_collector_that_is_away_holds_nothing_up() -> None:
    with started("--otlp-endpoint", "http://127.0.0.1:9", "--shutdown-grace", "5") as program:
        assert [httpx.get(program.origin + "/x", verify=NO_TLS).status_code for _ in range(20)] == [200] * 20
        assert program.stop() == 0


@pytest.mark.parametrize("text", ["localhost:4318", "grpc://a", "http://", "http://a b", "http://a/?x=1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--otlp-endpoint: .* cannot be used: it takes the address of a collector"):
        load({}, otlp_endpoint=text)


def test_without_the_packages_it_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['opentelemetry.exporter'] = None; from echoscope.cli import main; main()"
    command = [sys.executable, "-c", hidden, "serve", "--otlp-endpoint", "http://localhost:4318"]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT_S, env=clean_environment(), check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.strip().endswith("pip install 'echoscope[otel]'")
