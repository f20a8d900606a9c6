"""What a request is about, in one line of a list."""

from typing import Any

import orjson
import pytest

from echoscope.exchange.model import Event
from echoscope.insight.preview import MAX_BODY_BYTES, MAX_CHARACTERS, preview
from tests.exchanges import made_exchange

JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
MULTIPART = (b"content-type", b"multipart/form-data; boundary=b")
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="photo"; filename="cat.png"\r\n\r\nx\r\n'
    b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\ny\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("headers", "body", "line"),
    [
        ([(b"x-github-event", b"push"), JSON], b'{"ref": "main"}', "push"),
        ([(b"x-github-event", b"issues"), JSON], b'{"action": "opened", "type": "x"}', "issues · opened"),
        ([(b"x-gitlab-event", b"Push Hook"), JSON], b'{"object_kind": "push"}', "Push Hook"),
        ([(b"x-shopify-topic", b"orders/create")], b"", "orders/create"),
        ([(b"x-event-key", b"repo:push")], b"", "repo:push"),
        ([(b"ce-type", b"com.example.made"), JSON], b"[1]", "com.example.made"),
        ([(b"soapaction", b'"urn:GetPrice"')], b"<x/>", "urn:GetPrice"),
        ([JSON], b'{"id": "evt_1", "type": "invoice.paid"}', "invoice.paid"),
        ([JSON], b'{"event": "user.created", "action": "user.created"}', "user.created"),
        ([JSON], b'{"detail-type": "Scheduled Event", "status": "ok"}', "Scheduled Event · ok"),
        ([JSON], b'{"jsonrpc": "2.0", "method": "sum"}', "sum"),
        ([JSON], b'{"item": "book", "count": 2}', "item, count"),
        ([JSON], b'[{"type": "open"}]', "open"),
        ([JSON], b"[1, 2, 3]", "3 items"),
        ([JSON], orjson.dumps({str(number): 1 for number in range(20)}), "0, 1, 2, 3, 4, 5, 6, 7, …"),
        ([JSON], b"{}", None),
        ([JSON], b'{"a": ', '{"a":'),
        ([FORM], b"token=x&team_id=T1&text=hi", "token, team_id, text"),
        ([MULTIPART], PARTS, "cat.png, title"),
        ([], b"first line\nsecond", "first line"),
        ([], b"\xff\x00", None),
        ([], b"", None),
        ([(b"x-forwarded-for", b"1.2.3.4")], b"", None),
        ([], b"a\tb\x0bc" + b"x" * 500, "a b c" + "x" * (MAX_CHARACTERS - 6) + "…"),
        ([JSON], b'{"type": "' + b"x" * MAX_BODY_BYTES + b'"}', None),
        ([JSON], b'{"type": {"nested": 1}}', "type"),
        ([JSON], b"[" * 5000, "[" * (MAX_CHARACTERS - 1) + "…"),
    ],
)
def test_a_line_says_what_the_sender_or_the_body_says(
    headers: list[tuple[bytes, bytes]], body: bytes, line: str | None
) -> None:
    assert preview(made_exchange(headers=headers, body=body)) == line


def test_a_session_shows_what_its_client_said_last() -> None:
    def said(**message: Any) -> Event:
        return Event("receive", 0, 1, {"type": "websocket.receive", **message})

    exchange = made_exchange(type="websocket")
    exchange.events[:] = [said(text="one"), said(text='{"n":\n2}'), Event("send", 0, 1, {"type": "websocket.send"})]
    assert preview(exchange) == '{"n": 2}'
    exchange.events.append(said(bytes=b"\xff"))
    assert preview(exchange) is None
