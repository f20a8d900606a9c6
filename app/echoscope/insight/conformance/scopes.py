"""Connection scopes against the specification: required keys, types, and what a value says of another.

Each rule looks at one key. `None` where a key is optional is no breach, and neither is a key that the specification
does not know. Values that may be secret (of headers, queries, bodies) are never quoted; a sentence names their type.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from .breach import Breach, By

Scope = Mapping[Any, Any]

MAX_LINES: Final = 1_000
"""How many header lines are looked at."""

_VERSION: Final = re.compile(r"\d+\.\d+")
_HTTP_VERSIONS: Final = {"http": ("1.0", "1.1", "2", "3"), "websocket": ("1.1", "2", "3")}
"""3 is tolerated: the specification speaks of HTTP/3, though not in its list."""


def scope_breaches(scope: Scope, by: By = "server") -> Iterator[Breach]:
    """What is wrong with a scope, key by key. Takes no more than the first `MAX_LINES` headers."""
    kind = scope.get("type")
    if not isinstance(kind, str):
        yield Breach("scope-type", by, "scope.type", f"type is {shown(kind)}, no text.")
        return
    yield from _versions(scope, by)
    if kind == "lifespan":
        yield from _state(scope, by)
        return
    if kind not in _HTTP_VERSIONS:
        return
    for rule in _RULES:
        yield from rule(scope, by)


def pairs_of(headers: Any) -> list[Any] | None:
    """The items of what should be an iterable of pairs; None for what is no list of anything, such as a generator,
    which can be read only once and is for whoever gets it."""
    if isinstance(headers, Sequence) and not isinstance(headers, str | bytes | bytearray | memoryview):
        return list(headers[:MAX_LINES])
    return None


def header_breaches(
    headers: Any, where: str, rules: tuple[str, str, str], by: By, event: int | None
) -> Iterator[Breach]:
    """Pairs of bytes, names in lower case, no pseudo headers. `rules`: the names of these three."""
    of_pairs, of_names, of_pseudo = rules
    pairs = pairs_of(headers)
    if pairs is None:
        if not isinstance(headers, Iterable) or isinstance(headers, str | bytes | Mapping):
            yield Breach(of_pairs, by, where, f"{where} is {kind(headers)}, no list of pairs.", event)
        return
    for index, pair in enumerate(pairs):
        at = f"{where}[{index}]"
        if not isinstance(pair, Sequence) or isinstance(pair, str | bytes) or len(pair) != 2:
            yield Breach(of_pairs, by, at, f"{at} is {kind(pair)}, no pair of a name and a value.", event)
            continue
        name, value = pair
        wrong = [
            f"its {what} is {kind(one)}" for what, one in (("name", name), ("value", value)) if type(one) is not bytes
        ]
        if wrong:
            yield Breach(of_pairs, by, at, f"In {at} {' and '.join(wrong)}, not bytes.", event)
        elif name.startswith(b":"):
            yield Breach(of_pseudo, by, at, f"{at} is the pseudo header {shown(name)}.", event)
        elif name != name.lower():
            yield Breach(of_names, by, at, f"The name of {at} is {shown(name)}, not in lower case.", event)


def kind(value: Any) -> str:
    """The type of a value, for a sentence about one that may be secret."""
    return "None" if value is None else "text" if isinstance(value, str) else f"of type {type(value).__name__}"


def shown(value: Any) -> str:
    """A value as it is quoted in a sentence: its type and the beginning of its `repr`, on one line."""
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:59] + '…'}" if value is not None else "None"


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def version_of(scope: Scope) -> tuple[int, int]:
    """The version of the HTTP and WebSocket specification that the server understands, 2.0 where it does not say."""
    asgi = scope.get("asgi")
    text = asgi.get("spec_version") if isinstance(asgi, Mapping) else None
    if not isinstance(text, str) or not _VERSION.fullmatch(text):
        return 2, 0
    major, _, minor = text.partition(".")
    return int(major[:4]), int(minor[:4])


def _versions(scope: Scope, by: By) -> Iterator[Breach]:
    asgi = scope.get("asgi")
    if asgi is None:
        return
    if not isinstance(asgi, Mapping):
        yield Breach("asgi", by, "scope.asgi", f"asgi is {shown(asgi)}, no dictionary.")
        return
    version = asgi.get("version", "2.0")
    if not isinstance(version, str):
        yield Breach("asgi", by, 'scope.asgi["version"]', f"The version is {shown(version)}, no text.")
    spec = asgi.get("spec_version", "2.0")
    if not isinstance(spec, str) or not _VERSION.fullmatch(spec):
        where = 'scope.asgi["spec_version"]'
        yield Breach("spec-version", by, where, f"The version of the specification is {shown(spec)}, none like '2.0'.")


def _http_version(scope: Scope, by: By) -> Iterator[Breach]:
    kind = scope["type"]
    if kind == "websocket" and "http_version" not in scope:
        return
    version, allowed = scope.get("http_version"), _HTTP_VERSIONS[kind]
    if version not in allowed:
        rule = "http-version" if kind == "http" else "websocket-http-version"
        yield Breach(
            rule, by, "scope.http_version", f"http_version is {shown(version)}, not one of {', '.join(allowed)}."
        )


def _method(scope: Scope, by: By) -> Iterator[Breach]:
    if scope["type"] != "http":
        return
    method = scope.get("method")
    if not isinstance(method, str):
        yield Breach("method", by, "scope.method", f"method is {shown(method)}, no text.")
    elif method != method.upper():
        yield Breach("method", by, "scope.method", f"method is {shown(method)}, not uppercased.")


def _scheme(scope: Scope, by: By) -> Iterator[Breach]:
    scheme = scope.get("scheme", "http")
    if not isinstance(scheme, str) or not scheme:
        yield Breach("scheme", by, "scope.scheme", f"scheme is {shown(scheme)}, no text or an empty one.")


def _path(scope: Scope, by: By) -> Iterator[Breach]:
    path, raw = scope.get("path"), scope.get("raw_path")
    if not isinstance(path, str):
        yield Breach("path", by, "scope.path", f"path is {shown(path)}, no text.")
    elif type(raw) is bytes and raw != unquote_to_bytes(raw) and path.encode("utf-8", "surrogateescape") == raw:
        yield Breach("path", by, "scope.path", f"path is {shown(path)}, with its escapes not decoded.")


def _raw_path(scope: Scope, by: By) -> Iterator[Breach]:
    raw = scope.get("raw_path")
    if raw is None:
        return
    if type(raw) is not bytes:
        yield Breach("raw-path", by, "scope.raw_path", f"raw_path is {kind(raw)}, no bytes.")
    elif b"?" in raw:
        yield Breach("raw-path", by, "scope.raw_path", "raw_path has the query string in it.")


def _query_string(scope: Scope, by: By) -> Iterator[Breach]:
    query = scope.get("query_string")
    is_optional = scope["type"] == "websocket"
    if type(query) is not bytes and not (is_optional and query is None):
        yield Breach("query-string", by, "scope.query_string", f"query_string is {kind(query)}, no bytes.")


def _root_path(scope: Scope, by: By) -> Iterator[Breach]:
    root = scope.get("root_path", "")
    if not isinstance(root, str):
        yield Breach("root-path", by, "scope.root_path", f"root_path is {shown(root)}, no text.")


def _headers(scope: Scope, by: By) -> Iterator[Breach]:
    if "headers" not in scope:
        yield Breach("headers", by, "scope.headers", "There are no headers in the scope.")
        return
    rules = ("headers", "header-names", "pseudo-headers")
    yield from header_breaches(scope["headers"], "scope.headers", rules, by, None)


def _address(key: str, scope: Scope, by: By) -> Iterator[Breach]:
    """Of `client` and `server`: a pair of host and port, either of which may be left out as a whole."""
    address = scope.get(key)
    if address is None:
        return
    if not _is_pair(address):
        yield Breach(key, by, f"scope.{key}", f"{key} is {shown(address)}, no pair of host and port.")
        return
    host, port = address
    if not isinstance(host, str):
        yield Breach(key, by, f"scope.{key}[0]", f"The host of the {key} is {shown(host)}, no text.")
    if port is None and key == "server":
        if version_of(scope) < (2, 2):
            why = "The port of the server is None, which came with version 2.2 of the specification."
            yield Breach("server-without-port", by, "scope.server[1]", why)
    elif not is_integer(port):
        yield Breach(key, by, f"scope.{key}[1]", f"The port of the {key} is {shown(port)}, no integer.")


def _is_pair(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) == 2


def _subprotocols(scope: Scope, by: By) -> Iterator[Breach]:
    offered = scope.get("subprotocols")
    if scope["type"] != "websocket" or offered is None:
        return
    items = pairs_of(offered)
    if items is None or not all(isinstance(item, str) for item in items):
        yield Breach("subprotocols", by, "scope.subprotocols", f"subprotocols is {kind(offered)}, no list of texts.")


def _state(scope: Scope, by: By) -> Iterator[Breach]:
    if "state" in scope and not isinstance(scope["state"], Mapping):
        yield Breach("state", by, "scope.state", f"state is {kind(scope['state'])}, no dictionary.")


def _extensions(scope: Scope, by: By) -> Iterator[Breach]:
    extensions = scope.get("extensions")
    if extensions is None:
        return
    if not isinstance(extensions, Mapping):
        yield Breach("extensions", by, "scope.extensions", f"extensions is {shown(extensions)}, no dictionary.")
        return
    for name, value in extensions.items():
        if not isinstance(name, str) or not isinstance(value, Mapping):
            where = f"scope.extensions[{shown(name)}]"
            yield Breach("extensions", by, where, f"The extension {shown(name)} is {shown(value)}, no dictionary.")


_RULES: Final = (
    _http_version, _method, _scheme, _path, _raw_path, _query_string, _root_path, _headers,
    partial(_address, "client"), partial(_address, "server"), _subprotocols, _state, _extensions,
)  # fmt: skip
