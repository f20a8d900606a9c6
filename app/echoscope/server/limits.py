"""What one client may take from the server: bytes, lines, seconds. Values only; the protocols keep them."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one connection (sizes in bytes, times in seconds), and how many connections there may be.

    Where `base.settings` has a setting of the same name, the command takes the limit from there.

    `max_head_bytes`, `max_head_lines`: the request line with the header lines, and the header lines alone; chunked
    trailers may have as much again.
    `head_timeout`: from the connection, or from the first byte of a later request, to the end of the head,
    however many bytes trickle in between.
    `keep_alive_timeout`: how long a connection may stay idle after an answer.
    `max_body_bytes`: one request body. The two body timeouts run only while the app waits for the body:
    `body_idle_timeout` from the last byte, `body_total_timeout` over all waiting.
    `half_closed_s`: how long an answer may take to a client that has closed its sending side. It may still read, or be
    gone altogether, which only writing tells.
    `write_timeout`: how long unsent bytes may lie still before the connection is cut.
    `linger_bytes`, `linger_s`: how much is still read, and thrown away, after a last answer: a socket closed
    over unread bytes is reset, and many a client writes all it has before it reads.
    `max_connections`, `max_connections_per_client`: see `connections`; 0 for no bound of one client.
    `shared_addresses`: those behind which many clients are, which have no such bound. `reserved`: the beginning of
    paths that are answered beyond these limits, and whose WebSockets may be silent.
    `max_websocket_bytes`: one WebSocket message, inflated. `pong_backlog_bytes`: pongs that the client has not read.
    `websocket_idle_timeout`: how long a WebSocket may be without a message from either side; 0 for no such bound.
    """

    max_head_bytes: int = 32 * 1024
    max_head_lines: int = 100
    head_timeout: float = 5.0
    keep_alive_timeout: float = 5.0
    max_body_bytes: int = 16 * 1024 * 1024
    body_bytes_of_paths: Mapping[bytes, int] = {}
    body_idle_timeout: float = 10.0
    body_total_timeout: float = 30.0
    half_closed_s: float = 10.0
    write_timeout: float = 30.0
    linger_bytes: int = 16 * 1024 * 1024
    linger_s: float = 1.0
    max_connections: int = 1000
    max_connections_per_client: int = 0
    shared_addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    reserved: bytes | None = None
    max_websocket_bytes: int = 64 * 1024
    pong_backlog_bytes: int = 64 * 1024
    websocket_idle_timeout: float = 0.0

    def body_bytes(self, path: bytes) -> int:
        """The largest body of a request for this path, as it stands in the request line."""
        return self.body_bytes_of_paths.get(path, self.max_body_bytes)

    def is_reserved(self, path: bytes) -> bool:
        return self.reserved is not None and path.startswith(self.reserved)


DEFAULT_LIMITS = Limits()
