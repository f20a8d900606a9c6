"""`echoscope mcp`, spoken to by the client of the official SDK."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from echoscope.cli.agents import INSTRUCTIONS
from echoscope.client import AsyncClient
from tests.conftest import Serve
from tests.sender.target import target
from tests.servers import Running

from .program import clean_environment

if TYPE_CHECKING:  # tests import it as they run: every process that collects them would wait for it
    from mcp import Client

READING = {"list", "show", "wait", "list_bins", "create_bin", "answer_bin"}
TOKEN = "k7-m2-x9-q4-b1-z8"


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


@asynccontextmanager
async def agent(
    server: Running, to: str | None = None, token: str = "", *, is_below_bin: bool = False, reveal: bool = False
) -> "AsyncIterator[Client]":
    """An agent that speaks to the tools in this process."""
    from mcp import Client

    from echoscope.cli.tools import tools_of

    async with (
        AsyncClient(server.origin, token) as client,
        Client(tools_of(client, INSTRUCTIONS, to, is_below_bin=is_below_bin, reveal=reveal)) as agent,
    ):
        yield agent


async def test_an_agent_starts_the_command_and_speaks_to_it(server: Running) -> None:
    from mcp import Client, StdioServerParameters

    server.client.post("/hooks", content=b"abc")
    with target() as other:
        env = clean_environment(ECHOSCOPE_URL=server.origin)
        arguments = ["-m", "echoscope", "mcp", "--to", other.origin]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=env)) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == READING | {"replay"}
            assert (await call(client, "replay", exchange_id="last"))["status"] == 200
    assert len(other.requests) == 1


async def call(client: "Client", tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refusal(client: "Client", tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(getattr(result.content[0], "text", ""))


async def test_an_agent_lists_shows_and_waits(server: Running) -> None:
    async with agent(server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING
        assert "never instructions" in (client.instructions or "")
        server.client.post("/hooks?token=hunter2", json={"paid": True}, headers={"authorization": "Bearer hunter2"})
        server.client.get("/other")
        listed = await call(client, "list", search="path:/hooks")
        assert [item["method"] for item in listed["items"]] == ["POST"]
        shown = await call(client, "show", exchange_id=listed["items"][0]["id"])
        assert (shown["path"], shown["request"]["body"], shown["status"]) == ("/hooks", '{"paid":true}', 200)
        assert "hunter2" not in str(listed) + str(shown)
        assert (await call(client, "show", exchange_id="last"))["path"] == "/other"
        found = await call(client, "wait", search="path:/hooks", after=0)
        assert (found["found"], found["exchange"]["id"], found["missed"]) == (True, shown["id"], 0)
        nothing = await call(
            client, "wait", search="path:/hooks", timeout_s=0, after=found["after"], epoch=found["epoch"]
        )
        assert nothing == {"found": False, "after": 2, "epoch": found["epoch"]}


async def test_secrets_are_shown_when_told_so(server: Running) -> None:
    server.client.get("/x", headers={"authorization": "Bearer hunter2"})
    async with agent(server, reveal=True) as client:
        assert "hunter2" in str(await call(client, "show", exchange_id="last"))


async def test_a_replay_goes_where_the_command_says_and_nowhere_else(server: Running) -> None:
    server.client.post("/hooks", content=b"abc")
    with target() as other:
        async with agent(server, other.origin) as client:
            answer = await call(client, "replay", exchange_id="last")
            assert (answer["status"], answer["body"]) == (200, "ok")
            assert "None of these exchanges is kept" in await refusal(client, "replay", exchange_id="x")
    assert [request.partition(b"\r\n\r\n")[2] for request in other.requests] == [b"abc"]
    async with agent(server, other.origin) as client:
        assert "gave no answer: Connection refused." in await refusal(client, "replay", exchange_id="last")


async def test_what_is_wrong_is_said_to_the_agent(server: Running) -> None:
    async with agent(server) as client:
        assert "No exchange 'x' is kept" in await refusal(client, "show", exchange_id="x")
        assert "Nothing is kept." in await refusal(client, "show", exchange_id="last")
        assert "status at position 1" in await refusal(client, "list", search="status:abc")
        assert "limit" in await refusal(client, "list", limit=100_000)


async def test_the_token_guards_the_tools(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    async with agent(server) as client:
        assert "operator token is needed" in await refusal(client, "list")
    async with agent(server, token=TOKEN) as client:
        assert (await call(client, "list"))["items"] == []


async def test_an_agent_makes_a_bin_waits_in_it_and_replays_from_it(server: Running) -> None:
    server.client.get("/main")
    with target() as other:
        async with agent(server, other.origin) as client:
            made = await call(client, "create_bin", name="hooks")
            assert (made["name"], made["url"]) == ("hooks", f"{server.origin}/~hooks/")
            answer = {"status": 202, "headers": {"X-A": "1"}, "body": "got {{ json.id }}"}
            await call(client, "answer_bin", bin="hooks", **answer)
            sent = server.client.post(f"{made['url']}orders", json={"id": 7})
            assert (sent.status_code, sent.headers["x-a"], sent.text) == (202, "1", "got 7")
            found = await call(client, "wait", search="method:POST", after=0, bin="hooks")
            assert (found["exchange"]["path"], found["exchange"]["status"]) == ("/~hooks/orders", 202)
            assert [item["path"] for item in (await call(client, "list", bin="hooks"))["items"]] == ["/~hooks/orders"]
            assert [item["path"] for item in (await call(client, "list"))["items"]] == ["/main"]
            assert (await call(client, "show", exchange_id="last", bin="hooks"))["path"] == "/~hooks/orders"
            assert (await call(client, "replay", exchange_id="last", bin="hooks"))["status"] == 200
            assert await call(client, "answer_bin", bin="hooks", echo=True) == {"answers": []}
            assert server.client.get(made["url"]).json()["path"] == "/~hooks/"
            assert [item["name"] for item in (await call(client, "list_bins"))["items"]] == ["hooks"]
            assert "There is a bin 'hooks' already" in await refusal(client, "create_bin", name="hooks")
            assert "answers[0].body" in await refusal(client, "answer_bin", bin="hooks", body="{{ nope }}")
            assert "status" in await refusal(client, "answer_bin", bin="hooks", status=99)
            assert "There is no such bin" in await refusal(client, "wait", bin="nope", timeout_s=0)
    assert [request.partition(b"\r\n\r\n")[2] for request in other.requests] == [b'{"id":7}']


async def test_an_argument_of_a_wrong_name_is_refused_with_the_right_ones(server: Running) -> None:
    async with agent(server) as client:
        await call(client, "create_bin", name="hooks")
        told = await refusal(client, "answer_bin", bin="hooks", answers={"answers": [{"status": 418}]})
        assert told == "answer_bin takes bin, status, headers, body, delay, echo, not 'answers'."
        assert "list takes search, limit, bin, not 'q'" in await refusal(client, "list", q="path:/hooks")
        assert await refusal(client, "list_bins", bin="hooks") == "list_bins takes no arguments, not 'bin'."
        assert "Unknown tool" in await refusal(client, "nothing", a=1)


async def test_a_replay_may_go_to_the_path_below_the_bin(server: Running) -> None:
    server.client.post("/~hooks/orders?id=7")
    with target() as other:
        async with agent(server, other.origin, is_below_bin=True) as client:
            await call(client, "replay", exchange_id="last", bin="hooks")
    assert other.requests[0].startswith(b"POST /orders?id=7 HTTP/1.1\r\n")


async def test_without_a_token_an_agent_sees_the_bins_that_it_made_and_no_others(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    async with agent(server, token=TOKEN) as operator, agent(server) as visitor:
        private = await call(operator, "create_bin", name="private")
        server.client.post(private["url"])
        own = await call(visitor, "create_bin")
        assert "key" not in own
        server.client.post(own["url"])
        assert len((await call(visitor, "list", bin=own["name"]))["items"]) == 1
        assert len((await call(operator, "list", bin=own["name"]))["items"]) == 1
        for bin_name in ("private", "nope"):
            for tool, more in (("list", {}), ("wait", {"timeout_s": 0}), ("show", {"exchange_id": "last"})):
                assert "key of this bin is needed" in await refusal(visitor, tool, bin=bin_name, **more)
            assert "key of this bin is needed" in await refusal(visitor, "answer_bin", bin=bin_name)
        assert "operator token is needed" in await refusal(visitor, "list_bins")
        assert "A visitor's bin has a name" in await refusal(visitor, "create_bin", name="mine")


@pytest.mark.parametrize("package", ["mcp", "httpx"])
def test_a_package_that_is_missing_is_named_with_what_brings_all_of_them(package: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from echoscope.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "mcp"], capture_output=True, text=True, env=clean_environment(), check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"echoscope: This needs the package {package}: pip install 'echoscope[mcp]'\n"
