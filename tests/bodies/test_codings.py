"""Content codings are undone within limits, and what became of them is said."""

import gzip
import random
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from echoscope.insight.bodies.codings import DECODERS, MAX_DECODED_BYTES, UNSUSPICIOUS_BYTES, undo

brotli: Any = import_module("brotli")
zstandard: Any = import_module("zstandard")

TEXT = b"How fast can a lazy dog jump? " * 50
RAW_DEFLATE = zlib.compressobj(wbits=-15)

CODED = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": ("x-gzip", gzip.compress(TEXT)),
    "gzip in members": ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
    "gzip with padding": ("gzip", gzip.compress(TEXT) + b"\0" * 100),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "raw deflate": ("deflate", RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()),
    "brotli": ("br", brotli.compress(TEXT)),
    "zstd": ("zstd", zstandard.compress(TEXT)),
    "zstd in frames": ("zstd", zstandard.compress(TEXT[:100]) + zstandard.compress(TEXT[100:])),
}


@pytest.mark.parametrize("name", CODED)
def test_a_coding_is_undone(name: str) -> None:
    coding, content = CODED[name]
    decoded, undone = undo(content, [coding])
    assert decoded == TEXT
    assert undone is not None
    assert (undone.undone, undone.state, undone.detail) == (coding.removeprefix("x-"), "whole", None)


@pytest.mark.parametrize("name", CODED)
def test_data_that_ends_early_gives_what_there_is(name: str) -> None:
    coding, content = CODED[name]
    decoded, undone = undo(content[:-30] if "frames" not in name else content[:-5], [coding])
    assert undone is not None
    if "padding" not in name:
        assert undone.state == "cut"
        assert undone.detail
    assert TEXT.startswith(decoded) or undone.undone is None


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw deflate", "brotli", "zstd"])
def test_damaged_data_never_fails(name: str) -> None:
    coding, content = CODED[name]
    rng = random.Random(1)
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] ^= rng.randrange(1, 256)
        _, undone = undo(bytes(damaged), [coding])
        assert undone is not None
        assert undone.state in ("whole", "cut", "failed", "stopped")


def test_what_came_before_a_fault_is_shown() -> None:
    content = gzip.compress(TEXT)
    decoded, undone = undo(content[:-8] + b"\0" * 8, ["gzip"])
    assert decoded == TEXT
    assert undone is not None
    assert (undone.undone, undone.state) == ("gzip", "failed")
    assert undone.detail == "This gzip data is damaged: incorrect data check."


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=1),
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_stops_at_its_limit_in_little_time_and_memory(coding: str) -> None:
    bomb = BOMBS[coding](bytes(50 << 20))
    tracemalloc.start()
    began = time.thread_time()
    decoded, undone = undo(bomb, [coding])
    took = time.thread_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert undone is not None
    assert undone.state == "stopped"
    assert undone.detail == f"Decoding stopped after {len(decoded):,} bytes."
    assert UNSUSPICIOUS_BYTES <= len(decoded) <= MAX_DECODED_BYTES
    assert peak < 12 << 20
    assert took < 2


def test_a_bomb_in_a_bomb_is_opened_once() -> None:
    bomb = gzip.compress(bytes(50 << 20))
    decoded, undone = undo(gzip.compress(bomb), ["gzip", "gzip"])
    assert decoded == bomb
    assert undone is not None
    assert undone.state == "nested"
    assert undone.detail == "Only one layer is undone; what is shown is still coded: gzip."


def test_much_repetition_in_a_small_body_is_no_bomb() -> None:
    decoded, undone = undo(gzip.compress(b"a" * 60_000), ["gzip"])
    assert len(decoded) == 60_000
    assert undone is not None
    assert undone.state == "whole"


@pytest.mark.parametrize("names", [[], ["identity"]])
def test_without_a_coding_nothing_is_undone(names: list[str]) -> None:
    assert undo(b"abc", names) == (b"abc", None)


@pytest.mark.parametrize("name", ["compress", "aws-chunked", "", "x" * 100])
def test_an_unknown_coding_leaves_the_bytes(name: str) -> None:
    content, undone = undo(b"abc", [name])
    assert content == b"abc"
    assert undone is not None
    assert (undone.undone, undone.state) == (None, "unknown")
    assert undone.detail


def test_a_coding_whose_package_is_absent_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(DECODERS, "br")
    _, undone = undo(brotli.compress(TEXT), ["br"])
    assert undone is not None
    assert undone.detail == "br is not undone here: that needs the Python package brotli 1.2."
