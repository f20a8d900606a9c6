"""Bytes made on demand: /bytes, /stream-bytes, /range, and the pages of /links."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from random import Random
from typing import Final

from ..endpoint.answers import AS_IT_COMES, BYTES, HTML, Answer, Headers, Reply, Stream, bounded
from ..endpoint.pacer import Pacer, portions, spread
from ..endpoint.parameters import seconds, whole_number
from ..endpoint.request import Request
from ..pages import render
from . import ranges
from .caching import condition
from .ranges import Span
from .redirects import found
from .streams import PIECE_BYTES

MAX_LINKS: Final = 200

MAX_PIECES: Final = 10_000
"""In one answer: each is a message for server and recorder."""

USUAL_CHUNK_BYTES: Final = 10_240

BOUNDARY: Final = b"echoscope-range"
"""Between the parts of several ranges. The content is of letters alone, so it never contains `--`."""

_ALPHABET: Final = b"abcdefghijklmnopqrstuvwxyz"


async def random_bytes(request: Request) -> Reply:
    """httpbin's clamp: more than the largest body is the largest body."""
    size, headers = _wanted(request)
    return Stream(headers=headers, pieces=_random(size, _seeded(request), PIECE_BYTES), size=size)


async def stream_bytes(request: Request) -> Reply:
    """The same without a length announced, in pieces of `chunk_size`."""
    size, headers = _wanted(request)
    return Stream(headers=headers, pieces=_random(size, _seeded(request), _chunk_size(request, size)))


def _wanted(request: Request) -> tuple[int, Headers]:
    """How many bytes the answer has, and its headers."""
    wanted, most = whole_number(request.parameters["n"], "n"), request.settings.max_generated_bytes
    return min(wanted, most), [BYTES, *bounded(wanted, most, "bytes")]


def _seeded(request: Request) -> Random | None:
    seed = request.option("seed")
    return None if seed is None else Random(whole_number(seed, "seed", -(1 << 53)))


def _chunk_size(request: Request, size: int, usual: int = USUAL_CHUNK_BYTES) -> int:
    """Large enough for `MAX_PIECES`. What is not above zero stands for `usual`, as with the peers."""
    least = -(-size // MAX_PIECES) or 1
    chunk_size = whole_number(request.option("chunk_size") or "0", "chunk_size", -(1 << 53))
    if chunk_size <= 0:
        return max(usual, least)
    return whole_number(str(chunk_size), "chunk_size", least)


async def _random(size: int, seeded: Random | None, piece_bytes: int) -> AsyncGenerator[bytes]:
    for start in range(0, size, piece_bytes):
        count = min(piece_bytes, size - start)
        yield os.urandom(count) if seeded is None else drawn(seeded, count)
        await asyncio.sleep(0)


def drawn(seeded: Random, count: int) -> bytes:
    """The bytes of `randint(0, 255)` called `count` times, as httpbin draws them.

    Python draws a number below 256 from nine bits, and draws again when it is too large.
    """
    bits = seeded.getrandbits
    data = bytearray()
    while len(data) < count:
        number = bits(9)
        if number < 256:
            data.append(number)
    return bytes(data)


async def ranged(request: Request) -> Reply:
    """The alphabet over and over, of which any ranges can be had: by GET, for which alone they are defined (RFC 9110,
    section 14.2)."""
    size = whole_number(request.parameters["n"], "n", 1, request.settings.max_generated_bytes)
    duration_s = seconds(request.option("duration") or "0", "duration", request.settings.max_duration)
    chunk_size = _chunk_size(request, size, usual=1 if duration_s else USUAL_CHUNK_BYTES)
    etag = f"range{size}"
    headers: Headers = [(b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    decided = condition(request, etag)
    if decided is not None:
        return Answer(status=decided, headers=headers if decided == 304 else [])
    is_ranged = request.method == "GET" and ranges.is_current(request.header(b"if-range"), etag)
    try:
        spans = ranges.requested(request.header(b"range"), size) if is_ranged else None
    except ranges.Unsatisfiable:
        return Answer(status=416, headers=[*headers, (b"content-range", b"bytes */%d" % size)])
    content, more = _content(spans or [Span(0, size - 1)], size)
    if duration_s:
        more.append(AS_IT_COMES)
        pieces = _paced(await request.pacer(), content, chunk_size, duration_s)
    else:
        pieces = _at_once(content)
    return Stream(status=206 if spans else 200, headers=[*headers, *more], pieces=pieces, size=content.size)


class Content:
    """Literal bytes and spans of the alphabet, one after the other; made only when they are read."""

    def __init__(self, parts: list[bytes | Span]) -> None:
        self._parts = parts
        self.size = sum(_size(part) for part in parts)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, in pieces."""
        for part in self._parts:
            stop = min(end, _size(part))
            while start < stop:
                until = min(start + PIECE_BYTES, stop)
                yield part[start:until] if isinstance(part, bytes) else letters(part.first + start, until - start)
                start = until
            start, end = start - _size(part), end - _size(part)


def _size(part: bytes | Span) -> int:
    return len(part) if isinstance(part, bytes) else part.size


def letters(first: int, count: int) -> bytes:
    start = first % 26
    return (_ALPHABET * ((start + count) // 26 + 1))[start : start + count]


def _content(spans: list[Span], size: int) -> tuple[Content, Headers]:
    """One span as it is, several as `multipart/byteranges` (RFC 9110, section 14.6)."""
    if len(spans) == 1:
        return Content([spans[0]]), [BYTES, (b"content-range", spans[0].content_range(size).encode())]
    parts: list[bytes | Span] = []
    for span in spans:
        parts += [_part_head(span, size), span]
    return Content([*parts, b"\r\n--%b--\r\n" % BOUNDARY]), [
        (b"content-type", b"multipart/byteranges; boundary=" + BOUNDARY)
    ]


def _part_head(span: Span, size: int) -> bytes:
    head = b"\r\n--%b\r\nContent-Type: application/octet-stream\r\nContent-Range: %b\r\n\r\n"
    return head % (BOUNDARY, span.content_range(size).encode())


async def _at_once(content: Content) -> AsyncGenerator[bytes]:
    for piece in content.read(0, content.size):
        yield piece


async def _paced(pacer: Pacer, content: Content, chunk_size: int, duration_s: float) -> AsyncGenerator[bytes]:
    counts = portions(-(-content.size // chunk_size), duration_s)
    times_s = spread(len(counts), duration_s) if len(counts) > 1 else [duration_s]
    start = 0
    async for index in pacer.moments(times_s):
        end = min(start + counts[index] * chunk_size, content.size)
        for piece in content.read(start, end):
            yield piece
        start = end


def links(request: Request) -> Answer:
    count = whole_number(request.parameters["n"], "n", 1, MAX_LINKS)
    return found(f"{request.root}/links/{count}/0")


def links_page(request: Request) -> Answer:
    count = whole_number(request.parameters["n"], "n", 1, MAX_LINKS)
    offset = whole_number(request.parameters["offset"], "offset", 0, MAX_LINKS)
    html = render("httpbin/links.html", request.root, {"count": count, "offset": offset})
    return Answer(headers=[HTML], body=html.encode())
