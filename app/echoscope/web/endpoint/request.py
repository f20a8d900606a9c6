"""One request to an endpoint: its head in httpbin's dialect, and its body for endpoints that ask for it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl, quote

from starlette.types import Message, Receive, Scope

from ...base.budget import Budget
from ...base.remembered import remembered
from ...base.settings import Settings
from ...http import forwarding
from ...http.forwarding import Proxies
from .answers import Refused
from .forms import MAX_FIELDS, Pairs
from .pacer import Pacer, Places
from .unread import BodyTooLarge, ClientGone, NoRoom


class WholeRequest(Protocol):
    """A request that is all here, as a server hands it over for an answer at once. `path`: decoded."""

    method: str
    query: bytes
    body: bytes

    @property
    def path(self) -> str: ...

    @property
    def raw_path(self) -> bytes: ...

    def scope(self) -> Scope: ...


MOST_OF_STRANGER: Final = 8
"""Slow requests of one client address at once where strangers may be among the clients."""


class Shared(NamedTuple):
    """What all requests share.

    `max_body_bytes`: of a request. `key`: gives the secret of this instance, which may become another when the store is
    reached. `is_strict`: strangers may be among the clients. `budget`: for bodies that are gathered. `proxies`: who is
    believed to say where a request came from.
    """

    settings: Settings
    max_body_bytes: int
    key: Callable[[], bytes]
    places: Places
    is_strict: bool
    budget: Budget
    proxies: Proxies

    @classmethod
    def of(cls, settings: Settings, key: Callable[[], bytes], budget: Budget) -> "Shared":
        is_public = settings.effective_profile == "public"
        most_of_client = settings.max_slow_requests_per_client or (MOST_OF_STRANGER if is_public else 0)
        return cls(
            settings,
            settings.body_limit,
            key,
            Places(settings.max_slow_requests, most_of_client),
            is_public and not settings.unsafe_responses,
            budget,
            Proxies(settings.trusted_proxies, everybody=not is_public),
        )


class Request:
    """`parameters`: the values in the path, by their names in the route.

    `fields`: header values by lower-case name, repeats joined (RFC 9110, section 5.3; cookies: RFC 9113, 8.2.3).
    `memo` is for whoever makes something of the header lines and of where they came from: where a connection repeats
    them, the same memo comes again.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        parameters: dict[str, str],
        shared: Shared,
        fields: dict[bytes, bytes] | None = None,
        memo: dict[str, Any] | None = None,
    ) -> None:
        self.scope = scope
        self.parameters = parameters
        self.shared = shared
        self.settings = shared.settings
        self.method: str = scope["method"]
        self.fields = joined(scope["headers"]) if fields is None else fields
        self.memo: dict[str, Any] = {} if memo is None else memo
        self._receive = receive
        self._query: Pairs | None = None
        self._pieces: list[bytes] | None = None
        self._body: bytes | None = None
        self._is_read = False
        self._taken_bytes = 0
        self._pacer: Pacer | None = None

    # What the head says

    def header(self, name: bytes) -> str | None:
        value = self.fields.get(name)
        return None if value is None else text(value)

    @property
    def query(self) -> Pairs:
        """The arguments in their order. More than `MAX_FIELDS` are refused."""
        if self._query is None:
            self._query = query_pairs(self.scope["query_string"])
        return self._query

    def option(self, name: str) -> str | None:
        """An argument by its name in any case; None when it is missing or empty."""
        return next((value for key, value in self.query if value and key.lower() == name), None)

    @property
    def root(self) -> str:
        """The prefix under which a proxy serves us, for addresses on this server."""
        return str(self.scope.get("root_path", ""))

    @property
    def peer(self) -> str:
        """The address of whoever connected to us."""
        return str((self.scope.get("client") or ("",))[0])

    @property
    def client(self) -> str:
        """The address of the client, behind the proxies that are believed."""
        if not self._is_forwarded:
            return self.peer
        return forwarding.client_address(self.fields, self.peer, self.shared.proxies)

    @property
    def origin(self) -> str:
        """The client's address; where everybody is believed, all that `X-Forwarded-For` says, as httpbin has it."""
        if self.shared.proxies.are_everybody:
            return self.header(b"x-forwarded-for") or self.client
        return self.client

    @property
    def site(self) -> str:
        """Scheme and authority as the client sees them, as far as they are told by who is believed."""
        scheme, authority = None, None
        if self._is_forwarded:
            scheme, authority = forwarding.scheme(self.fields), forwarding.authority(self.fields)
        if authority is None:
            host = self.header(b"host") or ""
            authority = host if forwarding.is_authority(host) else _address(self.scope.get("server"))
        return f"{scheme or self.scope.get('scheme', 'http')}://{authority}"

    @property
    def _is_forwarded(self) -> bool:
        """Whether somebody who is believed says where the request came from."""
        return not forwarding.FIELDS.isdisjoint(self.fields) and self.peer in self.shared.proxies

    @property
    def target(self) -> str:
        """Path and query as they were sent."""
        raw_path = self.scope.get("raw_path")
        path = text(raw_path) if raw_path else quote(self.scope["path"])
        query = self.scope["query_string"]
        return f"{path}?{text(query)}" if query else path

    # What comes after it

    async def body(self) -> bytes:
        """All of the body. Raises `BodyTooLarge`, `ClientGone`, `NoRoom`."""
        if self._body is None:
            self._body = b"".join(await self.pieces())
        return self._body

    async def pieces(self) -> list[bytes]:
        """The body as it came: to put megabytes together takes milliseconds."""
        if self._pieces is None:
            pieces: list[bytes] = []
            await self._read(pieces)
            self._pieces = pieces
        return self._pieces

    def skim(self) -> Awaitable[int]:
        """The size of the body, of which nothing is kept. Raises `BodyTooLarge`, `ClientGone`."""
        return self._read(None)

    async def _read(self, pieces: list[bytes] | None) -> int:
        if self._is_read:
            return sum(map(len, self._pieces or ()))
        limit = self.shared.max_body_bytes
        announced = self.fields.get(b"content-length")
        if announced is not None and announced.isdigit() and int(announced) > limit:
            raise BodyTooLarge
        size = 0
        more_body = True
        while more_body:
            message: Message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise BodyTooLarge
            if pieces is not None:
                if not self.shared.budget.take(len(piece)):
                    raise NoRoom
                self._taken_bytes += len(piece)
                pieces.append(piece)
            more_body = message.get("more_body", False)
        self._is_read = True
        return size

    def count(self, size: int) -> None:
        """So many bytes of an answer are here until the request is closed."""
        self.shared.budget.count(size)
        self._taken_bytes += size

    # Taking time

    async def pacer(self) -> Pacer:
        """Reads the request, then takes a place among the slow ones until the request is closed."""
        await self.skim()
        if self._pacer is None:
            self._pacer = Pacer(self._receive, self.shared.places, self.client)
        return self._pacer

    def close(self) -> None:
        """Give back what the request has taken."""
        self.shared.budget.give_back(self._taken_bytes)
        self._taken_bytes = 0
        if self._pacer is not None:
            self._pacer.close()


def joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    fields = dict(headers)
    if len(fields) == len(headers):
        return fields
    fields = {}
    for name, value in headers:
        if name in fields:
            value = fields[name] + (b"; " if name == b"cookie" else b",") + value
        fields[name] = value
    return fields


def query_pairs(query: bytes) -> Pairs:
    """A query string's pairs, decoded as UTF-8 with what is not replaced."""
    if not query:
        return []
    try:
        return parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Refused(400, f"A query has at most {MAX_FIELDS} fields.") from None


def text(value: bytes) -> str:
    """Bytes of a head as text: UTF-8, or else Latin-1, which takes any byte."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


@remembered(1024)
def title_case(name: bytes) -> str:
    """httpbin's form of a header name: `user-agent` becomes `User-Agent`. ASGI servers hand over lower case."""
    return name.decode("latin-1").title()


def _address(server: Any) -> str:
    host, port = (*(server or ("localhost",)), None)[:2]
    if ":" in str(host):
        host = f"[{host}]"
    return str(host) if port is None else f"{host}:{port}"
