"""The API of bins: making, listing and deleting them, and what each answers.

Of a key only the answer to its making tells; of a signature's secret nothing ever does.
"""

import math
from typing import Final

import msgspec
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...base.settings import Settings, weakness
from ...base.threads import beside
from ...exchange.answers import Answers
from ...exchange.replies import BinDocument, BinKey, BinList, DeletedBin, Maker, NewBin, Preview, SignedDocument
from ...log.store import Found
from ..bins.answers import MAX_DEFINITION_BYTES, MAX_VISITORS_DEFINITION_BYTES, BadAnswers, read_answers
from ..bins.bin import Bin, new_key
from ..bins.catalogue import BadName, Bins, BinsFull, NameTaken
from ..bins.presets import PRESETS, Preset
from ..bins.preview import Sample, preview
from ..bins.signed import Signed
from ..problem import problem
from ..visitors.access import Access
from ..visitors.rates import Rate
from .answers import address, encoded, gives, json_answer, json_response, small_body, wants
from .bodies import decoded
from .code import origin_of
from .looking import looked
from .moments import moment
from .places import root_of
from .signatures import read_signed

HOUR_S: Final = 3600.0

_SMALL_BYTES: Final = 4096


class BinWish(msgspec.Struct, forbid_unknown_fields=True):
    """What may be asked for of a new bin; a visitor's has neither."""

    name: str | None = None
    key: str | None = None


class Presets(msgspec.Struct):
    """Answers that are ready."""

    items: tuple[Preset, ...]


class Making:
    """Makes bins for whoever asks, within what one client address may have."""

    def __init__(self, bins: Bins, access: Access) -> None:
        self._bins = bins
        self._access = access
        self._rate = Rate(bins.settings.new_bins, HOUR_S)

    async def make(self, request: Request, wish: BinWish) -> tuple[Bin, str | None]:
        """The bin and its key; in the local profile there is none. Raises HTTPException."""
        maker = await self.maker(request)
        if maker == "visitor" and (wish.name is not None or wish.key is not None):
            raise HTTPException(403, "A visitor's bin has a name and a key that nobody chooses; the operator's may.")
        if wish.key is not None and (reason := weakness(wish.key)):
            raise HTTPException(400, f"key cannot be used: {reason}.")
        is_local = self._access.profile == "local"
        key = None if is_local else wish.key or new_key()
        if maker == "visitor" or is_local:
            self._count(request)
        try:
            return await self._bins.create(maker, wish.name, key), key
        except BadName as error:
            raise HTTPException(400, str(error)) from error
        except NameTaken as error:
            raise HTTPException(409, str(error)) from error
        except BinsFull as error:
            raise HTTPException(503, str(error), {"retry-after": "3600"}) from error

    async def maker(self, request: Request) -> Maker:
        """Who asks: in the public profile whoever does not show the operator's token is a visitor."""
        if self._access.profile == "local":
            return "operator"
        return "operator" if await self._access.refusal(request.scope) is None else "visitor"

    def _count(self, request: Request) -> None:
        wait_s = self._rate.take(self._access.client(request.scope))
        if wait_s:
            detail = f"One address may make {self._bins.settings.new_bins} bins in an hour."
            raise HTTPException(429, detail, {"retry-after": str(math.ceil(wait_s))})


class BinsRoutes:
    """The endpoints over all bins, below `/-/api`."""

    def __init__(self, bins: Bins, making: Making) -> None:
        self._bins = bins
        self._making = making

    def routes(self) -> list[BaseRoute]:
        return [
            address("/bins", GET=self.list, POST=self.create),
            address("/presets", GET=presets),
        ]

    @gives(BinList)
    async def list(self, request: Request) -> Response:
        """All bins, the newest first: the operator's to see."""
        items = [await bin_document(self._bins, one, request) for one in await self._bins.all()]
        return json_answer(BinList(items, self._bins.settings.max_bins))

    @wants(BinWish, is_required=False)
    @gives(NewBin, status=201, about="The bin, with its key.")
    async def create(self, request: Request) -> Response:
        """Make a bin. Its key is told this once."""
        body = await small_body(request, _SMALL_BYTES, "What a bin is made of")
        one, key = await self._making.make(request, decoded(body or b"{}", BinWish))
        document = await bin_document(self._bins, one, request)
        response = json_answer(NewBin(**asdict(document), key=key))
        response.status_code = 201
        return response


@gives(Presets)
async def presets(request: Request) -> Response:
    """Answers that are ready: handshakes of senders, and faults."""
    return json_answer(Presets(PRESETS))


class BinRoutes:
    """The endpoints of one bin, below `/-/bins/NAME/api`."""

    def __init__(self, bins: Bins, access: Access, name: str) -> None:
        self._bins = bins
        self._access = access
        self._name = name

    def routes(self) -> list[BaseRoute]:
        return [
            address("/presets", GET=presets),
            address("/bin", GET=self.show, DELETE=self.delete),
            address("/bin/key", POST=self.renew_key),
            address("/bin/answers", GET=self.answers, PUT=self.set_answers, DELETE=self.forget_answers),
            address("/bin/answers/preview", POST=self.preview),
            address("/bin/signature", GET=self.signature, PUT=self.set_signature, DELETE=self.forget_signature),
        ]

    @gives(BinDocument)
    async def show(self, request: Request) -> Response:
        """The bin, without its secrets."""
        return json_answer(await bin_document(self._bins, await self._bin(), request))

    @gives(DeletedBin)
    async def delete(self, request: Request) -> Response:
        """Delete the bin, with all that it has kept. One that a setting names is there again at once, and empty."""
        await self._bins.delete(self._name)
        return json_answer(DeletedBin(self._name))

    @gives(BinKey)
    async def renew_key(self, request: Request) -> Response:
        """Give the bin a new key: the old one opens nothing any more."""
        if self._access.profile == "local":
            raise HTTPException(409, "In the local profile bins have no keys.")
        one = await self._bin()
        if one.is_fixed:
            raise HTTPException(409, f"The key of the bin {one.name!r} is what the setting --bin says.")
        _, key = await self._bins.renew_key(one)
        return json_answer(BinKey(one.name, key))

    @gives(Answers)
    async def answers(self, request: Request) -> Response:
        """What the bin answers."""
        return json_answer((await self._bin()).answers)

    @wants(Answers)
    @gives(Answers)
    async def set_answers(self, request: Request) -> Response:
        """Set all answers and rules, in the place of those before."""
        one = await self._bin()
        most = MAX_VISITORS_DEFINITION_BYTES if one.maker == "visitor" else MAX_DEFINITION_BYTES
        answers = await self._read(await small_body(request, most, "What a bin answers"), one, request)
        if isinstance(answers, Response):
            return answers
        await self._bins.set_answers(one, answers)
        return json_answer(answers)

    @gives(Answers)
    async def forget_answers(self, request: Request) -> Response:
        """Take all answers and rules away: the bin echoes again."""
        await self._bins.set_answers(await self._bin(), Answers())
        return json_answer(Answers())

    @wants(Sample)
    @gives(Preview)
    async def preview(self, request: Request) -> Response:
        """What the bin would answer to a recorded request, or to one that is made up. Nothing is changed."""
        one = await self._bin()
        sample = decoded(await small_body(request, 2 * MAX_DEFINITION_BYTES, "A preview"), Sample)
        answers = await self._read(bytes(sample.answers), one, request)
        if isinstance(answers, Response):
            return answers
        rest = answers, sample, one.name, one.signed, self._bins.settings
        if not sample.exchange:
            return json_response(await beside(_preview, None, *rest))
        exchange = await self._bins.log(one).find(sample.exchange)
        if exchange is None:
            raise HTTPException(404, f"No exchange {sample.exchange[:50]!r} is kept in this bin.")
        return json_response(await looked(_preview, exchange, *rest))

    @gives(SignedDocument, None)
    async def signature(self, request: Request) -> Response:
        """How the sender of the bin signs, without the secret; null where that is not known."""
        return json_answer(signed_document((await self._bin()).signed))

    @wants(Signed)
    @gives(SignedDocument)
    async def set_signature(self, request: Request) -> Response:
        """Set how the sender of the bin signs, in the place of what was set before."""
        signed = await read_signed(request)
        await self._bins.set_signed(await self._bin(), signed)
        return json_answer(signed_document(signed))

    @gives(None)
    async def forget_signature(self, request: Request) -> Response:
        """Check no signatures any more."""
        await self._bins.set_signed(await self._bin(), None)
        return json_answer(signed_document(None))

    async def _read(self, document: bytes, one: Bin, request: Request) -> Answers | Response:
        """The answers, or the problem with them, which says where."""
        is_public = self._access.profile == "public"
        try:
            return await beside(
                read_answers,
                document,
                self._bins.settings,
                is_strict=is_public,
                is_visitors=is_public and one.maker == "visitor",
                host=request.headers["host"],
            )
        except BadAnswers as bad:
            return problem(400, str(bad), where=bad.where)

    async def _bin(self) -> Bin:
        one = await self._bins.find(self._name)
        if one is None:
            raise HTTPException(404, "There is no such bin.")
        return one


def _preview(
    found: Found | None, answers: Answers, sample: Sample, name: str, signed: Signed | None, settings: Settings
) -> bytes:
    return encoded(preview(answers, sample, None if found is None else found.exchange, name, signed, settings))


def signed_document(signed: Signed | None) -> SignedDocument | None:
    """What may be told of how a sender signs: all but the secret."""
    return None if signed is None else SignedDocument(signed.scheme, signed.options, True)


async def bin_document(bins: Bins, one: Bin, request: Request) -> BinDocument:
    site, status = origin_of(request) + root_of(request.scope), await bins.log(one).status()
    expires_at = bins.expires_at(one)
    return BinDocument(
        name=one.name,
        maker=one.maker,
        url=f"{site}/~{one.name}/",
        inspector=f"{site}/-/bins/{one.name}/",
        created_at=moment(one.created_at),
        used_at=moment(bins.used_at(one)),
        expires_at=None if expires_at is None else moment(expires_at),
        has_key=bool(one.key_digest),
        has_answers=bool(one.answers.answers or one.answers.rules),
        signature=signed_document(one.signed),
        exchanges=status.exchanges,
        bytes=status.bytes,
        head=status.head,
    )
