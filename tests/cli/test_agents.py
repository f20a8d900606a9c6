"""`echoscope mcp`, spoken to by the client of the official SDK."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from echoscope.cli.agents import INSTRUCTIONS
from echoscope.cli.tools import tools_of
from echoscope.client import AsyncClient
from tests.conftest import Serve
from tests.sender.target import target
from tests.servers import Running

from .program import clean_environment

TOKEN = "k7-m2-x9-q4-b1-z8"


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


@asynccontextmanager
async def agent(
    server: Running, to: str | None = None, token: str = "", *, reveal: bool = False
) -> AsyncIterator[Client]:
    """An agent that speaks to the tools in this process."""
    async with (
        AsyncClient(server.origin, token) as client,
        Client(tools_of(client, INSTRUCTIONS, to, reveal=reveal)) as agent,
    ):
        yield agent


async def test_an_agent_starts_the_command_and_speaks_to_it(server: Running) -> None:
    server.client.post("/hooks", content=b"abc")
    with target() as other:
        env = clean_environment(ECHOSCOPE_URL=server.origin)
        arguments = ["-m", "echoscope", "mcp", "--to", other.origin]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=env)) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == {"list", "show", "wait", "replay"}
            assert (await call(client, "replay", exchange_id="last"))["status"] == 200
    assert len(other.requests) == 1


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(getattr(result.content[0], "text", ""))


async def test_an_agent_lists_shows_and_waits(server: Running) -> None:
    async with agent(server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == {"list", "show", "wait"}
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


def test_a_package_that_is_missing_is_named() -> None:
    code = "import sys; sys.modules['mcp'] = None; from echoscope.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "mcp"], capture_output=True, text=True, env=clean_environment(), check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "echoscope: This needs the package mcp: pip install 'echoscope[mcp]'\n"
