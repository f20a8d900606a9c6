"""One list of words says what a secret is, however its name is written and wherever it stands."""

import json
import random
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from echoscope.exchange.messages import body_bytes
from echoscope.exchange.model import Event, Exchange
from echoscope.insight.masking import is_secret_header, mask, mask_header, mask_query
from echoscope.insight.masking.names import is_secret_name, is_secret_parameter
from echoscope.insight.masking.text import secrets_in
from tests.exchanges import made_exchange
from tests.told import document

SECRET = "hunter2222"

SECRET_NAMES = [
    *("token", "accessToken", "access_token", "access-token", "access.token", "AccessToken", "ACCESS_TOKEN"),
    *("accesstoken", "refreshToken", "idToken", "id_token", "tokens", "token1", "resetToken", "X-AccessToken"),
    *("secret", "clientSecret", "client_secret", "clientsecret", "secrets", "SECRET_KEY_BASE"),
    *("password", "userPassword", "user_password", "new-password", "password2", "password_confirmation", "passwd"),
    *("passphrase", "passcode", "pwd", "userPwd", "pass", "dbPass", "db_pass"),
    *("apiKey", "api_key", "api-key", "apikey", "RapidAPI-Key", "x-rapidapi-key", "privateKey", "private_key"),
    *("accessKey", "access_key", "secretAccessKey", "secretKey", "masterKey", "subscription-key", "AccountKey"),
    *("auth", "jwt", "userJwt", "session", "sessionId", "session_id", "PHPSESSID", "connect.sid", "hmac", "otp", "pin"),
    *("SAMLResponse", "signature", "X-Amz-Signature", "hmac-sha256", "credential", "credentials", "csrf", "_xsrf"),
    *("authorization", "authentication", "cookie", "code_verifier", "client_assertion", "authorization_code"),
    *("user.password", "user[password]", "user%5Bpassword%5D", "user%255Bpassword%255D", "to%6ben", "token%5B%5D"),
    *("users[0][password]", "tokens[0]", "p\\u0061ssword", "ns.user.api_key"),
]
ORDINARY_NAMES = [
    *("keyword", "passenger", "author", "authority", "tokenizer", "monkey", "pinned", "compass", "bypass", "passport"),
    *("spin", "shipping", "pingback", "opinion", "secretary", "tokenize", "token_type", "tokenType", "token_count"),
    *(
        "max_tokens",
        "maxTokens",
        "total_tokens",
        "prompt_tokens",
        "max_new_tokens",
        "tokens-left",
        "x-remaining-tokens",
    ),
    *("primary_key", "publicKey", "sort_key", "cache-key", "idempotency-key", "keyboard", "keys", "hotkey", "turkey"),
    *("status_code", "errorCode", "zipcode", "barcode", "postcode", "encode", "session_type", "sessions", "possession"),
    *("password_length", "passwordless", "has_pass_through", "signature_version", "signatory", "credentialing"),
    *("author[name]", "author%5Bname%5D", "cookie_consent", "oauth", "auth_type", "pins", "shotput", "sidebar", "side"),
    *("inside", "a", "", "%", "[", "_", "1", "256", "jwtx", "description", "user", "email", "q", "page"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_that_ends_with_a_telling_word_is_secret(name: str) -> None:
    assert is_secret_name(name.encode())
    assert is_secret_parameter(name.encode())


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_a_name_that_only_contains_such_a_word_is_not(name: str) -> None:
    assert not is_secret_name(name.encode())
    assert not is_secret_parameter(name.encode())


@pytest.mark.parametrize("name", ["key", "sig", "code", "KEY", "c%6fde"])
def test_some_names_are_secret_only_as_parameters(name: str) -> None:
    assert is_secret_parameter(name.encode())
    assert not is_secret_name(name.encode())


SECRET_HEADERS = [
    *("X-RapidAPI-Key", "x-rapidapi-key", "Ocp-Apim-Subscription-Key", "X-AccessToken", "x-csrftoken", "X-Secret-Key"),
    *("X-Master-Key", "Access-Key", "Authentication", "X-Shopify-Hmac-Sha256", "X-Jwt-Assertion", "X-Amzn-Oidc-Data"),
    *("X-MS-CLIENT-PRINCIPAL", "X-Session-Id", "Mcp-Session-Id", "DPoP", "X-Forwarded-Access-Token", "X-Auth", "Pin"),
    *("X-Signature-Ed25519", "X-Authentik-Jwt", "X-Functions-Key"),
]
ORDINARY_HEADERS = [
    *(
        "Keyword",
        "Passenger",
        "Author",
        "Authority",
        "Tokenizer",
        "Monkey",
        "Pinned",
        "Access-Control-Allow-Credentials",
    ),
    *("Sec-WebSocket-Key", "Idempotency-Key", "X-Amz-Content-Sha256", "Authentication-Info", "WWW-Authenticate"),
    *("X-RateLimit-Remaining-Tokens", "X-Monkey", "Signature-Input", "Session-Type", "Accept-Signature"),
]


@pytest.mark.parametrize("name", SECRET_HEADERS)
def test_a_header_with_a_telling_name_is_secret(name: str) -> None:
    for written in (name.encode(), name.lower().encode()):
        assert is_secret_header(written)
        assert SECRET.encode() not in mask_header(written, SECRET.encode())


@pytest.mark.parametrize("name", ORDINARY_HEADERS)
def test_a_header_that_only_contains_such_a_word_is_not(name: str) -> None:
    assert mask_header(name.lower().encode(), SECRET.encode()) == SECRET.encode()


def sent(body: bytes, content_type: str = "", **scope: Any) -> Exchange:
    headers = [[b"content-type", content_type.encode()]] if content_type else []
    return made_exchange(body=body, **({"headers": headers} | scope))


def json_of(value: Any) -> Callable[[str], Exchange]:
    """A JSON body with the name in the place of `NAME`."""
    return lambda name: sent(json.dumps(value).replace("NAME", name).encode(), "application/json")


def text_of(text: str, content_type: str = "text/plain") -> Callable[[str], Exchange]:
    return lambda name: sent(text.replace("NAME", name).encode(), content_type)


def multipart_of(part: str) -> Callable[[str], Exchange]:
    body = f'--B\r\n{part}\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nrest\r\n--B--\r\n'
    return text_of(body, "multipart/form-data; boundary=B")


CARRIERS: dict[str, Callable[[str], Exchange]] = {
    "query": lambda name: sent(b"", query_string=f"a=1&{name}={SECRET}&b=rest".encode()),
    "query with semicolons": lambda name: sent(b"", query_string=f"a=1;{name}={SECRET};b=rest".encode()),
    "query in a query": lambda name: sent(b"", query_string=b"to=" + quote(f"/x?{name}={SECRET}&b=rest").encode()),
    "json in a query": lambda name: sent(b"", query_string=b"p=" + quote(json.dumps({name: SECRET})).encode()),
    "address in a header": lambda name: sent(b"", headers=[[b"x-original-url", f"/cb?{name}={SECRET}&b=1".encode()]]),
    "referer": lambda name: sent(b"", headers=[[b"referer", f"https://h/?a=1&{name}={SECRET}#rest".encode()]]),
    "json in a header": lambda name: sent(b"", headers=[[b"x-meta", json.dumps({name: SECRET}).encode()]]),
    "form": text_of(f"a=1&NAME={SECRET}&b=rest", "application/x-www-form-urlencoded"),
    "form with odd characters": text_of(f"NAME=\"';<>{SECRET}&b=rest", "application/x-www-form-urlencoded"),
    "form without a type": text_of(f"a=1&NAME={SECRET}&b=rest", ""),
    "json in a form": lambda name: sent(
        b"payload=" + quote(json.dumps({name: SECRET, "a": "rest"})).encode(), "application/x-www-form-urlencoded"
    ),
    "multipart": multipart_of(f'Content-Disposition: form-data; name="NAME"\r\n\r\n{SECRET}'),
    "multipart with a file": multipart_of(
        f'content-disposition: form-data; filename="a"; name=NAME\r\nContent-Type: a/b\r\n\r\n\x00\r\n{SECRET}'
    ),
    "multipart with a folded header": multipart_of(
        f'A: b\r\nContent-Disposition: form-data;\r\n name="NAME"\r\n\r\n{SECRET}'
    ),
    "json": json_of({"a": {"NAME": SECRET}, "b": "rest"}),
    "json with quotes": json_of({"NAME": 'a"b\\' + SECRET, "b": "rest"}),
    "json array": json_of({"NAME": ["a", SECRET, ["b", SECRET]], "b": "rest"}),
    "json object": json_of({"NAME": {"a": SECRET, "b": [{"c": SECRET}]}, "b": "rest"}),
    "json number": lambda name: sent(json.dumps({name: 2222222222, "b": "rest"}).encode()),
    "json numbers": lambda name: sent(json.dumps({name: [1, 2222222222.5e3, None], "b": "rest"}).encode()),
    "json in json": json_of({"a": json.dumps({"NAME": 'x"' + SECRET, "b": "rest"})}),
    "json in json in json": json_of({"a": json.dumps(json.dumps({"NAME": ['x"\\' + SECRET, 1], "b": "rest"}))}),
    "json pair": json_of({"a": [{"name": "NAME", "value": SECRET}, {"name": "b", "value": "rest"}]}),
    "json pair in json": json_of({"a": json.dumps({"key": "NAME", "type": "text", "value": 'x"' + SECRET})}),
    "html field": text_of(f"<input name='NAME' type=\"text\" value='{SECRET}'><b title='rest'>", "text/html"),
    "json lines": text_of(f'{{"a":1}}\n{{"NAME":"{SECRET}"}}\n', "application/x-ndjson"),
    "xml element": text_of(f"<a><NAME>{SECRET}</NAME><b>rest</b></a>", "application/xml"),
    "xml element with a prefix": text_of(f"<a><w:NAME Type='x'>{SECRET}</w:NAME><b>rest</b></a>", "text/xml"),
    "xml element with elements": text_of(f"<NAME><u>{SECRET}</u><v w='{SECRET}'>{SECRET}</v></NAME>", "text/xml"),
    "xml cdata": text_of(f"<NAME><![CDATA[<a>{SECRET}]]></NAME><b>rest</b>", "text/xml"),
    "xml attribute": text_of(f"<a NAME = '{SECRET}' b=\"rest\"/>", "application/xml"),
    "xml attribute value": text_of(f'<NAME value="{SECRET}"/><b>rest</b>', "application/xml"),
    "yaml": text_of(f"a: 1\nNAME: {SECRET}\nb: rest\n"),
    "yaml with spaces": text_of(f"a:\n  NAME: x & {SECRET} # {SECRET}\nb: rest\n"),
    "yaml list": text_of(f"NAME:\n  - a\n  - {SECRET}\nb: rest\n"),
    "yaml list without indent": text_of(f"NAME:\n- a\n- {SECRET}\nb: rest\n"),
    "yaml block": text_of(f"a:\n- NAME: |\n    -----BEGIN\n\n    {SECRET}\n  b: rest\n"),
    "yaml flow": text_of(f"a: {{NAME: {SECRET}, b: rest}}\nNAME: [a, {SECRET}]\n"),
    "yaml quoted": text_of(f"NAME: '{SECRET}'\nb: rest\n"),
    "ini": text_of(f"[a]\nNAME = {SECRET}\nb = rest\n"),
    "toml": text_of(f'NAME = "{SECRET}"\nb = "rest"\n'),
    "python 2": text_of(f"{{u'NAME': u'{SECRET}', u'b': u'rest'}}"),
    "python": text_of(f"{{'NAME': '{SECRET}', 'b': 'rest'}} d['NAME'] = '{SECRET}'"),
    "ruby": text_of(f'"NAME" => "{SECRET}", :b => 1'),
    "header lines": text_of(f"GET / HTTP/1.1\r\nNAME: {SECRET}\r\nB: rest\r\n\r\n", "message/http"),
    "log line": text_of(f"12:00 INFO login NAME: {SECRET} from rest"),
    "graphql": text_of(f'mutation {{ login(user: "rest", NAME: "{SECRET}") {{ id }} }}', "application/graphql"),
    "graphql block": text_of(f'{{ f(NAME: """a "{SECRET}" b""", b: "rest") }}', "application/graphql"),
    "graphql in json": json_of({"query": f'mutation {{ login(b: "rest", NAME: "x\\"{SECRET}") {{ id }} }}'}),
    "graphql over lines in json": json_of({"query": f'{{\n\tlogin(\n\t\tNAME:"{SECRET}"\n\t\tb:"rest")\n}}'}),
}

PLAIN_SECRETS = ["password", "accessToken", "client_secret", "api-key", "pin", "auth"]
PLAIN_ORDINARY = ["keyword", "passenger", "author", "tokenizer", "monkey", "pinned", "token_type", "maxTokens"]


def carried(exchange: Exchange) -> str:
    return json.dumps(document(1, exchange))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_secret_is_masked_in_every_carrier(carrier: str) -> None:
    for name in PLAIN_SECRETS:
        exchange = CARRIERS[carrier](name)
        assert SECRET in carried(exchange) or "22222222" in carried(exchange), name
        masked = mask(exchange)
        assert SECRET not in carried(masked), name
        assert "22222222" not in carried(masked), name
        if not carrier.endswith("in a query"):  # where the whole value goes
            assert carried(masked).count("rest") == carried(exchange).count("rest"), name
        assert len(body_bytes(masked, "receive")) == len(body_bytes(exchange, "receive")), name


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_is_no_secret_stays_readable_in_every_carrier(carrier: str) -> None:
    for name in PLAIN_ORDINARY:
        exchange = CARRIERS[carrier](name)
        assert carried(mask(exchange)) == carried(exchange), name


@pytest.mark.parametrize("carrier", [carrier for carrier in CARRIERS if carrier.startswith("json")])
def test_masked_json_is_json(carrier: str) -> None:
    for name in PLAIN_SECRETS:
        body = body_bytes(mask(CARRIERS[carrier](name)), "receive")
        for line in body.splitlines() if carrier != "json in a form" else ():
            value = json.loads(line)
            while isinstance(value, dict) and isinstance(value.get("a"), str) and value["a"][:1] in ('"', "{"):
                value = json.loads(value["a"])


TEXTS = [
    *(
        "x",
        "token=",
        "token=x",
        "token: ",
        'password="q"',
        "\\",
        "token: 'x",
        "it's token: it's",
        "a\nb",
        "\ttoken:\n- x",
    ),
    *("password: |\n  x\n  y", "<token>x</token>", "<token><b>x</b>", "<token value='x", '<token value="x"/>'),
    *("<password><![CDATA[x", "token=\\u00e9", '{"token": [1, "a", {"b": 22}', 'password => "x" y', 'token: """x'),
    *("login(pin: 1234, otp:'x')", "https://a:b@c/", "auth=\\", '["', "\u00e9", "true", 5, 12, -3.5, 1e300, True, None),
]


def any_json(chance: random.Random, depth: int = 0) -> Any:
    """Data of any shape, in which secrets, names and halves of them stand in texts, and texts are JSON again."""
    choice = chance.random()
    if depth > 4 or choice < 0.4:
        return chance.choice(TEXTS)
    if choice < 0.7:
        names = ["token", "a", "maxTokens", "password", "x y token", "session"]
        return {chance.choice(names): any_json(chance, depth + 1) for _ in range(chance.randint(0, 3))}
    if choice < 0.85:
        return [any_json(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return json.dumps(any_json(chance, depth + 1))


def test_masked_json_is_json_whatever_stands_in_it() -> None:
    chance = random.Random(20261127)
    for _ in range(3_000):
        body = json.dumps(any_json(chance), indent=chance.choice([None, 2])).encode()
        masked = body_bytes(mask(sent(body, "application/json")), "receive")
        assert len(masked) == len(body)
        json.loads(masked)


EXACTLY = {
    "number": (b'{"token": 123456789}', b'{"token": "*******"}'),
    "short numbers": (b'{"token": [12, 5, -3]}', b'{"token": ["", 5, ""]}'),
    "literals": (b'{"token": [true, null, "x"]}', b'{"token": [true, null, "*"]}'),
    "number in json in json": (b'{"a": "{\\"token\\": 123456}"}', b'{"a": "{\\"token\\": \\"**\\"}"}'),
    "names of an object": (b'{"auth": {"user": "me", "n": 42}}', b'{"auth": {"user": "**", "n": ""}}'),
    "the end of a string": (b'{"a": "token=", "b": "c"}', b'{"a": "token=", "b": "c"}'),
    "the end of a line": (b'{"a": "the token: ", "b": "c"}', b'{"a": "the token: ", "b": "c"}'),
    "a string in a string": (b'{"a": "token=abc", "b": "c"}', b'{"a": "token=***", "b": "c"}'),
    "cut": (b'{"a": 1, "token": "abc', b'{"a": 1, "token": "***'),
    "cut array": (b'{"tokens": ["abc", "de', b'{"tokens": ["***", "**'),
    "address": (b"see https://me:s3cret@h/p?x=1", b"see https://me:******@h/p?x=1"),
    "port": (b"https://auth:8080/pin:1 at 12:30", b"https://auth:8080/pin:1 at 12:30"),
    "host": (b"auth:8080", b"auth:8080"),
    "no space": (b"pin:x1\npassword:hunter", b"pin:**\npassword:******"),
    "variables": (b"query($token: String!) { f(token: $token) }", b"query($token: String!) { f(token: $token) }"),
    "html": (b"<label>Password:</label><input type='password'>", b"<label>Password:</label><input type='password'>"),
    "header in text": (b'curl -H "Authorization: Bearer abc" h', b'curl -H "Authorization: **********" h'),
    "an element without an end": (b"<token>abc<b>rest</b>", b"<token>***<b>rest</b>"),
}  # fmt: skip


@pytest.mark.parametrize("case", EXACTLY)
def test_only_the_secret_goes(case: str) -> None:
    body, masked = EXACTLY[case]
    assert body_bytes(mask(sent(body)), "receive") == masked


PROTOCOLS = [
    ("chat, superchat", "chat, superchat"),
    ("graphql-transport-ws", "graphql-transport-ws"),
    ("v4.channel.k8s.io, com.microsoft.minecraft.wsencrypt", "v4.channel.k8s.io, com.microsoft.minecraft.wsencrypt"),
    ("bearer, hunter2222", "bearer, "),
    ("access_token,hunter2222,chat", "access_token,"),
    ("bearer.hunter2222, chat", "bearer."),
    ("base64url.bearer.authorization.k8s.io.hunter2222", "base64url.bearer."),
    ("realtime, openai-insecure-api-key.hunter2222", "realtime, openai-insecure-api-key."),
    ("chat, eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.hunter2222", "chat, "),
]


@pytest.mark.parametrize(("offered", "clear"), PROTOCOLS, ids=[offered for offered, _ in PROTOCOLS])
def test_tokens_among_subprotocols_are_masked(offered: str, clear: str) -> None:
    masked = mask_header(b"sec-websocket-protocol", offered.encode()).decode()
    assert masked.startswith(clear)
    assert SECRET not in masked
    assert (masked == offered) is (SECRET not in offered)
    headers = [[b"sec-websocket-protocol", offered.encode()]]
    items = [item.strip() for item in offered.split(",")]
    made = made_exchange(type="websocket", headers=headers, subprotocols=items)
    accept = Event("send", 1, 0, {"type": "websocket.accept", "subprotocol": offered.split(",")[-1].strip()})
    message = Event("send", 2, 9, {"type": "websocket.send", "text": f"the scope says {offered}"})
    whole = msgspec.structs.replace(made, events=[accept, message])
    shown = carried(mask(whole))
    if SECRET in offered and "access_token" not in offered:
        assert SECRET not in shown


def test_the_white_space_in_a_secret_element_is_not_looked_for_elsewhere() -> None:
    space = "\n" + " " * 12
    exchange = sent(f"<a>{space}<token>{space}<b>{SECRET}</b></token>{space}</a>".encode(), "text/xml")
    assert body_bytes(mask(exchange), "receive").decode().count(space) == 2


def test_a_part_that_python_writes_is_read() -> None:
    message = EmailMessage()
    message["Content-Type"] = 'multipart/form-data; boundary="B"'
    part = EmailMessage()
    part["Content-Disposition"] = 'form-data; name="a_rather_long_name_so_that_this_line_is_folded_and_has_a_password"'
    part.set_payload(SECRET)
    message.set_payload([part])
    body = bytes(message).partition(b"\n\n")[2]
    masked = body_bytes(mask(sent(body, 'multipart/form-data; boundary="B"')), "receive")
    assert masked == body.replace(SECRET.encode(), b"*" * len(SECRET))


def test_the_list_of_words_is_the_same_for_a_query_of_text_and_of_bytes() -> None:
    assert mask_query("userPassword=x").startswith("userPassword=redacted-")
    assert mask_query(b"userPassword=x") == mask_query("userPassword=x").encode()


HOSTILE = {
    "names": b"token" * 52_000,
    "names with dots": b"token." * 43_000,
    "signs": b"token:" * 43_000,
    "lines": b"token:\n" * 37_000,
    "lines deeper and deeper": b"".join(b" " * (depth % 60) + b"token:\n" for depth in range(7_000)),
    "elements": b"<token>" * 37_000,
    "elements of many names": b"".join(b"<t%dtoken>" % number for number in range(20_000)),
    "open elements": b"<token " * 37_000,
    "elements with ends": b"<token><token></token>" * 11_000,
    "arrays": b'"token":[' * 29_000,
    "array items": b'"token":[' + b"[" * 250_000,
    "strings": b'"token":"' + b'\\"' * 125_000,
    "backslashes before a quote": b'token=\\"' + b"\\" * 250_000,
    "backslashes": b"\\" * 262_144,
    "escapes": b"\\u0070" * 43_000,
    "escapes of escapes": b"\\\\u0070" * 37_000,
    "percent": b"%74" * 87_000,
    "addresses": b"://a:" * 52_000,
    "colons": b":" * 262_144,
    "spaces": b"token " + b" " * 262_144,
    "spaces behind signs": b"token:         " * 17_000,
    "quotes": b"'token':'" * 29_000,
    "brackets": b"<" * 262_144,
    "delimiters": b"--B\r\n" * 52_000,
    "parts": b'--B\r\ncontent-disposition: form-data; name="token"\r\n\r\nx\r\n' * 4_500,
    "part headers": b"--B\r\n" + b"content-disposition:\r\n" * 11_000,
    "fields": b"a=%3D&" * 43_000,
    "elements in a string of json": b'{"a":"' + b"<token>" * 37_000,
    "apostrophes in json": b'["' + b"token:'\\n" * 29_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_masking_is_linear(case: str) -> None:
    body = HOSTILE[case][: 256 << 10]
    began = time.process_time()
    list(secrets_in(body))
    assert time.process_time() - began < 1


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/mixed; boundary=B"])
@pytest.mark.parametrize("case", HOSTILE)
def test_masking_a_hostile_body_takes_little_time(case: str, content_type: str) -> None:
    began = time.process_time()
    mask(sent(HOSTILE[case][: 256 << 10], content_type))
    assert time.process_time() - began < 3
