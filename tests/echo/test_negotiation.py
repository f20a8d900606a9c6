"""JSON or a page: by the q-values of `Accept` (RFC 9110, section 12.5.1), never by who asks."""

import pytest

from tests import wire
from tests.servers import Running

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param([], JSON, id="no header"),
        pytest.param([""], JSON, id="an empty header"),
        pytest.param(["*/*"], JSON, id="curl"),
        pytest.param(["*"], JSON, id="a lone star"),
        pytest.param([CHROME], HTML, id="Chrome"),
        pytest.param([FIREFOX], HTML, id="Firefox"),
        pytest.param(["text/html"], HTML, id="a page"),
        pytest.param(["TEXT/HTML"], HTML, id="a page in capitals"),
        pytest.param(["text/*"], HTML, id="any text"),
        pytest.param(["application/json"], JSON, id="JSON"),
        pytest.param(["application/*"], JSON, id="any application"),
        pytest.param(["text/html, application/json"], JSON, id="equal wishes"),
        pytest.param(["application/json, text/html"], JSON, id="equal wishes the other way"),
        pytest.param(["application/json;q=0.9, text/html"], HTML, id="rather a page"),
        pytest.param(["application/json, text/html;q=0.9"], JSON, id="rather JSON"),
        pytest.param(["text/html;q=0.5, */*;q=0.1"], HTML, id="a page rather than anything"),
        pytest.param(["text/html;q=0.1, */*"], JSON, id="anything rather than a page"),
        pytest.param(["text/html;q=0, */*"], JSON, id="no page"),
        pytest.param(["application/json;q=0, */*;q=0.1"], HTML, id="no JSON"),
        pytest.param(["text/html;q=0.001"], HTML, id="a page if it must be"),
        pytest.param(["text/html;level=1;q=0.7, application/json;q=0.3"], HTML, id="a page with a parameter"),
        pytest.param(["text/html ; q=1.0"], HTML, id="spaces"),
        pytest.param(["text/html;q=high"], JSON, id="a wish that cannot be read"),
        pytest.param(["text/html;q=nan"], JSON, id="a wish that is no number"),
        pytest.param(["image/png"], JSON, id="neither"),
        pytest.param(["text/html;q=0, application/json;q=0"], JSON, id="none of both"),
        pytest.param([",,;;q=,/"], JSON, id="rubbish"),
        pytest.param(["text/*;q=0.9", "application/json;q=0.8"], HTML, id="two headers"),
        pytest.param([b"\xff\xfe, text/html"], HTML, id="bytes that are no text"),
        pytest.param(["text/html," * 2_000], HTML, id="a very long header"),
    ],
)
def test_what_is_preferred_is_given(server: Running, accept: list[str | bytes], content_type: str) -> None:
    lines = [b"Accept: " + (value.encode() if isinstance(value, str) else value) for value in accept]
    answer = wire.ask(server, "GET", "/echo", *lines)
    assert answer.status == 200
    assert answer.header("content-type") == content_type
    assert answer.body.startswith(b"<!doctype html>" if content_type == HTML else b"{\n")


def test_the_user_agent_decides_nothing(server: Running) -> None:
    answer = wire.ask(server, "GET", "/echo", "Accept: */*", "User-Agent: Mozilla/5.0 (X11) Chrome/156.0")
    assert answer.header("content-type") == JSON
