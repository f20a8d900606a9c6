"""The rows of a log in Redis (`scripts/log.lua` says what they are): made of items, and read as records."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Self

import msgspec

from ..items import REFUSED, RUN, Put, alone, are_free, forms_of, kind_of, pack, unpack
from ..store import Cleared, Deleted, Listed, Outlined
from ..stored import whole

RUN_BYTES: Final = 256 << 10
"""How many bytes may share a row: to read one exchange costs as much as to read all of its row."""

SHARED: Final = "n"
"""The flag of a run."""

LARGE: Final = "wbq"
"""The flags of exchanges whose wholes stand beside their data."""

LEFT: Final = "pq"
"""The flags of exchanges of which only the pin is left."""

_encode: Final = msgspec.msgpack.Encoder().encode
_ids: Final = msgspec.msgpack.Decoder(list[str])
_row: Final = msgspec.msgpack.Decoder(tuple[str, int, list[int]])
_forms: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])
_NOTHING: Final = msgspec.msgpack.encode(None)
"""What stands in a run in the place of an exchange that is no longer in the log."""


class Row(NamedTuple):
    """A row to put, in the words of `put.lua`."""

    flag: str
    ids: list[str]
    sizes: list[int]
    data: bytes
    whole: bytes | None = None

    @property
    def words(self) -> list[bytes]:
        """The arguments that tell of it."""
        words = [_encode(self.ids), _encode(self.sizes), self.data]
        return words if self.whole is None else [*words, self.whole]


class Entry(NamedTuple):
    """An entry of the stream: the ids of a row and the seq of its last record, or a marker."""

    last: int
    ids: list[str]
    marker: Deleted | Cleared | None = None

    @property
    def length(self) -> int:
        """How many records it has or had."""
        return 1 if self.marker is not None else len(self.ids)

    @property
    def first(self) -> int:
        return self.last - self.length + 1


class Part(NamedTuple):
    """An exchange of a row: its stored form or, of a large one, the head alone, and its `size`."""

    seq: int
    id: str
    form: bytes | msgspec.Raw
    size: int | None = None

    @property
    def entry(self) -> Listed:
        """As a record holds it."""
        form = bytes(self.form)
        return whole(self.id, form) if self.size is None else Outlined(self.id, form, self.size)


class Place(NamedTuple):
    """Where an exchange is, as `places.lua` tells it. `from_end`: which one of its row it is, 1 for the last."""

    seq: int
    from_end: int
    last: bytes
    flag: str
    is_pinned: bool
    note: str | None

    @classmethod
    def of(cls, answer: list[Any]) -> Self:
        """The place by the script's words."""
        seq, from_end, last, flag, pinned, note = answer
        return cls(seq, from_end, last, flag.decode(), bool(pinned), None if note is None else note.decode())

    @property
    def is_left(self) -> bool:
        """Whether only its pin is there."""
        return self.flag in LEFT

    @property
    def is_large(self) -> bool:
        return self.flag in LARGE

    def form(self, content: bytes | None, runs: dict[bytes, list[msgspec.Raw]]) -> bytes | None:
        """Its stored form, by what stands there; None where it has left the place. `runs`: the forms of those that were
        unpacked for others, by their LAST."""
        if content is None:
            return None
        if self.flag == SHARED:
            if self.last not in runs:
                runs[self.last] = _forms.decode(unpack(content))
            form = bytes(runs[self.last][-self.from_end])
            return None if form == _NOTHING else form
        return content.split(b" ", 2)[2] if self.flag == "p" else content


def rows_of(items: Sequence[Put], *, are_apart: bool = False) -> Iterator[Row]:
    """Items as rows, in their order, each packed when it is asked for. `are_apart`: whether each has a row of its
    own."""
    return (_run(group) if len(group) > 1 else _single(*group) for group in _groups(items, are_apart=are_apart))


def _groups(items: Sequence[Put], *, are_apart: bool) -> list[Sequence[Put]]:
    """The items in their order, cut into those that share a row."""
    if are_apart:
        return [[item] for item in items]
    if _are_one_run(items):
        return [items]
    groups: list[list[Put]] = []
    ids: set[str] = set()
    size = 0
    for item in items:
        size += item.size
        if kind_of(item) != RUN or not ids or item.id in ids or size > RUN_BYTES:
            groups.append([])
            ids.clear()
            size = item.size
        groups[-1].append(item)
        if kind_of(item) == RUN:
            ids.add(item.id)
    return [*groups]


def _are_one_run(items: Sequence[Put]) -> bool:
    """Whether all of them may share one row, as most of the time: told at a fraction of what it costs to look at one
    after the other."""
    return (
        are_free(items)
        and len({item.id for item in items}) == len(items)
        and sum([item.size for item in items]) <= RUN_BYTES
    )


def _run(items: Sequence[Put]) -> Row:
    return Row(SHARED, [item.id for item in items], [item.size for item in items], pack(forms_of(items)))


def _single(put: Put) -> Row:
    item = alone(put)
    flag = ("r" if item.whole is None else "b") if item.kind == REFUSED else ("s" if item.whole is None else "w")
    return Row(flag, [item.id], [item.size], item.stored, item.whole)


def entry_of(last: int, fields: list[bytes]) -> Entry | None:
    """An entry of the stream; None for one that is none of ours."""
    match fields:
        case [b"i", ids]:
            return Entry(last, _ids.decode(ids))
        case [b"d", name]:
            return Entry(last, [], Deleted(name.decode()))
        case [b"c", _]:
            return Entry(last, [], Cleared())
    return None


def parts_of(entry: Entry, row: bytes, data: bytes) -> list[Part]:
    """The parts of a row that are in the log, rising."""
    flag, first, sizes = _row.decode(row)
    if flag in LARGE:
        return [Part(entry.last, entry.ids[0], data, *sizes)]
    if flag != SHARED:
        return [Part(entry.last, entry.ids[0], data)]
    number = len(sizes)
    places = zip(entry.ids[-number:], sizes, _forms.decode(unpack(data))[-number:], strict=True)
    return [Part(seq, name, form) for seq, (name, size, form) in enumerate(places, first) if size]


def repacked(row: bytes, data: bytes) -> bytes:
    """The data of a run without what is no longer in the log."""
    forms = _forms.decode(unpack(data))
    _, _, sizes = _row.decode(row)
    taken = [0] * (len(forms) - len(sizes)) + sizes  # the first ones were trimmed
    return pack([form if size else None for size, form in zip(taken, forms, strict=True)])
