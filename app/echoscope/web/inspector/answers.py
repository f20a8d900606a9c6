"""What the API's endpoints share: how they answer, and how they read the query."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import asdict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...exchange.document import Document, document
from ...exchange.replies import Finding
from ...insight.findings import findings
from ...insight.masking import mask
from ...insight.signatures import Verdict
from ...log.log import Log
from ...log.store import Found
from ..problem import DATA_HEADERS
from .queries import Parameter

SANDBOXED: Final = {
    **DATA_HEADERS,
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}
"""For answers whose bytes a client chose: whatever a browser takes them for, nothing in them runs."""

_encode: Final = msgspec.json.Encoder().encode

Endpoint = Callable[[Request], Awaitable[Response]]
EndpointT = TypeVar("EndpointT", bound=Callable[..., Awaitable[Response]])


class Gives(msgspec.Struct, frozen=True):
    """An answer of success: the structs of its JSON, one of several, or the type of what is no JSON."""

    types: tuple[Any, ...] = ()
    status: int = 200
    media_type: str = "application/json"
    about: str = "OK"


class Address(Route):
    """One route for all methods of an address, by their names: so a 405 names all of them. Query parameters that an
    endpoint does not take are refused by their names: a misspelt one would change nothing, unseen."""

    def __init__(self, path: str, endpoints: dict[str, Endpoint]) -> None:
        async def answer(request: Request) -> Response:
            endpoint = endpoints["GET" if request.method == "HEAD" else request.method]
            refuse_unknown(request.query_params, [one.name for one in parameters_of(endpoint)])
            return await endpoint(request)

        super().__init__(path, answer, methods=list(endpoints))
        self.endpoints = endpoints


def address(path: str, **endpoints: Endpoint) -> Address:
    return Address(path, endpoints)


def takes(*parameters: Parameter) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint with the query parameters that it takes; without this mark it takes none."""
    return _marked("parameters", parameters)


def wants(
    kind: Any, media_type: str = "application/json", *, is_required: bool = True
) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint with the struct of the JSON that it wants as a body, or with the type of that body."""
    return _marked("body", (kind, media_type, is_required))


def gives(
    *types: Any, status: int = 200, media_type: str = "application/json", about: str = "OK"
) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint with an answer of success; for another status it is marked again."""

    def mark(endpoint: EndpointT) -> EndpointT:
        answers = (Gives(types, status, media_type, about), *answers_of(endpoint))
        return _marked("answers", answers)(endpoint)

    return mark


def _marked(name: str, value: Any) -> Callable[[EndpointT], EndpointT]:
    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, name, value)
        return endpoint

    return mark


def parameters_of(endpoint: Endpoint) -> Sequence[Parameter]:
    parameters: Sequence[Parameter] = getattr(endpoint, "parameters", ())
    return parameters


def answers_of(endpoint: Endpoint) -> Sequence[Gives]:
    answers: Sequence[Gives] = getattr(endpoint, "answers", ())
    return answers


def refuse_unknown(query: Iterable[str], names: Sequence[str]) -> None:
    """Raise 400 for the parameters of a query that are none of these names."""
    unknown = [repr(name[:50]) for name in dict.fromkeys(query) if name not in names][:10]
    if not unknown:
        return
    *others, last = names or ("none",)
    taken = f"{', '.join(others)} and {last}" if others else last
    there_is = "There is no parameter" if len(unknown) == 1 else "There are no parameters"
    raise HTTPException(400, f"{there_is} {' and '.join(unknown)} here: this address takes {taken}.")


def json_answer(value: Any) -> Response:
    return json_response(encoded(value))


def encoded(value: Any) -> bytes:
    """The JSON of an answer, for work that is done beside the loop."""
    return _encode(value) + b"\n"


def json_response(content: bytes) -> Response:
    return Response(content, headers=DATA_HEADERS, media_type="application/json")


async def small_body(request: Request, most: int, what: str) -> bytes:
    """The body of a request that says something short. Raises 413."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise HTTPException(413, f"{what} has at most {most:,} bytes.")
    return body


class ExchangeDocument(Document, kw_only=True):
    """All that is known of an exchange, with what people put on it and what is odd about it, the gravest first.
    `signature`: whether its sender, whose secret the bin holds, has signed it; None where there is nothing to check."""

    pinned: bool
    note: str | None
    findings: list[Finding]
    signature: Verdict | UnsetType | None = UNSET


def whole(one: Found, *, reveal: bool, bodies: bool, signature: Verdict | UnsetType | None = UNSET) -> ExchangeDocument:
    """Takes up to some 100 ms, and longer where more is kept of bodies."""
    exchange = one.exchange
    return ExchangeDocument(
        **asdict(document(one.seq, exchange if reveal else mask(exchange), bodies=bodies)),
        pinned=one.pinned,
        note=one.note,
        findings=findings(exchange),
        signature=signature,
    )


def not_kept(exchange_id: str) -> HTTPException:
    return HTTPException(404, f"No exchange {exchange_id!r} is kept; it may have made room for newer ones.")


async def found(request: Request, log: Log) -> Found:
    """The exchange that the address names, as it is kept. Raises 404."""
    exchange_id = request.path_params["exchange_id"]
    one = await log.find(exchange_id)
    if one is None:
        raise not_kept(exchange_id)
    return one
