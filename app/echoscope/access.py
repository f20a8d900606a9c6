"""Who may see what: the checks in front of everything below `/-/`.

Local profile: no login; the `Host` must be a name of this machine, so that DNS rebinding reaches nothing, and
an `Origin`, where a browser sends one, must be our own, so that another page can neither read the feed nor
change anything. Public profile: the operator token, as `Authorization: Bearer` or as the cookie that `/-/login`
gives for it; a cookie counts on a WebSocket or for a change only together with our own Origin.

What belongs to one bin opens for the key of that bin as well, in the same two ways. Whether a bin is not there, has
expired, or has another key, cannot be told from an answer. Wrong tokens and keys are counted by the client's address.
"""

import hmac
import math
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from .forwarding import Proxies
from .log.shelf import Shelf
from .settings import Profile, Settings, is_loopback
from .visitors.client import address_of, counted, is_encrypted
from .visitors.rates import Rate
from .visitors.sessions import Session, Sessions

COOKIE: Final = "echoscope"
KEY_COOKIE: Final = "echoscope-key"
"""Holds the key of a bin, for the addresses of that bin alone."""

_LOCKED_S: Final = 60.0
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not answered: an HTTP status and one sentence; of a 429, when to come again."""

    status: int
    detail: str
    retry_after_s: int = 0


class Lock(Protocol):
    """What the key of a bin opens."""

    def is_opened_by(self, key: str) -> bool: ...


class Access:
    """The rules of one instance. `token` is the operator's; the local profile needs none."""

    def __init__(self, settings: Settings, token: str, shelf: Shelf) -> None:
        self.profile: Profile = settings.effective_profile
        self.sessions = Sessions(shelf, hmac.digest(token.encode(), b"sessions", "sha256"))
        self.proxies = Proxies(settings.trusted_proxies)
        self._token = token
        self._names = frozenset(name.lower().rstrip(".") for name in settings.hosts)
        self._is_decided = settings.profile != "auto"
        self._guesses = Rate(settings.max_wrong_tokens, _LOCKED_S)

    def is_token(self, text: str) -> bool:
        return bool(self._token) and hmac.compare_digest(text.encode(), self._token.encode())

    # Who asks

    def client(self, scope: Scope) -> str:
        """The client's address as limits count it."""
        return counted(address_of(_peer(scope), scope["headers"], self.proxies))

    def is_encrypted(self, scope: Scope) -> bool:
        """Whether the client came over TLS, perhaps to a proxy that we believe."""
        return is_encrypted(_peer(scope), scope["headers"], self.proxies, scope.get("scheme", "http"))

    async def session(self, scope: Scope) -> Session | None:
        """The session of a signed-in browser."""
        for text in _cookies(scope, COOKIE):
            session = await self.sessions.find(text)
            if session is not None:
                return session
        return None

    def locked(self, scope: Scope) -> Refusal | None:
        """Why no token of this client is looked at: it has guessed too often."""
        wait_s = self._guesses.wait_s(self.client(scope)) if self.profile == "public" else 0
        if not wait_s:
            return None
        return Refusal(429, "Too many wrong tokens came from this address.", math.ceil(wait_s))

    def note_wrong(self, scope: Scope) -> None:
        """A token or a key was wrong."""
        self._guesses.take(self.client(scope))

    # Who may

    async def refusal(self, scope: Scope, *, needs_token: bool = True) -> Refusal | None:
        """None when the request may pass. Without `needs_token` it is for a place such as the login."""
        refusal = self._refusal_of_site(scope)
        if refusal is not None or not needs_token or self.profile == "local":
            return refusal
        return await self._refusal_without_token(
            scope, None, "The operator token is needed: as a Bearer token, or signed in at /-/login."
        )

    async def refusal_at_bin(self, scope: Scope, lock: Lock | None) -> Refusal | None:
        """The same for what belongs to one bin. `lock`: the bin, None where it is not there, which only who may see
        all bins is told."""
        refusal = self._refusal_of_site(scope)
        if refusal is not None or self.profile == "local":
            return refusal
        return await self._refusal_without_token(
            scope, lock or _Shut(), "The key of this bin is needed: as a Bearer token, or entered in a browser."
        )

    def _refusal_of_site(self, scope: Scope) -> Refusal | None:
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
        return self._refusal_of_stranger(scope) if self.profile == "local" else None

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

    async def _refusal_without_token(self, scope: Scope, lock: Lock | None, needed: str) -> Refusal | None:
        if await self.session(scope) is not None:
            return _refusal_of_cookie(scope)
        bearers, keys = _bearers(scope), _cookies(scope, KEY_COOKIE) if lock is not None else []
        if not bearers and not keys:
            return Refusal(401, needed)
        locked = self.locked(scope)
        if locked is not None:
            return locked
        if any(self.is_token(text) or (lock is not None and lock.is_opened_by(text)) for text in bearers):
            return None
        if lock is not None and any(lock.is_opened_by(key) for key in keys):
            return _refusal_of_cookie(scope)
        self.note_wrong(scope)
        if lock is None:
            return Refusal(401, needed)
        return Refusal(404, "There is no such bin, or this is not its key.")


class _Shut:
    """The lock of a bin that is not there."""

    def is_opened_by(self, key: str) -> bool:
        return False


def _refusal_of_cookie(scope: Scope) -> Refusal | None:
    """A browser sends a cookie whoever has written the page that asks."""
    if _may_change(scope) and not _values(scope, b"origin"):
        return Refusal(403, "A cookie counts here only together with our own Origin.")
    return None


def _bearers(scope: Scope) -> list[str]:
    pairs = (value.partition(" ") for value in _values(scope, b"authorization"))
    return [credentials.strip() for scheme, _, credentials in pairs if scheme.lower() == "bearer"]


def _cookies(scope: Scope, name: str) -> list[str]:
    pairs = (pair.strip().partition("=") for value in _values(scope, b"cookie") for pair in value.split(";"))
    return [value for key, _, value in pairs if key == name and value]


def _peer(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0] or "")


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
