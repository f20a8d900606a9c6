"""Listening sockets from a host and a port, before anything else is started: a taken port is the caller's to tell."""

import errno
import os
import socket
import sys
from typing import Any

if sys.platform != "win32":
    import resource

BACKLOG = 2048

_OTHER_DESCRIPTORS = 100
"""Files, listening sockets, the event loop's own."""

_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listen_for(count: int, host: str, port: int) -> list[list[socket.socket]]:
    """The sockets of `listen` for each of `count` processes.

    Linux shares the connections out among those that listen on one port; elsewhere all processes have the same
    sockets, and who is quickest takes most. Whoever opens them keeps them open, so that what waits in the queue of a
    process that dies is taken by the one that follows it. Raises `OSError` as `listen` does.
    """
    sockets = listen(host, port)
    if sys.platform != "linux":
        return [sockets] * count
    number = sockets[0].getsockname()[1]
    for listener in sockets:  # has shown that the port is nobody else's: shared ones would join others
        listener.close()
    return [listen(host, number, is_shared=True) for _ in range(count)]


def listen(host: str, port: int, *, is_shared: bool = False) -> list[socket.socket]:
    """One socket for each address that `host` stands for; an empty host stands for all of this machine.

    Port 0 takes a free one, the same for all. Raises `OSError` with a message for people when the host is
    unknown or an address of it cannot be listened on; nothing stays open then. Addresses that this machine
    does not have (IPv6, mostly) are left out while another remains.
    """
    sockets: list[socket.socket] = []
    try:
        _open(host, port, sockets, is_shared)
    except OSError as error:
        for listener in sockets:
            listener.close()
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot listen on {_pair(host or '*', port)}: {reason}") from error
    return sockets


def _open(host: str, port: int, sockets: list[socket.socket], is_shared: bool) -> None:
    absent: OSError | None = None
    addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, *_, address in dict.fromkeys(addresses):
        # The first socket has found the free port that the others must have too.
        number = port or (sockets[0].getsockname()[1] if sockets else 0)
        try:
            sockets.append(_listen_on(family, (address[0], number, *address[2:]), is_shared))
        except OSError as error:
            if error.errno not in _ABSENT:
                raise
            absent = error
    if absent is not None and not sockets:
        raise absent


def _listen_on(family: int, address: tuple[Any, ...], is_shared: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def urls(sockets: list[socket.socket], scheme: str = "http") -> list[str]:
    """Where a client on this machine finds the sockets, in their order."""
    return [f"{scheme}://{_authority(*listener.getsockname()[:2])}/" for listener in sockets]


def _authority(host: str, port: int) -> str:
    return _pair({"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)


def _pair(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def allow_descriptors(connections: int) -> None:
    """Let the process have so many connections, as far as the system lets it: the usual limit is 1,024 open files, and
    beyond that nobody is accepted any more, whoever it is."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
