"""The setting `--store`: what it takes, and what it says of what it does not."""

import sys
from pathlib import Path

import pytest

from echoscope.base.settings import SettingsError, load
from echoscope.log.places import Memory, is_open, place_at, without_secret
from echoscope.log.room import Room
from echoscope.main import create_app
from tests.cli.program import run

ROOM = Room(1 << 20)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("redis://localhost", "redis://localhost"),
        ("redis://user:secret@localhost:6380/3", "redis://localhost:6380/3"),
        ("rediss://:secret@example.org/", "rediss://example.org/"),
        ("rediss://example.org?ssl_cert_reqs=none", "rediss://example.org"),
        ("valkey://[::1]:6379", "valkey://[::1]:6379"),
        ("valkeys://example.org", "valkeys://example.org"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis+sentinel://a,b:26380/mymaster", "redis+sentinel://a,b:26380/mymaster"),
        ("valkeys+sentinel://u:secret@[::1]:1/m/2?sentinel_password=x", "valkeys+sentinel://[::1]:1/m/2"),
        ("unix://user:secret@/run/redis.sock?db=2&prefix=mine", "unix:///run/redis.sock"),
    ],
)
async def test_an_address_of_a_server_is_taken_and_shown_without_its_secret(address: str, name: str) -> None:
    place = place_at(address, ROOM)
    assert (place.name, place.is_shared) == (name, True)
    await place.close()


def test_without_an_address_logs_are_in_memory() -> None:
    assert isinstance(place_at("", ROOM), Memory)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("localhost:6379", "it takes redis://"),
        ("http://localhost", "it takes redis://"),
        ("memcached://localhost", "it takes redis://"),
        ("redis://", "names no host"),
        ("redis:///1", "names no host"),
        ("redis://localhost/first", "the number of a database, not 'first'"),
        ("redis://localhost:99999", "Port out of range"),
        ("redis://localhost:port", "Port could not be cast"),
        ("redis://localhost?colour=red", "a parameter that redis-py does not know"),
        ("redis://[::1", "Invalid IPv6"),
        ("redis+sentinel://localhost", "stands the name of the service"),
        ("redis+sentinel:///mymaster", "names no Sentinel"),
        ("redis+sentinel://a,,b/mymaster", "names no Sentinel"),
        ("redis+sentinel://localhost/mymaster/first", "the number of a database, not 'first'"),
        ("redis+sentinel://localhost/mymaster?colour=red", "a parameter that redis-py does not know"),
        ("unix+sentinel://localhost/mymaster", "it takes redis://"),
        ("unix://redis.sock", "begins with a slash"),
        ("unix://", "begins with a slash"),
        ("sqlite://", "stands the path of a file"),
        ("sqlite://log.db", "stands the path of a file"),
        ("sqlite:///", "stands the path of a file"),
        ("sqlite:///:memory:", "it is no file; without a store, exchanges stay in memory"),
        ("sqlite:///./:memory:", "it is no file"),
        ("sqlite:///no/such/log.db", "there is no directory 'no/such'; an absolute path has four slashes"),
        ("sqlite:////no/such/log.db", "there is no directory '/no/such'"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_a_reason(address: str, reason: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        create_app(load({}, store=address))
    text = str(refusal.value)
    assert reason in text
    assert text.startswith(f"--store: {address.partition('?')[0]!r} cannot be used: ")


def test_a_refusal_shows_no_password() -> None:
    done = run("serve", "--store", "redis://user:hunter2@localhost/first")
    assert done.returncode == 2
    assert done.stderr.startswith("echoscope: --store: 'redis://localhost/first' cannot be used")
    assert "hunter2" not in done.stderr
    assert without_secret("redis://:hunter2@h/1?password=hunter2") == "redis://h/1"


OPEN = [
    "redis://10.0.0.5",
    "rediss://r.example/1",
    "valkey://user@r.example:6380",
    "redis+sentinel://localhost,b/master",
]
GUARDED = [
    "", "sqlite:////tmp/log.db", "unix:///run/redis.sock", "redis://localhost", "redis://127.0.0.2:6380/1", "redis://[::1]",
    "redis://:hunter2@10.0.0.5", "redis://user:hunter2@r.example", "redis://r.example?password=hunter2",
    "rediss://r.example?ssl_certfile=/etc/c.pem", "redis+sentinel://localhost,127.0.0.1/master",
    "redis+sentinel://:hunter2@a,b/master",
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "is_so"), [*((address, True) for address in OPEN), *((address, False) for address in GUARDED)]
)
def test_a_store_is_open_that_strangers_may_reach_and_that_asks_for_nothing(address: str, is_so: bool) -> None:
    assert is_open(address) is is_so


def test_in_public_an_open_store_is_refused_unless_nobody_else_reaches_it(caplog: pytest.LogCaptureFixture) -> None:
    done = run("serve", "--host", "0.0.0.0", "--store", "redis://10.0.0.5?prefix=hunter2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("echoscope: --store: 'redis://10.0.0.5' has no password: whoever reaches it ")
    assert "--store-without-password (ECHOSCOPE_STORE_WITHOUT_PASSWORD=on)" in done.stderr
    environ = {"ECHOSCOPE_PROFILE": "public", "ECHOSCOPE_STORE": "redis://10.0.0.5"}
    with pytest.raises(SettingsError, match="has no password"):
        create_app(load(environ))
    allowed = create_app(load({**environ, "ECHOSCOPE_STORE_WITHOUT_PASSWORD": "on"}))
    assert allowed.logs.place.name == "redis://10.0.0.5"
    assert "password" not in caplog.text


def test_in_the_local_profile_an_open_store_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    create_app(load({}, store="redis://10.0.0.5"))
    assert "The store 'redis://10.0.0.5' has no password: whoever reaches it" in caplog.text


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "echoscope.log.redis.store", None)
    with pytest.raises(SettingsError, match=r"it needs the package redis: pip install 'echoscope\[redis\]'"):
        create_app(load({}, store="redis://localhost"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_text("something else, for sure: " * 100)
    with pytest.raises(ValueError, match="not a database"):
        place_at(f"sqlite:///{tmp_path}/log.db", ROOM)
