"""What is told besides an exchange itself: what is odd about it, pages of summaries, marks, what became of a file, and
the messages of the feed.

Structs only, of which the server makes JSON and the client reads it.
"""

from typing import Final, Literal

from msgspec import Struct

from .answers import Fault
from .document import Bytes
from .sides import Of
from .summary import Summary

Level = Literal["error", "warning", "note"]
"""`error`: something did not work, or cannot. `warning`: it will fail for somebody. `note`: worth knowing, no
fault."""

Part = Literal["header", "body", "path", "query", "event"]


class Where(Struct, frozen=True, omit_defaults=True):
    """A place in an exchange.

    `index`: of the header line of its side, or of the event among the kept ones. `name`: the header's, in lower case.
    `start`, `end`: the range of bytes, in the body with its coding undone.
    """

    of: Of
    part: Part
    index: int | None = None
    name: str | None = None
    start: int | None = None
    end: int | None = None


class Finding(Struct, frozen=True):
    """What is odd about an exchange.

    `rule`: the name of the rule in `findings.RULES`. `why`: one or two sentences with the values that were seen.
    `advice`: what to do, with the exact setting or header; empty where there is nothing to do. `reference`: a section
    of an RFC, or the address of official documentation; `link`: its address, None for what has none.
    """

    rule: str
    level: Level
    title: str
    why: str
    advice: str
    reference: str
    where: Where | None
    link: str | None


class Verdict(Struct, frozen=True):
    """Whether an exchange is signed as its sender signs, by a scheme of `signatures.SCHEMES`.

    `title`: of the scheme. `detail`: what was found, in a sentence. `mistake`: what would have been valid, as `body`,
    `secret`, `url`, `body and secret`; None where nothing was found. `advice`: what to do. `skew_s`: how much later
    than it was signed the request came.
    """

    scheme: str
    status: Literal["valid", "invalid", "missing", "undecided"]
    detail: str
    mistake: str | None = None
    advice: str = ""
    reference: str = ""
    skew_s: float | None = None
    title: str = ""


class Place(Struct, frozen=True):
    """A place in a log: the seq up to which was read, under the epoch of the log."""

    epoch: str
    seq: int


class Page(Struct):
    """A page of the list, the newest exchange first. `oldest`, `head`: the seqs between which the log stood before the
    page was looked for. `next`: what to pass as `before` for more, None at the end."""

    epoch: str
    oldest: int
    head: int
    items: list[Summary]
    next: int | None

    @property
    def place(self) -> Place:
        """Where the log stood: what came later than this page, comes after it."""
        return Place(self.epoch, self.head)


class Info(Struct):
    """What an instance is and has. While its store is away, what only that can tell is None.

    `exchanges`, `bytes`: what is kept now. `store`: where; `store_fault`: why it cannot be reached. `waiting`: how many
    exchanges wait for it; `lost`: how many it has not got. `subscribers`: readers of the feed. `warnings`: what people
    should know who look at the log, the gravest first.
    """

    name: str
    version: str
    profile: Literal["local", "public"]
    epoch: str | None
    oldest: int | None
    head: int | None
    exchanges: int | None
    bytes: int | None
    store: str
    store_fault: str | None
    waiting: int
    lost: int
    max_exchanges: int
    max_bytes: int
    kept_body_bytes: int
    subscribers: int
    max_subscribers: int
    warnings: list[str]
    uptime_s: float

    @property
    def place(self) -> Place | None:
        """Where the log stands; None while its store is away."""
        return None if self.epoch is None or self.head is None else Place(self.epoch, self.head)


class Marks(Struct):
    """What people put on an exchange."""

    id: str
    pinned: bool
    note: str | None


class Pinned(Summary, kw_only=True):
    """A pinned exchange."""

    pinned: bool
    note: str | None


class Pins(Struct):
    """The pinned exchanges, the newest first, and all notes by the id of their exchange."""

    items: list[Pinned]
    exchanges: int
    bytes: int
    max_exchanges: int
    max_bytes: int
    notes: dict[str, str]


class Skipped(Struct):
    """An entry of a file that was not taken, counted from 1."""

    entry: int
    reason: str


class Imported(Struct):
    """What became of a file. `already_here`: how many exchanges of it were kept before. `not_pinned`: how many could
    not be pinned again. `skipped`: why entries were not taken, the first ones; `skipped_count`: how many there were."""

    imported: int
    ids: list[str]
    already_here: int
    not_pinned: int
    skipped: list[Skipped]
    skipped_count: int


# Bins, and how their senders sign

Maker = Literal["operator", "visitor", "setting", "use"]
"""Who made a bin: an operator (or whoever uses the local profile), a visitor, a setting, or the first request to it."""


class SignedDocument(Struct):
    """How the sender of a bin signs, without the secret."""

    scheme: str
    options: dict[str, str]
    has_secret: Literal[True]


class BinDocument(Struct):
    """A bin without its secrets: its addresses, its age, what it keeps and what is set. `expires_at`: None for never.
    `exchanges`, `bytes`: what is kept in it; `head`: the newest seq."""

    name: str
    maker: Maker
    url: str
    inspector: str
    created_at: str
    used_at: str
    expires_at: str | None
    has_key: bool
    has_answers: bool
    signature: SignedDocument | None
    exchanges: int
    bytes: int
    head: int


class NewBin(BinDocument, kw_only=True):
    """A bin that was made, with its key this once; None in the local profile, which has none."""

    key: str | None


class BinList(Struct):
    """All bins, the newest first."""

    items: list[BinDocument]
    max_bins: int


class BinKey(Struct):
    """The new key of a bin."""

    name: str
    key: str


class DeletedBin(Struct):
    """`deleted`: the name of the bin."""

    deleted: str


class Preview(Struct, frozen=True):
    """What would be answered. `rule`: the number of the one that matched, from 0; None for none. `status` is None where
    the request is echoed, or nothing is answered. `remarks`: what may surprise."""

    rule: int | None
    fault: Fault | None
    delay: float
    echo: bool
    status: int | None
    headers: list[tuple[str, str]]
    body: Bytes
    remarks: list[str]


class Option(Struct, frozen=True):
    """A setting of a scheme. `choices`: all values that it takes, where they are few; `default`: the usual one."""

    name: str
    title: str
    default: str = ""
    choices: tuple[str, ...] = ()


class SchemeDocument(Struct):
    """A scheme of signing. `secret`: what its vendor calls the secret. `signs`: in short, what is signed and where that
    stands."""

    id: str
    title: str
    secret: str
    signs: str
    reference: str
    options: tuple[Option, ...]


class Schemes(Struct):
    """The schemes that can be checked."""

    items: list[SchemeDocument]


# The feed


class Hello(Struct, tag="hello"):
    """The first message: where the log stands."""

    epoch: str
    oldest: int
    head: int


class Exchanges(Struct, tag="exchanges"):
    """News, in the order of their seqs. `through`: up to which seq was searched, where the feed has a search."""

    items: list[Summary]
    through: int | None = None


class Gap(Struct, tag="gap", rename={"first": "from", "last": "to"}):
    """Seqs that will not come: `trimmed` or `slow` (they left the log before), `superseded` (a later record of the same
    exchange stands for them), `restart` (the log began anew, and nobody can tell how many)."""

    first: int | None
    last: int | None
    missed: int | None
    reason: Literal["slow", "trimmed", "superseded", "restart"]


class Deleted(Struct, tag="deleted"):
    """Somebody deleted an exchange."""

    seq: int
    id: str


class Cleared(Struct, tag="cleared"):
    """Somebody deleted all exchanges before this seq."""

    seq: int


class Bye(Struct, tag="bye"):
    """The last message of a server that ends: `after` which seq to go on."""

    after: int


Message = Hello | Exchanges | Gap | Deleted | Cleared | Bye

MESSAGES: Final = (Hello, Exchanges, Gap, Deleted, Cleared, Bye)
"""All that the feed sends."""
