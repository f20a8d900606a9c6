"""Signatures are checked over the bytes as they came, as each vendor documents it."""

import base64
import gzip
import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from echoscope.insight.signatures import SCHEMES, BadScheme, Delivery, check
from echoscope.insight.signatures.delivery import MAX_JSON_BYTES

from .vectors import FORM, JSON, NOW, VECTORS, Vector, based, delivery, hexed

EVERY = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)

OF_BODY = {
    name: vector for name, vector in VECTORS.items() if vector.scheme != "mailgun" and name != "AWS, S3, in the query"
}
"""Those whose body is signed."""


def test_there_is_a_vector_for_every_scheme() -> None:
    assert {vector.scheme for vector in VECTORS.values()} | {"hmac"} == set(SCHEMES)


@EVERY
def test_what_is_signed_is_valid(vector: Vector) -> None:
    checked = check(vector.scheme, vector.secret, vector.delivery)
    assert (checked.status, checked.mistake) == ("valid", None)


@EVERY
def test_another_secret_is_not(vector: Vector) -> None:
    secret = vector.secret[:-2] + ("00" if vector.secret[-2:] != "00" else "11")
    assert check(vector.scheme, secret, vector.delivery).status == "invalid"


@pytest.mark.parametrize("vector", OF_BODY.values(), ids=OF_BODY)
def test_another_body_is_not(vector: Vector) -> None:
    body = vector.delivery.body + (b"&x=y" if vector.scheme == "twilio" else b"!")
    checked = check(vector.scheme, vector.secret, replace(vector.delivery, body=body))
    assert checked.status == "invalid"
    assert "secret" not in (checked.mistake or "")


@EVERY
def test_a_request_without_its_signature_is_told_so(vector: Vector) -> None:
    bare = replace(vector.delivery, headers=vector.delivery.headers[:1], target=b"/", body=b"{}")
    checked = check(vector.scheme, vector.secret, bare)
    assert checked.status == "missing"
    assert checked.detail
    assert checked.reference


@EVERY
def test_a_signature_that_cannot_be_read_is_no_failure(vector: Vector) -> None:
    for value in ("", "x", "sha256=", "t=,v1=", "v1,", "v0=zz", "sha256=zz", "é", "=" * 5_000, "\x00"):
        headers = [(name, value.encode()) for name, _ in vector.delivery.headers]
        checked = check(vector.scheme, vector.secret, replace(vector.delivery, headers=headers, body=b"", target=b"/"))
        assert checked.status in ("missing", "invalid"), value


@EVERY
def test_a_body_that_was_cut_decides_nothing(vector: Vector) -> None:
    checked = check(vector.scheme, vector.secret, replace(vector.delivery, is_cut=True))
    assert checked.status == ("undecided" if vector in OF_BODY.values() else "valid")


@EVERY
def test_no_verdict_holds_the_secret_or_what_would_be_right(vector: Vector) -> None:
    for body in (vector.delivery.body, b"another"):
        told = str(check(vector.scheme, vector.secret, replace(vector.delivery, body=body)))
        assert vector.secret not in told
        assert hexed(vector.secret.encode(), body) not in told


UNSTAMPED = ("github", "shopify", "twilio", "discord")
STAMPED = {name: vector for name, vector in VECTORS.items() if vector.scheme not in UNSTAMPED}


@pytest.mark.parametrize("later_s", [-86_400, 86_400 * 2], ids=["before it was signed", "two days later"])
@pytest.mark.parametrize("vector", STAMPED.values(), ids=STAMPED)
def test_a_right_signature_of_another_time_is_told_so(vector: Vector, later_s: int) -> None:
    checked = check(vector.scheme, vector.secret, replace(vector.delivery, at_s=vector.delivery.at_s + later_s))
    assert (checked.status, checked.mistake) == ("valid", "time")
    assert "another time" in checked.detail


@pytest.mark.parametrize(("later_s", "mistake"), [(300, None), (301, "time"), (-300, None), (-301, "time")])
def test_five_minutes_are_allowed(later_s: int, mistake: str | None) -> None:
    vector = VECTORS["Stripe"]
    assert check("stripe", vector.secret, replace(vector.delivery, at_s=1_700_000_000 + later_s)).mistake == mistake


def test_discord_s_signature_is_checked_with_a_public_key() -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    body = b'{"type": 1}'
    signature = private.sign(NOW.encode() + body).hex()
    one = delivery(body, ("x-signature-timestamp", NOW), ("x-signature-ed25519", signature))
    assert check("discord", public, one).status == "valid"
    assert check("discord", public, replace(one, body=body + b" ")).status == "invalid"


def test_a_standard_webhook_may_be_signed_with_a_private_key() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    message = f"m-1.{NOW}.".encode() + JSON
    of_secret = based(b"a key of 24 bytes, or so", message)
    signature = f"v1,{of_secret} v1a,{base64.b64encode(private.sign(message)).decode()}"
    headers = [("webhook-id", "m-1"), ("webhook-timestamp", NOW), ("webhook-signature", signature)]
    one = delivery(JSON, *headers)
    secret = "whsec_" + base64.b64encode(b"a key of 24 bytes, or so").decode()
    assert [check("standard-webhooks", key, one).status for key in (public, secret)] == ["valid", "valid"]
    changed = replace(one, body=JSON + b"\n")
    assert [check("standard-webhooks", key, changed).mistake for key in (public, secret)] == ["body", "body"]
    unread = delivery(JSON, *headers[:2], ("webhook-signature", f"v1a,$$ v1,{of_secret}"))
    assert [check("standard-webhooks", key, unread).status for key in (public, secret)] == ["invalid", "valid"]
    of_another = delivery(JSON, *headers[:2], ("webhook-signature", "v1a," + base64.b64encode(bytes(64)).decode()))
    assert [check("standard-webhooks", key, of_another).status for key in (public, secret)] == ["invalid", "invalid"]


# The usual mistakes


def signed(message: bytes, sent: bytes, secret: bytes = b"hush", *headers: tuple[str, str]) -> Delivery:
    """What is sent, with GitHub's signature of something else."""
    return delivery(sent, ("x-hub-signature-256", "sha256=" + hexed(secret, message)), *headers)


COMPACT = b'{"id":7,"name":"J\xc3\xbcrgen","url":"https://a.example/b"}'
ZIPPED = gzip.compress(JSON)

BODIES = {
    "JSON without spaces": (COMPACT, JSON, "without spaces"),
    "JSON with spaces": (JSON, COMPACT, "with spaces"),
    "JSON, keys sorted": (b'{"a": 1, "b": 2}', b'{"b":2,"a":1}', "keys sorted"),
    "JSON in ASCII": (JSON.replace(b"\xc3\xbc", b"\\u00fc"), JSON, "in ASCII"),
    "JSON indented": (json.dumps(json.loads(JSON), indent=2, ensure_ascii=False).encode(), JSON, "indented by two"),
    "PHP's JSON": (COMPACT.replace(b"/", rb"\/").replace(b"\xc3\xbc", b"\\u00fc"), JSON, "slashes escaped"),
    "a line break taken away": (b"hello\n", b"hello", "with a line break (LF)"),
    "a CRLF taken away": (b"hello\r\n", b"hello", "with a line break (CRLF)"),
    "a line break added": (b"hello", b"hello\n", "without the line break"),
    "white space added": (b"hello", b"  hello ", "without the white space"),
    "CRLF for LF": (b"a\r\nb\r\nc", b"a\nb\nc", "with CRLF for LF"),
    "LF for CRLF": (b"a\nb\nc", b"a\r\nb\r\nc", "with LF for CRLF"),
    "a byte order mark": (b"{}", b"\xef\xbb\xbf{}", "byte order mark"),
    "percent-escapes undone": (b"a=b c/d", b"a=b+c%2Fd", "percent-escapes undone"),
    "no body": (b"", JSON, "left out"),
    "JavaScript's numbers": (b'{"a":10,"b":1e+21}', b'{"a": 10.0, "b": 1e21}', "by JavaScript, without spaces"),
    "a number too long for JavaScript": (b'{"a":12345678901234567000}', b'{"a":12345678901234567890}', "by JavaScript"),
    "JavaScript's order of keys": (b'{"2":1,"10":1,"b":1,"a":1}', b'{"b":1,"10":1,"2":1,"a":1}', "by JavaScript"),
    "Go's JSON": (b'{"a":"\\u003cb\\u003e\\u0026\\u2028"}', '{"a": "<b>&\u2028"}'.encode(), "with <, > and & escaped"),
    "latin-1 for UTF-8": ("J\xfcrgen".encode(), b"J\xfcrgen", "taken for ISO-8859-1"),
    "UTF-8 twice": ("J\xc3\xbcrgen".encode(), "J\xfcrgen".encode(), "taken for ISO-8859-1"),
    "UTF-8 for latin-1": (b"J\xfcrgen", "J\xfcrgen".encode(), "in ISO-8859-1"),
    "the field of a form": (b'{"a": 1}', b"payload=%7B%22a%22%3A+1%7D&b=2", "its field payload"),
}


@pytest.mark.parametrize(("message", "sent", "told"), BODIES.values(), ids=BODIES)
def test_what_was_done_to_the_body_is_named(message: bytes, sent: bytes, told: str) -> None:
    checked = check("github", "hush", signed(message, sent))
    assert (checked.status, checked.mistake) == ("invalid", "body")
    assert told in checked.detail
    assert "bytes as they came" in checked.advice


def test_a_coding_that_was_undone_is_named() -> None:
    checked = check("github", "hush", signed(JSON, ZIPPED, b"hush", ("content-encoding", "gzip")))
    assert (checked.mistake, "gzip undone" in checked.detail) == ("body", True)


KEY = b"0123456789abcdef0123"
SECRETS = {
    "base64 not decoded": (base64.b64encode(KEY).decode(), base64.b64encode(KEY), KEY, "as the text"),
    "base64 decoded": (base64.b64encode(KEY).decode(), KEY, None, "decoded from base64"),
    "base64url decoded": (base64.urlsafe_b64encode(b"\xfb\xff" * 9).decode(), b"\xfb\xff" * 9, None, "from base64"),
    "hex decoded": (KEY.hex(), KEY, None, "decoded from hex"),
    "a line break behind it": ("hush\n", b"hush", None, "without the white space"),
    "a line break that belongs to it": ("hush", b"hush\n", None, "with a line break"),
    "a prefix": ("whsec_hush", b"hush", None, "without whsec_"),
}


@pytest.mark.parametrize(("given", "used", "expected", "told"), SECRETS.values(), ids=SECRETS)
def test_what_the_secret_was_taken_for_is_named(given: str, used: bytes, expected: bytes | None, told: str) -> None:
    scheme = "github" if expected is None else "standard-webhooks"
    one = signed(JSON, JSON, used)
    if scheme == "standard-webhooks":
        one = delivery(
            JSON,
            ("webhook-id", "m-1"),
            ("webhook-timestamp", NOW),
            ("webhook-signature", "v1," + based(used, b"m-1.1700000000." + JSON)),
        )
    checked = check(scheme, given, one)
    assert (checked.status, checked.mistake) == ("invalid", "secret")
    assert told in checked.detail


def test_two_mistakes_at_once_are_named() -> None:
    checked = check("github", KEY.hex(), signed(COMPACT, JSON, KEY))
    assert checked.mistake == "body and secret"
    assert "without spaces" in checked.detail
    assert "decoded from hex" in checked.detail


URLS = {
    "TLS ended by a proxy": ("https://hooks.example/hook", [], "https"),
    "another host": ("https://public.example/hook", [("x-forwarded-host", "public.example")], "public.example"),
    "RFC 7239": ("https://public.example/hook", [("forwarded", "host=public.example;proto=https")], "public.example"),
    "a port": ("http://hooks.example/hook", [("host", "hooks.example:8080")], "without the port"),
    "a port that nobody writes": ("https://hooks.example:443/hook", [], "https with the port 443"),
    "a slash at the end": ("http://hooks.example/hook/", [], "with a slash at the end"),
}


@pytest.mark.parametrize(("url", "headers", "told"), URLS.values(), ids=URLS)
def test_another_address_behind_a_proxy_is_named(url: str, headers: list[tuple[str, str]], told: str) -> None:
    signature = based(b"hush", f"{url}a1".encode(), "sha1")
    one = delivery(b"a=1", FORM, ("x-twilio-signature", signature), *headers, scheme="http")
    checked = check("twilio", "hush", one)
    assert (checked.status, checked.mistake) == ("invalid", "url")
    assert told in checked.detail


def test_the_bin_s_own_part_of_the_address_is_named() -> None:
    signature = based(b"hush", b"https://hooks.example/sms?x=1a1", "sha1")
    one = delivery(b"a=1", FORM, ("x-twilio-signature", signature), target="/~bin/sms?x=1")
    assert "without the bin's name" in check("twilio", "hush", one).detail


def test_the_address_that_the_sender_knows_can_be_given() -> None:
    one = replace(VECTORS["Twilio"].delivery, headers=[(b"host", b"internal"), *VECTORS["Twilio"].delivery.headers[1:]])
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert check("twilio", "12345", one).status == "invalid"
    assert check("twilio", "12345", one, {"url": url}).status == "valid"


def test_a_json_body_of_twilio_is_signed_by_its_digest() -> None:
    target = f"/hook?bodySHA256={sha256(JSON).hexdigest()}"
    signature = based(b"hush", f"https://hooks.example{target}".encode(), "sha1")
    one = delivery(JSON, ("content-type", "application/json"), ("x-twilio-signature", signature), target=target)
    assert check("twilio", "hush", one).status == "valid"
    assert check("twilio", "hush", replace(one, body=JSON + b" ")).status == "invalid"


@pytest.mark.parametrize("path", ["/./", "//", "/example/..", "/example1/example2/../..", "/../", "/./example/../"])
def test_a_path_is_normalised_before_aws_signs_it(path: str) -> None:
    vector = VECTORS["AWS, IAM"]
    target = vector.delivery.target.replace(b"/", path.encode(), 1)
    assert check("aws", vector.secret, replace(vector.delivery, target=target)).status == "valid"


def test_a_path_of_s3_is_signed_as_it_is() -> None:
    vector = VECTORS["AWS, S3, a key of slashes and dots"]
    assert check("aws", vector.secret, replace(vector.delivery, target=b"/a/c")).status == "invalid"


def test_a_form_of_twilio_is_sorted_with_repeats_and_empty_fields() -> None:
    body = urlencode([("b", ""), ("a", "2"), ("a", "1"), ("Z", "é")]).encode()
    signature = based(b"hush", "https://hooks.example/hookZéa1a2b".encode(), "sha1")
    assert check("twilio", "hush", delivery(body, FORM, ("x-twilio-signature", signature))).status == "valid"


# A scheme of one's own

OWN = {
    "hex of the body": ({}, "x-signature", hexed(b"hush", JSON)),
    "a header and a prefix": ({"header": "X-Sig", "prefix": "v1="}, "x-sig", "v1=" + hexed(b"hush", JSON)),
    "SHA-512 in base64": ({"algorithm": "sha512", "encoding": "base64"}, "x-signature", based(b"hush", JSON, "sha512")),
    "time and body": (
        {"message": "{timestamp}:{body}", "timestamp": "X-Time"},
        "x-signature",
        hexed(b"hush", b"1700000000:" + JSON),
    ),
    "all that there is": (
        {"message": "{method} {path}?{query} {url} {header:x-time} {{body}}"},
        "x-signature",
        hexed(b"hush", b"POST /hook?a=1 https://hooks.example/hook?a=1 1700000000 {" + JSON + b"}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "header", "value"), OWN.values(), ids=OWN)
def test_an_hmac_is_as_it_is_described(options: dict[str, str], header: str, value: str) -> None:
    one = delivery(JSON, (header, value), ("x-time", NOW), target="/hook?a=1")
    checked = check("hmac", "hush", one, options)
    assert checked.status == "valid"
    assert check("hmac", "hush", replace(one, body=b"x"), options).status == "invalid"


@pytest.mark.parametrize(("key", "secret"), [("hex", KEY.hex()), ("base64", base64.b64encode(KEY).decode())])
def test_a_key_of_one_s_own_scheme_may_be_written_as_digits(key: str, secret: str) -> None:
    one = delivery(JSON, ("x-signature", hexed(KEY, JSON)))
    assert check("hmac", secret, one, {"key": key}).status == "valid"
    assert check("hmac", secret, one).mistake == "secret"


BAD = {
    "no such scheme": ("nobody", "hush", {}, "scheme must be one of"),
    "no secret": ("github", " ", {}, "secret must be a text"),
    "a secret of megabytes": ("github", "x" * 1_001, {}, "secret must be a text"),
    "an option of another scheme": ("github", "hush", {"header": "x"}, "options of github are none"),
    "an option that is none": ("hmac", "hush", {"colour": "red"}, "not 'colour'"),
    "a digest that is none": ("hmac", "hush", {"algorithm": "crc32"}, "options.algorithm must be sha256 or"),
    "a field that is none": ("hmac", "hush", {"message": "{secret}"}, "not {secret}"),
    "a header without a name": ("hmac", "hush", {"message": "{header}"}, "not {header}"),
    "a time without its header": ("hmac", "hush", {"message": "{timestamp}"}, "options.timestamp must name"),
    "a key that is no hex": ("hmac", "hush", {"key": "hex"}, "this text cannot be one"),
    "a public key that is short": ("discord", "abcd", {}, "64 hex digits"),
    "a public key of 31 bytes": ("standard-webhooks", "whpk_" + "A" * 42, {}, "whpk_ and base64; this text"),
    "a secret that is no base64": ("standard-webhooks", "whsec_$$", {}, "this text cannot be one"),
}  # fmt: skip


@pytest.mark.parametrize(("scheme", "secret", "options", "told"), BAD.values(), ids=BAD)
def test_what_cannot_be_checked_is_refused_with_the_reason(
    scheme: str, secret: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(BadScheme) as bad:
        check(scheme, secret, delivery(b""), options)
    assert told in str(bad.value)
    if len(secret) > 4:
        assert secret not in str(bad.value)


HOSTILE = {
    "deep": b"[" * 900 + b"]" * 900,
    "deeper": b"[" * 100_000,
    "deep and wide": b"[" * 400 + b",".join([b"[]"] * 8_000) + b"]" * 400,
    "long": b'{"a": "' + b"x" * MAX_JSON_BYTES + b'"}',
    "a number of many digits": b"[" + b"9" * 10_000 + b"]",
    "a lone surrogate": b'{"a": "\\ud800"}',
    "not a number": b"[NaN, Infinity, 1e999]",
    "numbers and signs": b'{"1":[' + b'1.0,"<",' * 1_000 + b'"/"]}',
    "fields without end": b"payload=&" * 5_000,
    "percent signs": b"%" * 200_000,
    "no text": bytes(range(256)) * 500,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_is_a_failure_to_look_into(body: bytes) -> None:
    lines = [("x-hub-signature-256", "sha256=" + "0" * 64), ("content-encoding", "gzip, br")]
    checked = check("github", "hush", delivery(body, *lines))
    assert (checked.status, checked.mistake) == ("invalid", None)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_tried_instead_of_a_body_is_bounded(body: bytes) -> None:
    assert sum(len(other) for _, other in delivery(body).other_bodies()) < 80 * len(body) + 100_000
