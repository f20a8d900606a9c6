"""The headers of an exchange as the API gives them: order, groups, secrets, the chain of proxies."""

import base64
import time
from typing import Any

import msgspec
import orjson
import pytest

from echoscope.exchange.model import Event
from echoscope.http.fields import extended, media_type, parameter, split, with_parameters
from echoscope.insight.headers.names import GROUPS, about, group_of
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.told import read_headers


def read(*headers: tuple[bytes, bytes], reveal: bool = False, **scope: Any) -> dict[str, Any]:
    made = read_headers(made_exchange(headers=[list(header) for header in headers], **scope), "request", reveal=reveal)
    assert made is not None
    return dict(orjson.loads(orjson.dumps(made)))


def test_order_and_repeats_are_kept() -> None:
    lines = read((b"x-a", b"1"), (b"host", b"h"), (b"x-a", b"2"), (b"x\xff", b"\xfe"))["lines"]
    assert [(line["index"], line["name"], line["value"]) for line in lines] == [
        (0, "x-a", "1"), (1, "host", "h"), (2, "x-a", "2"), (3, {"base64": "eP8="}, {"base64": "/g=="}),
    ]  # fmt: skip


def test_groups_stand_in_a_fixed_order_and_hold_every_line_once() -> None:
    made = read((b"x-foo", b""), (b"cookie", b"a=1"), (b"host", b"h"), (b"accept", b"*/*"), (b"sec-ch-ua", b"x"))
    assert [(group["id"], group["lines"]) for group in made["groups"]] == [
        ("routing", [2]), ("negotiation", [3]), ("cookies", [1]), ("browser", [4]), ("other", [0]),
    ]  # fmt: skip
    assert all(group["title"] == GROUPS[group["id"]] for group in made["groups"])


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("x-forwarded-any", "proxy"), ("cf-ray", "proxy"), ("x-b3-traceid", "tracing"), ("my-request-id", "tracing"),
        ("x-auth-user", "authentication"), ("x-gitlab-token", "authentication"), ("x-acme-signature", "security"),
        ("sec-fetch-new", "browser"), ("sec-websocket-new", "websocket"), ("access-control-new", "cors"),
        ("content-new", "content"), ("anything", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_families_of_names_have_their_group(name: str, group: str) -> None:
    assert group_of(name) == group


def test_known_headers_are_explained() -> None:
    assert about("traceparent") == "The trace and the span of the caller (W3C Trace Context)."
    assert about("sec-ch-ua-model") is not None
    assert about("x-unknown") is None


def test_secrets_are_masked_until_revealed() -> None:
    headers = ((b"authorization", b"Basic dXNlcjpzM2NyZXQ="), (b"cookie", b"a=s3cret"), (b"x-api-key", b"s3cret"))
    hidden = read(*headers)
    assert "s3cret" not in str(hidden)
    assert "dXNlcjpzM2NyZXQ" not in str(hidden)
    assert all(line["secret"] for line in hidden["lines"])
    assert hidden["lines"][0]["meaning"]["summary"] == "user user"
    shown = read(*headers, reveal=True)
    assert [line["value"] for line in shown["lines"]] == [value.decode() for _, value in headers]
    assert ["password", "s3cret", ""] in shown["lines"][0]["meaning"]["sections"][0]["rows"]


def test_the_way_through_proxies_is_one_chain() -> None:
    chain = read(
        (b"x-forwarded-for", b"203.0.113.7, 10.0.0.1"),
        (b"x-forwarded-for", b"10.0.0.2"),
        (b"x-forwarded-proto", b"https"),
        (b"via", b"1.1 edge (nginx), 2 inner"),
        client=["127.0.0.1", 5],
    )["chain"]
    assert chain["summary"] == "from 203.0.113.7 through 3 proxies"
    way, said, via = chain["sections"]
    assert [row[:2] for row in way["rows"]] == [
        ["client", "203.0.113.7"], ["proxy", "10.0.0.1"], ["proxy", "10.0.0.2"], ["peer", "127.0.0.1"],
    ]  # fmt: skip
    assert said["rows"] == [["scheme", "https", "x-forwarded-proto"]]
    assert via["rows"] == [["edge", "HTTP/1.1", "nginx"], ["inner", "HTTP/2", ""]]


def test_forwarded_is_read_as_rfc_7239_says() -> None:
    chain = read((b"forwarded", b'for="[2001:db8:cafe::17]:4711";proto=https;by=203.0.113.43, For=192.0.2.43'))["chain"]
    assert [row[1] for row in chain["sections"][0]["rows"]] == ["[2001:db8:cafe::17]:4711", "192.0.2.43"]
    assert ["proto", "https", "forwarded, element 1"] in chain["sections"][1]["rows"]


@pytest.mark.parametrize(
    ("forwarded", "is_disputed"),
    [(b"for=1.2.3.4:55", False), (b'for="[::1]", for=2', True), (b"for=1.2.3.4, for=5.6.7.8", True)],
)
def test_two_headers_that_disagree_are_remarked(forwarded: bytes, is_disputed: bool) -> None:
    chain = read((b"forwarded", forwarded), (b"x-forwarded-for", b"1.2.3.4"))["chain"]
    assert ("Forwarded and X-Forwarded-For do not say the same." in chain["notes"]) is is_disputed


def test_without_proxies_there_is_no_chain() -> None:
    assert read((b"host", b"h"))["chain"] is None


def test_the_headers_of_an_answer_are_read_too() -> None:
    start = Event(
        "send", 1, 0, {"type": "http.response.start", "status": 200, "headers": [[b"set-cookie", b"a=1; Path=/"]]}
    )
    exchange = made_exchange()
    made = read_headers(msgspec.structs.replace(exchange, events=[*exchange.events, start]), "response")
    assert made is not None
    assert made["lines"][0]["meaning"]["summary"] == "sets a until the browser ends"
    assert read_headers(exchange, "response") is None


def test_the_endpoint_gives_both_sides(serve: Serve) -> None:
    client = serve().client
    exchange_id = client.get("/", headers={"authorization": "Bearer s3cret-token"}).headers["x-echoscope-id"]
    address = f"/-/api/exchanges/{exchange_id}/headers"
    assert "s3cret-token" not in client.get(address).text
    assert "s3cret-token" in client.get(f"{address}?reveal=1").text
    assert client.get(f"{address}?of=response").json()["of"] == "response"


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ('a, "b,c" , ,d', ["a", '"b,c"', "d"]),
        ('a="x\\"y,z",b', ['a="x\\"y,z"', "b"]),
        ('"open, and on', ['"open, and on']),
        ("", []),
        (",,,", []),
        ('"\\', ['"\\']),
    ],
)
def test_lists_are_split_outside_quotes(value: str, parts: list[str]) -> None:
    assert split(value) == parts


def test_parameters_keep_order_and_repeats() -> None:
    assert with_parameters('a/b; C="x;\\"y"; d=1;d=2; e') == ("a/b", [("c", 'x;"y'), ("d", "1"), ("d", "2"), ("e", "")])
    assert with_parameters("; a=1") == ("", [("a", "1")])
    assert parameter("a/b; x=1", "x") == "1"
    assert media_type('Text/HTML ; charset="x"') == "text/html"
    assert media_type("text") is None
    assert extended("UTF-8'en'na%C3%AFve") == "naïve"
    assert extended("x'y") == "x'y"


MOST_S = 2.0
"""Of CPU: much more than it takes, much less than where each character is compared with each."""


def test_hostile_values_take_little_time() -> None:
    begun = time.process_time()
    for value in ('"' * 30_000, '"\\' * 15_000, ",;=" * 10_000, "a=" * 15_000):
        assert set("".join(split(value))) <= set(value)
        assert with_parameters(value)[0] in value
    assert time.process_time() - begun < MOST_S


@pytest.mark.parametrize("digits", ["1e400", "1e300", "-1e999"])
def test_no_token_makes_the_headers_unreadable(serve: Serve, digits: str) -> None:
    parts = (b'{"alg":"HS256"}', b'{"exp":%s}' % digits.encode())
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    client = serve().client
    answer = client.get("/", headers={"authorization": f"Bearer {token}.x", "cookie": f"a={token}.x"})
    read = client.get(f"/-/api/exchanges/{answer.headers['x-echoscope-id']}/headers?of=request")
    assert read.status_code == 200
    assert "a JSON Web Token" in read.text


def test_a_secret_that_is_repeated_in_another_header_is_masked_there_too() -> None:
    secret = "hunter2-s3cret"
    headers = (
        (b"authorization", b"Bearer " + secret.encode()),
        (b"x-copy", secret.encode()),
        (b"x-original-url", f"/cb?access_token={secret}&a=1".encode()),
        (b"referer", f"https://h/?user%5Bpassword%5D={secret}".encode()),
        (b"sec-websocket-protocol", f"bearer, {secret}".encode()),
        (b"x-amzn-oidc-data", secret.encode()),
    )
    hidden = read(*headers)
    assert secret not in str(hidden)
    assert "&a=1" in hidden["lines"][2]["value"]
    assert all(line["secret"] for line in hidden["lines"]), "so that a page can offer to reveal them"
    assert str(read(*headers, reveal=True)).count(secret) > len(headers)
