"""What the client sent, told back: /get, /post, /anything, /headers, /ip and their like.

One builder makes every reflection, in httpbin's dialect: arguments, form and files are strings, or lists where
a name is repeated; header names are in Title-Case, repeats joined. What this form loses (order, repetition,
case) is in the exchange. Nothing is hidden: what a proxy added is what people look for.
"""

import json
import os
import re
import socket
from typing import Any, Final
from uuid import uuid4

import orjson

from .. import __version__
from ..turns import apart
from .answers import JSON, TEXT, Answer, Headers, json_answer, json_bytes
from .forms import Form, Pairs, parse_form, text_or_data_url
from .parameters import media_type
from .request import Request, text, title_case

Reflection = dict[str, Any]

ENV_PREFIX: Final = "HTTPBIN_ENV_"
"""The only environment variables that /env tells: whoever set one so meant it."""

MUCH_BYTES: Final = 128 << 10
"""A body of more is read in a process of its own: 16 MiB of JSON take a parser half a second in one piece."""

_LONG_NUMBER: Final = re.compile(rb"\d{16}")


# The builder


def head(request: Request) -> Reflection:
    """What is known without the body."""
    return {
        "args": semiflat(request.query),
        "headers": headers(request),
        "method": request.method,
        "origin": origin(request),
        "url": request.site + request.target,
    }


async def whole(request: Request) -> Reflection:
    """What is known with the body: `data` is the body unless it is a form that can be read."""
    body, content_type = await request.body(), request.fields.get(b"content-type", b"")
    if len(body) > MUCH_BYTES:
        encoded = await apart(encoded_content, body, content_type)
        return head(request) | {name: orjson.Fragment(value) for name, value in encoded.items()}
    return head(request) | content(body, content_type)


def content(body: bytes, content_type: bytes) -> Reflection:
    """What a body says, as text, as a form and as JSON."""
    form = (parse_form(content_type, body) if body else None) or Form([], [])
    is_form = bool(form.fields or form.files)
    return {
        "data": "" if is_form else text_or_data_url(body, text(content_type)),
        "files": semiflat(form.files),
        "form": semiflat(form.fields),
        "json": None if is_form else json_value(body),
    }


def encoded_content(body: bytes, content_type: bytes) -> dict[str, bytes]:
    """The same as JSON, each value with the indentation that it has in a reflection."""
    encoded = {}
    for name, value in content(body, content_type).items():
        member = _encoded({name: value})
        encoded[name] = member[len(f'{{\n  "{name}": ') : -len("\n}\n")]
    return encoded


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


def origin(request: Request) -> str:
    """The whole `X-Forwarded-For`, as httpbin has it, or else the address of whoever connected."""
    return request.header(b"x-forwarded-for") or request.client


def json_value(body: bytes) -> Any:
    """The body as JSON, None when it is none. Long numbers keep their digits, which orjson would round."""
    if not body:
        return None
    try:
        return json.loads(body.decode()) if _LONG_NUMBER.search(body) else orjson.loads(body)
    except (ValueError, RecursionError):
        return None


def reflection_answer(made: Reflection, more: Headers | None = None) -> Answer:
    return Answer(headers=[JSON, *(more or [])], body=_encoded(made))


def _encoded(made: Reflection) -> bytes:
    try:
        return json_bytes(made)
    except TypeError:  # the JSON of a body may have integers over 64 bits, or 255 levels
        pass
    try:
        return json.dumps(made, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"
    except (ValueError, RecursionError):
        return json_bytes({**made, "json": None})


# The endpoints


async def get(request: Request) -> Answer:
    return json_answer(head(request))


async def anything(request: Request) -> Answer:
    return reflection_answer(await whole(request))


async def upload(request: Request) -> Answer:
    """Counts what comes and keeps nothing of it."""
    return json_answer(head(request) | {"bytes_received": await request.skim()})


async def just_headers(request: Request) -> Answer:
    return json_answer({"headers": headers(request)})


async def ip(request: Request) -> Answer:
    if request.option("format") == "text":
        return await ip_text(request)
    return json_answer({"origin": origin(request)})


async def ip_text(request: Request) -> Answer:
    return Answer(headers=[TEXT], body=origin(request).encode() + b"\n", is_shaped=True)


async def user_agent(request: Request) -> Answer:
    return json_answer({"user-agent": request.header(b"user-agent")})


async def uuid(request: Request) -> Answer:
    return json_answer({"uuid": str(uuid4())})


async def dump(request: Request) -> Answer:
    """The request as HTTP/1.1 text, header names as the server handed them over."""
    line = f"{request.method} {request.target} HTTP/{request.scope['http_version']}\r\n".encode()
    fields = b"".join(b"%b: %b\r\n" % field for field in request.scope["headers"])
    return Answer(headers=[TEXT], body=line + fields + b"\r\n" + await request.body(), is_shaped=True)


async def payload(request: Request) -> Answer:
    """The body as it came, under the type that it came with where that may be sent."""
    given = request.header(b"content-type") or "application/octet-stream"
    return Answer(
        headers=[(b"content-type", media_type(given, "the Content-Type"))], body=await request.body(), is_shaped=True
    )


async def environment(request: Request) -> Answer:
    return json_answer({"env": {name: value for name, value in os.environ.items() if name.startswith(ENV_PREFIX)}})


async def hostname(request: Request) -> Answer:
    fallback = "echoscope" if request.shared.is_strict else socket.gethostname()
    return json_answer({"hostname": request.settings.hostname or fallback})


async def version(request: Request) -> Answer:
    return json_answer({"service": "echoscope", "version": __version__})
