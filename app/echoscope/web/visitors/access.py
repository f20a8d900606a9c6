"""Who may see what: the checks in front of everything below `/-/`.

Local profile: no login; the `Host` must be a name of this machine, so that DNS rebinding reaches nothing, and
an `Origin`, where a browser sends one, must be our own, so that another page can neither read the feed nor
change anything. Public profile: the operator token, as `Authorization: Bearer` or as the cookie that `/-/login`
gives for it; a cookie counts on a WebSocket or for a change only together with our own Origin.

A local profile that nobody asked for by name is a guess from the address on which we listen, and a proxy in front makes
it a wrong one: what comes through a proxy is asked for the token as in the public profile, and told why.

What belongs to one bin opens for the key of that bin as well, in the same two ways. Whether a bin is not there, has
expired, or has another key, cannot be told from an answer. Wrong tokens and keys are counted by the client's address.
"""

import hmac
import logging
import math
import re
from collections.abc import Callable
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from ...base.settings import Profile, Settings, is_loopback
from ...http.forwarding import as_forwarded, named, sign
from ...log.shelf import Shelf
from .client import counted
from .rates import Rate
from .sessions import Session, Sessions

logger = logging.getLogger(__name__)

COOKIE: Final = "echoscope"
KEY_COOKIE: Final = "echoscope-key"
"""Holds the key of a bin, for the addresses of that bin alone."""

_LOCKED_S: Final = 60.0
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_TOKEN_NEEDED: Final = "The operator token is needed: as a Bearer token, or signed in at /-/login."
_KEY_NEEDED: Final = "The key of this bin is needed: as a Bearer token, or entered in a browser."


class Refusal(msgspec.Struct, frozen=True):
    """Why a request is not answered: an HTTP status and one sentence; of a 429, when to come again."""

    status: int
    detail: str
    retry_after_s: int = 0


class Lock(Protocol):
    """What the key of a bin opens."""

    def is_opened_by(self, key: str) -> bool: ...


class Access:
    """The rules of one instance. `token` is the operator's; the local profile asks only strangers for it.

    `shelf`: where sessions are kept. `sign_in`: gives the path that signs a browser in. It is logged when a first
    request comes through a proxy to an instance that took itself for a local one.
    """

    def __init__(self, settings: Settings, token: str, shelf: Shelf, sign_in: Callable[[], str] | None = None) -> None:
        self.profile: Profile = settings.effective_profile
        self.token = token
        self.sessions = Sessions(shelf, lambda: hmac.digest(self.token.encode(), b"sessions", "sha256"))
        self._sign_in = sign_in
        self._proxies = named(settings.trusted_proxies)
        self._names = frozenset(name.lower().rstrip(".") for name in settings.hosts)
        self._has_local_names = settings.profile != "public"
        self._is_decided = settings.profile != "auto"
        self._guesses = Rate(settings.max_wrong_tokens, _LOCKED_S)

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

    # Who asks. Scopes are as they are believed.

    def secrets(self, scope: Scope) -> list[str]:
        """What lets in whoever asks, and the operator wherever they are signed in."""
        return [self.token, *self.sessions.known, *_cookies(scope, KEY_COOKIE)]

    def is_token(self, text: str) -> bool:
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())

    def client(self, scope: Scope) -> str:
        """The client's address as limits count it."""
        return counted(str((scope.get("client") or ("",))[0] or ""))

    async def session(self, scope: Scope) -> Session | None:
        """The session of a signed-in browser."""
        for text in _cookies(scope, COOKIE):
            session = await self.sessions.find(text)
            if session is not None:
                return session
        return None

    def locked(self, scope: Scope) -> Refusal | None:
        """Why no token of this client is looked at: it has guessed too often."""
        wait_s = self._guesses.wait_s(self.client(scope))
        if not wait_s:
            return None
        return Refusal(429, "Too many wrong tokens came from this address.", math.ceil(wait_s))

    def note_wrong(self, scope: Scope) -> None:
        """A token or a key was wrong."""
        self._guesses.take(self.client(scope))

    # Who may

    async def refusal(self, scope: Scope, *, needs_token: bool = True) -> Refusal | None:
        """None when the request may pass. Without `needs_token` it is for a place such as the login."""
        return await self._refusal(scope, _TOKEN_NEEDED if needs_token else "")

    async def refusal_at_bin(self, scope: Scope, lock: Lock | None) -> Refusal | None:
        """The same for what belongs to one bin. `lock`: the bin, None where it is not there, which only who may see
        all bins is told."""
        return await self._refusal(scope, _KEY_NEEDED, lock or _Shut())

    async def _refusal(self, scope: Scope, needed: str, lock: Lock | None = None) -> Refusal | None:
        """`needed`: what to say to who has neither the token nor the key of `lock`; empty where neither is needed."""
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
        if not needed or not (refusal := await self._refusal_without_token(scope, needed, lock)):
            return None
        if way_in is None:
            return refusal
        self._tell_of_proxy(way_in)
        why = f"The request came through a proxy ({way_in}), and may be anybody's; --profile local lets everybody in."
        return Refusal(refusal.status, f"{refusal.detail} {why}", refusal.retry_after_s)

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

    async def _refusal_without_token(self, scope: Scope, needed: str, lock: Lock | None) -> Refusal | None:
        if await self.session(scope) is not None:
            return _refusal_of_cookie(scope)
        bearers, keys = _bearers(scope), _cookies(scope, KEY_COOKIE) if lock is not None else []
        if not bearers and not keys:
            return Refusal(401, needed)
        if locked := self.locked(scope):
            return locked
        if any(self.is_token(text) or (lock is not None and lock.is_opened_by(text)) for text in bearers):
            return None
        if lock is not None and any(lock.is_opened_by(key) for key in keys):
            return _refusal_of_cookie(scope)
        self.note_wrong(scope)
        return Refusal(401, needed) if lock is None else Refusal(404, "There is no such bin, or this is not its key.")


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
