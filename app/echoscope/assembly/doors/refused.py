"""Requests that the server turned away, as exchanges: the bytes that came, within bounds, and the reason.

The server has read what no app will see, often no request at all. What its bytes say is told as far as they say it.
"""

import re
import time
from typing import Any, Final

from msgspec import to_builtins

from ...exchange.facts import Facts
from ...exchange.model import Exchange
from ...exchange.wire import carriage_of
from ...http.forwarding import Proxies
from ...http.spec import FORWARDED_KEY
from ...server.answers import REFUSED_HEAD_BYTES, Refused

Fields = list[tuple[bytes, bytes]]

_LINE: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) (\S+)(?: HTTP/([0-9.]{1,5}))?")
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*", re.DOTALL)


def refused_exchange(exchange_id: str, refused: Refused, proxies: Proxies | None = None) -> Exchange:
    """An exchange in the state `refused`. Where its first line is one of HTTP's, method, path and query are told, and
    of the other lines those that are header fields. Of an HTTP/2 request the fields stand for its bytes, one a line.
    `proxies`: those that are believed, where any are named.
    """
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": refused.http_version,
        "method": "",
        "scheme": refused.scheme,
        "path": "",
        "query_string": b"",
        "headers": [],
        "client": refused.client,
        "server": refused.server,
    }
    wire = refused.head
    if refused.fields is not None:
        scope |= _told_by_fields(refused.fields)
        wire = _lines(refused.fields)
    elif refused.http_version != "2":
        scope |= _told_by_lines(refused)
    if proxies is not None and (said := proxies.told(scope)) is not None:
        scope[FORWARDED_KEY] = to_builtins(said)
    return Exchange(
        exchange_id,
        "refused",
        refused.started_ns,
        max(0, time.time_ns() - refused.started_ns),
        refused.status,
        0,
        0,
        False,
        Facts(reason=refused.reason),
        scope,
        None,
        None,
        0,
        [],
        wire,
        carriage=carriage_of(refused.notes),
    )


def _told_by_lines(refused: Refused) -> dict[str, Any]:
    line, _, rest = refused.head.partition(b"\n")
    matches = (_FIELD.fullmatch(line.removesuffix(b"\r")) for line in rest.split(b"\n"))
    headers = [(match[1].lower(), match[2]) for match in matches if match is not None]
    match = _LINE.match(line)
    if match is None:
        return {"headers": headers}
    version = refused.http_version or (match[3] or b"").decode()
    return {"http_version": version, "method": match[1].decode(), "headers": headers, **_target(match[2])}


def _told_by_fields(fields: Fields) -> dict[str, Any]:
    """As the server tells of a request that it has not refused: the authority is the first header."""
    pseudo = {name: value for name, value in reversed(fields) if name.startswith(b":")}
    headers = [(name.lower(), value) for name, value in fields if not name.startswith(b":")]
    authority = pseudo.get(b":authority")
    if authority is not None and not any(name == b"host" for name, _ in headers):
        headers.insert(0, (b"host", authority))
    method = pseudo.get(b":method", b"").decode("ascii", "backslashreplace")
    target = pseudo.get(b":path") or (authority or b"" if method == "CONNECT" else b"")
    return {"method": method, "headers": headers, **_target(target)}


def _target(target: bytes) -> dict[str, Any]:
    path, _, query = target.partition(b"?")
    return {"path": path.decode("utf-8", "backslashreplace"), "raw_path": path, "query_string": query}


def _lines(fields: Fields) -> bytes:
    """A line break in a name or a value must not look like the end of a line."""
    lines = b"".join(b"%b: %b\r\n" % (_on_one_line(name), _on_one_line(value)) for name, value in fields)
    return lines[:REFUSED_HEAD_BYTES]


def _on_one_line(value: bytes) -> bytes:
    return value.replace(b"\r", b"\\r").replace(b"\n", b"\\n").replace(b"\0", b"\\0")
