"""Content codings undone (RFC 9110, section 8.4): one layer, within limits, on demand.

50 MiB of zeros are 50 kB of gzip and 253 bytes of gzip in gzip: so only the outermost layer is undone, at most
1 MiB comes out, and from small bodies not more than 100 times what went in. `DECODERS` holds what this
installation can undo; brotli and zstandard are in it where their packages are installed.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, Literal, Protocol

import msgspec

MAX_DECODED_BYTES: Final = 1 << 20
MAX_RATIO: Final = 100
UNSUSPICIOUS_BYTES: Final = 64 << 10
"""What may come out whatever the ratio: much repetition in a small body is common, and harmless."""

Decoder = Callable[[bytes, int], tuple[bytes, bool]]
"""Gives at most a little more than the limit of decoded bytes, and whether the end of the data was seen.

Raises `CodingError`, with what came out before the fault, for data that is not of the coding.
"""

State = Literal["whole", "stopped", "cut", "failed", "unknown", "nested"]


class CodingError(ValueError):
    """The data is not what its coding says."""

    def __init__(self, reason: str, decoded: bytes) -> None:
        super().__init__(reason)
        self.decoded = decoded


class Coding(msgspec.Struct, frozen=True):
    """What became of the codings `names`.

    `undone`: the one that was undone, None when none was. `state`: `whole`; `nested`: whole, but
    other codings are left; `stopped` at a limit; `cut`: the data ended early; `failed`: it is not of that coding;
    `unknown`: this installation cannot undo it. `detail`: one sentence unless whole.
    """

    names: list[str]
    undone: str | None
    state: State
    detail: str | None


def undo(content: bytes, names: list[str]) -> tuple[bytes, Coding | None]:
    """The content without its last coding, or as it is when that cannot be undone; None without codings."""
    names = [name for name in names if name != "identity"]
    if not names or not content:
        return content, None
    coding = _ALIASES.get(names[-1], names[-1])
    decoder = DECODERS.get(coding)
    if decoder is None:
        return content, Coding(names, None, "unknown", _why_unknown(coding))
    limit = min(MAX_DECODED_BYTES, max(UNSUSPICIOUS_BYTES, MAX_RATIO * len(content)))
    try:
        decoded, is_whole = decoder(content, limit)
    except CodingError as error:
        detail = f"This {coding} data is damaged: {error}." if error.decoded else f"This is not {coding}: {error}."
        return error.decoded or content, Coding(names, coding if error.decoded else None, "failed", detail)
    if len(decoded) > limit:
        detail = f"Decoding stopped after {limit:,} bytes."
        return decoded[:limit], Coding(names, coding, "stopped", detail)
    if not is_whole:
        detail = f"The {coding} data ends before its end."
        return decoded or content, Coding(names, coding if decoded else None, "cut", detail)
    return decoded, _finished(names, coding)


def _finished(names: list[str], coding: str) -> Coding:
    if len(names) == 1:
        return Coding(names, coding, "whole", None)
    rest = ", ".join(names[:-1])
    return Coding(names, coding, "nested", f"Only one layer is undone; what is shown is still coded: {rest}.")


def _why_unknown(coding: str) -> str:
    if coding in _PACKAGES:
        return f"{coding} is not undone here: that needs the Python package {_PACKAGES[coding]}."
    return f"{coding[:40]!r} is no coding that can be undone here."


class Member(Protocol):
    """One stretch of coded data. `rest`: what stands behind its end, once `is_finished`."""

    rest: bytes

    @property
    def is_finished(self) -> bool: ...

    def pieces(self, data: bytes, limit: int) -> Iterator[bytes]:
        """What comes out, each piece not much longer than `limit`. Raises ValueError for damaged data."""


class _Inflating:
    """zlib, gzip or raw deflate data (RFC 1950 to 1952), in small pieces: what came before a fault is not lost."""

    _PIECE = 4096

    def __init__(self, window_bits: int) -> None:
        self._object = zlib.decompressobj(window_bits)
        self.rest = b""

    @property
    def is_finished(self) -> bool:
        return self._object.eof

    def pieces(self, data: bytes, limit: int) -> Iterator[bytes]:
        for start in range(0, len(data), self._PIECE):
            yield from self._inflated(data[start : start + self._PIECE], limit)
            if self._object.eof:
                self.rest = self._object.unused_data + data[start + self._PIECE :]
                return

    def _inflated(self, data: bytes, limit: int) -> Iterator[bytes]:
        """What a piece gives; of a damaged one, what its bytes give one by one up to the fault."""
        before = self._object.copy()
        try:
            yield self._object.decompress(data, limit)
        except zlib.error as error:
            with suppress(zlib.error):
                for byte in data:
                    yield before.decompress(bytes([byte]), limit)
            raise ValueError(str(error).partition(": ")[2] or str(error)) from error


class _Brotli:
    """RFC 7932. The package keeps to a limit within 32 KiB, which is near enough."""

    def __init__(self) -> None:
        self._object = _brotli.Decompressor()
        self.rest = b""

    @property
    def is_finished(self) -> bool:
        return bool(self._object.is_finished())

    def pieces(self, data: bytes, limit: int) -> Iterator[bytes]:
        try:
            piece = self._object.process(data, output_buffer_limit=limit)
            while piece:
                yield piece
                piece = self._object.process(b"", output_buffer_limit=limit)
        except _brotli.error as error:
            raise ValueError("the data makes no sense") from error


class _Zstandard:
    """RFC 8878, with the window of at most 8 MiB that RFC 9659 sets for content codings.

    The package has no limit for what comes out, so the data goes in by 64 bytes: of those a frame can make
    2 MiB, not more.
    """

    _PIECE = 64

    def __init__(self) -> None:
        self._object = _zstandard.ZstdDecompressor(max_window_size=8 << 20).decompressobj()
        self.rest = b""

    @property
    def is_finished(self) -> bool:
        return bool(self._object.eof)

    def pieces(self, data: bytes, limit: int) -> Iterator[bytes]:
        for start in range(0, len(data), self._PIECE):
            try:
                yield self._object.decompress(data[start : start + self._PIECE])
            except _zstandard.ZstdError as error:
                raise ValueError("the data makes no sense, or asks for too much memory") from error
            if self._object.eof:
                self.rest = self._object.unused_data + data[start + self._PIECE :]
                return


def _gzip(data: bytes, limit: int) -> tuple[bytes, bool]:
    return _members(data, limit, lambda: _Inflating(31))


def _deflate(data: bytes, limit: int) -> tuple[bytes, bool]:
    """The zlib format, or the raw one that some clients send under this name (RFC 9110, section 8.4.1.2)."""
    is_zlib = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return _members(data, limit, lambda: _Inflating(15 if is_zlib else -15))


def _members(data: bytes, limit: int, make: Callable[[], Member]) -> tuple[bytes, bool]:
    """All members of the data, one after the other (RFC 1952, section 2.2). Zeros behind the last one are padding."""
    decoded = bytearray()
    while data.strip(b"\0"):
        member = make()
        try:
            for piece in member.pieces(data, limit + 1 - len(decoded)):
                decoded += piece
                if len(decoded) > limit:
                    return bytes(decoded), False
        except ValueError as error:
            raise CodingError(str(error), bytes(decoded)) from error
        if not member.is_finished:
            return bytes(decoded), False
        data = member.rest
    return bytes(decoded), True


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _has_limit(brotli: Any) -> bool:
    """Whether this brotli can be told where to stop (1.2 and later)."""
    try:
        brotli.Decompressor().process(b"", output_buffer_limit=1)
    except (AttributeError, TypeError):
        return False
    return True


_brotli: Final = _package("brotli")
_zstandard: Final = _package("zstandard")
_PACKAGES: Final = {"br": "brotli 1.2", "zstd": "zstandard"}
_ALIASES: Final = {"x-gzip": "gzip"}

DECODERS: Final[dict[str, Decoder]] = {"gzip": _gzip, "deflate": _deflate}
"""Coding names, as they stand in Content-Encoding, and what undoes them."""

if _has_limit(_brotli):
    DECODERS["br"] = lambda data, limit: _members(data, limit, _Brotli)
if _zstandard is not None:
    DECODERS["zstd"] = lambda data, limit: _members(data, limit, _Zstandard)
