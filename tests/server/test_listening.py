"""Listening: which sockets, where they are found, and what is said when there are none."""

import socket

import pytest

from echoscope.server import listen, serve, urls
from echoscope.server.listen import listen_for
from tests.server.apps import report


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_port_0_takes_a_free_port() -> None:
    (listener,) = listen("127.0.0.1", 0)
    with listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert urls([listener]) == [f"http://127.0.0.1:{port}/"]
        socket.create_connection(("127.0.0.1", port)).close()


def test_several_processes_get_sockets_of_their_own_on_a_port_that_nobody_else_gets() -> None:
    first, second = listen_for(2, "127.0.0.1", 0)
    port = first[0].getsockname()[1]
    assert second[0].getsockname()[1] == port
    for refused in (lambda: listen("127.0.0.1", port), lambda: listen_for(2, "127.0.0.1", port)):
        with pytest.raises(OSError, match="Address already in use"):
            refused()
    first[0].close()
    socket.create_connection(("127.0.0.1", port)).close()
    second[0].close()


@pytest.mark.skipif(not has_ipv6(), reason="IPv6 is missing")
def test_an_empty_host_listens_on_both_families_with_one_port() -> None:
    listeners = listen("", 0)
    port = listeners[0].getsockname()[1]
    try:
        assert {listener.family for listener in listeners} == {socket.AF_INET, socket.AF_INET6}
        assert sorted(urls(listeners)) == [f"http://127.0.0.1:{port}/", f"http://[::1]:{port}/"]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port)).close()
    finally:
        for listener in listeners:
            listener.close()


def test_a_port_that_is_taken_is_told_before_anything_is_started(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            serve(report, port=port)
    assert caplog.records == []


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {host}:80"):
        listen(host, 80)
