"""What a bin answers: as it was set, by rules and in sequences, with values of the request in it."""

import hashlib
import hmac
import json
from base64 import b64encode
from functools import reduce
from urllib.parse import quote

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.exchange.answers import Answer
from echoscope.main import create_app
from echoscope.web.bins.answers import is_like, nth
from echoscope.web.bins.presets import PRESETS, Preset
from tests import wire
from tests.conftest import Serve
from tests.servers import NO_TLS, Running

from .conftest import OPERATOR, TOKEN, bearer
from .test_access import made


def answers(server: Running, definition: object, name: str = "hooks") -> httpx.Response:
    if server.client.get(f"/-/api/bins/{name}").status_code == 404:
        server.client.post("/-/api/bins", json={"name": name})
    answer = server.client.put(f"/-/api/bins/{name}/answers", json=definition)
    assert answer.status_code == 200, answer.text
    return answer


def test_an_answer_is_given_as_it_was_set(local: Running) -> None:
    definition = {"answers": [{"status": 202, "headers": [["x-a", "1"], ["X-A", "2"]], "body": "thanks\n"}]}
    assert answers(local, definition).json() == definition
    assert local.client.get("/-/api/bins/hooks/answers").json() == definition
    for method in ("GET", "POST", "DELETE"):
        answer = local.client.request(method, "/~hooks/any/path")
        assert (answer.status_code, answer.text) == (202, "thanks\n")
        assert answer.headers.get_list("x-a") == ["1", "2"]
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-length"] == "7"
    assert local.client.delete("/-/api/bins/hooks/answers").json() == {}
    assert local.client.get("/~hooks/").json()["path"] == "/~hooks/"


def test_headers_may_be_given_by_name_and_bodies_as_bytes(local: Running) -> None:
    body = bytes(range(256))
    image = {"headers": {"content-type": "image/png"}, "body": {"base64": b64encode(body).decode()}}
    answers(local, {"answers": [image]})
    answer = local.client.get("/~hooks/")
    assert (answer.content, answer.headers["content-type"]) == (body, "image/png")


@pytest.mark.parametrize("size", [10, 50_000, 200_000], ids=["short", "long", "very long"])
def test_a_body_is_read_however_long_it_is(local: Running, size: int) -> None:
    rule = {"json": {"a.b": "c*"}, "answers": [{"status": 202, "body": "{{ json.a.n }} of {{ path }}"}]}
    answers(local, {"rules": [rule], "answers": [{"status": 404}]})
    matching, other = ({"a": {"b": letter * size, "n": size}} for letter in "cd")
    answer = local.client.post("/~hooks/x", json=matching)
    assert (answer.status_code, answer.text) == (202, f"{size} of /x")
    assert local.client.post("/~hooks/x", json=other).status_code == 404


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_has_none(local: Running, status: int) -> None:
    answers(local, {"answers": [{"status": status, "body": "ignored"}, {"body": "next"}]})
    raw = wire.request(target="/~hooks/") + wire.request(target="/~hooks/", close=True)
    received = local.raw(raw)
    assert received.startswith(b"HTTP/1.1 %d" % status)
    assert b"ignored" not in received
    assert received.count(b"HTTP/1.1 ") == 2


def test_head_has_no_body(local: Running) -> None:
    answers(local, {"answers": [{"body": "twelve bytes"}]})
    answer = local.client.head("/~hooks/")
    assert (answer.content, answer.headers["content-length"]) == (b"", "12")


RULES = {
    "rules": [
        {"method": "PUT, PATCH", "answers": [{"status": 201}]},
        {"path": "/a/*/c", "answers": [{"status": 202}]},
        {"headers": {"X-Event": "ping"}, "answers": [{"status": 203}]},
        {"query": {"mode": "sub*"}, "answers": [{"status": 206}]},
        {"json": {"items[0].type": "book", "n": "*"}, "answers": [{"status": 226}]},
        {"path": "/gone", "method": "get", "answers": [{"status": 410}]},
    ],
    "answers": [{"status": 299}],
}
MATCHES = {
    "a method": ("PUT", "/x", {}, b"", 201),
    "another of them": ("PATCH", "/gone", {}, b"", 201),
    "a path": ("GET", "/a/b/c", {}, b"", 202),
    "a longer path": ("GET", "/a/b/x/c", {}, b"", 202),
    "no such path": ("GET", "/a/c", {}, b"", 299),
    "a header": ("GET", "/x", {"x-event": "ping"}, b"", 203),
    "a header of another value": ("GET", "/x", {"x-event": "pong"}, b"", 299),
    "a value of the query": ("GET", "/x?mode=subscribe", {}, b"", 206),
    "JSON": ("POST", "/x", {}, b'{"items": [{"type": "book"}], "n": 0}', 226),
    "JSON with less": ("POST", "/x", {}, b'{"items": [{"type": "book"}]}', 299),
    "no JSON": ("POST", "/x", {}, b"items", 299),
    "method and path": ("GET", "/gone", {}, b"", 410),
    "only one of them": ("POST", "/gone", {}, b"", 299),
    "none": ("GET", "/", {}, b"", 299),
}


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), MATCHES.values(), ids=MATCHES)
def test_the_first_rule_that_matches_decides(
    local: Running, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answers(local, RULES)
    assert local.client.request(method, f"/~hooks{path}", headers=headers, content=body).status_code == status


@pytest.mark.parametrize(
    ("text", "pattern", "is_so"),
    [
        ("abc", "abc", True), ("abc", "ab", False), ("abc", "*", True), ("", "*", True), ("abc", "a*", True),
        ("abc", "*c", True), ("abc", "a*c", True), ("ac", "a*c", True), ("a", "a*a", False), ("aba", "a*a", True),
        ("abcabc", "*b*b*", True), ("abc", "*b*b*", False), ("a.c", "a.c", True), ("abc", "a.c", False),
        ("a[b]", "a[b]", True), ("abcd", "*ab*cd*", True), ("acbd", "*ab*cd*", False), ("A", "a", False),
        ("a" * 10_000 + "b", "*a" * 200 + "c", False),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_a_star_stands_for_any_text(text: str, pattern: str, is_so: bool) -> None:
    assert is_like(text, pattern) is is_so


def test_a_sequence_is_given_in_its_order_and_begins_anew_when_it_is_set(local: Running) -> None:
    definition = {"answers": [{"status": 503, "times": 2}, {"status": 429}, {"status": 200}]}
    for _ in range(2):
        answers(local, definition)
        assert [local.client.get("/~hooks/").status_code for _ in range(6)] == [503, 503, 429, 200, 200, 200]


def test_each_rule_counts_for_itself(local: Running) -> None:
    sequence = [{"status": 503}, {"status": 200}]
    answers(local, {"rules": [{"path": "/a", "answers": sequence}], "answers": sequence})
    told = [local.client.get(f"/~hooks{path}").status_code for path in ("/a", "/b", "/a", "/b")]
    assert told == [503, 503, 200, 200]


def test_the_nth_answer_of_a_sequence() -> None:
    sequence = [Answer(status=500, times=2), Answer(status=501), Answer(status=200, times=5)]
    assert [nth(sequence, number).status for number in (1, 2, 3, 4, 99)] == [500, 500, 501, 200, 200]
    assert nth([], 1).echo


def test_an_echo_may_follow_a_fault(local: Running) -> None:
    answers(local, {"answers": [{"status": 503}, {"echo": True}]})
    assert local.client.post("/~hooks/x", content=b"hi").status_code == 503
    echo = local.client.post("/~hooks/x", content=b"hi").json()
    assert (echo["path"], echo["events"][0]["body"]) == ("/~hooks/x", "hi")


def test_an_answer_waits_as_long_as_it_says(local: Running) -> None:
    answers(local, {"answers": [{"delay": 0.3, "body": "late"}]})
    answer = local.client.get("/~hooks/")
    exchange = local.client.get(f"/-/bins/hooks/api/exchanges/{answer.headers['x-echoscope-id']}").json()
    assert exchange["duration_ms"] >= 200


# Values of the request

BODY = b'{"challenge": "3e\\"<b>\\u00fc", "n": 5, "list": [{"a b": true}], "none": null}'
QUERY = "hub.challenge=1158&token=t%26%2B+x&empty="
FILLED = {
    "{{ json.challenge }}": '3e"<b>ü',
    "{{json.challenge}}": '3e"<b>ü',
    "{{ json.n }}": "5",
    "{{ json.list }}": '[{"a b":true}]',
    '{{ json.list[0]["a b"] }}': "true",
    "{{ json.list[1] }}{{ json.no.such }}{{ json.none }}": "",
    "{{ query.hub.challenge }}": "1158",
    "{{ query.token }}": "t&+ x",
    "{{ query.token | url }}": "t%26%2B%20x",
    "{{ query.nothing }}": "",
    "{{ headers.x-id }} {{ headers.X-ID }}": "one, two one, two",
    "{{ cookies.a }}": "b=c",
    "{{ method }} {{ path }} {{ host }}": "POST /p/q hooks.test",
    "{{ url }}": f"http://hooks.test/~hooks/p/q?{QUERY}",
    "{{ form.a }}": "",
    "{{ json.challenge | html }}": "3e&quot;&lt;b&gt;ü",
    "{{ json.challenge | json }}": '"3e\\"<b>ü"',
    "{{ query.hub.challenge | base64 }}": "MTE1OA==",
    '{{ "{{" }} }}': "{{ }}",
    '{{ "a" | base64 }}': "YQ==",
    "no look-up { here }": "no look-up { here }",
    "": "",
}  # fmt: skip


@pytest.mark.parametrize(("body", "text"), FILLED.items(), ids=lambda value: value[:40] or "empty")
def test_a_body_takes_values_of_the_request(local: Running, body: str, text: str) -> None:
    answers(local, {"answers": [{"body": body}]})
    headers = [
        ("host", "hooks.test"),
        ("x-id", "one"),
        ("x-id", "two"),
        ("cookie", "a=b=c"),
        ("content-type", "application/json"),
    ]
    answer = local.client.post(f"/~hooks/p/q?{QUERY}", content=BODY, headers=headers)
    assert answer.text == text


def test_a_form_and_the_body_are_values_too(local: Running) -> None:
    answers(local, {"answers": [{"body": "{{ form.a }}|{{ body }}|{{ id }}"}]})
    answer = local.client.post("/~hooks/", data={"a": "1 2"})
    assert answer.text == f"1 2|a=1+2|{answer.headers['x-echoscope-id']}"


def test_the_fields_of_a_form_of_parts_are_values_but_its_files_are_not(local: Running) -> None:
    answers(local, {"answers": [{"body": "{{ form.a }}|{{ form.file }}"}]})
    answer = local.client.post("/~hooks/", data={"a": "1 é"}, files={"file": ("f.txt", b"content")})
    assert answer.text == "1 é|"


def test_a_body_is_encoded_and_signed_as_the_bytes_that_came(local: Running) -> None:
    body = bytes(range(256))
    answers(local, {"answers": [{"body": "{{ body | base64 }} {{ body | hmac_sha256 }} {{ body | base64 | url }}"}]})
    local.client.put("/-/api/bins/hooks/signature", json={"scheme": "zoom", "secret": SECRET})
    encoded = b64encode(body).decode()
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert local.client.post("/~hooks/", content=body).text == f"{encoded} {signed} {quote(encoded, safe='')}"


AS_WRITTEN: dict[str, tuple[bytes, object]] = {
    "more digits than a machine has": (b"12345678901234567890123", "12345678901234567890123"),
    "a number without end": (b"1e999", "1e999"),
    "a zero at the end": (b"[1.10, 2]", ["1.10", "2"]),
    "half a character": (b'"a\\ud83d"', "a\ufffd"),
    "a whole one, and what looks like half": (b'"\\ud83d\\ude00 \\\\ud83d"', "😀 \\ud83d"),
    "deep": (b"[" * 300 + b"]" * 300, reduce(lambda inner, _: [inner], range(299), list[object]())),
}  # fmt: skip
NO_JSON = {"too deep": b"[" * 9_000 + b"]" * 9_000, "no number": b"NaN", "bytes that are no text": b'"\xff"'}
OF_VALUES = {
    "headers": {"content-type": "application/json"},
    "body": '{"a": {{ json.a }}, "b": "{{ json.b }}"}',
}


@pytest.mark.parametrize(("value", "read"), AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_a_value_of_json_is_handed_on_as_it_was_written(local: Running, value: bytes, read: object) -> None:
    answers(local, {"answers": [OF_VALUES]})
    answer = local.client.post("/~hooks/", content=b'{"a": %b, "b": "kept"}' % value)
    assert json.loads(answer.text, parse_int=str, parse_float=str) == {"a": read, "b": "kept"}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_has_no_values(local: Running, value: bytes) -> None:
    answers(local, {"answers": [OF_VALUES]})
    assert local.client.post("/~hooks/", content=b'{"a": %b, "b": "kept"}' % value).json() == {"a": None, "b": ""}


def test_a_byte_order_mark_before_json_is_passed_over(local: Running) -> None:
    answers(local, {"rules": [{"json": {"n": "1.0"}, "answers": [{"body": "{{ json.n }}"}]}]})
    assert local.client.post("/~hooks/", content=b'\xef\xbb\xbf{"n": 1.0}').text == "1.0"


def test_json_stays_json_whatever_the_values_are(local: Running) -> None:
    template = (
        '{"text": "{{ json.a }}", "value": {{ json.a }}, "list": {{ json.list }}, '
        '"none": {{ json.none }}, "q": "{{ query.q }}"}'
    )
    answers(local, {"answers": [{"headers": {"content-type": "application/json"}, "body": template}]})
    for value in ('"', "\\", "a\nb", "\u2028", "é", "</script>", 5, 1.5, True, None, {"a": [1]}, '"}, "x": {"'):
        sent = {"a": value, "list": [1, "two"]}
        answer = local.client.post("/~hooks/?q=%22%5C", json=sent)
        read = answer.json()
        assert read["value"] == value
        assert read["list"] == [1, "two"]
        assert read["none"] is None
        assert read["q"] == '"\\'
        if isinstance(value, str):
            assert read["text"] == value


def test_a_value_breaks_out_of_no_header(local: Running) -> None:
    answers(local, {"answers": [{"headers": {"x-a": "<{{ query.a }}>", "x-b": "1"}}]})
    target = "/~hooks/?a=%0d%0aSet-Cookie:%20p=1%00%1b%7f%c2%85%C3%A9"
    answer = wire.ask(local, "GET", target)
    assert answer.header("x-a") == "<Set-Cookie: p=1Ã©>"
    assert answer.header("set-cookie") is None
    assert answer.header("x-b") == "1"


def test_an_answer_that_grows_too_large_is_not_sent(serve: Serve) -> None:
    server = serve(max_bin_answer_bytes=1_000)
    answers(server, {"answers": [{"body": "{{ body }}{{ body }}"}]})
    assert len(server.client.post("/~hooks/", content=b"x" * 500).content) == 1_000
    answer = server.client.post("/~hooks/", content=b"x" * 501)
    assert answer.status_code == 500
    assert "1,000 bytes" in answer.json()["detail"]


# Handshakes

SECRET = "a-secret-of-the-sender"


def digest(text: str) -> hmac.HMAC:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256)


EVENT_GRID = "Microsoft.EventGrid.SubscriptionValidationEvent"
HANDSHAKES = {
    "slack": (("POST", "/", {"type": "url_verification", "challenge": "3eZb"}, {}), "3eZb"),
    "meta": (("GET", "/?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=x", None, {}), "1158"),
    "dropbox": (("GET", "/?challenge=abc-123", None, {}), "abc-123"),
    "microsoft-graph": (("POST", "/?validationToken=Testing%3A+%3Cb%3E", None, {}), "Testing: <b>"),
    "azure-event-grid": (
        ("POST", "/", [{"eventType": EVENT_GRID, "data": {"validationCode": "51"}}], {}),
        {"validationResponse": "51"},
    ),
    "zoom": (
        ("POST", "/", {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vl"}}, {}),
        {"plainToken": "qgg8vl", "encryptedToken": digest("qgg8vl").hexdigest()},
    ),
    "okta": (("GET", "/", None, {"x-okta-verification-challenge": "my-ch"}), {"verification": "my-ch"}),
    "x": (
        ("GET", "/?crc_token=tok", None, {}),
        {"response_token": "sha256=" + b64encode(digest("tok").digest()).decode()},
    ),
    "twitch": (
        ("POST", "/", {"challenge": "pogchamp"}, {"twitch-eventsub-message-type": "webhook_callback_verification"}),
        "pogchamp",
    ),
    "strava": (("GET", "/?hub.challenge=15f7d1a9", None, {}), {"hub.challenge": "15f7d1a9"}),
    "challenge-json": (("POST", "/", {"challenge": "c-1"}, {}), {"challenge": "c-1"}),
}  # fmt: skip


def preset_of(server: Running, name: str) -> object:
    items = server.client.get("/-/api/presets", headers=OPERATOR).json()["items"]
    return next(item["answers"] for item in items if item["id"] == name)


@pytest.mark.parametrize(
    ("name", "asked", "told"), [(name, *pair) for name, pair in HANDSHAKES.items()], ids=list(HANDSHAKES)
)
def test_the_presets_answer_the_handshakes_of_senders(
    local: Running, name: str, asked: tuple[str, str, object, dict[str, str]], told: object
) -> None:
    answers(local, preset_of(local, name))
    local.client.put("/-/api/bins/hooks/signature", json={"scheme": "zoom", "secret": SECRET})
    method, target, body, headers = asked
    answer = local.client.request(method, f"/~hooks{target}", json=body, headers=headers)
    assert answer.status_code == 200
    assert (answer.text if isinstance(told, str) else answer.json()) == told
    assert answer.headers["x-content-type-options"] == "nosniff"
    accepted = 202 if name == "microsoft-graph" else 200
    assert local.client.post("/~hooks/", json={"event": "another"}).status_code == accepted


def test_asana_gets_its_header_back(local: Running) -> None:
    answers(local, preset_of(local, "asana"))
    assert local.client.post("/~hooks/", headers={"x-hook-secret": "b537"}).headers["x-hook-secret"] == "b537"


def test_cloudevents_are_allowed(local: Running) -> None:
    answers(local, preset_of(local, "cloudevents"))
    answer = local.client.options("/~hooks/", headers={"webhook-request-origin": "eventemitter.example.com"})
    assert answer.headers["webhook-allowed-origin"] == "eventemitter.example.com"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_every_preset_can_be_set_by_a_visitor(public: Running, preset: Preset) -> None:
    one = public.client.post("/-/api/bins").json()
    address = f"/-/api/bins/{one['name']}/answers"
    answer = public.client.put(address, json=preset_of(public, preset.id), headers=bearer(one["key"]))
    assert answer.status_code == 200, answer.text


# Faults

FAULTS = {
    "close": ("RemoteProtocolError", b""),
    "reset": ("ReadError", b""),
    "half": ("RemoteProtocolError", b"01234"),
    "hang": ("RemoteProtocolError", b""),
}


def received(server: Running) -> tuple[bytes, str]:
    """What comes of the body of an answer, and the error by which it ends."""
    body = b""
    try:
        with server.client.stream("GET", "/~hooks/") as answer:
            for piece in answer.iter_raw():
                body += piece
    except httpx.HTTPError as error:
        return body, type(error).__name__
    return body, ""


@pytest.mark.parametrize("kind", ["echoscope", "http2"])
@pytest.mark.parametrize(("fault", "error", "part"), [(name, *pair) for name, pair in FAULTS.items()], ids=list(FAULTS))
def test_a_fault_is_what_it_says(serve: Serve, fault: str, error: str, part: bytes, kind: str) -> None:
    server = serve(create_app(load({}, max_duration="0.2")), kind=kind)
    answers(server, {"answers": [{"fault": fault, "body": "0123456789"}, {"body": "fine"}]})
    assert received(server) == (part, error)
    assert received(server) == (b"fine", "")
    items = server.client.get("/-/bins/hooks/api/exchanges").json()["items"]
    assert [item["state"] for item in items] == ["done", "done"]
    assert items[1]["status"] == (200 if fault == "half" else None)
    document = server.client.get(f"/-/bins/hooks/api/exchanges/{items[1]['id']}").json()
    assert document["events"][-1]["message"] == {"type": "http.response.abort", "reset": fault == "reset"}
    assert [finding["title"] for finding in document["findings"]] == [], "nobody blames the app for what was asked for"


def test_a_reset_is_no_end(local: Running) -> None:
    answers(local, {"answers": [{"fault": "reset"}, {"fault": "close"}]})
    with pytest.raises(httpx.ReadError):
        local.client.get("/~hooks/")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        local.client.get("/~hooks/")


def test_over_http2_only_the_stream_ends(serve: Serve) -> None:
    server = serve(create_app(load({})), kind="http2")
    answers(server, {"answers": [{"fault": "reset"}, {"body": "fine"}]})
    with httpx.Client(http1=False, http2=True, base_url=server.origin, trust_env=False, verify=NO_TLS) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="StreamReset"):
            client.get("/~hooks/")
        assert client.get("/~hooks/").text == "fine"


def test_a_server_that_cannot_break_off_says_so(serve: Serve) -> None:
    server = serve(create_app(load({})), kind="httptools")
    answers(server, {"answers": [{"fault": "reset"}]})
    answer = server.client.get("/~hooks/")
    assert answer.status_code == 501
    assert "echoscope serve" in answer.json()["detail"]


# What cannot be set

HEADER = "answers[0].headers[1]"


def header(name: str, value: str = "1") -> object:
    """Answers with this header, behind another."""
    return {"answers": [{"headers": [["x-good", "1"], [name, value]]}]}


BAD = {
    "no JSON": (b"{", "", "This is no JSON"),
    "no object": (b"[]", "", "Expected"),
    "a field that is none": ({"answer": []}, "", "unknown field answer: there are rules, answers."),
    "a field of bytes that is none": ({"answers": [{"body": {"hex": "00"}}]}, "answers[0].body", "there are base64."),
    "a status of one digit": ({"answers": [{"status": 5}]}, "answers[0].status", "200"),
    "a status that opens a tunnel": ({"answers": [{}, {"status": 101}]}, "answers[1].status", "200"),
    "a status too high": ({"answers": [{"status": 600}]}, "answers[0].status", "599"),
    "a status that is a text": ({"answers": [{"status": "200"}]}, "answers[0].status", "int"),
    "a delay too long": ({"answers": [{"delay": 10.1}]}, "answers[0].delay", "between 0 and 10"),
    "a delay below nothing": ({"answers": [{"delay": -1}]}, "answers[0].delay", "0"),
    "no such fault": ({"answers": [{"fault": "explode"}]}, "answers[0].fault", "one of close, half, hang, reset."),
    "no verdict on a signature": ({"rules": [{}, {"signature": "good"}]}, "rules[1].signature", "invalid, valid"),
    "times 0": ({"answers": [{"times": 0}]}, "answers[0].times", "1"),
    "a look-up that is none": ({"answers": [{"body": "a\n {{ os.environ }}"}]}, "answers[0].body", "Line 2, column 2"),
    "a look-up that does not end": ({"answers": [{"body": "{{ method"}]}, "answers[0].body", "never closed"),
    "a filter that is none": ({"answers": [{"body": "{{ method | eval }}"}]}, "answers[0].body", "'eval'"),
    "a body too large": ({"answers": [{"body": "x" * 65_537}]}, "answers[0].body", "65,536 bytes"),
    "no base64": ({"answers": [{"body": {"base64": "%%"}}]}, "answers[0].body.base64", "RFC 4648"),
    "a header of the framing": (header("Content-Length"), HEADER, "Content-Length"),
    "an order to a proxy": (header("X-Accel-Redirect", "/x"), HEADER, "X-Accel"),
    "a policy": (header("Content-Security-Policy"), HEADER, "not sent"),
    "a line break in a header": (header("x", "a\r\nb: c"), HEADER, "no controls"),
    "a header without a name": (header(""), HEADER, "header name"),
    "a type with parts": (header("content-type", "multipart/x-mixed-replace"), HEADER, "parts"),
    "a type of the client's": (header("content-type", "{{ query.t }}"), HEADER, "no values"),
    "half of nothing": ({"answers": [{"status": 204, "fault": "half"}]}, "answers[0].fault", "204"),
    "an echo with a status": ({"answers": [{"echo": True, "status": 503}]}, "answers[0].echo", "echo"),
    "a path of a rule": ({"rules": [{"path": "x"}]}, "rules[0].path", "slash"),
    "a method of a rule": ({"rules": [{"method": "GE T"}]}, "rules[0].method", "'GE T'"),
    "a path in JSON": ({"rules": [{}, {"json": {"a..b": "*"}}]}, "rules[1].json", "path in JSON"),
    "an answer of a rule": ({"rules": [{"answers": [{"status": 1}]}]}, "rules[0].answers[0].status", "200"),
    "51 rules": ({"rules": [{}] * 51}, "rules", "at most 50"),
    "51 answers": ({"answers": [{}] * 51}, "answers", "at most 50"),
    "51 headers": ({"answers": [{"headers": [["x", "y"]] * 51}]}, "answers[0].headers", "At most 50"),
    "a pattern too long": ({"rules": [{"headers": {"x": "*a" * 300}}]}, "rules[0].headers", "500 characters"),
}  # fmt: skip


@pytest.mark.parametrize(("definition", "where", "told"), BAD.values(), ids=BAD)
def test_bad_answers_are_refused_with_their_place(local: Running, definition: object, where: str, told: str) -> None:
    answers(local, {"answers": [{"body": "as before"}]})
    content = definition if isinstance(definition, bytes) else json.dumps(definition).encode()
    for method, address in (("PUT", "answers"), ("POST", "answers/preview")):
        sent = content if method == "PUT" else b'{"answers": %b}' % content
        answer = local.client.request(method, f"/-/api/bins/hooks/{address}", content=sent)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        if method == "PUT" or not isinstance(definition, bytes):
            assert (answer.json().get("where"), told in answer.json()["detail"]) == (where, True)
    assert local.client.get("/~hooks/").text == "as before"


def test_fifty_of_each_can_be_set(local: Running) -> None:
    answers(
        local, {"rules": [{}] * 50, "answers": [{"headers": [["x", "y"]] * 50, "body": "x" * 65_536}] * 3 + [{}] * 47}
    )


# The sandbox, and strangers


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/plain", "application/pdf"]
)
def test_every_answer_stands_in_a_sandbox(local: Running, kind: str) -> None:
    answers(local, {"answers": [{"headers": {"content-type": kind}, "body": "<script>parent.x = 1</script>"}]})
    answer = local.client.get("/~hooks/")
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_what_an_answer_says_of_caching_is_all_that_is_said(local: Running) -> None:
    answers(local, {"answers": [{"headers": {"Cache-Control": "max-age=60"}}]})
    assert local.client.get("/~hooks/").headers.get_list("cache-control") == ["max-age=60"]


def test_values_in_html_are_text(local: Running) -> None:
    answers(local, {"answers": [{"headers": {"content-type": "text/html"}, "body": "<p>{{ query.q }}</p>"}]})
    assert local.client.get("/~hooks/?q=%3Cimg+src=x%3E").text == "<p>&lt;img src=x&gt;</p>"


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf", "TEXT/HTML; a=b"]
)
def test_a_visitor_s_bin_answers_with_no_page(public: Running, kind: str) -> None:
    one = public.client.post("/-/api/bins").json()
    address = f"/-/api/bins/{one['name']}/answers"
    definition = {"answers": [{"headers": {"content-type": kind}, "body": "<form>"}]}
    answer = public.client.put(address, json=definition, headers=bearer(one["key"]))
    assert answer.status_code == 400
    assert answer.json()["where"] == "answers[0].headers"
    name, _ = made(public)
    assert public.client.put(f"/-/api/bins/{name}/answers", json=definition, headers=OPERATOR).status_code == 200


def test_the_answers_of_a_visitor_s_bin_are_small(public: Running) -> None:
    one = public.client.post("/-/api/bins").json()
    definition = b'{"answers": [{"body": "%b"}]}'
    for size, status in ((32_768, 200), (32_769, 413)):
        content = definition % (b"x" * (size - len(definition % b"")))
        answer = public.client.put(f"/-/api/bins/{one['name']}/answers", content=content, headers=bearer(one["key"]))
        assert answer.status_code == status


@pytest.mark.parametrize("header", ["set-cookie", "link", "content-encoding", "refresh", "service-worker-allowed"])
def test_in_public_no_bin_sets_traps(public: Running, header: str) -> None:
    name, _ = made(public)
    definition = {"answers": [{"headers": {header: "x"}}]}
    assert public.client.put(f"/-/api/bins/{name}/answers", json=definition, headers=OPERATOR).status_code == 400


LOCATIONS = {
    "/here": 200, "https://allowed.test/x": 200, "//evil.test": 400, "https://evil.test/": 400, "/\\evil.test": 400,
    "https://allowed.test@evil.test/": 400, "javascript:alert(1)": 400, "https://allowed.test.evil.test/": 400,
    "{{ query.url }}": 400, "/{{ query.url }}": 400,
}  # fmt: skip


@pytest.mark.parametrize(("location", "status"), LOCATIONS.items())
def test_in_public_a_bin_redirects_only_where_the_operator_allows(serve: Serve, location: str, status: int) -> None:
    server = serve(profile="public", token=TOKEN, redirect_hosts="allowed.test", bin="hooks")
    definition = {"answers": [{"status": 302, "headers": {"Location": location}}]}
    assert server.client.put("/-/api/bins/hooks/answers", json=definition, headers=OPERATOR).status_code == status


def test_a_preflight_is_answered_whatever_is_set(local: Running) -> None:
    answers(local, {"answers": [{"status": 503}, {"status": 200}]})
    headers = {
        "origin": "https://a.test",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-a",
    }
    preflight = local.client.options("/~hooks/", headers=headers)
    assert (preflight.status_code, preflight.headers["access-control-allow-headers"]) == (200, "x-a")
    assert local.client.get("/~hooks/").status_code == 503
    answers(local, {"rules": [{"method": "OPTIONS", "answers": [{"status": 403}]}]})
    assert local.client.options("/~hooks/", headers=headers).status_code == 403


# The preview


def test_a_preview_shows_what_would_be_answered_and_changes_nothing(local: Running) -> None:
    answers(local, {"answers": [{"status": 503}, {"status": 200}]})
    one = local.client.post("/~hooks/x", json={"name": "Ada"}).headers["x-echoscope-id"]
    definition = {
        "rules": [
            {
                "path": "/x",
                "answers": [{"status": 503}, {"headers": {"x-a": "{{ method }}"}, "body": "Hi {{ json.name }}"}],
            }
        ]
    }
    address = "/-/api/bins/hooks/answers/preview"
    told = local.client.post(address, json={"answers": definition, "exchange": one, "number": 2}).json()
    assert (told["rule"], told["status"], told["body"]) == (0, 200, "Hi Ada")
    assert ["x-a", "POST"] in told["headers"]
    made_up = {"method": "PUT", "path": "/y", "query": "a=1", "headers": {"x": "y"}, "body": "{}"}
    told = local.client.post(address, json={"answers": definition, "request": made_up}).json()
    assert (told["rule"], told["echo"]) == (None, True)
    assert local.client.get("/~hooks/").status_code == 200
    assert local.client.post(address, json={"answers": {}, "exchange": "x-1"}).status_code == 404


def test_a_preview_says_that_a_secret_is_missing(local: Running) -> None:
    local.client.get("/~hooks/")
    wish = {"answers": {"answers": [{"body": "{{ body | hmac_sha256 }}"}]}}
    told = local.client.post("/-/api/bins/hooks/answers/preview", json=wish).json()
    assert "none is set" in told["remarks"][0]
