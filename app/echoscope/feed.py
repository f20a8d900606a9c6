"""The feed: the log as a stream of messages, to any number of readers, nothing lost.

The log itself is the queue. Every reader holds a seq and is given what comes after it: one pump encodes the
tail of the log once for all who are up to date, and who is behind reads from the log at his own pace. So a slow
reader costs no memory and slows nobody; what the log has dropped before he came to it is announced to him as a
gap. For every reader the seqs received and the seqs announced are together exactly those after his start.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Final, Literal

import msgspec

from .document import Document, summarize
from .exchange import ExchangeHead, decode_exchange, decode_head
from .masking import mask_query
from .search import Search
from .store import Deleted, Record, Status, Store

_encode = msgspec.json.Encoder().encode

Reason = Literal["slow", "trimmed", "restart", "superseded"]

BATCH_S: Final = 0.05
"""How long news may wait for company."""

BATCH_RECORDS: Final = 250
"""How many records one message may hold, and how many are encoded before others get their turn (about 1 ms). So many
do not wait for more: at 20,000 exchanges a second a log of 1,000 is written anew within `BATCH_S`."""

TAIL_BATCHES: Final = 256
TAIL_BYTES: Final = 4 << 20
"""How much of the encoded tail is kept, for all readers together, so that each is encoded once."""


class Batch(msgspec.Struct, frozen=True):
    """The messages for the records after the seq `after` up to the seq `through`, encoded as JSON."""

    after: int
    through: int
    messages: tuple[str, ...]


class Feed:
    """Reads `store` for `readers` readers; `is_full` says that no more should come."""

    def __init__(self, store: Store, max_readers: int = 200) -> None:
        self.store = store
        self.max_readers = max_readers
        self.readers = 0
        self._tail: dict[tuple[bool, int], Batch] = {}  # by whether secrets are in it, and where it begins
        self._wanted = {False: 0, True: 0}  # readers of either form
        self._tail_bytes = 0
        self._pumped = 0
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._is_closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_full(self) -> bool:
        return self.readers >= self.max_readers

    async def read(
        self, after: int | None = None, epoch: str | None = None, search: Search | None = None, *, reveal: bool = False
    ) -> AsyncGenerator[Batch, None]:
        """`hello`, then what comes after the seq `after`: for ever, or until `close`, which ends it with `bye`.

        Without `after` the stream begins with what comes next. An `epoch` other than the log's means that the log
        began anew: the reader is told so and gets all that is kept. With a `search` only what matches is given, and
        each message says up to which seq (`through`) was searched. Secrets in query strings are masked unless `reveal`.
        """
        self.readers += 1
        self._wanted[reveal] += search is None
        self._idle.clear()
        try:
            async for batch in self._stream(after, epoch, search, reveal=reveal):
                yield batch
        finally:
            self.readers -= 1
            self._wanted[reveal] -= search is None
            if not self.readers:
                self._idle.set()
                await self._stop()

    async def close(self) -> None:
        """End all streams with `bye`, also those that begin later, and wait until their readers are gone."""
        self._is_closed = True
        self._tell()
        await self._idle.wait()

    async def _stream(
        self, after: int | None, epoch: str | None, search: Search | None, *, reveal: bool
    ) -> AsyncGenerator[Batch, None]:
        status = await self.store.status()
        self._start(status.head)
        cursor, first = _begin(status, after, epoch)
        yield Batch(cursor, cursor, first)
        is_live = False
        while not self._is_closed:
            if self._pumped <= cursor:
                is_live = True
                await self._news.wait()
                continue
            batch = self._tail.get((reveal, cursor)) if search is None else None
            if batch is None:
                batch = await self._replay(cursor, search, "slow" if is_live else "trimmed", reveal=reveal)
            cursor = batch.through
            yield batch
        yield Batch(cursor, cursor, (_json({"type": "bye", "after": cursor}),))

    async def _replay(self, cursor: int, search: Search | None, reason: Reason, *, reveal: bool) -> Batch:
        """What comes after `cursor`, for one reader, up to where the shared tail goes on."""
        starts = (start for shown, start in self._tail if shown is reveal and start > cursor)
        end = self._pumped if search else min(starts, default=self._pumped)
        records = [record for record in await self.store.read(cursor, BATCH_RECORDS) if record.seq <= end]
        through = records[-1].seq if len(records) == BATCH_RECORDS else end
        await asyncio.sleep(0)
        return await self._batch(cursor, through, records, reason, search, reveal=reveal)

    async def _run(self) -> None:
        """Encode the tail of the log as it grows."""
        loop = asyncio.get_running_loop()
        while True:
            await self.store.wait(self._pumped)
            began = loop.time()
            await self._encode_news()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(began + BATCH_S):
                    await self.store.wait(self._pumped + BATCH_RECORDS - 1)

    async def _encode_news(self) -> None:
        """What there is now; what comes meanwhile waits for company."""
        head = (await self.store.status()).head
        while self._pumped < head and (records := await self.store.read(self._pumped, BATCH_RECORDS)):
            through = records[-1].seq
            for reveal in (form for form, readers in self._wanted.items() if readers):
                self._keep(await self._batch(self._pumped, through, records, "slow", None, reveal=reveal), reveal)
            self._pumped = through
            self._tell()
            await asyncio.sleep(0)

    async def _batch(
        self,
        after: int,
        through: int,
        records: list[Record],
        reason: Reason,
        search: Search | None,
        *,
        reveal: bool,
    ) -> Batch:
        oldest = (await self.store.status()).oldest
        hide = None if reveal else mask_query
        return Batch(after, through, tuple(_messages(after, through, records, oldest, reason, search, hide)))

    def _keep(self, batch: Batch, reveal: bool) -> None:
        self._tail[reveal, batch.after] = batch
        self._tail_bytes += _length(batch)
        while len(self._tail) > TAIL_BATCHES or self._tail_bytes > TAIL_BYTES:
            self._tail_bytes -= _length(self._tail.pop(next(iter(self._tail))))

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _start(self, head: int) -> None:
        if self._pump is None:
            self._pumped = head
            self._pump = asyncio.create_task(self._run())

    async def _stop(self) -> None:
        if self._pump is not None:
            pump, self._pump = self._pump, None
            self._tail.clear()
            self._tail_bytes = 0
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump


def _begin(status: Status, after: int | None, epoch: str | None) -> tuple[int, tuple[str, ...]]:
    """The seq after which a stream begins and its first messages."""
    hello = {"type": "hello", "epoch": status.epoch, "oldest": status.oldest, "head": status.head}
    if after is None:
        return status.head, (_json(hello),)
    if after > status.head or (epoch is not None and epoch != status.epoch):
        gap = {"type": "gap", "from": None, "to": None, "missed": None, "reason": "restart"}
        return status.oldest - 1, (_json(hello), _json(gap))
    return after, (_json(hello),)


def _messages(
    after: int,
    through: int,
    records: list[Record],
    oldest: int,
    reason: Reason,
    search: Search | None,
    hide: Callable[[bytes], bytes] | None,
) -> list[str]:
    """The messages for a stretch of the log, in order; every seq of it is in exactly one of them."""
    messages: list[str] = []
    items: list[bytes] = []
    next_seq = after + 1
    for record in records:
        seq, entry = record.seq, record.entry
        if items and (seq != next_seq or not isinstance(entry, bytes)):
            messages.append(_exchanges(items))
            items = []
        if seq != next_seq:
            messages += _gaps(next_seq, seq - 1, oldest, reason)
        if isinstance(entry, bytes):
            head = decode_head(entry)
            if search is None or matches(search, seq, head, entry):
                items.append(_encode(summarize(seq, head, hide)))
        elif isinstance(entry, Deleted):
            messages.append(_json({"type": "deleted", "seq": seq, "id": entry.id}))
        else:
            messages.append(_json({"type": "cleared", "seq": seq}))
        next_seq = seq + 1
    if search is not None:
        messages.append(_exchanges(items, through))
    elif items:
        messages.append(_exchanges(items))
    return messages + _gaps(next_seq, through, oldest, reason)


def _exchanges(items: list[bytes], through: int | None = None) -> str:
    """Of summaries that are encoded one by one, which leaves less behind in memory than all of them at once."""
    searched = b"" if through is None else b',"through":%d' % through
    return (b'{"type":"exchanges","items":[%b]%b}' % (b",".join(items), searched)).decode()


def _gaps(first: int, last: int, oldest: int, reason: Reason) -> list[str]:
    """The announcement of seqs that are not in the log: dropped below `oldest`, replaced from there on."""
    split = min(last, oldest - 1)
    return [
        _json({"type": "gap", "from": start, "to": end, "missed": end - start + 1, "reason": why})
        for start, end, why in ((first, split, reason), (max(first, split + 1), last, "superseded"))
        if start <= end
    ]


def matches(search: Search, seq: int, head: ExchangeHead, encoded: bytes) -> bool:
    """Whether a stored exchange with this head matches; its events are decoded only when the search needs them."""
    decided = search.matches_head(seq, head)
    return search.matches(seq, head, decode_exchange(encoded).events) if decided is None else decided


def _json(message: Document) -> str:
    return _encode(message).decode()


def _length(batch: Batch) -> int:
    return sum(map(len, batch.messages))
