"""The frames of an HTTP/2 connection as they come, for whoever has to tell what of them was refused.

zttp reads them all, and says of what it refuses neither the frame nor the fields. So the bytes are cut here where
frames end (RFC 9113, section 4.1), and header blocks are kept undecoded until the fields of one are asked for. Nothing
is checked: that is zttp's part.
"""

import time
from array import array
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Final

import hpack

from .answers import REFUSED_HEAD_BYTES
from .turns import TURN_S

Fields = list[tuple[bytes, bytes]]

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 8, 9

ACK, END_STREAM, END_HEADERS, _PADDED, _HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends before its first frame (RFC 9113, section 3.4)."""

_NAMES: Final = (
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
    "CONTINUATION",
)  # fmt: skip

_HEAD_BYTES: Final = 9
_KEPT_DATA_BYTES: Final = 256
"""The bytes of a DATA frame that are kept: enough to recognise it."""

_MOST_BLOCK_BYTES: Final = 32 << 10
"""The bytes of header blocks that wait to be decoded: one head of the largest size, or thousands that repeat others."""


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def payloads(data: bytes, kind: int, stream: int) -> list[bytes]:
    """Of the whole frames in `data` that are of this kind and stream."""
    result = []
    while data:
        end = _HEAD_BYTES + int.from_bytes(data[:3])
        if data[3] == kind and int.from_bytes(data[5:_HEAD_BYTES]) == stream:
            result.append(data[_HEAD_BYTES:end])
        data = data[end:]
    return result


def block_start(data: bytes) -> int | None:
    """The first byte of the header block of the frame HEADERS that begins `data`; None where it is not here yet."""
    start = _HEAD_BYTES + bool(data[4] & _PADDED) + 5 * bool(data[4] & _HAS_PRIORITY)
    return data[start] if start < len(data) else None


class Frames:
    """Of one connection, behind its preface of `skipped` bytes.

    `kind`, `stream`, `length`: of the newest frame. `newest`: its bytes, as many as a record keeps. `begun_ns`: when
    the newest header block began, nanoseconds since 1970. `in_block`: whether it has not ended. `counts`: how many have
    come, by their names.
    """

    __slots__ = (
        "_block", "_blocks", "_flags", "_head", "_left", "begun_ns", "counts", "in_block", "kind", "length", "newest",
        "stream",
    )  # fmt: skip

    def __init__(self, blocks: "HeaderBlocks", skipped: int) -> None:
        self.kind = self.stream = self.length = self._flags = 0
        self.newest = b""
        self.begun_ns = 0
        self.counts: dict[str, int] = {}
        self.in_block = False
        self._blocks = blocks
        self._head = b""
        self._left = skipped
        self._block = b""

    @property
    def size(self) -> int:
        """Of the newest frame as a whole."""
        return _HEAD_BYTES + self.length

    @property
    def is_between(self) -> bool:
        """Whether a frame begins with what comes next."""
        return not self._left and not self._head

    @property
    def is_acknowledgement(self) -> bool:
        """Whether the newest frame is one of settings."""
        return self.kind == SETTINGS and bool(self._flags & ACK)

    @property
    def kind_name(self) -> str:
        """Of the newest frame."""
        return _NAMES[self.kind] if self.kind < len(_NAMES) else f"unknown ({self.kind})"

    @property
    def name(self) -> str:
        """The newest frame in words."""
        return f"a frame {self.kind_name} of {self.length} bytes on stream {self.stream}"

    def end(self, data: bytes, at: int) -> int:
        """Where the frame ends that begins or goes on at `at`, or the data, whichever is first."""
        start = at
        if not self._left:
            start = at + _HEAD_BYTES - len(self._head)
            self._head += data[at:start]
            if len(self._head) < _HEAD_BYTES:
                return len(data)
            self._begin(self._head)
            self._head = b""
        stop = min(len(data), start + self._left)
        self._left -= stop - start
        if self.newest:
            self._note(data[start:stop])
        return stop

    def _begin(self, head: bytes) -> None:
        self.newest = head
        self.length = self._left = int.from_bytes(head[:3])
        self.kind, self._flags = head[3], head[4]
        self.stream = int.from_bytes(head[5:]) & 0x7FFFFFFF
        name = self.kind_name
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.kind == HEADERS:
            self.begun_ns = time.time_ns()
            self.in_block = True
            self._block = b""

    def _note(self, payload: bytes) -> None:
        most = _KEPT_DATA_BYTES if self.kind == DATA else REFUSED_HEAD_BYTES
        if len(self.newest) < most:
            self.newest += payload[: most - len(self.newest)]
        if self.in_block and self.kind in (HEADERS, CONTINUATION):
            if len(self._block) <= _MOST_BLOCK_BYTES:
                self._block += payload
            if not self._left:
                self._end_fragment()

    def _end_fragment(self) -> None:
        if self.kind == HEADERS:
            self._block = _fragment(self._block, self._flags)
        if self._flags & END_HEADERS:
            self.in_block = False
            self._blocks.add(self._block)


def _fragment(payload: bytes, flags: int) -> bytes:
    """Of the payload of a frame HEADERS, without padding and priority (RFC 9113, section 6.2)."""
    end = len(payload)
    start = 0
    if flags & _PADDED and payload:
        start, end = 1, end - payload[0]
    if flags & _HAS_PRIORITY:
        start += 5
    return payload[start : max(start, end)]


class HeaderBlocks:
    """The header blocks of a connection, in their order, as they came. A block can only be read when all before it were
    (RFC 7541, section 2.2), which most connections never need."""

    __slots__ = ("_bytes", "_decoder", "_index", "_is_decoding", "_is_lost", "_loop", "_sizes", "_wanted")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._bytes = bytearray()
        self._sizes = array("I")
        self._index = 0
        self._wanted: dict[int, Callable[[Fields | None], None]] = {}
        self._decoder: hpack.Decoder | None = None
        self._is_decoding = False
        self._is_lost = False

    def add(self, block: bytes) -> None:
        if not self._is_lost:
            self._bytes += block
            self._sizes.append(len(block))
            if len(self._bytes) > _MOST_BLOCK_BYTES:
                self._give_up()

    def tell_newest(self, tell: Callable[[Fields | None], None]) -> None:
        """Call `tell` with the fields of the newest block, at once or after as many turns of the loop as it takes; with
        None where they cannot be told."""
        if not self._sizes:
            tell(None)
            return
        self._wanted[self._index + len(self._sizes) - 1] = tell
        if not self._is_decoding:
            self._decode()

    def _decode(self) -> None:
        self._is_decoding = False
        at, count, ends_at = 0, 0, time.perf_counter() + TURN_S
        read: list[tuple[Callable[[Fields | None], None], Fields]] = []
        decoder = self._decoder = self._decoder or hpack.Decoder(_MOST_BLOCK_BYTES)
        while len(self._wanted) > len(read) and not self._is_decoding:
            block = bytes(self._bytes[at : at + self._sizes[count]])
            try:
                fields = [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]
            except hpack.HPACKError:
                self._is_lost = True
                break
            if tell := self._wanted.get(self._index + count):
                read.append((tell, fields))
            at, count = at + len(block), count + 1
            self._is_decoding = time.perf_counter() > ends_at
        for index in range(self._index, self._index + count):
            self._wanted.pop(index, None)
        self._index += count
        del self._bytes[:at], self._sizes[:count]
        for tell, fields in read:
            tell(fields)
        if self._is_lost:
            self._give_up()
        elif self._is_decoding:
            self._loop.call_soon(self._decode)

    def _give_up(self) -> None:
        """What cannot be read makes all behind it unreadable."""
        self._is_lost = True
        wanted, self._wanted = self._wanted, {}
        del self._bytes[:], self._sizes[:]
        for tell in wanted.values():
            tell(None)
