"""Who may see what: the checks in front of everything below `/-/`.

Local profile: no login; the `Host` must be a name of this machine, so that DNS rebinding reaches nothing, and
an `Origin`, where a browser sends one, must be our own, so that another page can neither read the feed nor
change anything. Public profile: the operator token, as `Authorization: Bearer` or as the cookie that `/-/login`
gives for it; a cookie counts on a WebSocket or for a change only together with our own Origin.
"""

import hmac
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from .settings import Profile, Settings, is_loopback

COOKIE: Final = "echoscope"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not answered: an HTTP status and one sentence."""

    status: int
    detail: str


class Access:
    """The rules of one instance. `token` is the operator's; the local profile needs none."""

    def __init__(self, settings: Settings, token: str) -> None:
        self.profile: Profile = settings.effective_profile
        self.token = token
        self._names = frozenset(name.lower().rstrip(".") for name in settings.hosts)
        self._is_decided = settings.profile != "auto"

    @property
    def cookie_value(self) -> str:
        """What the cookie holds: proof of the token, from which the token cannot be had back."""
        return hmac.new(self.token.encode(), b"cookie", sha256).hexdigest()

    def is_token(self, text: str) -> bool:
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())

    def refusal(self, scope: Scope, *, needs_token: bool = True) -> Refusal | None:
        """None when the request may pass. Without `needs_token` it is for a place such as the login."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1:
            return Refusal(400, "A request to the inspector has exactly one Host header.")
        if not self._is_our_name(hosts[0]):
            detail = (
                f"The inspector is not served under the name {hosts[0]!r}; --hosts (ECHOSCOPE_HOSTS) allows more names."
            )
            return Refusal(421, detail)
        if _is_foreign_load(scope):
            return Refusal(403, "Another site's page cannot load this; it can only link to it.")
        origins = _values(scope, b"origin")
        if _may_change(scope) and any(not _is_own(origin, hosts[0], scope) for origin in origins):
            return Refusal(403, f"A request from the origin {origins[0]!r} is not taken.")
        if self.profile == "local":
            return self._refusal_of_stranger(scope)
        return self._refusal_without_token(scope, has_origin=bool(origins)) if needs_token else None

    def _is_our_name(self, host: str) -> bool:
        name = _name(host)
        if name in self._names:
            return True
        return is_loopback(name) if self.profile == "local" else not self._names

    def _refusal_of_stranger(self, scope: Scope) -> Refusal | None:
        """Local by default means that another server may have bound us elsewhere: then only this machine gets in.

        Behind a Unix socket there is no client, or one without an address (granian).
        """
        client = scope.get("client")
        if self._is_decided or not client or not client[0] or is_loopback(str(client[0])):
            return None
        return Refusal(403, "The inspector answers only this machine; --profile public (ECHOSCOPE_PROFILE) opens it.")

    def _refusal_without_token(self, scope: Scope, *, has_origin: bool) -> Refusal | None:
        for value in _values(scope, b"authorization"):
            scheme, _, credentials = value.partition(" ")
            if scheme.lower() == "bearer" and self.is_token(credentials.strip()):
                return None
        if not self._has_cookie(scope):
            return Refusal(401, "The operator token is needed: as a Bearer token, or signed in at /-/login.")
        if _may_change(scope) and not has_origin:
            return Refusal(403, "A cookie counts here only together with our own Origin.")
        return None

    def _has_cookie(self, scope: Scope) -> bool:
        wanted = f"{COOKIE}={self.cookie_value}".encode()
        pairs = (pair.strip() for value in _values(scope, b"cookie") for pair in value.split(";"))
        return any(hmac.compare_digest(pair.encode(), wanted) for pair in pairs)


def _is_foreign_load(scope: Scope) -> bool:
    """Whether a browser loads this for another site's page, as an image, a frame or a script say, and not because
    somebody followed a link (Fetch Metadata). The page would see nothing of it, but a search can be hard work."""
    if _values(scope, b"sec-fetch-site") != ["cross-site"]:
        return False
    is_navigation = _values(scope, b"sec-fetch-mode") == ["navigate"] and _values(scope, b"sec-fetch-dest") == [
        "document"
    ]
    return not is_navigation or scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS


def _may_change(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _name(host: str) -> str:
    """The name in a `Host`: without port, trailing dot and case."""
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")


def _is_own(origin: str, host: str, scope: Scope) -> bool:
    """Whether an `Origin` is this server's. `host` was checked to be our name before, or this would mean nothing.

    A proxy may end TLS in front of us, so `https` is also our own where we see plain HTTP; never the reverse.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    is_encrypted = scope.get("scheme") in ("https", "wss")
    if parts.scheme not in (("https",) if is_encrypted else ("http", "https")):
        return False
    return bool(parts.netloc) and _with_port(parts.netloc, parts.scheme) == _with_port(host, parts.scheme)


def _with_port(host: str, scheme: str) -> str:
    host = host.lower()
    return host if host.rpartition(":")[2].isdigit() else f"{host}:{443 if scheme == 'https' else 80}"
