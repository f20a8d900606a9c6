"""Secrets leave the inspector only when they are revealed."""

import gzip
import json
import time
import tracemalloc
from typing import Any

import msgspec
import pytest

from echoscope.exchange.messages import body_bytes
from echoscope.exchange.model import Event, Exchange
from echoscope.exchange.sides import response_of
from echoscope.insight.masking import is_secret_header, mark, mask, mask_header, mask_query, use_key
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.told import document

SECRET = "hunter2-s3cret"

KEY = b"the key of these tests"
use_key(KEY)


@pytest.fixture(autouse=True)
def key() -> None:
    """Apps that other tests started have brought theirs."""
    use_key(KEY)


SECRET_HEADERS = [
    *("authorization", "Authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-user"),
    *("x-gitlab-token", "x-client-secret", "x-hub-signature-256", "signature", "x-amz-security-token", "apikey"),
    *("x-forwarded-client-cert", "cf-access-jwt-assertion", "x-goog-iap-jwt-assertion", "api-key", "x-vault-token"),
]
OTHER_HEADERS = [
    *("host", "accept", "user-agent", "content-type", "x-forwarded-for", "sec-websocket-key", "etag", "tokens-left"),
    *("idempotency-key", "x-request-id", "authority", "cookie-policy", "www-authenticate"),
]


@pytest.mark.parametrize("name", SECRET_HEADERS)
def test_a_secret_header_is_masked(name: str) -> None:
    assert is_secret_header(name.encode())
    masked = mask_header(name.encode(), SECRET.encode())
    assert SECRET.encode() not in masked or name in ("cookie", "set-cookie")


@pytest.mark.parametrize("name", OTHER_HEADERS)
def test_another_header_is_not(name: str) -> None:
    assert mask_header(name.encode(), SECRET.encode()) == SECRET.encode()


def test_the_same_secret_has_the_same_mark() -> None:
    assert mark(b"a") == mark(b"a") != mark(b"b")
    assert len(mark(b"")) == len("redacted-12345678")


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        (b"authorization", b"Bearer abc", f"Bearer {mark(b'abc')}"),
        (b"authorization", b"abc", mark(b"abc")),
        (b"authorization", b"", ""),
        (b"cookie", b'a=1; b="2"; c', f"a={mark(b'1')}; b={mark(b'2')}; c"),
        (b"set-cookie", b"a=1; Path=/; HttpOnly", f"a={mark(b'1')}; Path=/; HttpOnly"),
        (b"referer", b"https://h/?a=1&token=x#f", f"https://h/?a=1&token={mark(b'x')}#f"),
        (b"location", b"/cb?code=x&state=y", f"/cb?code={mark(b'x')}&state=y"),
    ],
)
def test_what_is_no_secret_in_a_header_stays(name: bytes, value: bytes, masked: str) -> None:
    assert mask_header(name, value) == masked.encode()


SECRET_PARAMETERS = [
    *("token", "key", "sig", "password", "code"),
    *("access_token", "client_secret", "API-KEY", "X-Amz-Signature"),
]
OTHER_PARAMETERS = ["", "a=1", "token", "token=", "monkey=1", "encode=utf-8", "keys=1", "x=token=1", "%00&&=&"]


@pytest.mark.parametrize("name", SECRET_PARAMETERS)
def test_a_secret_parameter_is_masked(name: str) -> None:
    assert mask_query(f"a=1&{name}=x&b=2") == f"a=1&{name}={mark(b'x')}&b=2"


@pytest.mark.parametrize("query", OTHER_PARAMETERS)
def test_another_parameter_is_not(query: str) -> None:
    assert mask_query(query) == query


LONG = {"a name": "{}=1&b=2", "a secret": "token={}", "a secret behind a name": "{}=1&token=x", "encoded": "a={}%20b"}


@pytest.mark.parametrize("form", LONG.values(), ids=LONG)
def test_long_queries_are_masked_and_not_remembered(form: str) -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(100):
            query = form.format(f"{number}" + "x" * 30_000)
            name, equals, secret = query.rpartition("token=")
            assert mask_query(query) == (f"{name}{equals}{mark(secret.encode())}" if equals else query)
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()


def exchange(body: bytes = b"", answer: bytes = b"", answer_headers: Any = (), **scope: Any) -> Exchange:
    made = made_exchange(body=body, **scope)
    start = {"type": "http.response.start", "status": 200, "headers": [list(pair) for pair in answer_headers]}
    pieces = [answer[:10], answer[10:]]
    sent = [Event("send", 2, len(piece), {"type": "http.response.body", "body": piece}) for piece in pieces]
    events = [*made.events, Event("send", 1, 0, start), *sent]
    return msgspec.structs.replace(made, events=events, sent_bytes=len(answer), received_sha256="0" * 64)


def content_of(made: Exchange) -> bytes:
    return body_bytes(made, "send")


REPEATED = {
    "as it is": SECRET.encode(),
    "in json": json.dumps([["x", f"it is {SECRET}"]]).encode(),
    "in html": f"<td>{SECRET}</td>".encode(),
    "twice": f"{SECRET} {SECRET}".encode(),
}


@pytest.mark.parametrize("case", REPEATED)
@pytest.mark.parametrize(
    "scope",
    [
        {"headers": [[b"authorization", f"Bearer {SECRET}".encode()]]},
        {"headers": [[b"cookie", f"a=b; session={SECRET}".encode()]]},
        {"headers": [[b"authorization", b"Basic bWU6aHVudGVyMi1zM2NyZXQ="]]},
        {"query_string": f"token={SECRET}".encode()},
    ],
    ids=["bearer", "cookie", "basic", "query"],
)
def test_an_answer_that_repeats_a_secret_is_masked_in_place(scope: dict[str, Any], case: str) -> None:
    answer = REPEATED[case]
    masked = mask(exchange(answer=answer, **scope))
    made = json.dumps(document(1, masked))
    assert SECRET not in made
    assert content_of(masked) == answer.replace(SECRET.encode(), b"*" * len(SECRET))


TELLING = {
    "json": (b'{"password": "abc", "a": 1}', b'{"password": "***", "a": 1}'),
    "json with escape": (b'{"client_secret":"a\\"b"}', b'{"client_secret":"****"}'),
    "json in json": (b'{"body": "{\\"password\\": \\"abc\\"}"}', b'{"body": "{\\"password\\": \\"***\\"}"}'),
    "form": (b"user=me&password=abc&x=1", b"user=me&password=***&x=1"),
    "address in text": (b"see https://h/?token=abc&b=1 now", b"see https://h/?token=***&b=1 now"),
    "no string": (b'{"password": null, "token": 5}', b'{"password": null, "token": 5}'),
    "innocent": (b'{"key": "a", "code": "ok", "is": "token"}', b'{"key": "a", "code": "ok", "is": "token"}'),
}


@pytest.mark.parametrize("case", TELLING)
def test_a_telling_name_in_a_body_hides_what_follows(case: str) -> None:
    body, masked = TELLING[case]
    assert mask(exchange(body=body)).events[0].message["body"] == masked


def test_a_secret_of_the_request_body_is_found_in_the_answer() -> None:
    masked = mask(exchange(body=b'{"password": "correct horse"}', answer=b'{"data": "\\"correct horse\\""}'))
    assert b"correct horse" not in content_of(masked)


def test_a_compressed_body_with_a_secret_is_withheld() -> None:
    answer = gzip.compress(f"token={SECRET}".encode())
    made = exchange(answer=answer, answer_headers=[(b"content-encoding", b"gzip")])
    masked = mask(made)
    assert content_of(masked) == b"*" * len(answer)
    innocent = exchange(answer=gzip.compress(b"hello"), answer_headers=[(b"content-encoding", b"gzip")])
    assert response_of(mask(innocent)) == response_of(innocent)


def test_sizes_and_times_stay_and_a_telling_digest_goes() -> None:
    made = exchange(body=b"password=abc", answer=b"x" * 30)
    masked = mask(made)
    assert [(event.size, event.at_ns, len(event.message.get("body", b""))) for event in masked.events] == [
        (event.size, event.at_ns, len(event.message.get("body", b""))) for event in made.events
    ]
    assert masked.received_sha256 is None
    assert mask(exchange(body=b"hello")).received_sha256 == "0" * 64


def test_frames_of_a_websocket_and_tracebacks_are_masked_too() -> None:
    made = msgspec.structs.replace(
        made_exchange(type="websocket", headers=[[b"cookie", f"s={SECRET}".encode()]]),
        events=[
            Event("receive", 1, 5, {"type": "websocket.receive", "text": f'{{"token": "{SECRET}"}} é'}),
            Event("send", 2, 5, {"type": "websocket.send", "bytes": SECRET.encode() + b"\xff"}),
        ],
        error=f"ValueError: {SECRET}",
    )
    assert SECRET not in json.dumps(document(1, mask(made)))


def test_what_was_recorded_is_left_as_it_was() -> None:
    made = exchange(body=b"password=abc", headers=[[b"cookie", b"a=abcdefgh"]])
    before = json.dumps(document(1, made))
    mask(made)
    assert json.dumps(document(1, made)) == before


HOSTILE = {
    "many secrets": b'"token":"abcdefgh%d",' * 12_000,
    "open quotes": b'{"password" ' * 22_000,
    "long names": b'" ' + b"a" * 40 + b'"' * 2,
    "word after word": (b"a" * 40 + b" ") * 6_000,
    "equal signs": b"token=" * 43_000,
    "backslashes": b'"token":"' + b"\\" * 250_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_masking_takes_little_time(case: str) -> None:
    made = exchange(body=HOSTILE[case], answer=HOSTILE[case])
    began = time.thread_time()
    mask(made)
    assert time.thread_time() - began < 3


def test_lists_exports_code_and_feed_tell_no_secret_until_revealed(serve: Serve) -> None:
    client = serve().client
    headers = {"authorization": f"Bearer {SECRET}", "cookie": f"c={SECRET}"}
    answer = client.post(f"/x?token={SECRET}", headers=headers, json={"password": SECRET})
    assert answer.text.count(SECRET) == 4, "the requester's own echo shows everything"
    one = f"/-/api/exchanges/{answer.headers['x-echoscope-id']}"
    client.put(f"{one}/pin")
    addresses = ["/-/api/exchanges", "/-/api/pins", f"{one}/code/curl", f"{one}/code/raw", f"{one}/headers"]
    addresses += [f"/-/api/export.{extension}" for extension in ("har", "jsonl", "csv", "html")]
    for address in addresses:
        assert SECRET not in client.get(address).text, address
        assert SECRET in client.get(f"{address}?reveal=1").text, address
