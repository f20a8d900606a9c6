"""What a value says: the decoded meanings, each against the words of its specification."""

import base64
import json
from typing import Any

import pytest

from echoscope.insight.headers.cookies import cookie, set_cookie
from echoscope.insight.headers.credentials import authorization
from echoscope.insight.headers.meaning import Context, Meaning, Row
from echoscope.insight.headers.moments import duration, http_date, moment, relative
from tests.exchanges import made_exchange
from tests.told import read_headers

AT = 1_795_338_000  # 2026-11-22 09:00:00 UTC
SHOWN = Context(AT, lambda secret: secret)
HIDDEN = Context(AT, lambda secret: "hidden")


def rows(meaning: Meaning | None, title: str) -> dict[str, tuple[str, str]]:
    assert meaning is not None
    (section,) = [section for section in meaning.sections if section.title == title]
    return {name: (value, note) for name, value, note in section.rows}


def decoded(name: str, value: str) -> dict[str, Any] | None:
    """The meaning of one header, as the API gives it."""
    read = read_headers(made_exchange(headers=[[name.encode(), value.encode()]]), "request", reveal=True)
    assert read is not None
    meaning: dict[str, Any] | None = json.loads(json.dumps(read["lines"][0]["meaning"]))
    return meaning


def token(header: dict[str, Any], claims: dict[str, Any] | bytes, signature: str = "c2ln") -> str:
    parts = [json.dumps(header).encode(), claims if isinstance(claims, bytes) else json.dumps(claims).encode()]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


def test_basic_shows_the_user_and_hides_the_password() -> None:
    value = f"Basic {base64.b64encode('Zoë:a:b'.encode()).decode()}"
    assert rows(authorization(value, SHOWN), "Basic") == {"user": ("Zoë", ""), "password": ("a:b", "")}
    assert rows(authorization(value, HIDDEN), "Basic")["password"] == ("hidden", "")


@pytest.mark.parametrize("value", ["Basic", "Basic !", "Basic \xff", "Bearer", "", "Negotiate abc", "Digest x"])
def test_credentials_that_cannot_be_read_have_no_meaning(value: str) -> None:
    assert authorization(value, SHOWN) is None


def test_a_jwt_is_taken_apart_and_not_verified() -> None:
    claims = {"sub": "1234", "exp": AT + 3600, "iat": AT - 86_400, "aud": ["a", "b"], "n": 12345678901234567890}
    meaning = authorization(f"Bearer {token({'alg': 'HS256', 'typ': 'JWT'}, claims)}", HIDDEN)
    assert meaning is not None
    assert meaning.summary == "a JSON Web Token for 1234, expires 1 hour after this request"
    assert rows(meaning, "Header")["alg"] == ("HS256", "how it is signed")
    said = rows(meaning, "Claims")
    assert said["exp"] == (str(AT + 3600), "expires 2026-11-22 10:00:00 UTC, 1 hour after this request")
    assert said["iat"] == (str(AT - 86_400), "issued 2026-11-21 09:00:00 UTC, 1 day before this request")
    assert said["aud"] == ('["a", "b"]', "audience")
    assert said["n"] == ("12345678901234567890", "")
    assert rows(meaning, "Signature")["signature"] == ("hidden", "not verified")
    assert meaning.notes == ["The signature is not verified: anybody can write such a token."]


def test_an_expired_token_says_so() -> None:
    meaning = authorization(f"Bearer {token({}, {'exp': AT - 120})}", SHOWN)
    assert meaning is not None
    assert meaning.summary == "a JSON Web Token, expired 2 minutes before this request"


@pytest.mark.parametrize("text", [token({"alg": "none"}, {}), token({"alg": "HS256"}, {}, "")])
def test_a_token_that_is_not_signed_says_so(text: str) -> None:
    meaning = authorization(f"Bearer {text}", SHOWN)
    assert meaning is not None
    assert "It is not signed." in meaning.notes


TOKENS = [
    *("abc", "a.b.c", "..", "e30.e30", f"{token({}, {})}.a.b"),
    *(token({}, b"[1]"), token({}, b"\xff"), token({}, b"[" * 100_000)),
]


@pytest.mark.parametrize("text", TOKENS, ids=lambda text: text[:12])
def test_any_bearer_token_has_a_meaning_without_its_secret(text: str) -> None:
    meaning = authorization(f"Bearer {text}", HIDDEN)
    assert meaning is not None
    shown = json.dumps([row for section in meaning.sections for row in section.rows])
    assert "hidden" in shown or "signature" in shown


@pytest.mark.parametrize("exp", [-1, 1e300, 10**30, "soon", None, True, [], 253_402_300_800])
def test_an_expiry_that_is_no_time_is_shown_as_it_is(exp: Any) -> None:
    meaning = authorization(f"Bearer {token({}, {'exp': exp})}", SHOWN)
    assert "exp" in rows(meaning, "Claims")


def numbered(digits: str) -> str:
    """A token whose moments are this number, written so."""
    claims = f'{{"sub": "me", "exp": {digits}, "nbf": {digits}, "iat": {digits}, "auth_time": {digits}}}'
    return token({"alg": "HS256"}, claims.encode())


@pytest.mark.parametrize("digits", ["1e400", "-1e400", "1e300", "1E+99", "NaN", "Infinity", "-Infinity", "9" * 400])
def test_a_number_that_is_no_time_has_no_time(digits: str) -> None:
    meaning = authorization(f"Bearer {numbered(digits)}", SHOWN)
    assert meaning is not None
    assert meaning.summary == "a JSON Web Token for me"
    said = rows(meaning, "Claims")
    assert [said[name] for name in ("exp", "nbf", "iat")] == [
        (digits, "expires"), (digits, "not before"), (digits, "issued"),
    ]  # fmt: skip


def test_milliseconds_in_a_token_are_named() -> None:
    meaning = authorization(f"Bearer {numbered('1795338000000')}", SHOWN)
    assert meaning is not None
    assert meaning.summary == "a JSON Web Token for me"
    assert rows(meaning, "Claims")["exp"] == ("1795338000000", "expires (milliseconds, where seconds are meant)")


def test_the_algorithm_of_an_encrypted_token_is_that_of_its_key() -> None:
    meaning = authorization(f"Bearer {token({'alg': 'RSA-OAEP', 'enc': 'A256GCM'}, {})}.a.b", SHOWN)
    assert rows(meaning, "Header")["alg"] == ("RSA-OAEP", "how its key is encrypted")


STRAY = [
    *("authorization: {}", "authorization: Token {}", "x-amzn-oidc-data: {}", "x-forwarded-access-token: Bearer {}"),
    *("cf-access-jwt-assertion: {}", "dpop: {}", "x-anything:  {} "),
]


@pytest.mark.parametrize("line", STRAY)
def test_a_token_in_any_header_is_taken_apart(line: str) -> None:
    name, _, value = line.format(token({"alg": "ES256"}, {"sub": "me"})).partition(": ")
    meaning = decoded(name, value)
    assert meaning is not None
    assert meaning["summary"] == "a JSON Web Token for me"


@pytest.mark.parametrize("line", ["cookie: a=1; id={}; b=2", 'cookie: id="{}"', "set-cookie: id={}; Path=/"])
def test_a_token_in_a_cookie_is_taken_apart(line: str) -> None:
    name, _, value = line.format(token({"alg": "ES256"}, {"sub": "me"})).partition(": ")
    meaning = decoded(name, value)
    assert meaning is not None
    assert ["sub", "me", "subject"] in next(
        section["rows"] for section in meaning["sections"] if section["title"] == "id: Claims"
    )
    assert "id is a JSON Web Token for me." in meaning["notes"]


@pytest.mark.parametrize("value", ["1.2.3", "www.example.com", "a.b.c.d.e", "e30", "x y.z.q", ""])
def test_what_only_looks_like_a_token_in_another_header_has_no_meaning(value: str) -> None:
    assert decoded("x-version", value) is None


def test_one_byte_is_no_bytes() -> None:
    ranges = decoded("range", "bytes=0-0,-1,5-")
    assert ranges is not None
    assert [row[1] for row in ranges["sections"][0]["rows"]] == [
        "1 byte from byte 0", "the last byte", "everything from byte 5",
    ]  # fmt: skip


def test_cookies_keep_order_and_repeats() -> None:
    meaning = cookie('b=1; a="2"; b=3; flag; =x', SHOWN)
    assert meaning is not None
    expected: list[Row] = [("b", "1", ""), ("a", "2", ""), ("b", "3", ""), ("flag", "", "no value"), ("", "x", "")]
    assert meaning.sections[0].rows == expected
    assert meaning.notes == ["b is sent 2 times; which one counts depends on the server."]
    assert cookie(" ; ", SHOWN) is None


def test_a_set_cookie_is_told_in_words() -> None:
    value = "id=abc; Path=/; Max-Age=3660; Expires=Sun, 22 Nov 2026 10:00:00 GMT; Secure; HttpOnly; SameSite=lax"
    said = rows(set_cookie(value, HIDDEN), "Cookie")
    assert said["id"] == ("hidden", "the cookie")
    assert said["Max-Age"] == ("3660", "for 1 hour 1 minute")
    assert said["Expires"][1] == "2026-11-22 10:00:00 UTC, 1 hour after this request"
    assert said["Secure"] == ("", "over HTTPS only")
    assert said["SameSite"] == ("lax", "also when a link of another site is followed")


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("a=1; SameSite=None", "SameSite=None without Secure: browsers refuse it."),
        ("__Secure-a=1", "The prefix of __Secure-a asks for Secure: browsers refuse it."),
        (
            "__Host-a=1; Secure; Domain=x; Path=/",
            "The prefix of __Host-a asks for Path=/ and no Domain: browsers refuse it.",
        ),
    ],
)
def test_a_cookie_that_browsers_refuse_says_so(value: str, refusal: str) -> None:
    meaning = set_cookie(value, SHOWN)
    assert meaning is not None
    assert meaning.notes == [refusal]


SUMMARIES = {
    "accept: text/html;q=0.5, application/json, */*;q=0": "application/json first, of 3 choices",
    "accept: text/html;q=nan": "nothing",
    "accept-language: de-CH, de;q=0.9, *;q=0.5": "de-CH first, of 3 choices",
    "accept-encoding: gzip": "gzip",
    "cache-control: max-age=3600, private": "fresh for 1 hour, not for shared caches",
    "cache-control: x-own=1": "x-own",
    "age: 90": "in a cache for 1 minute 30 seconds",
    "date: Sun, 22 Nov 2026 09:00:00 GMT": "2026-11-22 09:00:00 UTC, the time of this request",
    "if-modified-since: Sunday, 22-Nov-26 08:00:00 GMT": "2026-11-22 08:00:00 UTC, 1 hour before this request",
    "retry-after: 120": "in 2 minutes",
    'if-none-match: W/"a", "b"': "2 entity tags",
    "if-none-match: *": "any version",
    'if-range: "a"': "1 entity tag",
    "range: bytes=0-99,-5,100-": "3 ranges",
    "content-range: bytes 0-99/1234": "bytes 0 to 99 of 1,234",
    "content-range: bytes */1234": "none of 1,234 bytes fits",
    "content-length: 12345": "12,345 bytes",
    "content-encoding: gzip, br": "gzip, then br, in the order in which they were applied",
    "content-type: text/html; charset=utf-8": "text/html",
    "content-disposition: attachment; filename*=UTF-8''a%20b": "attachment",
    f"traceparent: 00-{'a' * 32}-{'b' * 16}-01": f"trace {'a' * 32}, sampled",
    f"traceparent: 00-{'a' * 32}-{'b' * 16}-00": f"trace {'a' * 32}, not sampled",
    "tracestate: a=1,b=2": "2 vendors",
    "baggage: user=Zo%C3%AB": "1 item",
}


@pytest.mark.parametrize("line", SUMMARIES, ids=lambda line: line[:30])
def test_a_value_is_summed_up_in_one_line(line: str) -> None:
    name, _, value = line.partition(": ")
    meaning = decoded(name, value)
    assert meaning is not None
    assert meaning["summary"] == SUMMARIES[line]


SENSELESS = [
    *("age: -1", "age: x", "date: yesterday", "date: Sun, 99 Nov 99999 99:99:99 GMT", "retry-after: soon"),
    *("range: items=0-1", "range: bytes=a-b", "range: bytes=1-2,x", "content-range: bytes 0-", "content-length: -5"),
    *(
        "content-type: nonsense",
        "content-type: ",
        "etag: abc",
        "accept: ",
        "cache-control: ,",
        "cookie: ;",
        "baggage: x",
    ),
]


@pytest.mark.parametrize("line", SENSELESS)
def test_a_value_that_makes_no_sense_has_no_meaning(line: str) -> None:
    name, _, value = line.partition(": ")
    assert decoded(name, value) is None


@pytest.mark.parametrize(
    "value", ["", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff-" + "1" * 32 + "-" + "1" * 16 + "-01", "00-xyz"]
)
def test_a_traceparent_that_is_not_valid_says_so(value: str) -> None:
    meaning = decoded("traceparent", value)
    assert meaning is not None
    assert "starts a trace of its own" in meaning["summary"] + "".join(meaning["notes"])


def test_choices_stand_by_q_and_equal_ones_in_their_order() -> None:
    meaning = decoded("accept", 'a/b;q=0.1, c/d;v="x,y", e/f;q=0.1, g/h;q=2')
    assert meaning is not None
    assert meaning["sections"][0]["rows"] == [
        ["c/d;v=x,y", "1", ""],
        ["a/b", "0.1", ""],
        ["e/f", "0.1", ""],
        ["g/h", "0", "q=2 makes no sense"],
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (61, "1 minute 1 second"), (3_600, "1 hour"), (90_061, "1 day 1 hour")],
)
def test_durations_have_two_units_at_most(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_moments_are_bounded() -> None:
    assert moment(1e12, AT) is None
    assert moment(-1, AT) is None
    assert relative(AT, AT) == "the time of this request"
    assert http_date("not a date") is None
    assert moment(http_date("Fri, 31 Dec 9999 23:59:59 -2359") or 0, AT) is None
