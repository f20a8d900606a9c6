"""What the writing connection relies on in redis-py beyond its documentation: a release that changes it fails here, by
name.

`pyproject.toml` states the releases that were tried; whoever raises the bound looks at this file.
"""

import asyncio
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from redis.asyncio import ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from echoscope.log.redis.address import Address
from tests.places import redis_running

ROOT = Path(__file__).parents[2]


async def test_a_connection_has_a_stream_writer_whose_transport_can_be_taken_over() -> None:
    with redis_running() as server:
        connection = Address(server.address).pool(ConnectionPool).make_connection()  # type: ignore[no-untyped-call]
        await connection.connect()
        assert isinstance(connection._writer, asyncio.StreamWriter)
        assert isinstance(connection._writer.transport, asyncio.WriteTransport)
        assert isinstance(connection._reader, asyncio.StreamReader)
        assert not connection._reader._buffer, "an answer that nobody has read would be lost"  # type: ignore[attr-defined]
        await connection.disconnect(nowait=True)


@pytest.mark.parametrize(
    "kind",
    [SSLConnection, UnixDomainSocketConnection, SentinelManagedConnection, SentinelManagedSSLConnection],
    ids=lambda kind: kind.__name__,
)
def test_every_kind_of_connection_keeps_its_writer_and_ends_alike(kind: type[AbstractConnection]) -> None:
    assert issubclass(kind, AbstractConnection)
    assert kind.disconnect is AbstractConnection.disconnect
    assert "nowait" in inspect.signature(kind.disconnect).parameters


def test_the_bounds_are_stated_and_hold() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (stated,) = map(Requirement, project["optional-dependencies"]["redis"])
    assert {specifier.operator for specifier in stated.specifier} == {">=", "<"}
    assert version("redis") in stated.specifier
