"""The bytes of a request that is sent again, and where it may be sent to."""

import pytest
from msgspec.structs import replace

from echoscope.exchange.model import Exchange
from echoscope.insight.code import raw
from echoscope.sender import Address, AddressError, Message, MessageError, draft_of, is_listed, parse_address
from tests.exchanges import made_exchange, plain_exchange

ELSEWHERE = Address("http", "localhost", 3000, "/base")


def sent(exchange: Exchange, address: Address | None = None) -> bytes:
    message = draft_of(exchange, reveal=True).edited(None, None).to(address)
    return message.head + message.content


def came(target: str = "/", *lines: bytes, method: str = "GET", body: bytes = b"") -> Exchange:
    """An exchange whose bytes are known."""
    return plain_exchange("a-1", target, *lines, method=method, body=body).exchange


def test_what_came_goes_byte_for_byte() -> None:
    lines = [b"X-B:  two ", b"x-a: 1", b"X-A: 2", b"x-a: 1", b"Cookie: a=1; b=2", b"Connection: keep-alive"]
    exchange = came("/a%2fb//c?x=1&x=%20", *lines, method="POST", body=b"hello")
    assert exchange.wire is not None
    assert sent(exchange) == exchange.wire + b"hello"


def test_to_another_server_only_the_host_and_the_prefix_of_the_path_are_others() -> None:
    exchange = came("/a?b=1", b"X-A: 1", method="POST", body=b"hello")
    assert sent(exchange, ELSEWHERE) == (
        b"POST /base/a?b=1 HTTP/1.1\r\nHost: localhost:3000\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello"
    )


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([b"Connection: keep-alive"], [b"Connection: keep-alive"]),
        ([b"Connection: close"], [b"Connection: close"]),
        ([b"Connection: keep-alive, X-Own", b"X-Own: 1", b"X-Other: 2"], [b"Connection: keep-alive", b"X-Other: 2"]),
        ([b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAA"], []),
        ([b"TE: trailers", b"Keep-Alive: timeout=5", b"Trailer: x", b"Proxy-Connection: close"], []),
    ],
    ids=["keep-alive", "close", "named", "h2c", "hop by hop"],
)
def test_fields_of_one_connection_are_made_anew(lines: list[bytes], kept: list[bytes]) -> None:
    assert sent(came("/", *lines)).split(b"\r\n")[2:-2] == kept


@pytest.mark.parametrize(
    ("fields", "body", "written"),
    [
        ((b"content-length: 99",), b"abc", b"content-length: 3\r\n\r\nabc"),
        ((b"Content-Length: 3", b"Content-Length: 3"), b"abc", b"Content-Length: 3\r\n\r\nabc"),
        ((b"Content-Length: 0",), b"", b"Content-Length: 0\r\n\r\n"),
        ((), b"", b"\r\n"),
        ((), b"abc", b"Content-Length: 3\r\n\r\nabc"),
        ((b"transfer-Encoding: gzip, chunked",), b"abc", b"transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked",), b"", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ((b"Content-Length: 3", b"Transfer-Encoding: x"), b"", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ],
    ids=["length", "length twice", "empty", "nothing", "no frame", "chunked", "no chunk", "both"],
)  # fmt: skip
def test_the_body_is_framed_as_it_was(fields: tuple[bytes, ...], body: bytes, written: bytes) -> None:
    message = Message(b"POST / HTTP/1.1", fields, body).to(None)
    assert message.head + message.content == b"POST / HTTP/1.1\r\n" + written


def test_what_the_server_did_not_tell_is_written_as_http_1_1() -> None:
    headers = [(b"host", b"example.com"), (b"x-a", b"1"), (b"x-a", b"2")]
    exchange = made_exchange(
        body=b"hi", path="/root/a", raw_path=b"/root/a", query_string=b"q", root_path="/root", headers=headers
    )
    assert exchange.wire is None
    assert (
        sent(exchange) == b"POST /a?q HTTP/1.1\r\nhost: example.com\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\nhi"
    )
    assert raw.write(exchange, "http://localhost").startswith(b"POST /root/a?q")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (b"GET http://proxy.test/a?b HTTP/1.1", b"GET /base/a?b HTTP/1.1"),
        (b"GET http://proxy.test HTTP/1.1", b"GET /base/ HTTP/1.1"),
        (b"OPTIONS * HTTP/1.1", b"OPTIONS * HTTP/1.1"),
    ],
    ids=["absolute", "absolute, no path", "asterisk"],
)
def test_another_server_is_asked_for_a_path_of_its_own(line: bytes, asked: bytes) -> None:
    assert Message(line, (), b"").to(ELSEWHERE).line == asked
    assert Message(line, (), b"").to(None).line == line


def test_lines_that_are_left_as_they_are_keep_their_bytes_and_their_secrets() -> None:
    exchange = came("/?token=s3cr3tvalue", b"Authorization: Bearer abcdefgh", b"X-E: \xff", b"X-A:  1")
    draft = draft_of(exchange, reveal=False)
    assert "abcdefgh" not in draft.head
    assert "s3cr3tvalue" not in draft.head
    message = draft.edited(draft.head.replace("X-A:  1", "X-A: 2").replace("\n", "\r\n"), None)
    assert message.line == b"GET /?token=s3cr3tvalue HTTP/1.1"
    assert message.fields == (b"Host: localhost", b"Authorization: Bearer abcdefgh", b"X-E: \xff", b"X-A: 2")


def test_a_line_without_a_name_is_not_shown_where_secrets_are_hidden() -> None:
    exchange = replace(came("/"), wire=b"GET / HTTP/1.1\r\nHost: localhost\r\nBearer abcdefgh\r\n\r\n")
    draft = draft_of(exchange, reveal=False)
    assert draft.head.splitlines()[-1] == "*" * len("Bearer abcdefgh")
    assert draft.edited(draft.head, None).fields[-1] == b"Bearer abcdefgh"


@pytest.mark.parametrize(
    ("content", "typed", "goes"),
    [
        (b"a\r\nb\r\n", "a\nb\n", b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", "a\nc\n", b"a\r\nc\r\n"),
        (b"a\nb", "a\nc", b"a\nc"),
        (b"a\r\nb\n", "a\nb\n", b"a\r\nb\n"),
        (b"\xff\x00", "text", b"text"),
        (b"", "\U0001f600", "\U0001f600".encode()),
    ],
    ids=["untouched", "lines of a form", "LF", "both kinds untouched", "was no text", "was nothing"],
)
def test_an_edited_body_keeps_the_ends_of_its_lines(content: bytes, typed: str, goes: bytes) -> None:
    draft = draft_of(came("/", method="POST", body=content), reveal=True)
    assert draft.edited(None, typed).body == goes


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("", "request line"),
        ("GET", "'GET' is no request line"),
        ("GET / HTTP/2\n", "no request line"),
        ("GET /a b HTTP/1.1", "no request line"),
        ("GET / HTTP/1.1\nno colon", "'no colon' is no header"),
        ("GET / HTTP/1.1\nbad name: x", "is no header"),
        ("GET / HTTP/1.1\nx: a\0b", "is no header"),
        ("GET / HTTP/1.1\n" + "a: b\n" * 2000, "at most"),
    ],
)
def test_a_head_that_cannot_be_sent_is_named(head: str, word: str) -> None:
    with pytest.raises(MessageError, match=word):
        draft_of(came(), reveal=True).edited(head, None)


def test_a_request_line_without_a_version_is_one_of_http_1_1() -> None:
    assert draft_of(came(), reveal=True).edited("PUT /new", None).line == b"PUT /new HTTP/1.1"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("3000", "http://localhost:3000"),
        (":3000", "http://localhost:3000"),
        ("localhost:3000", "http://localhost:3000"),
        ("http://Example.COM/", "http://example.com"),
        (" https://example.com:443/api/ ", "https://example.com/api"),
        ("wss://example.com/x", "https://example.com/x"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
    ],
)
def test_an_address_is_understood(text: str, address: str) -> None:
    assert str(parse_address(text)) == address
    assert str(parse_address(address)) == address


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "names no host"),
        ("http://", "names no host"),
        ("file:///etc/passwd", "must begin with http"),
        ("http://user:pass@example.com", "user name"),
        ("http://example.com/?q", "query"),
        ("http://example.com:99999", "no address"),
        ("http://example.com:0", "port 0"),
        ("http://exa mple.com", "names no host"),
        ("http://example.com/ä", "percent-encoded"),
        ("http://example.com\\@evil.example", "user name"),
        ("http://example.com\\evil.example", "names no host"),
        ("x" * 3000, "at most"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(text: str, word: str) -> None:
    with pytest.raises(AddressError, match=word):
        parse_address(text)


@pytest.mark.parametrize(
    ("address", "hosts", "is_allowed"),
    [
        ("http://example.com", ["example.com"], True),
        ("https://example.com:8443/x", ["EXAMPLE.com"], True),
        ("http://example.com", ["example.com:80"], True),
        ("https://example.com", ["example.com:80"], False),
        ("http://sub.example.com", ["example.com"], False),
        ("http://example.com.evil.test", ["example.com"], False),
        ("http://[::1]:80", ["::1"], True),
        ("http://[::1]:81", ["[::1]:80"], False),
        ("http://localhost", [], False),
    ],
)
def test_a_list_of_hosts_allows_these_and_no_others(address: str, hosts: list[str], *, is_allowed: bool) -> None:
    assert is_listed(parse_address(address), hosts) is is_allowed
