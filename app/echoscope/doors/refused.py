"""Requests that the server turned away, as exchanges: the bytes that came, within bounds, and the reason.

The server has read what no app will see, often no request at all. What its bytes say is told as far as they say it.
"""

import re
import time
from typing import Any, Final

from msgspec import to_builtins

from ..exchange import Exchange
from ..forwarding import Proxies
from ..server.answers import Refused
from ..spec import FORWARDED_KEY

_LINE: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) (\S+)(?: HTTP/([0-9.]{1,5}))?")
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*", re.DOTALL)


def refused_exchange(exchange_id: str, refused: Refused, proxies: Proxies | None = None) -> Exchange:
    """An exchange in the state `refused`. Where its first line is one of HTTP's, method, path and query are told, and
    of the other lines those that are header fields. `proxies`: those that are believed, where any are named."""
    line, _, rest = refused.head.partition(b"\n")
    match = _LINE.match(line)
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": refused.http_version,
        "method": "",
        "scheme": refused.scheme,
        "path": "",
        "query_string": b"",
        "headers": _fields(rest),
        "client": refused.client,
        "server": refused.server,
    }
    if match is not None:
        path, _, query = match[2].partition(b"?")
        scope |= {
            "http_version": refused.http_version or (match[3] or b"").decode(),
            "method": match[1].decode(),
            "path": path.decode("utf-8", "backslashreplace"),
            "raw_path": path,
            "query_string": query,
        }
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
        scope,
        None,
        None,
        0,
        [],
        refused.head,
        refused.reason,
    )


def _fields(lines: bytes) -> list[tuple[bytes, bytes]]:
    matches = (_FIELD.fullmatch(line.removesuffix(b"\r")) for line in lines.split(b"\n"))
    return [(match[1].lower(), match[2]) for match in matches if match is not None]
