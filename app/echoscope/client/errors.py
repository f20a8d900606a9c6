"""What can go wrong with an Echoscope that is asked, as a tree:

EchoscopeError
├── Unreachable      nobody answers there, or the connection was lost
├── Refused          the server answered with an error: `status`, and `detail` says why
│   ├── NotAllowed   401, 403, 421: the token is missing or wrong, or the name is not the server's
│   ├── NotKept      404: there is no such exchange or bin, or no longer
│   └── Full         409, 503: a bound is reached, or a name is taken
├── NotEchoscope     what answers there is something else
└── NothingCame      a wait was in vain: `place` is where to go on
"""

from typing import Any, Final

import msgspec

from .shapes import Place


class EchoscopeError(Exception):
    """Anything that this client raises. Its text is a sentence for people."""


class Unreachable(EchoscopeError):
    """Nobody answers at the address, or the connection was lost."""


class Refused(EchoscopeError):
    """The server answered with an error. `detail`: its own sentence about it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{detail} ({status})")
        self.status = status
        self.detail = detail


class NotAllowed(Refused):
    """The token is missing or wrong, or the server is asked under a name that is not its own."""


class NotKept(Refused):
    """There is no such exchange or bin, or no longer."""


class Full(Refused):
    """A bound of the server is reached: readers of the feed, clients that wait, pins, bins; or a bin has this name."""


class NotEchoscope(EchoscopeError):
    """What answers at the address is not an Echoscope, or one of another time."""


class NothingCame(EchoscopeError, TimeoutError):
    """Nothing that was waited for came in time. `place`: up to where was searched; the next wait goes on there."""

    def __init__(self, q: str, timeout_s: float, place: Place) -> None:
        wanted = f"Nothing that {q!r} finds" if q else "Nothing"
        super().__init__(f"{wanted} came within {timeout_s:g} s.")
        self.place = place


_BY_STATUS: Final[dict[int, type[Refused]]] = {
    **dict.fromkeys((401, 403, 421), NotAllowed),
    404: NotKept,
    **dict.fromkeys((409, 503), Full),
}


class _Problem(msgspec.Struct):
    """An error as Echoscope gives it (RFC 9457)."""

    title: str
    status: int
    detail: str


def refusal(status: int, body: bytes, url: str) -> EchoscopeError:
    """The error for an answer that is none of success."""
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if status >= 500:
            return Unreachable(f"The Echoscope at {url} cannot be reached: a server in front of it says {status}.")
        return NotEchoscope(f"What answers at {url} is not an Echoscope: it says {status}.")
    return _BY_STATUS.get(status, Refused)(status, problem.detail)


def unreadable(url: str, error: Any) -> NotEchoscope:
    """The error for an answer of success that cannot be read."""
    return NotEchoscope(f"What answers at {url} is not an Echoscope, or one of another version: {error}.")
