"""A fresh parser for an HTTP/2 connection that goes on.

zttp takes 4,096 requests on one connection, then it breaks it off. To end the connection before that would cost
answers: a client that always waits for some answer has no moment at which it may be told, and many a client gives up
what it waits for when it is told (whatever is made with python-h2, so httpx). So the parser is replaced, between two
requests, and the client does not notice. What a parser remembers beyond its streams is little:

    what the client has set        told again to the new one
    the compression of requests    the client is asked to begin anew: no memory for it, and then as much as before
    the compression of answers     zttp's encoder remembers nothing
    room for answers               of the connection; the new one is brought to what the old one has left
    room for bodies                what the old one had not yet given back to the client, it is given back now
"""

from typing import Final

import zttp

from .frames import DATA, END_HEADERS, END_STREAM, HEADERS, PREFACE, SETTINGS, WINDOW_UPDATE, frame, payloads

NO_MEMORY: Final = frame(SETTINGS, 0, 0, b"\x00\x01" + (0).to_bytes(4))
FULL_MEMORY: Final = frame(SETTINGS, 0, 0, b"\x00\x01" + (4096).to_bytes(4))
"""SETTINGS_HEADER_TABLE_SIZE, and what zttp announces of it."""

BEGINS_ANEW: Final = 0x20
"""The first byte of the header block of a client that has done as it was asked: "dynamic table size update" to 0 (RFC
7541, section 6.3)."""

_GET: Final = b"\x82\x84\x86"
"""A request that needs no memory: GET, `/` and http, from the static table."""

_LAST_POSSIBLE_STREAM: Final = (1 << 31) - 1

_PROBE: Final = bytes(1 << 14)
"""As much of a body as one frame may hold."""


def renewed(old: zttp.H2Connection, settings: dict[int, int], last_stream: int) -> tuple[zttp.H2Connection, bytes]:
    """A parser that goes on behind the request on `last_stream`, and what is to be sent to the client with it.

    `old` owes no answer, is between two frames, has nothing more to send, and is of no use afterwards. `settings`: what
    the client has set, by their numbers.
    """
    new = zttp.Connection(zttp.SERVER, protocol=zttp.HTTP2)
    new.initiate_connection()
    client_settings = b"".join(number.to_bytes(2) + value.to_bytes(4) for number, value in settings.items())
    _feed(new, PREFACE + frame(SETTINGS, 0, 0, client_settings))
    _feed(new, frame(HEADERS, END_STREAM | END_HEADERS, last_stream, _GET))
    stream = new.stream(last_stream)
    stream.send_response(200, [])
    missing = old.send_window - new.send_window
    if missing > 0:
        _feed(new, frame(WINDOW_UPDATE, 0, 0, missing.to_bytes(4)))
    elif missing < 0:
        _use_up(new, stream, -missing)
    stream.end_message()
    new.data_to_send()  # of all this nothing is for the client
    credit = _credit(old)
    return new, frame(WINDOW_UPDATE, 0, 0, credit.to_bytes(4)) if credit else b""


def _use_up(connection: zttp.H2Connection, stream: zttp.Stream, size: int) -> None:
    """So much of the room for answers."""
    if (missing := size - (stream.send_window or 0)) > 0:
        _feed(connection, frame(WINDOW_UPDATE, 0, stream.stream_id, missing.to_bytes(4)))
    stream.send_data(bytes(size))


def _credit(old: zttp.H2Connection) -> int:
    """The bytes of bodies that `old` has read and not yet given back: it does so when they are enough, so a body is
    sent to it until they are."""
    _feed(old, frame(HEADERS, END_HEADERS, _LAST_POSSIBLE_STREAM, _GET))
    for sent in range(len(_PROBE), 5 * len(_PROBE), len(_PROBE)):
        _feed(old, frame(DATA, 0, _LAST_POSSIBLE_STREAM, _PROBE))
        if given := payloads(old.data_to_send(), WINDOW_UPDATE, 0):
            return int.from_bytes(given[0]) - sent
    return 0


def _feed(connection: zttp.H2Connection, data: bytes) -> None:
    connection.receive_data(data)
    while connection.next_event() is not zttp.NEED_DATA:
        pass
