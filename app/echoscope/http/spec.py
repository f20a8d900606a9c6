"""The forms of scopes and messages in the ASGI specification, and what becomes of values that have another form.

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
"""The key of a scope or a message for values that do not have the form of the specification, such as headers that are
no pairs of bytes, or a path that is no text."""

Header = tuple[bytes, bytes]
Address = tuple[str, int | None]
"""Host and port, or the path of a Unix socket and None."""

FORWARDED_KEY: Final = "echoscope.forwarded"
"""The key of a recorded scope for what a trusted proxy said of the request."""

_T = TypeVar("_T")


class Forwarded(Struct, frozen=True, gc=False):
    """What a trusted proxy said of a request: the client behind it, the scheme that the client used and the host that
    it asked for. Each is None where the proxy did not say."""

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
    """The keys of a message that Echoscope reads."""

    status: Annotated[int, Meta(ge=100, le=999)] | None = None
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    text: str | None = None
    data: bytes | None = msgspec.field(default=None, name="bytes")


def read_as(value: Any, form: type[_T]) -> _T:
    """The value as a struct of this form. Raises ValidationError for a value of another form."""
    return msgspec.convert(value, form, builtin_types=(bytes,))


def fits(value: Any, form: Any) -> bool:
    try:
        read_as(value, form)
    except msgspec.ValidationError:
        return False
    return True


def mended(values: dict[Any, Any], form: type[Struct]) -> dict[Any, Any]:
    """A scope or a message in which every value has its form; the others stand under `AGAINST_THE_SPEC`.

    Of a list of headers, the pairs that have the right form stay.
    """
    against = {name: values[name] for name, own in _forms(form) if name in values and not fits(values[name], own)}
    if not against:
        return values
    fitting = {name: value for name, value in values.items() if name not in against}
    headers = against.get("headers")
    if isinstance(headers, list):
        fitting["headers"] = [pair for pair in headers if fits(pair, Header)]
        against["headers"] = [pair for pair in headers if not fits(pair, Header)]
    return {**fitting, AGAINST_THE_SPEC: against}


@cache
def _forms(form: type[Struct]) -> list[tuple[str, Any]]:
    return [(field.encode_name, field.type) for field in msgspec.structs.fields(form)]
