"""The address that was asked for: path, query and host, as their bytes came (RFC 3986)."""

import re
from collections.abc import Iterator
from typing import Final

from ..bodies.charsets import is_utf8
from .facts import Facts, address_of, decoded, reach_of
from .finding import Remark, Where, seen

_TWICE: Final = re.compile(rb"%25[0-9A-Fa-f]{2}")
_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_BROKEN: Final = re.compile(rb"%(?![0-9A-Fa-f]{2}).{0,2}")
_OF_ADDRESSES: Final = re.compile(rb"[/:?&=#]")
_DOTS: Final = re.compile(rb"(/|%2[fF]|\\|%5[cC])(?:\.|%2[eE]){1,2}(/|%2[fF]|\\|%5[cC]|$)")
_EMPTY_SEGMENT: Final = re.compile(rb"(?<!:)//")
_SECRETS: Final = frozenset(
    {"access_token", "client_secret", "password", "passwd", "api_key", "apikey", "private_token", "refresh_token"}
)
_PATH: Final = Where("request", "path")
_QUERY: Final = Where("request", "query")


def _is_text(data: bytes) -> bool:
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _is_escaped_twice(part: bytes) -> bool:
    """Whether undoing the escapes leaves escapes of readable text, and not an address, which may hold some."""
    once = decoded(part)
    return (
        bool(_TWICE.search(part) and _ESCAPE.search(once))
        and not _OF_ADDRESSES.search(once)
        and _is_text(decoded(once))
    )


def escaped_twice(facts: Facts) -> Iterator[Remark]:
    """`%2520` for a space, `%252F` for a slash."""
    for part in facts.raw_path.split(b"/"):
        if _is_escaped_twice(part):
            text = part.decode("latin-1")
            yield Remark(
                "The path looks as if it were escaped twice",
                f"{seen(text)} is {seen(decoded(part).decode('utf-8', 'replace'))} after decoding, which still has "
                "escapes.",
                "Escape each part once: give the client the plain text, or what is escaped already as it is.",
                _PATH,
            )
            return
    for name, value in facts.parameters:
        if _is_escaped_twice(value):
            match = _TWICE.search(value)
            assert match is not None
            yield Remark(
                "A parameter looks as if it were escaped twice",
                f"The value of {seen(name.decode('latin-1'))} has {match[0].decode()}, an escape of an escape.",
                "Escape each value once: of what a library escapes, give it the plain text (requests params=, "
                "URLSearchParams).",
                _QUERY,
            )
            return


def broken_escape(facts: Facts) -> Iterator[Remark]:
    """A percent sign without two hexadecimal digits."""
    for where, data in ((_PATH, facts.raw_path if facts.has_raw_path else b""), (_QUERY, facts.query)):
        if match := _BROKEN.search(data):
            yield Remark(
                "A percent sign escapes nothing",
                f"The {where.part} has {seen(match[0].decode('latin-1'))}: servers keep it, refuse it, or lose it.",
                "Write a percent sign as %25.",
                where,
            )


def no_utf8(facts: Facts) -> Iterator[Remark]:
    """Escapes, or bytes, that are no UTF-8."""
    path = decoded(facts.raw_path) if facts.has_raw_path else b""
    if not is_utf8(path):
        yield Remark(
            "The path is not UTF-8",
            f"Its bytes are {seen(repr(facts.raw_path)[2:-1])}. The ASGI path is text, so it cannot hold them; only "
            "raw_path can.",
            "Escape the path's UTF-8 bytes, as encodeURIComponent and urllib.parse.quote do.",
            _PATH,
            "warning",
        )
    for name, value in facts.parameters:
        if not is_utf8(decoded(name)) or not is_utf8(decoded(value)):
            yield Remark(
                "A parameter is not UTF-8",
                f"The escapes of {seen(repr(name)[2:-1])} are bytes of another charset, or of no text at all.",
                "Escape UTF-8, or read query_string as bytes where it is meant so.",
                _QUERY,
            )
            return


def not_escaped(facts: Facts) -> Iterator[Remark]:
    """Bytes in the target that an address has only as escapes."""
    for where, data in ((_PATH, facts.raw_path if facts.has_raw_path else b""), (_QUERY, facts.query)):
        if match := re.search(rb"[^\x21-\x7e]+", data):
            yield Remark(
                f"The {where.part} has bytes that must be escaped",
                f"The byte 0x{match[0][0]:02x} came as it is; proxies and servers may refuse it.",
                "Percent-encode everything that is not printable ASCII.",
                where,
            )


def empty_segment(facts: Facts) -> Iterator[Remark]:
    """Two slashes: mostly a base address that ends in one, and a path that begins with one."""
    match = _EMPTY_SEGMENT.search(facts.raw_path)
    if match:
        yield Remark(
            "The path has two slashes in a row",
            f"In {seen(facts.raw_path.decode('latin-1'))}: a path with an empty segment is another path, and "
            "routers do not find it.",
            "Look at how the base address and the path are joined: one of them has the slash already.",
            _PATH,
        )


def dot_segments(facts: Facts) -> Iterator[Remark]:
    """`..` in a path that clients take out before they send it."""
    if match := _DOTS.search(facts.raw_path):
        is_plain = match[1] == b"/" and match[2] in (b"/", b"")
        yield Remark(
            "The path has dot segments",
            f"{seen(match[0].decode('latin-1'))} is in it. "
            + (
                "Browsers and curl resolve them before they send, so this client did not want that, as scanners do not."
                if is_plain
                else "An escaped slash or a backslash keeps clients and proxies from resolving it, as scanners want it."
            ),
            "Never join such a path to a folder: resolve it first, and check that it stays inside.",
            _PATH,
        )


def secret_in_query(facts: Facts) -> Iterator[Remark]:
    """Credentials where logs, histories and Referer show them."""
    for name, value in facts.parameters:
        known = decoded(name).decode("utf-8", "replace").lower()
        if known in _SECRETS and value:
            yield Remark(
                "The address holds a secret",
                f"The parameter {known} has a value: addresses are kept in logs, in the browser's history and by "
                "proxies.",
                "Send it in a header, Authorization: Bearer, or in the body of a POST."
                + (
                    " A browser's WebSocket has no headers: use a token that is good for once."
                    if facts.is_websocket
                    else ""
                ),
                _QUERY,
                "note" if facts.is_websocket else None,
            )
            return


def host_malformed(facts: Facts) -> Iterator[Remark]:
    """A Host that is no name and port."""
    value = facts.request.value("host")
    if value is None:
        return
    _, port = facts.host
    is_port = port == "" or (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) <= 65535)
    if not is_port or re.search(r"[\s/@?#\\<>]", value.strip()):
        yield Remark(
            "Host is no name with a port",
            f"It says {seen(value)!r}; a host has neither a path nor a user, and a port is a number up to 65535.",
            "Send the name alone, with :PORT where it is not the default one.",
            facts.request.header("host"),
        )


def host_is_address(facts: Facts) -> Iterator[Remark]:
    """An IP address for a name: certificates and virtual hosts go by names."""
    name, _ = facts.host
    if address_of(name) is not None and reach_of(name) == "public":
        yield Remark(
            "The client asked for an address, not for a name",
            f"Host is {seen(name)}: health checks do so, and scanners that try all addresses.",
            "Answer names that you do not serve with 421 or close: nginx default_server with return 444.",
            facts.request.header("host"),
        )


def other_port(facts: Facts) -> Iterator[Remark]:
    """The port that the client used is not the one that the server listens on."""
    server = facts.scope.get("server")
    _, port = facts.host
    own = server[1] if server and len(server) == 2 else None
    if facts.is_proxied or not (port.isascii() and port.isdigit() and own) or len(port) > 5 or int(port) == own:
        return
    yield Remark(
        "The client used another port than the server has",
        f"Host names port {port}, the server listens on {own}: something in between maps one to the other, such as "
        "docker -p, or a proxy that does not say that it is there.",
        "Make links from the Host header, as url_for does, not from scope['server'].",
        facts.request.header("host"),
    )
