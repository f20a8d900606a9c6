"""What answers every path but the inspector's and the bins': an endpoint where the table has one, else the echo.

So `/status/418` is an endpoint, while `/status`, `/get/` and `/status%2F418` are the any-path echo's.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from ..http.spec import Header
from ..web.echo.app import Echo, Facts, Frames, prefers_page
from ..web.echo.shaping import NAMES as SHAPING
from ..web.echo.shaping import Shaping
from ..web.endpoint.answers import Headers
from ..web.endpoint.request import Shared, WholeRequest, joined
from ..web.httpbin.app import Httpbin


class Endpoints:
    """The app as plain ASGI, and `answer` for a server that has the whole request."""

    def __init__(self, echo: Echo, shared: Shared) -> None:
        self._httpbin = Httpbin(shared)
        self._find = self._httpbin.find
        self._echo = echo.answer
        self._shaping = Shaping(echo, shared)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """No coroutine of its own: what is not an endpoint pays for two looks at its path and nothing else."""
        match = self._find(scope["path"], scope.get("raw_path"), scope.get("root_path", ""))
        response = None if match is None else self._httpbin.respond(match, scope, receive, send)
        return self._shaping(scope, receive, send) if response is None else response

    def answer(self, request: WholeRequest, facts: "RequestFacts") -> "Reply | None":
        """Status, headers and body for a request that is whole, where the answer waits for nothing; None for any other.

        Without the headers that name the exchange and its length, which the door adds.
        """
        match = self._find(request.path, request.raw_path, facts.root_path)
        if match is not None:
            return self._httpbin.answer(match, request, facts.fields, facts.memo)
        return None if facts.is_shaped else self._echo(request, facts.echo)


class RequestFacts:
    """What the header lines of a request say to the endpoints, for as long as a connection repeats them. `memo` is for
    what an endpoint makes of them. `listed_bytes`: of the two values that an exchange keeps for lists."""

    __slots__ = ("content_type", "echo", "fields", "is_shaped", "listed_bytes", "memo", "root_path", "user_agent")

    def __init__(
        self,
        root_path: str,
        fields: dict[bytes, bytes],
        content_type: bytes | None,
        user_agent: bytes | None,
        echo: Facts,
        *,
        is_shaped: bool,
    ) -> None:
        self.root_path = root_path
        self.fields = fields
        self.content_type = content_type
        self.user_agent = user_agent
        self.listed_bytes = len(content_type or b"") + len(user_agent or b"")
        self.is_shaped = is_shaped
        self.echo = echo
        self.memo: dict[str, Any] = {}

    @classmethod
    def of(cls, headers: Headers, values: dict[bytes, bytes], root_path: str, frames: Frames) -> "RequestFacts":
        """`values`: of the headers by name, where none is repeated. `frames`: of the connection."""
        fields = values if len(values) == len(headers) else joined(headers)
        first = values if fields is values else dict(headers[::-1])
        return cls(
            root_path,
            fields,
            first.get(b"content-type"),
            first.get(b"user-agent"),
            Facts(headers, frames, prefers_page=prefers_page(fields.get(b"accept", b""))),
            is_shaped=not SHAPING.isdisjoint(fields),
        )

    def varied(self, headers: Headers, values: dict[bytes, bytes], indexes: Iterable[int]) -> "RequestFacts":
        """The same for headers without repeats that differ in these places, none of which is one of `READ`."""
        echo = self.echo.varied(headers, indexes)
        return RequestFacts(self.root_path, values, self.content_type, self.user_agent, echo, is_shaped=self.is_shaped)


READ: Final = frozenset((b"accept", b"content-type", b"user-agent", *SHAPING))
"""The headers that facts are made of."""

Reply = tuple[int, Sequence[Header], bytes]
"""Status, headers and body."""

AnswerNow = Callable[[WholeRequest, RequestFacts], Reply | None]
"""Gives the answer to a whole request, or None where it takes time."""
