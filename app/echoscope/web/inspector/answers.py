"""What the API's endpoints share: how they answer, and how they read the query."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...base.threads import beside
from ...exchange.document import Document, document
from ...exchange.model import Exchange
from ...insight.findings import findings_document
from ...insight.masking import mask
from ...log.log import Log
from ...log.store import Found
from ..problem import DATA_HEADERS

SANDBOXED: Final = {
    **DATA_HEADERS,
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}
"""For answers whose bytes a client chose: whatever a browser takes them for, nothing in them runs."""

Default = TypeVar("Default", int, None)

_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)

Endpoint = Callable[[Request], Awaitable[Response]]
EndpointT = TypeVar("EndpointT", bound=Callable[..., Awaitable[Response]])


def address(path: str, **endpoints: Endpoint) -> Route:
    """One route for all methods of an address, by their names: so a 405 names all of them. Query parameters that an
    endpoint does not take (`takes`) are refused by their names: a misspelt one would change nothing, unseen."""

    async def answer(request: Request) -> Response:
        endpoint = endpoints["GET" if request.method == "HEAD" else request.method]
        refuse_unknown(request.query_params, getattr(endpoint, "parameters", ()))
        return await endpoint(request)

    return Route(path, answer, methods=list(endpoints))


def takes(*names: str) -> Callable[[EndpointT], EndpointT]:
    """Marks an endpoint with the query parameters that it takes; without this mark it takes none."""

    def mark(endpoint: EndpointT) -> EndpointT:
        setattr(endpoint, "parameters", names)  # noqa: B010
        return endpoint

    return mark


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
    return Response(**encoded(value))


def encoded(value: Any) -> dict[str, Any]:
    """The same as the arguments of a `Response`, for work that is done beside the loop."""
    content = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
    return {"content": content, "headers": DATA_HEADERS, "media_type": "application/json"}


async def small_body(request: Request, most: int, what: str) -> bytes:
    """The body of a request that says something short. Raises 413."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise HTTPException(413, f"{what} has at most {most:,} bytes.")
    return body


def whole(one: Found, *, reveal: bool) -> Document:
    """All that is known of an exchange, with its marks and what is odd about it. Takes up to some 100 ms."""
    exchange = one.exchange
    findings = findings_document(exchange)
    marks = {"pinned": one.pinned, "note": one.note, "findings": findings}
    return document(one.seq, exchange if reveal else mask(exchange)) | marks


def not_kept(exchange_id: str) -> HTTPException:
    return HTTPException(404, f"No exchange {exchange_id!r} is kept; it may have made room for newer ones.")


async def found(request: Request, log: Log) -> Found:
    """The exchange that the address names, as it is kept. Raises 404."""
    exchange_id = request.path_params["exchange_id"]
    one = await log.find(exchange_id)
    if one is None:
        raise not_kept(exchange_id)
    return one


async def found_exchange(request: Request, log: Log) -> Exchange:
    """The same whole, decoded beside the loop."""
    return await beside(_exchange, await found(request, log))


def _exchange(one: Found) -> Exchange:
    return one.exchange


def choice(request: Request, name: str, *options: str) -> str:
    """A parameter with few values; the first is the default."""
    value = request.query_params.get(name, options[0])
    if value not in options:
        raise HTTPException(400, f"{name} must be {' or '.join(options)}, not {value[:50]!r}.")
    return value


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """A parameter that is 1 or 0."""
    return choice(request, name, *("10" if default else "01")) == "1"


def seconds(request: Request, name: str, default: float, most: float) -> float:
    """A parameter that is a time, from 0 up."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if _SECONDS.fullmatch(text) and float(text) <= most:
        return float(text)
    raise HTTPException(400, f"{name} must be seconds between 0 and {most:g}, not {text[:50]!r}.")


def whole_number(request: Request, name: str, default: Default, least: int, most: int = 1 << 53) -> int | Default:
    """A parameter that is a number between two others."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 17 and least <= int(text) <= most:
        return int(text)
    span = f"between {least} and {most}" if most < 1 << 53 else f"{least} or more"
    raise HTTPException(400, f"{name} must be a whole number, {span}, not {text[:50]!r}.")
