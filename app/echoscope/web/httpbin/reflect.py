"""What the client sent, told back: /get, /post, /anything, /headers, /ip and their like.

One builder makes every reflection, in httpbin's dialect: arguments, form and files are strings, or lists where
a name is repeated; header names are in Title-Case, repeats joined. What this form loses (order, repetition,
case) is in the exchange. Nothing is hidden: what a proxy added is what people look for.
"""

import json
import os
import re
import socket
from itertools import accumulate
from typing import Any, Final
from uuid import uuid4

import orjson

from ... import __version__
from ...base.apart import apart
from ...base.threads import beside
from ...http.fields import split
from ...insight.bodies.codings import undo
from ..endpoint.answers import JSON, TEXT, Answer, Headers, json_answer, json_bytes
from ..endpoint.forms import Form, Pairs, data_url, parse_form, text_or_data_url
from ..endpoint.parameters import media_type
from ..endpoint.request import Request, text, title_case

Reflection = dict[str, Any]

ENV_PREFIX: Final = "HTTPBIN_ENV_"
"""The only environment variables that /env tells: whoever set one so meant it."""

MUCH_BYTES: Final = 128 << 10
"""A body of more is read in a process of its own: 16 MiB of JSON take a parser half a second in one piece."""

SOME_BYTES: Final = 16 << 10
"""A body of more is read beside the loop: a thousand parts of a form take ten milliseconds."""

MOST_INDENTED: Final = 8
"""How many bytes of indentation there may be for each byte of a long JSON body. 16 MiB of brackets that stand 200 deep
would become 3 GiB."""

_OTHER_THAN_LINES: Final = bytes(set(range(256)) - set(b"[]{},"))
_STEPS: Final = [(byte in b"[{") - (byte in b"]}") for byte in range(256)]

_NOT_FOR_ORJSON: Final = re.compile(rb"\d{16}|\\u[dD][89a-fA-F]")


# The builder


def head(request: Request) -> Reflection:
    """What is known without the body. HEAD has the length of what GET would be told (RFC 9110, section 8.6)."""
    sender = request.memo.get("sender")
    if sender is None:
        sender = request.memo["sender"] = headers(request), request.origin, request.site
    fields, origin, site = sender
    return {
        "args": semiflat(request.query),
        "headers": fields,
        "method": "GET" if request.method == "HEAD" else request.method,
        "origin": origin,
        "url": site + request.target,
    }


async def whole(request: Request, more: Headers | None = None) -> Answer:
    """What is known with the body: `data` is the body unless it is a form that can be read. `more`: headers."""
    pieces, fields = await request.pieces(), request.fields
    known = head(request), fields.get(b"content-type", b""), fields.get(b"content-encoding", b"")
    headers = [JSON, *(more or [])]
    size = sum(map(len, pieces))
    if size > MUCH_BYTES:
        told = await apart(reflection, *known, data=pieces)
        request.count(sum(map(len, told)))
        return Answer(headers=headers, pieces=told)
    body = b"".join(pieces)
    if size > SOME_BYTES:
        return Answer(headers=headers, body=await beside(reflection, *known, body))
    return Answer(headers=headers, body=reflection(*known, body))


def reflection(head: Reflection, content_type: bytes, coding: bytes, body: bytes) -> bytes:
    """The whole as JSON. `head`: what is known without the body."""
    told = content(body, content_type, coding)
    if len(body) > SOME_BYTES and told["json"] is not None and _indentation(body) > MOST_INDENTED * len(body):
        told["json"] = _compact(told["json"])
    return _encoded(head | told)


def content(body: bytes, content_type: bytes, coding: bytes = b"") -> Reflection:
    """What a body says, as text, as a form and as JSON, the bytes read as they came, as httpbin does. Where they have a
    content coding (RFC 9110, section 8.4) that can be undone, `decoded` is the body without it."""
    form = (parse_form(content_type, body) if body else None) or Form([], [])
    is_form = bool(form.fields or form.files)
    told = {
        "data": "" if is_form else text_or_data_url(body, text(content_type)),
        "files": semiflat(form.files),
        "form": semiflat(form.fields),
        "json": None if is_form else json_value(body),
    }
    return told | {"decoded": _decoded(body, text(content_type), coding)} if coding else told


def _decoded(body: bytes, content_type: str, coding: bytes) -> str | None:
    """The body without its content coding; None where it is damaged, or more than is undone. What has parts is no text,
    whatever its bytes are."""
    decoded, undone = undo(body, split(coding.decode("latin-1").lower()))
    if undone is None or undone.state != "whole":
        return None
    has_parts = content_type.lower().startswith("multipart/")
    return data_url(decoded, content_type) if has_parts else text_or_data_url(decoded, content_type)


def semiflat(pairs: Pairs) -> dict[str, str | list[str]]:
    """A name that comes once has its value, one that comes again a list of its values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def headers(request: Request) -> dict[str, str]:
    try:
        return {title_case(name): value.decode() for name, value in request.fields.items()}
    except UnicodeDecodeError:
        return {title_case(name): text(value) for name, value in request.fields.items()}


def json_value(body: bytes) -> Any:
    """The body as JSON, None when it is none. Long numbers keep their digits, which orjson would round, and half
    surrogates, which the grammar has room for (RFC 8259, section 8.2) and orjson has not."""
    if not body:
        return None
    try:
        if _NOT_FOR_ORJSON.search(body):
            return json.loads(body.decode(), parse_constant=_no_number)
        return orjson.loads(body)
    except (ValueError, RecursionError):
        return None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def _indentation(body: bytes) -> int:
    """About how many bytes of it the JSON of a body would have: two for each level, before each value."""
    marks = body.translate(None, _OTHER_THAN_LINES)
    return 2 * sum(map(abs, accumulate(map(_STEPS.__getitem__, marks))))


def _compact(value: Any) -> Any:
    """The same without indentation; None for what JSON has no room for."""
    try:
        return orjson.Fragment(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
    except TypeError:
        pass
    try:
        return orjson.Fragment(json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False))
    except (ValueError, RecursionError):
        return None


def _encoded(made: Reflection) -> bytes:
    try:
        return json_bytes(made)
    except TypeError:  # the JSON of a body may have integers over 64 bits, 255 levels, or half a surrogate pair
        pass
    try:
        return json.dumps(made, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"
    except (ValueError, RecursionError):
        return json_bytes({**made, "json": None})


# The endpoints


def get(request: Request) -> Answer:
    return json_answer(head(request))


async def anything(request: Request) -> Answer:
    return await whole(request)


async def upload(request: Request) -> Answer:
    """Counts what comes and keeps nothing of it."""
    return json_answer(head(request) | {"bytes_received": await request.skim()})


def just_headers(request: Request) -> Answer:
    return json_answer({"headers": headers(request)})


def ip(request: Request) -> Answer:
    if request.option("format") == "text":
        return ip_text(request)
    return json_answer({"origin": request.origin})


def ip_text(request: Request) -> Answer:
    return Answer(headers=[TEXT], body=request.client.encode() + b"\n", is_shaped=True)


def user_agent(request: Request) -> Answer:
    return json_answer({"user-agent": request.header(b"user-agent")}, [(b"vary", b"user-agent")])


def uuid(request: Request) -> Answer:
    return json_answer({"uuid": str(uuid4())})


async def dump(request: Request) -> Answer:
    """The request as HTTP/1.1 text, header names as the server handed them over."""
    line = f"{request.method} {request.target} HTTP/{request.scope['http_version']}\r\n".encode()
    fields = b"".join(b"%b: %b\r\n" % field for field in request.scope["headers"])
    return Answer(headers=[TEXT], pieces=[line + fields + b"\r\n", *await request.pieces()], is_shaped=True)


async def payload(request: Request) -> Answer:
    """The body as it came, under the type that it came with where that may be sent."""
    given = request.header(b"content-type") or "application/octet-stream"
    kind = media_type(given, "the Content-Type")
    return Answer(headers=[(b"content-type", kind)], pieces=await request.pieces(), is_shaped=True)


def environment(request: Request) -> Answer:
    return json_answer({"env": {name: value for name, value in os.environ.items() if name.startswith(ENV_PREFIX)}})


def hostname(request: Request) -> Answer:
    fallback = "echoscope" if request.shared.is_strict else socket.gethostname()
    return json_answer({"hostname": request.settings.hostname or fallback})


def version(request: Request) -> Answer:
    return json_answer({"service": "echoscope", "version": __version__})
