"""The tools of `echoscope mcp`."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from msgspec import to_builtins
from pydantic import Field

from .. import __version__
from ..assembly.replaying.captured import exchanges
from ..client import Answer, Answers, AsyncClient, Bin, EchoscopeError, Exchange, NothingCame, Place
from ..exchange.facts import facts_in
from ..files.reading import ImportFault
from ..sender import Address, CannotSend, SendFault, outgoing, parse_origin, send
from .printing import plain

T = TypeVar("T")

MAX_LIST: Final = 200
MAX_WAIT_S: Final = 60.0
MAX_BINS: Final = 100
MAX_BODY_CHARACTERS: Final = 20_000
"""How much of a body an agent is given."""

_READS: Final = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_CHANGES: Final = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_SENDS: Final = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=True)

Search = Annotated[str, Field(description="Terms of the search language; empty for all.")]
BinName = Annotated[str, Field(description="The name of the bin to look at; empty for the main log.")]
ExchangeId = Annotated[str, Field(description="The id of an exchange, or `last` for the newest.")]


class Logs:
    """The clients by which an agent asks: `client`, and one for each bin that it names.

    The keys of the bins that it makes are kept here: the agent needs none, and is told none.
    """

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self._of_bins: dict[str, AsyncClient] = {}

    def of(self, bin_name: str) -> AsyncClient:
        """The client for the log of a bin; for an empty name, the log that the command was started for."""
        if not bin_name:
            return self.client
        return self._of_bins.get(bin_name) or self._open(bin_name, None)

    async def create(self, bin_name: str | None) -> Bin:
        made = await _told(self.client.create_bin(bin_name))
        self._open(made.name, made.key)
        return made

    async def aclose(self) -> None:
        for client in self._of_bins.values():
            await client.aclose()

    def _open(self, bin_name: str, key: str | None) -> AsyncClient:
        if len(self._of_bins) >= MAX_BINS:
            raise ToolError(f"At most {MAX_BINS} bins can be looked at in one session.")
        self._of_bins[bin_name] = self.client.at_bin(bin_name, key)
        return self._of_bins[bin_name]


class _Server(MCPServer):
    """Refuses an argument that a tool does not have. It would otherwise be left out, and something else be done."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        tools = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
        for argument in arguments:
            if argument not in tools.get(name, arguments):
                raise ToolError(f"{name} takes {', '.join(tools[name]) or 'no arguments'}, not {argument[:50]!r}.")
        return await super().call_tool(name, arguments, context)


def tools_of(
    client: AsyncClient, instructions: str, to: str | None, *, is_below_bin: bool = False, reveal: bool
) -> MCPServer:
    """A server with the tools over what `client` asks. `to`: the only origin that a replay may go to, if any;
    `is_below_bin`: for the path below the bin."""
    logs = Logs(client)

    @asynccontextmanager
    async def closing(_: MCPServer) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await logs.aclose()

    server = _Server("echoscope", instructions=instructions, version=__version__, log_level="WARNING", lifespan=closing)
    _add_reading(server, logs, reveal=reveal)
    _add_bins(server, logs)
    if to is not None:
        _add_replay(server, logs, parse_origin(to), is_below_bin=is_below_bin)
    return server


def _add_reading(server: MCPServer, logs: Logs, *, reveal: bool) -> None:
    @server.tool(name="list", title="List exchanges", annotations=_READS)
    async def list_exchanges(
        search: Search = "", limit: Annotated[int, Field(ge=1, le=MAX_LIST)] = 20, bin: BinName = ""
    ) -> dict[str, Any]:
        """The newest exchanges that a search finds, one line of data for each, the newest first."""
        page = await _told(logs.of(bin).list(search, limit=limit, reveal=reveal))
        return {"items": plain(page.items), "epoch": page.epoch, "head": page.head}

    @server.tool(name="show", title="Show an exchange", annotations=_READS)
    async def show(exchange_id: ExchangeId, bin: BinName = "") -> dict[str, Any]:
        """One exchange: the request, its answer, and findings that say what is odd about them."""
        client = logs.of(bin)
        return _shown(await _told(client.get(await _id_of(client, exchange_id), reveal=reveal)))

    @server.tool(name="wait", title="Wait for an exchange", annotations=_READS)
    async def wait(
        search: Search = "",
        timeout_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = 30,
        after: Annotated[int | None, Field(ge=0, description="Begin after this seq; 0: with all that is kept.")] = None,
        epoch: Annotated[str | None, Field(description="The epoch in which `after` is a place.")] = None,
        bin: BinName = "",
    ) -> dict[str, Any]:
        """The first exchange that a search finds, as soon as it comes; `found` is false when none did.

        Pass `after` and `epoch` of the result on to the next wait, and nothing is missed in between.
        """
        start = Place(epoch, after) if epoch is not None and after is not None else after
        try:
            awaited = await _told(logs.of(bin).wait(search, after=start, timeout_s=timeout_s, reveal=reveal))
        except NothingCame as nothing:
            return {"found": False, "after": nothing.place.seq, "epoch": nothing.place.epoch}
        return {
            "found": True,
            "after": awaited.place.seq,
            "epoch": awaited.place.epoch,
            "missed": awaited.missed,
            "exchange": _shown(awaited.exchange),
        }


def _add_bins(server: MCPServer, logs: Logs) -> None:
    @server.tool(name="list_bins", title="List bins", annotations=_READS)
    async def list_bins() -> dict[str, Any]:
        """All bins, the newest first. A bin is an address of its own, with a log of its own."""
        bins = await _told(logs.client.bins())
        return {"items": plain(bins.items), "max_bins": bins.max_bins}

    @server.tool(name="create_bin", title="Create a bin", annotations=_CHANGES)
    async def create_bin(
        name: Annotated[str, Field(description="Letters, digits, hyphens; empty for a name that nobody guesses.")] = "",
    ) -> dict[str, Any]:
        """A new bin. What is sent to its `url`, by any method to any path below it, is what `list`, `show` and `wait`
        find when they are given its name as `bin`."""
        made = await logs.create(name or None)
        return {"name": made.name, "url": made.url, "expires_at": made.expires_at}

    @server.tool(name="answer_bin", title="Say what a bin answers", annotations=_CHANGES)
    async def answer_bin(
        bin: Annotated[str, Field(min_length=1, description="The name of the bin.")],
        status: Annotated[int, Field(ge=200, le=599)] = 200,
        headers: Annotated[dict[str, str] | None, Field(description="Header fields of the answer.")] = None,
        body: Annotated[str, Field(description="May take values of the request: {{ json.challenge }}.")] = "",
        delay: Annotated[float, Field(ge=0, description="Seconds before the answer.")] = 0,
        echo: Annotated[bool, Field(description="Echo the request again, as a new bin does.")] = False,
    ) -> dict[str, Any]:
        """What the bin answers from now on, in the place of what it answered before."""
        if echo:
            await _told(logs.of(bin).forget_answers(bin))
            return {"answers": []}
        answer = Answer(status, list((headers or {}).items()), body, delay)
        return await _told(logs.of(bin).set_answers(bin, Answers(answers=[answer])))


def _add_replay(server: MCPServer, logs: Logs, origin: Address, *, is_below_bin: bool) -> None:
    @server.tool(name="replay", title=f"Send a request to {origin}", annotations=_SENDS)
    async def replay(exchange_id: ExchangeId, bin: BinName = "") -> dict[str, Any]:
        """Send the request of an exchange again, with the same bytes, to the server that this was started with."""
        client = logs.of(bin)
        found_id = await _id_of(client, exchange_id)
        file = b"".join([piece async for piece in _pieces(client, found_id)])
        try:
            (exchange,) = exchanges(file)
            answer = await send(outgoing(exchange, origin.authority, is_below_bin=is_below_bin), origin)
        except (CannotSend, ImportFault) as reason:
            raise ToolError(f"This request is not sent: {reason}.") from reason
        except SendFault as reason:
            raise ToolError(f"{origin} gave no answer: {reason}.") from reason
        headers = [[_text(name), _text(value)] for name, value in answer.headers]
        took_ms = round(answer.took_s * 1000, 3)
        return {"status": answer.status, "headers": headers, **_body(answer.body), "took_ms": took_ms}


async def _told(asking: Awaitable[T]) -> T:
    """The result, or the words of the fault as those of the tool."""
    try:
        return await asking
    except NothingCame:
        raise
    except EchoscopeError as error:
        raise ToolError(str(error)) from error


async def _pieces(client: AsyncClient, exchange_id: str) -> Any:
    try:
        async for piece in client.export(ids=[exchange_id], reveal=True):
            yield piece
    except EchoscopeError as error:
        raise ToolError(str(error)) from error


async def _id_of(client: AsyncClient, name: str) -> str:
    if name != "last":
        return name
    items = (await _told(client.list(limit=1))).items
    if not items:
        raise ToolError("Nothing is kept.")
    return items[0].id


def _shown(exchange: Exchange) -> dict[str, Any]:
    """What is worth an agent's attention: no body twice, and none longer than it can read."""
    response = exchange.response
    names = (
        "id", "seq", "state", "type", "http_version", "method", "path", "query_string", "status", "started_at",
        "duration_ms", "client", "error", "note", "pinned",
    )  # fmt: skip
    return {
        **{name: getattr(exchange, name) for name in names},
        **to_builtins(facts_in(exchange)),
        "request": {"headers": plain(exchange.headers), **_body(exchange.content)},
        "response": response and {"headers": plain(response.headers), **_body(response.body.content)},
        "signature": plain(exchange.signature),
        "messages": [plain(event.message) for event in exchange.events] if exchange.type == "websocket" else [],
        "findings": [
            {"level": one.level, "title": one.title, "why": one.why, "advice": one.advice} for one in exchange.findings
        ],
    }


def _body(content: bytes) -> dict[str, Any]:
    """A body as text, or that it is none."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"body": None, "body_bytes": len(content), "is_binary": True}
    cut = {"is_cut": True} if len(text) > MAX_BODY_CHARACTERS else {}
    return {"body": text[:MAX_BODY_CHARACTERS], "body_bytes": len(content), **cut}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
