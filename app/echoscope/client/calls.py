"""What is asked of the API, and how the answer is read: the same for a client that waits and for one that awaits."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import msgspec

from .errors import Full, unreadable
from .shapes import Awaited, Exchange, Format, Imported, Info, Marks, Page, Pins, Place, decode

T = TypeVar("T")

MAX_WAIT_S: Final = 60.0
"""How long the server lets a client wait; longer waits are several."""

Start = Place | int | None
"""Where to begin: a place, a seq of today's log, or with what comes next."""


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One request. `path`: below the API of a log, or of the whole server where it `is_of_site`. `read`: makes the
    result of the body of an answer of success. `takes_s`: how long the answer may take beyond what a connection may."""

    method: str
    path: str
    read: Callable[[bytes], T]
    params: dict[str, str] = msgspec.field(default_factory=dict)
    content: bytes | None = None
    takes_s: float = 0
    is_of_site: bool = False


def reader(shape: type[T]) -> Callable[[bytes], T]:
    """What reads JSON as this struct."""
    return lambda body: decode(body, shape)


def nothing(body: bytes) -> None:
    """The answer says nothing that is not known."""


def _given(**params: Any) -> dict[str, str]:
    """Parameters that have a value, flags as 1 and 0."""
    return {
        name: str(int(value) if isinstance(value, bool) else value) for name, value in params.items() if value != ""
    }


def _exchange(exchange_id: str, *more: str) -> str:
    return "/".join(["exchanges", quote(exchange_id, safe=""), *more])


def where(start: Start) -> dict[str, Any]:
    """A place as parameters."""
    if start is None:
        return {}
    return {"after": start} if isinstance(start, int) else {"after": start.seq, "epoch": start.epoch}


def info() -> Call[Info]:
    return Call("GET", "info", reader(Info))


def place_of(info: Info) -> Place:
    """Where the log stands. Raises `Full`, as everything does that asks for the log, while its store is away."""
    place = info.place
    if place is None:
        raise Full(503, f"The store cannot be reached now: {info.store_fault}.")
    return place


def page(q: str, limit: int, before: int | None, after: int, *, reveal: bool) -> Call[Page]:
    more = {} if before is None else {"before": before}
    return Call("GET", "exchanges", reader(Page), _given(q=q, limit=limit, after=after, reveal=reveal, **more))


def get(exchange_id: str, *, reveal: bool) -> Call[Exchange]:
    return Call("GET", _exchange(exchange_id), reader(Exchange), _given(reveal=reveal))


def wait(q: str, start: Start, timeout_s: float, *, reveal: bool) -> Call[None]:
    """One wait, of `MAX_WAIT_S` at most; `read_wait` reads its answer, headers and all."""
    timeout_s = max(0.0, min(timeout_s, MAX_WAIT_S))
    params = _given(q=q, timeout=f"{timeout_s:.3f}", reveal=reveal, **where(start))
    return Call("GET", "exchanges/wait", nothing, params, takes_s=timeout_s)


class WaitAnswer(msgspec.Struct, frozen=True):
    """`awaited`: None when nothing came. `place`: from where to go on. `missed`: so far, of all waits together."""

    awaited: Awaited | None
    place: Place
    missed: int | None


class _Found(msgspec.Struct):
    exchange: Exchange


def read_wait(headers: Mapping[str, str], body: bytes, missed_before: int | None, url: str) -> WaitAnswer:
    """Raises `NotEchoscope` for what is no answer to a wait."""
    try:
        place = Place(headers["x-echoscope-epoch"], int(headers["x-echoscope-after"]))
        told = headers["x-echoscope-missed"]
        missed = None if told == "unknown" or missed_before is None else missed_before + int(told)
        awaited = Awaited(decode(body, _Found).exchange, place, missed) if body else None
    except (KeyError, ValueError, msgspec.DecodeError) as error:
        raise unreadable(url, error) from error
    return WaitAnswer(awaited, place, missed)


def delete(exchange_id: str) -> Call[None]:
    return Call("DELETE", _exchange(exchange_id), nothing)


def clear() -> Call[None]:
    return Call("DELETE", "exchanges", nothing)


def pin(exchange_id: str) -> Call[Marks]:
    return Call("PUT", _exchange(exchange_id, "pin"), reader(Marks))


def unpin(exchange_id: str) -> Call[Marks]:
    return Call("DELETE", _exchange(exchange_id, "pin"), reader(Marks))


def note(exchange_id: str, text: str) -> Call[Marks]:
    return Call("PUT", _exchange(exchange_id, "note"), reader(Marks), content=msgspec.json.encode({"note": text}))


def pins(*, reveal: bool) -> Call[Pins]:
    return Call("GET", "pins", reader(Pins), _given(reveal=reveal))


def code(exchange_id: str, language: str, *, reveal: bool) -> Call[bytes]:
    return Call("GET", _exchange(exchange_id, "code", quote(language, safe="")), bytes, _given(reveal=reveal))


def export(format: Format, q: str, ids: Iterable[str] | None, limit: int | None, *, reveal: bool) -> Call[bytes]:
    """The file as a stream: `read` is not asked."""
    params = _given(q=q, reveal=reveal, **({} if limit is None else {"limit": limit}))
    if ids is not None:
        params = {"ids": ",".join(ids), "reveal": str(int(reveal))}
    return Call("GET", f"export.{format}", bytes, params)


def import_file(content: bytes, takes_s: float) -> Call[Imported]:
    return Call("POST", "import", reader(Imported), content=content, takes_s=takes_s)
