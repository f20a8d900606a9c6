"""Values for columns of the list that a summary does not have: headers, members of JSON, what a request is about.

They are read when somebody looks at a line, so that a request costs nothing for columns that nobody has chosen.
"""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ...exchange.model import Exchange
from ...insight.masking import mask
from ...insight.preview import preview
from ...insight.search import family_of, values_of
from ...log.log import Log
from ...log.store import Found
from .answers import address, gives, json_answer, takes
from .looking import looked
from .queries import HIDING, IDS, Texts

MAX_IDS: Final = 200
MAX_FIELDS: Final = 10
MAX_CHARACTERS: Final = 200
"""The characters of a value, at most: a column is no wider."""

PREVIEW: Final = "preview"

_OF: Final = Texts("of", "`preview`, or a field of the search with a name in it, such as `json.type`.")


class Values(Struct):
    """For each id the values that were asked for, in that order; None for none."""

    values: dict[str, list[str | None]]


class ValueRoutes:
    """The endpoint over one log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def routes(self) -> list[BaseRoute]:
        return [address("/values", GET=self.values)]

    @takes(IDS, _OF, HIDING)
    @gives(Values)
    async def values(self, request: Request) -> Response:
        """Values of several exchanges, for columns of a list: for each of `ids` those of each `of`, in that order."""
        reveal = HIDING(request)
        fields = [_field(text) for text in _OF(request)[: MAX_FIELDS + 1]]
        ids = list(dict.fromkeys(filter(None, IDS(request).split(","))))
        if len(fields) > MAX_FIELDS:
            raise HTTPException(400, f"At most {MAX_FIELDS} values can be asked for with `of`, not more.")
        if len(ids) > MAX_IDS:
            raise HTTPException(400, f"At most {MAX_IDS} ids can be given, not {len(ids):,}.")
        values = {}
        for one in await self._log.find_many(ids):
            values[one.id] = msgspec.Raw(await looked(_values, one, fields, reveal=reveal))
        return json_answer({"values": values})


def _field(text: str) -> tuple[str, str]:
    field = (PREVIEW, "") if text == PREVIEW else family_of(text)
    if field is None:
        raise HTTPException(
            400, f"of must be preview, or a field with a name such as header.host or json.type, not {text[:50]!r}."
        )
    return field


def _values(one: Found, fields: list[tuple[str, str]], *, reveal: bool) -> bytes:
    """The JSON of the values of one exchange."""
    exchange: Exchange = one.exchange if reveal else mask(one.exchange)
    return msgspec.json.encode([_value(one.seq, exchange, field, name) for field, name in fields])


def _value(seq: int, exchange: Exchange, field: str, name: str) -> str | None:
    if field == PREVIEW:
        return preview(exchange)
    if field == "json":  # an answer that repeats the request, as the echo's does, is not what a column is for
        exchange = replace(exchange, events=[event for event in exchange.events if event.channel == "receive"])
    values = values_of(field, name, seq, exchange)
    return ", ".join(values)[:MAX_CHARACTERS] if values else None
