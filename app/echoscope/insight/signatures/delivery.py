"""A signed request as it came, and the other forms in which it may have been signed."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from ...exchange.model import Exchange
from ...exchange.sides import request_of
from ...http.fields import split
from ...http.forwarding import authority, scheme
from ..bodies.codings import undo

MAX_JSON_BYTES: Final = 256 << 10
"""A longer body is not serialised again in other forms of JSON."""

MAX_INDENTED_BYTES: Final = 16 << 10
MAX_INDENTED_DEPTH: Final = 32
"""The same for indented forms, which take much longer to write, above all for deep values."""

_GO_ESCAPED: Final = re.compile("[<>&\u2028\u2029]")
"""What Go writes as an escape, so that JSON may stand in HTML."""

_INDEX: Final = re.compile("0|[1-9][0-9]{0,8}")

Pairs = list[tuple[bytes, bytes]]


class Delivery(msgspec.Struct, frozen=True):
    """`target`: path and query as they were sent. `body`: exactly as it came. `is_cut`: only its beginning was kept.
    `at_s`: when it came, seconds since 1970. `prefix`: the path below which a proxy serves us, "" for none."""

    method: str
    scheme: str
    target: bytes
    headers: Pairs
    body: bytes
    at_s: float
    is_cut: bool = False
    prefix: str = ""

    def value(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        key = name.encode()
        return next((value.decode("utf-8", "replace") for found, value in self.headers if found.lower() == key), None)

    def values(self, name: str) -> list[str]:
        key = name.encode()
        return [value.decode("utf-8", "replace") for found, value in self.headers if found.lower() == key]

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        return self.target.partition(b"?")[2]

    @property
    def host(self) -> str:
        return self.value("host") or ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target.decode('latin-1')}"

    # What may have been signed instead

    def other_bodies(self) -> Iterator[tuple[str, bytes]]:
        """The body in other forms, each with the change that made it."""
        body = self.body
        coding = [name.lower() for value in self.values("content-encoding") for name in split(value)]
        if coding:
            yield f"its {', '.join(coding)} undone", undo(body, coding)[0]
        yield from _other_ends(body)
        if body.startswith(b"\xef\xbb\xbf"):
            yield "without the byte order mark at its beginning", body[3:]
        yield "with LF for CRLF", body.replace(b"\r\n", b"\n")
        yield "with CRLF for LF", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if b"%" in body or b"+" in body:
            yield "with its percent-escapes undone", unquote_to_bytes(body.replace(b"+", b" "))
        if body.startswith(b"payload="):
            value = body.removeprefix(b"payload=").partition(b"&")[0]
            yield "of its field payload alone", unquote_to_bytes(value.replace(b"+", b" "))
        yield from _other_charsets(body)
        yield from _other_json(body)
        if body:
            yield "left out", b""

    def other_urls(self) -> Iterator[tuple[str, str]]:
        """The URL in other forms, as it may be in front of a proxy, each with the change that made it."""
        fields = dict(reversed(self.headers))
        target = self.target.decode("latin-1")
        hosts = [("", self.host)]
        if told := authority(fields):
            hosts.append((f" at {told}, as a proxy says", told))
        if ":" in self.host.rpartition("]")[2]:
            hosts.append((" without the port", self.host.rpartition(":")[0]))
        else:
            hosts += [(f" with the port {port}", f"{self.host}:{port}") for port in (443, 80)]
        schemes = dict.fromkeys([scheme(fields) or self.scheme, self.scheme, "https", "http"])
        path, mark, query = target.partition("?")
        targets = [("", target)]
        if self.prefix:
            targets.append((f" without {self.prefix}", target.removeprefix(self.prefix)))
        if path.startswith("/~"):
            targets.append((" without the bin's name", "/" + target[1:].partition("/")[2]))
        targets.append((" with a slash at the end", f"{path.rstrip('/')}/{mark}{query}"))
        targets.append((" without the slash at the end", f"{path.rstrip('/')}{mark}{query}"))
        if mark:
            targets.append((" without the query", path))
        for named_scheme in schemes:
            for host_is, host in hosts:
                for target_is, one in targets:
                    url = f"{named_scheme}://{host}{one}"
                    if url != self.url:
                        yield f"{named_scheme}{host_is}{target_is}", url


def delivery_of(exchange: Exchange) -> Delivery:
    """The request of an HTTP exchange."""
    scope, side = exchange.scope, request_of(exchange)
    raw_path: bytes = scope.get("raw_path") or str(scope.get("path", "")).encode("utf-8", "replace")
    query: bytes = scope.get("query_string", b"")
    return Delivery(
        scope.get("method") or "GET",
        {"ws": "http", "wss": "https"}.get(scope.get("scheme", "http"), scope.get("scheme", "http")),
        raw_path + b"?" + query if query else raw_path,
        side.headers,
        side.content,
        exchange.started_ns / 1e9,
        side.is_cut,
        scope.get("root_path", ""),
    )


def _other_ends(body: bytes) -> Iterator[tuple[str, bytes]]:
    if body != body.rstrip(b"\r\n"):
        yield "without the line break at its end", body.rstrip(b"\r\n")
    if body != body.strip():
        yield "without the white space around it", body.strip()
    yield "with a line break (LF) at its end", body + b"\n"
    yield "with a line break (CRLF) at its end", body + b"\r\n"


def _other_charsets(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The text in another charset: bytes were taken for characters, or characters written as other bytes."""
    if body.isascii():
        return
    yield "with its bytes taken for ISO-8859-1 and written as UTF-8", body.decode("latin-1").encode()
    try:
        yield "in ISO-8859-1", body.decode().encode("latin-1")
    except UnicodeError:
        return


def _other_json(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The JSON as the usual libraries write it: the receiver then checks what it read and wrote again, not what was
    sent."""
    if len(body) > MAX_JSON_BYTES or body.lstrip()[:1] not in (b"{", b"["):
        return
    try:
        value = json.loads(body)
        yield from _written_json(value, body)
        of_javascript = json.loads(body, parse_int=_double, parse_float=_double, object_pairs_hook=_by_index)
        if json.dumps(value) != json.dumps(of_javascript):
            yield from _written_json(of_javascript, body, by=" by JavaScript", in_ascii=(False,))
    except (ValueError, RecursionError):
        return


def _double(digits: str) -> float | int:
    """A number of JavaScript, which writes 1.0 as 1 and knows 17 digits."""
    number = float(digits)
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number


def _by_index(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object in the order of JavaScript: those that count first, by their number."""
    named = dict(members)
    counting = sorted(filter(_INDEX.fullmatch, named), key=int)
    return {name: named[name] for name in [*counting, *named]}


def _written_json(
    value: Any, body: bytes, by: str = "", in_ascii: tuple[bool, ...] = (False, True)
) -> Iterator[tuple[str, bytes]]:
    """A value in all forms. `body`: as it came, whose size decides what is tried. `by`: who wrote it."""
    is_short = len(body) <= MAX_INDENTED_BYTES and _depth(body) <= MAX_INDENTED_DEPTH
    for is_sorted, is_ascii, (name, form) in product((False, True), in_ascii, _JSON_FORMS.items()):
        if "indent" in form and not is_short:
            continue
        written = json.dumps(value, sort_keys=is_sorted, ensure_ascii=is_ascii, **form).encode("utf-8", "replace")
        how = (
            f"written anew as JSON{by}, {name}{', keys sorted' if is_sorted else ''}{', in ASCII' if is_ascii else ''}"
        )
        yield how, written
        if b"/" in written and not is_sorted:
            yield f"{how}, with slashes escaped", written.replace(b"/", rb"\/")
        if "separators" in form and not is_ascii and _GO_ESCAPED.search(written.decode()):
            yield f"{how}, with <, > and & escaped", _GO_ESCAPED.sub(_escape, written.decode()).encode()


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _depth(document: bytes) -> int:
    """How deep brackets are nested, those in texts too."""
    depth = deepest = 0
    for byte in document:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


_JSON_FORMS: Final[dict[str, dict[str, Any]]] = {
    "without spaces": {"separators": (",", ":")},
    "with spaces": {"separators": (", ", ": ")},
    "indented by two": {"indent": 2},
    "indented by four": {"indent": 4},
}
