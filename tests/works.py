"""Work for the process of `test_apart`, which imports nothing else for it."""

import os
import signal
from pathlib import Path


def repeated(count: int, data: bytes) -> bytes:
    return data * count


def pid(data: bytes) -> bytes:
    return str(os.getpid()).encode()


def fails(data: bytes) -> bytes:
    raise ValueError(data.decode())


def fails_oddly(data: bytes) -> bytes:
    class OddError(Exception):
        pass

    raise OddError(data.decode())


def prints(data: bytes) -> bytes:
    print("in between", flush=True)
    return data


def dies(data: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def never_ends(data: bytes) -> bytes:
    Path(data.decode()).touch()
    while True:
        signal.pause()
