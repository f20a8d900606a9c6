"""What the ASGI specification says of scopes and messages, as far as it is read here, and what becomes of the rest.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from functools import cache
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

HTTP_SCOPE_KEYS: Final = (
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string",
    "root_path", "headers", "client", "server",
)  # fmt: skip
WEBSOCKET_SCOPE_KEYS: Final = (
    "type", "asgi", "http_version", "scheme", "path", "raw_path", "query_string",
    "root_path", "headers", "client", "server", "subprotocols",
)  # fmt: skip
"""The keys of a connection scope in the order of the specification, without `state`, which is the server's
own memory and no part of the request. `extensions`, where there are any, come after them."""

AGAINST_THE_SPEC: Final = "against_the_spec"
"""The key of a scope, or of a message, under which stands what is not of the form that the specification gives it:
headers that are no pairs of bytes, a path that is no text."""

Header = tuple[bytes, bytes]
Address = tuple[str, int | None]
"""Host and port, or the path of a Unix socket and None."""

FORWARDED_KEY: Final = "echoscope.forwarded"
"""The key of a recorded scope under which stands what a proxy that is believed said of the request."""

_T = TypeVar("_T")


class Forwarded(Struct, frozen=True, gc=False):
    """What a proxy that is believed said of a request: the client behind it, the scheme that the client used and the
    host that it asked for, each None where nothing was said."""

    client: Address | None = None
    scheme: str | None = None
    authority: str | None = None


class ScopeHead(Struct, frozen=True, gc=False):
    """What lists and searches need of a connection scope. `method` is None for a WebSocket, `client` behind a Unix
    socket. `forwarded`: what a proxy that is believed said, which the scope itself does not show."""

    type: str
    http_version: str | None = None
    method: str | None = None
    path: str = ""
    query_string: bytes = b""
    headers: tuple[Header, ...] = ()
    client: Address | None = None
    forwarded: Forwarded | None = msgspec.field(default=None, name=FORWARDED_KEY)


class Scope(ScopeHead, frozen=True, gc=False):
    """A connection scope, as far as it is plain data."""

    asgi: dict[str, Any] = {}
    scheme: str = ""
    raw_path: bytes | None = None
    root_path: str = ""
    server: Address | None = None
    subprotocols: list[str] = []
    extensions: dict[str, Any] | None = None


class Message(Struct, frozen=True, gc=False):
    """What is looked at in a message."""

    status: Annotated[int, Meta(ge=100, le=999)] | None = None
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    text: str | None = None
    data: bytes | None = msgspec.field(default=None, name="bytes")


def read_as(value: Any, form: type[_T]) -> _T:
    """Plain data in this form. Raises ValidationError for what has another one."""
    return msgspec.convert(value, form, builtin_types=(bytes,))


def fits(value: Any, form: Any) -> bool:
    try:
        read_as(value, form)
    except msgspec.ValidationError:
        return False
    return True


def mended(values: dict[Any, Any], form: type[Struct]) -> dict[Any, Any]:
    """A scope or a message in which everything has its form; what had another stands under `AGAINST_THE_SPEC`.

    Of headers that are a list, the pairs that are headers stay.
    """
    against = {name: values[name] for name, own in _forms(form) if name in values and not fits(values[name], own)}
    if not against:
        return values
    made = {name: value for name, value in values.items() if name not in against}
    headers = against.get("headers")
    if isinstance(headers, list):
        made["headers"] = [pair for pair in headers if fits(pair, Header)]
        against["headers"] = [pair for pair in headers if not fits(pair, Header)]
    return {**made, AGAINST_THE_SPEC: against}


@cache
def _forms(form: type[Struct]) -> list[tuple[str, Any]]:
    return [(field.encode_name, field.type) for field in msgspec.structs.fields(form)]
