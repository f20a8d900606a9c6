"""What the code never holds, and what it says about what it cannot send."""

import re
import shlex
from typing import Any

import msgspec
import pytest

from echoscope.exchange.model import Event, Exchange
from echoscope.insight.code import languages_of, write
from tests.exchanges import made_exchange

ORIGIN = "http://127.0.0.1:8000"
HTTP = (
    *("curl", "httpie", "httpx", "requests", "fetch", "go", "wget", "powershell", "nc"),
    *("pytest-asgi", "pytest-starlette", "pytest-requests"),
)

HOSTILE: dict[str, dict[str, Any]] = {
    "line end in header": {"headers": [[b"x", b"a\r\nx-injected: 1"]]},
    "nul in header": {"headers": [[b"x", b"a\0b"]]},
    "line end in name": {"headers": [[b"x\nrm -rf", b"a"]]},
    "line end in path": {"raw_path": b"/a\r\nX: 1", "path": "/a"},
    "escape sequence": {"headers": [[b"x", b"\x1b]0;title\x07"]]},
    "not utf-8": {"headers": [[b"x", b"\xff\xfe"]], "query_string": b"\xff"},
    "method": {"method": "-o"},
    "method with quote": {"method": "A'; touch x; '"},
    "comment end": {"path": "/*/", "raw_path": b"/*/", "headers": [[b"x", b"*/ alert(1) //"]]},
    "host": {"headers": [[b"host", b"evil.example"]]},
    "options star": {"method": "OPTIONS", "path": "*", "raw_path": b"*"},
    "header names": {"headers": [[b"-x", b"1"], [b"$x`'", b"2"], [b"@x", b"3"]]},
}


@pytest.mark.parametrize("language", HTTP)
def test_the_code_is_printable_ascii_whatever_was_sent(language: str) -> None:
    for case, scope in HOSTILE.items():
        code = write(made_exchange(**scope, body=b"\x1b\r\0\xff"), language, ORIGIN, reveal=True).decode("ascii")
        assert re.fullmatch(r"[\x20-\x7e\n\t]*", code), case
        assert "\t" not in code or language == "go", case
        assert "evil.example" not in code, case


@pytest.mark.parametrize("case", HOSTILE)
def test_the_curl_is_one_command_of_words(case: str) -> None:
    code = write(made_exchange(**HOSTILE[case]), "curl", ORIGIN, reveal=True).decode()
    command = "".join(line for line in code.splitlines(keepends=True) if not line.startswith("#"))
    for line in re.sub(r" \\\n  ", " ", command).splitlines():
        words = shlex.split(line)
        assert words[0] == "curl"
        assert not {";", "&", "|", "&&"} & set(words)


@pytest.mark.parametrize("language", HTTP)
def test_comments_hold_nothing_that_was_captured(language: str) -> None:
    exchange = made_exchange(headers=[[b"x\n`id`", b"1"], [b"y", b"\r\n$(id)"]], raw_path=b"/ '", path="/ '")
    code = write(exchange, language, ORIGIN).decode()
    comments = [line for line in code.splitlines() if line.startswith(("#", "//"))]
    assert comments
    for comment in comments:
        assert re.fullmatch(r"(#|//) [A-Za-z0-9 .,:;-]+", comment)


def test_what_cannot_be_sent_is_left_out_and_said() -> None:
    code = write(made_exchange(headers=[[b"x", b"a\nb"], [b"y", b"1"]]), "curl", ORIGIN).decode()
    assert "# Headers left out, since their bytes cannot be sent: 1.\n" in code
    assert "-H 'y: 1'" in code


def test_a_body_that_was_cut_is_said() -> None:
    exchange = msgspec.structs.replace(made_exchange(body=b"abc"), received_bytes=10)
    for language in HTTP:
        assert "Only the first 3 of 10 bytes of the body were kept." in write(exchange, language, ORIGIN).decode()


def test_hop_by_hop_headers_are_left_to_the_client() -> None:
    names = [b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"proxy-authorization"]
    headers = [[name, b"x-named"] for name in names] + [[b"x-named", b"1"], [b"content-length", b"0"]]
    code = write(made_exchange(headers=headers), "curl", ORIGIN, reveal=True).decode()
    assert "x-named" not in code
    assert re.findall(r"-H '?([\w-]+)", code) == ["accept", "user-agent", "content-type"]


@pytest.mark.parametrize("language", HTTP)
def test_secrets_are_redacted_until_they_are_revealed(language: str) -> None:
    secrets = {"authorization": "Bearer s3cret-one", "cookie": "a=s3cret-two", "x-api-key": "s3cret-three"}
    exchange = made_exchange(
        headers=[[name.encode(), value.encode()] for name, value in secrets.items()],
        query_string=b"token=s3cret-four",
        body=b'{"password": "s3cret-five"}',
    )
    assert b"s3cret" not in write(exchange, language, ORIGIN)
    assert b"Secrets are redacted here." in write(exchange, language, ORIGIN)
    revealed = write(exchange, language, ORIGIN, reveal=True)
    assert revealed.count(b"s3cret") >= 5
    assert b"redacted" not in revealed


def test_nothing_is_said_of_secrets_where_there_are_none() -> None:
    assert b"redacted" not in write(made_exchange(headers=[[b"x", b"1"]], body=b"{}"), "curl", ORIGIN)


def test_raw_has_the_exact_bytes_and_the_length_of_what_is_kept() -> None:
    exchange = made_exchange(
        body=b"\xff\0\r\n",
        headers=[[b"host", b"h"], [b"x", b"\xfe"], [b"transfer-encoding", b"chunked"]],
        raw_path=b"/%41",
    )
    raw = write(exchange, "raw", ORIGIN)
    assert raw == b"POST /%41 HTTP/1.1\r\nhost: h\r\nx: \xfe\r\ncontent-length: 4\r\n\r\n\xff\0\r\n"


def test_go_holds_every_byte_as_a_literal() -> None:
    exchange = made_exchange(
        body=b'"`\\\xff\n', path="/a b", raw_path=b"/a%20b", query_string=b"q=%zz", headers=[[b"x", b"\xe9"]]
    )
    code = write(exchange, "go", "https://example.com").decode()
    assert 'strings.NewReader("\\"`\\\\\\xff\\n")' in code
    assert 'url.URL{Scheme: "https", Host: "example.com", Opaque: "/a%20b", RawQuery: "q=%zz"}' in code
    assert 'request.Header.Add("x", "\\xe9")' in code


def session(*messages: dict[str, object]) -> Exchange:
    exchange = made_exchange(type="websocket", method=None, path="/chat", raw_path=b"/chat", subprotocols=["v1"])
    events = [Event("receive", 1, 5, {"type": "websocket.receive", **message}) for message in messages]
    return msgspec.structs.replace(exchange, events=events)


def test_a_websocket_session_can_be_held_again() -> None:
    exchange = session({"text": "h\u00e9\U0001f600\u2028"}, {"bytes": b"\xff\0"})
    assert [language.id for language in languages_of(exchange.scope["type"])] == [
        "websockets",
        "websocket",
        "asgi",
        "raw",
    ]
    python = write(exchange, "websockets", ORIGIN).decode()
    compile(python, "session", "exec")
    assert '"ws://127.0.0.1:8000/chat"' in python
    assert 'subprotocols=["v1"]' in python
    assert "websocket.send('h\\xe9\\U0001f600\\u2028')" in python
    assert "websocket.send(b'\\xff\\x00')" in python
    javascript = write(exchange, "websocket", ORIGIN).decode()
    assert 'new WebSocket("ws://127.0.0.1:8000/chat", ["v1"])' in javascript
    assert 'websocket.send("h\\u00e9\\ud83d\\ude00\\u2028");' in javascript


def test_a_language_of_the_other_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        write(session(), "curl", ORIGIN)
    with pytest.raises(KeyError):
        write(made_exchange(), "websocket", ORIGIN)
