"""Exchanges for tests of what stands behind the recorder."""

from typing import Any

from echoscope.exchange import Event, Exchange, State, decode_exchange, encode


def made_exchange(
    exchange_id: str = "a-1", *, state: State = "done", body: bytes = b"", status: int | None = 200, **scope: Any
) -> Exchange:
    """An exchange as it comes back from a store; `scope` changes keys of its scope."""
    exchange = Exchange(
        id=exchange_id,
        state=state,
        started_ns=1_795_338_000_123_456_789,
        duration_ns=1_500_000,
        status=status,
        received_bytes=len(body),
        sent_bytes=0,
        is_event_stream=False,
        scope={"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []} | scope,
        received_sha256=None,
        error=None,
        events_omitted=0,
        events=[Event("receive", 1000, len(body), {"type": "http.request", "body": body, "more_body": False})],
    )
    return decode_exchange(encode(exchange))
