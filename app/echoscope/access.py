"""Who may see what: the checks in front of everything below `/-/`.

Local profile: no login; the `Host` must be a name of this machine, so that DNS rebinding reaches nothing, and
an `Origin`, where a browser sends one, must be our own, so that another page can neither read the feed nor
change anything. Public profile: the operator token, as `Authorization: Bearer` or as the cookie that `/-/login`
gives for it; a cookie counts on a WebSocket or for a change only together with our own Origin.

A local profile that nobody asked for by name is a guess from the address on which we listen, and a proxy in front makes
it a wrong one: what comes through a proxy is asked for the token as in the public profile, and told why.
"""

import hmac
import logging
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from .forwarding import as_forwarded, named, sign
from .settings import Profile, Settings, is_loopback

logger = logging.getLogger(__name__)

COOKIE: Final = "echoscope"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not answered: an HTTP status and one sentence."""

    status: int
    detail: str


class Access:
    """The rules of one instance. `token` is the operator's; the local profile asks only strangers for it.

    `sign_in`: gives the path that signs a browser in. It is logged when a first request comes through a proxy to an
    instance that took itself for a local one.
    """

    def __init__(self, settings: Settings, token: str, sign_in: Callable[[], str] | None = None) -> None:
        self.profile: Profile = settings.effective_profile
        self.token = token
        self._sign_in = sign_in
        self._proxies = named(settings.trusted_proxies)
        self._names = frozenset(name.lower().rstrip(".") for name in settings.hosts)
        self._has_local_names = settings.profile != "public"
        self._is_decided = settings.profile != "auto"

    def as_believed(self, scope: Scope) -> Scope:
        """The scope of a request to the inspector with the client, the scheme and the host that named proxies tell."""
        said = self._proxies and self._proxies.told(scope)
        return as_forwarded(scope, said) if said else scope

    def way_in(self, scope: Scope) -> str | None:
        """What shows that a request came to a local instance through a proxy, as the part of a sentence.

        nginx adds nothing unless it is told to, but speaks HTTP/1.0 to what stands behind it, as no browser does.
        """
        if self.profile != "local" or self._is_decided:
            return None
        if (header := sign(scope["headers"])) is not None:
            return f"it has the header {header}"
        if root_path := scope.get("app_root_path", scope.get("root_path")):  # Starlette's, below a mount: the server's
            return f"the server was told of a proxy by the root path {root_path}"
        return "it speaks HTTP/1.0" if scope.get("http_version") == "1.0" else None

    @property
    def cookie_value(self) -> str:
        """What the cookie holds: proof of the token, from which the token cannot be had back."""
        return hmac.new(self.token.encode(), b"cookie", sha256).hexdigest()

    @property
    def secrets(self) -> list[str]:
        """What lets somebody in."""
        return [self.token, self.cookie_value]

    def is_token(self, text: str) -> bool:
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())

    def refusal(self, scope: Scope, *, needs_token: bool = True) -> Refusal | None:
        """None when the request may pass. Without `needs_token` it is for a place such as the login."""
        way_in = self.way_in(scope)
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
            hint = f" The Host is {hosts[0]}: a proxy has to pass on what the browser asked for." if way_in else ""
            return Refusal(403, f"A request from the origin {origins[0]!r} is not taken.{hint}")
        if self.profile == "local":
            if refusal := self._refusal_of_other_machine(scope):
                return refusal
            if way_in is None:
                return None
        if not needs_token or not (refusal := self._refusal_without_token(scope, has_origin=bool(origins))):
            return None
        if way_in is None:
            return refusal
        self._tell_of_proxy(way_in)
        why = f"The request came through a proxy ({way_in}), and may be anybody's; --profile local lets everybody in."
        return Refusal(refusal.status, f"{refusal.detail} {why}")

    def _tell_of_proxy(self, way_in: str) -> None:
        """Tell the operator once how they get in themselves."""
        if self._sign_in is not None:
            logger.warning(
                "A request for the inspector came through a proxy (%s): the operator token is asked for. "
                "Sign in at %s, or set --profile.",
                way_in,
                self._sign_in(),
            )
            self._sign_in = None

    def _is_our_name(self, host: str) -> bool:
        """The names of this machine are ours unless the public profile was chosen together with names of its own."""
        name = _name(host)
        if name in self._names or (self._has_local_names and is_loopback(name)):
            return True
        return self.profile == "public" and not self._names

    def _refusal_of_other_machine(self, scope: Scope) -> Refusal | None:
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


_HOST: Final = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::[0-9]*)?")


def _name(host: str) -> str:
    """The name in a `Host`, without port, trailing dot and case; empty for what is no host."""
    match = _HOST.fullmatch(host)
    return match[1].lower().rstrip(".") if match else ""


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
