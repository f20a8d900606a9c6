"""The feed: the log as a stream of messages, to any number of readers, nothing lost.

The log itself is the queue. Every reader holds a seq and is given what comes after it. One pump encodes the tail of the
log, once for all readers who are up to date; readers who are behind read from the log at their own pace. So a slow
reader costs no memory and slows nobody. What has left the log before readers came to it is announced to them as a gap.
For every reader, the seqs received and the seqs announced are together exactly those after their start.

The rules when things go wrong:

- A store that fails is asked again after `RETRY_S`. Readers keep their places, and what has left the log meanwhile is
  a gap like any other.
- A new epoch (the store came back empty) begins the stream anew for every reader: `hello`, a gap with the reason
  `restart` that counts nothing, then all that is kept.
- A reader's own search that fails ends that reader's stream and no other.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from typing import Final, Literal

import msgspec

from ..base.turns import Turn
from ..exchange.replies import Bye, Gap, Hello, Message
from ..exchange.replies import Cleared as ClearedMessage
from ..exchange.replies import Deleted as DeletedMessage
from ..exchange.summary import summary_line
from ..insight.masking import mask_query
from ..insight.search import Search
from .find import marks_for, matching
from .store import LISTED, Cleared, Deleted, Record, Status, Store, StoreAway

logger = logging.getLogger(__name__)

_encode = msgspec.json.Encoder().encode

Reason = Literal["slow", "trimmed", "restart", "superseded"]

BATCH_S: Final = 0.05
"""Seconds in which records are gathered before a message is sent, so that there are at most 20 messages a second."""

FULL_RECORDS: Final = 500
"""How many records are sent at once: at 20,000 exchanges a second they would lap a log of 1,000 within `BATCH_S`."""

BATCH_RECORDS: Final = 2 * FULL_RECORDS
"""How many records one message may hold. It takes along what came while the feed woke, since a second message would
cost each reader as much as the first."""

REPLAY_RECORDS: Final = 250
"""How many records are read at once for a reader that is behind, which is served between others."""

_LOOK: Final = 16
"""How many summaries are made between two looks at the clock: a summary takes some microseconds."""

TAIL_BATCHES: Final = 256
TAIL_BYTES: Final = 4 << 20
"""How much of the encoded tail is kept, for all readers together, so that each is encoded once."""

RETRY_S: Final = 0.25
"""Seconds before a store that failed is asked again."""


class Batch(msgspec.Struct, frozen=True):
    """The messages for the records after the seq `after` up to the seq `through`, encoded as JSON."""

    epoch: str
    after: int
    through: int
    messages: tuple[str, ...]


class Feed:
    """Reads `store` for `readers` readers; `is_full` says that no more should come."""

    def __init__(self, store: Store, max_readers: int = 200) -> None:
        self.store = store
        self.max_readers = max_readers
        self.readers = 0
        self._epoch = ""
        self._pumped = 0
        self._tail: dict[tuple[bool, int], Batch] = {}
        """By whether secrets are in it, and by the seq after which it begins."""
        self._wanted = {False: 0, True: 0}
        """How many readers there are of either form."""
        self._tail_bytes = 0
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

    # One reader

    async def _stream(
        self, after: int | None, epoch: str | None, search: Search | None, *, reveal: bool
    ) -> AsyncGenerator[Batch, None]:
        status = await self.store.status()
        self._start(status)
        beginning = _begin(status, after, epoch)
        yield beginning
        epoch, cursor = status.epoch, beginning.through
        is_live = False
        while not self._is_closed:
            if self._epoch != epoch:
                batch = await self._begin_again(cursor, epoch)
                epoch, is_live = batch.epoch, False
            elif self._pumped <= cursor:
                is_live = True
                await self._news.wait()
                continue
            elif search is None and (reveal, cursor) in self._tail:
                batch = self._tail[reveal, cursor]
            else:
                batch = await self._replay(epoch, cursor, search, "slow" if is_live else "trimmed", reveal=reveal)
            cursor = batch.through
            yield batch
        yield Batch(epoch, cursor, cursor, (_json(Bye(cursor)),))

    async def _begin_again(self, cursor: int, epoch: str) -> Batch:
        while True:
            try:
                return _begin(await self.store.status(), cursor, epoch)
            except StoreAway:  # the pump has told of it
                await asyncio.sleep(RETRY_S)

    async def _replay(self, epoch: str, cursor: int, search: Search | None, reason: Reason, *, reveal: bool) -> Batch:
        """The messages after `cursor` for one reader, up to where the shared tail begins."""
        starts = (start for form, start in self._tail if form is reveal and start > cursor)
        end = self._pumped if search else min(starts, default=self._pumped)
        while True:
            try:
                records = [record for record in await self.store.read(cursor, REPLAY_RECORDS) if record.seq <= end]
                through = records[-1].seq if len(records) == REPLAY_RECORDS else end
                turn = Turn()
                await turn.end()
                return await self._batch(epoch, cursor, through, records, reason, search, turn, reveal=reveal)
            except StoreAway:
                await asyncio.sleep(RETRY_S)

    # The pump

    async def _run(self) -> None:
        """Encode the tail of the log as it grows, whatever the store does."""
        loop = asyncio.get_running_loop()
        has_failed = False
        while True:
            try:
                status = await self.store.wait(self._pumped, self._epoch)
                gathers_until = loop.time() + BATCH_S
                if status.epoch != self._epoch:
                    self._restart(status)
                await self._encode_news(status.head)
                left_s = gathers_until - loop.time()
                if left_s > 0:
                    await self.store.wait(self._pumped + FULL_RECORDS - 1, self._epoch, left_s)
                has_failed = False
            except Exception as error:
                if not has_failed:
                    told = None if isinstance(error, StoreAway) else error
                    logger.error("the feed cannot read the log; it goes on when it can: %s", error, exc_info=told)
                has_failed = True
                await asyncio.sleep(RETRY_S)

    async def _encode_news(self, head: int) -> None:
        """What there is now; what comes meanwhile is gathered."""
        turn = Turn()
        while self._pumped < head and (records := await self.store.read(self._pumped, BATCH_RECORDS)):
            through = records[-1].seq
            for reveal in [form for form, readers in self._wanted.items() if readers]:
                batch = await self._batch(
                    self._epoch, self._pumped, through, records, "slow", None, turn, reveal=reveal
                )
                self._keep(batch, reveal)
            self._pumped = through
            self._tell()
            await turn.end()

    async def _batch(
        self,
        epoch: str,
        after: int,
        through: int,
        records: list[Record],
        reason: Reason,
        search: Search | None,
        turn: Turn,
        *,
        reveal: bool,
    ) -> Batch:
        lines: dict[int, str] = {}
        hide = None if reveal else mask_query
        marks = await marks_for(search, self.store)
        for seq, kept in await matching(search, records, self.store, turn, marks):
            lines[seq] = summary_line(seq, kept, hide)
            if not len(lines) % _LOOK and turn.is_over:
                await turn.end()
        oldest = (await self.store.status()).oldest
        messages = _messages(after, through, records, lines, oldest, reason, is_searched=search is not None)
        return Batch(epoch, after, through, tuple(messages))

    def _keep(self, batch: Batch, reveal: bool) -> None:
        self._tail[reveal, batch.after] = batch
        self._tail_bytes += _length(batch)
        while len(self._tail) > TAIL_BATCHES or self._tail_bytes > TAIL_BYTES:
            self._tail_bytes -= _length(self._tail.pop(next(iter(self._tail))))

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _start(self, status: Status) -> None:
        if self._pump is None:
            self._epoch, self._pumped = status.epoch, status.head
            self._pump = asyncio.create_task(self._run())

    def _restart(self, status: Status) -> None:
        self._epoch, self._pumped = status.epoch, status.oldest - 1
        self._forget_tail()
        self._tell()

    def _forget_tail(self) -> None:
        self._tail.clear()
        self._tail_bytes = 0

    async def _stop(self) -> None:
        if self._pump is not None:
            pump, self._pump = self._pump, None
            self._forget_tail()
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump


def _begin(status: Status, after: int | None, epoch: str | None) -> Batch:
    """The first messages of a stream; its `through` is the seq after which it goes on."""
    messages = [_json(Hello(status.epoch, status.oldest, status.head))]
    if after is None:
        after = status.head
    elif after > status.head or (epoch is not None and epoch != status.epoch):
        messages.append(_json(Gap(None, None, None, "restart")))
        after = status.oldest - 1
    return Batch(status.epoch, after, after, tuple(messages))


def _messages(
    after: int,
    through: int,
    records: list[Record],
    lines: dict[int, str],
    oldest: int,
    reason: Reason,
    *,
    is_searched: bool,
) -> list[str]:
    """The messages for a stretch of the log, in order; every seq of it is in exactly one of them.

    `lines`: the summaries of the exchanges that the reader gets, by seq.
    """
    if lines and len(lines) == through - after:  # nearly always: there is an exchange at every seq
        return [_exchanges(lines.values(), through if is_searched else None)]
    messages: list[str] = []
    items: list[str] = []
    next_seq = after + 1
    for record in records:
        seq, entry = record.seq, record.entry
        is_marker = not isinstance(entry, LISTED)
        if items and (seq != next_seq or is_marker):
            messages.append(_exchanges(items, next_seq - 1 if is_searched else None))
            items = []
        if seq != next_seq:
            messages += _gaps(next_seq, seq - 1, oldest, reason)
        if seq in lines:
            items.append(lines[seq])
        elif isinstance(entry, Deleted):
            messages.append(_json(DeletedMessage(seq, entry.id)))
        elif isinstance(entry, Cleared):
            messages.append(_json(ClearedMessage(seq)))
        next_seq = seq + 1
    if is_searched:
        messages.append(_exchanges(items, through))
    elif items:
        messages.append(_exchanges(items, None))
    return messages + _gaps(next_seq, through, oldest, reason)


def _exchanges(items: Iterable[str], through: int | None) -> str:
    searched = "" if through is None else f',"through":{through}'
    return f'{{"type":"exchanges","items":[{",".join(items)}]{searched}}}'


def _gaps(first: int, last: int, oldest: int, reason: Reason) -> list[str]:
    """The announcement of seqs that are not in the log: dropped below `oldest`, replaced from there on."""
    split = min(last, oldest - 1)
    spans: list[tuple[int, int, Reason]] = [(first, split, reason), (max(first, split + 1), last, "superseded")]
    return [_json(Gap(start, end, end - start + 1, why)) for start, end, why in spans if start <= end]


def _json(message: Message) -> str:
    return _encode(message).decode()


def _length(batch: Batch) -> int:
    return sum(map(len, batch.messages))
