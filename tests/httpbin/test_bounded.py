"""Answers that are bounded, as the peers bound them in silence, say so."""

import pytest

from tests.conftest import Serve

ASKED = {
    "/bytes/200": "100 bytes, not 200",
    "/bytes/100": None,
    "/stream-bytes/101": "100 bytes, not 101",
    "/stream/101": "100 lines, not 101",
    "/stream/100": None,
    "/jsonl?count=5000": "100 lines, not 5000",
    "/jsonl?count=0": None,
    "/delay/11": "0.01 seconds, not 11",
    "/delay/1500ms": "0.01 seconds, not 1.5",
    "/delay/0": None,
}


@pytest.mark.parametrize(("path", "said"), ASKED.items(), ids=ASKED)
def test_what_is_less_than_was_asked_for_says_so(serve: Serve, path: str, said: str | None) -> None:
    server = serve(max_generated_bytes=100, max_duration="10ms")
    answer = server.client.get(path)
    assert answer.status_code == 200
    assert answer.headers.get("x-echoscope-bounded") == said


@pytest.mark.parametrize(("delay", "said"), [("60", "0.01 seconds, not 60"), ("5ms", None)])
def test_a_delay_of_the_echo_too(serve: Serve, delay: str, said: str | None) -> None:
    server = serve(max_duration="10ms")
    answer = server.client.get("/x", headers={"x-echoscope-delay": delay})
    assert answer.headers.get("x-echoscope-bounded") == said


def test_the_list_of_endpoints_for_programs_is_framed_by_nobody(serve: Serve) -> None:
    answer = serve().client.get("/-/openapi.json")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
