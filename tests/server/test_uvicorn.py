"""What our server relies on in uvicorn beyond its documentation: a release that changes it fails here, by name.

`pyproject.toml` states the releases that were tried; whoever raises the bound looks at this file.
"""

import inspect
import tomllib
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from packaging.requirements import Requirement
from packaging.version import Version
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from echoscope.server.config import Config
from echoscope.server.server import Server
from echoscope.server.websocket import WebSocketProtocol

OVERRIDDEN: dict[type, set[str]] = {
    WebSocketProtocol: {
        "__init__",
        "connection_lost",
        "connection_made",
        "data_received",
        "handle_connect",
        "handle_cont",
        "handle_parser_exception",
        "handle_ping",
        "handle_pong",
        "pause_writing",
        "receive",
        "resume_writing",
        "run_asgi",
        "send",
        "send_receive_event_to_app",
        "shutdown",
    },
    Server: {"__init__", "capture_signals", "handle_exit", "shutdown", "startup"},
    Config: {"__init__"},
}
"""The methods of uvicorn that ours stand in the place of. A method that uvicorn renames would no longer be called."""

CALLED: dict[type, set[str]] = {
    WebSocketsSansIOProtocol: {"handle_events"},
    uvicorn.Server: {"run", "main_loop", "serve"},
    FlowControl: {"drain", "pause_reading", "pause_writing", "resume_reading", "resume_writing"},
}
"""Methods of uvicorn that ours call, or leave to do their work."""

READ: dict[str, set[str]] = {
    "websocket": {
        "app",
        "client",
        "close_sent",
        "config",
        "conn",
        "connections",
        "curr_msg_data_type",
        "disconnected",
        "frames",
        "handshake_complete",
        "handshake_initiated",
        "logger",
        "loop",
        "queue",
        "read_paused",
        "scheme",
        "server",
        "tasks",
        "transport",
        "writable",
    },
    "server": {"config", "force_exit", "server_state", "should_exit", "started"},
    "state": {"connections", "default_headers", "tasks", "total_requests"},
}
"""Attributes that uvicorn's objects have, and that ours read or set."""


async def _app(scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("own", OVERRIDDEN, ids=lambda own: own.__name__)
def test_what_is_overridden_is_there(own: type) -> None:
    (base,) = [one for one in own.__mro__[1:] if one.__module__.startswith("uvicorn")][:1]
    assert {name for name in vars(own) if inspect.isfunction(vars(base).get(name))} == OVERRIDDEN[own]


@pytest.mark.parametrize("base", CALLED, ids=lambda base: base.__name__)
def test_what_is_called_is_there(base: type) -> None:
    assert {name for name in CALLED[base] if inspect.isfunction(getattr(base, name, None))} == CALLED[base]


async def test_the_attributes_are_there() -> None:
    config = uvicorn.Config(_app)
    config.load()
    state = ServerState()
    objects: dict[str, Any] = {
        "websocket": WebSocketsSansIOProtocol(config, state, {}),
        "server": uvicorn.Server(config),
        "state": state,
    }
    for name, attributes in READ.items():
        assert {attribute for attribute in attributes if hasattr(objects[name], attribute)} == attributes, name


def test_the_bounds_are_stated_and_hold() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (stated,) = [one for text in project["dependencies"] if (one := Requirement(text)).name == "uvicorn"]
    assert {specifier.operator for specifier in stated.specifier} == {">=", "<"}
    assert Version(uvicorn.__version__) in stated.specifier
