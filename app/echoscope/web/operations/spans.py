"""Exchanges as spans of OpenTelemetry, sent to a collector over OTLP.

A span has the time of its exchange, belongs to the trace that the request's `traceparent` names (W3C Trace Context)
and has the attributes of the semantic conventions for HTTP servers. Queries, headers and bodies are not in it.
"""

from typing import Any, Final

from ...base.settings import SettingsError
from ...exchange.model import ExchangeHead
from ...exchange.wire import Wire

EXPORT_S: Final = 5.0
"""How long a collector may take to answer. Who waits is a thread of its own."""

SHUTDOWN_MS: Final = 2_000


class Spans:
    """Sends to the collector at `endpoint`, such as `http://localhost:4318`. Raises SettingsError without the packages
    that are needed."""

    def __init__(self, endpoint: str, version: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace import SpanKind, Status, StatusCode
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise SettingsError("--otlp-endpoint needs OpenTelemetry: pip install 'echoscope[otel]'") from error
        resource = Resource.create({"service.name": "echoscope", "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("echoscope", version)
        self._context = TraceContextTextMapPropagator()
        self._server, self._failed = SpanKind.SERVER, Status(StatusCode.ERROR)

    def take(self, heads: list[ExchangeHead | Wire]) -> None:
        for head in heads:
            fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            span = self._tracer.start_span(
                head.method or "WEBSOCKET",
                context=self._context.extract(fields),
                kind=self._server,
                attributes=attributes(head, fields),
                start_time=head.started_ns,
            )
            if head.state == "error" or (head.status or 0) >= 500:
                span.set_status(self._failed)
            span.end(head.started_ns + head.duration_ns)

    def close(self) -> None:
        """Send what waits, for a moment."""
        self._provider.force_flush(SHUTDOWN_MS)
        self._provider.shutdown()


def attributes(head: ExchangeHead | Wire, fields: dict[str, str]) -> dict[str, Any]:
    """By their names in the semantic conventions; what is not known is left out."""
    known = {
        "http.request.method": head.method or "GET",
        "http.response.status_code": head.status,
        "http.request.body.size": head.received_bytes,
        "http.response.body.size": head.sent_bytes,
        "network.protocol.name": "websocket" if head.type == "websocket" else "http",
        "network.protocol.version": head.http_version,
        "url.path": head.path.encode("utf-8", "backslashreplace").decode(),
        "client.address": head.client[0] if head.client else None,
        "user_agent.original": fields.get("user-agent"),
        "echoscope.exchange.id": head.id,
        "echoscope.exchange.state": head.state,
    }
    return {name: value for name, value in known.items() if value is not None}
