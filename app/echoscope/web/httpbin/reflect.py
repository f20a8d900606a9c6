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

from ... import __version__
from ...base.threads import beside
from ...base.turns import apart
from ...http.fields import split
from ...insight.bodies.codings import undo
from ..endpoint.answers import JSON, TEXT, Answer, Headers, json_answer, json_bytes
from ..endpoint.forms import Form, Pairs, parse_form, text_or_data_url
from ..endpoint.parameters import media_type
from ..endpoint.request import Request, text, title_case

Reflection = dict[str, Any]

ENV_PREFIX: Final = "HTTPBIN_ENV_"
"""The only environment variables that /env tells: whoever set one so meant it."""

MUCH_BYTES: Final = 128 << 10
"""A body of more is read in a process of its own: 16 MiB of JSON take a parser half a second in one piece."""

SOME_BYTES: Final = 16 << 10
"""A body of more is read beside the loop: a thousand parts of a form take ten milliseconds."""

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


async def whole(request: Request) -> Reflection:
    """What is known with the body: `data` is the body unless it is a form that can be read."""
    body, fields = await request.body(), request.fields
    named = fields.get(b"content-type", b""), fields.get(b"content-encoding", b"")
    if len(body) > MUCH_BYTES:
        encoded = await apart(encoded_content, body, *named)
        return head(request) | {name: orjson.Fragment(value) for name, value in encoded.items()}
    told = await beside(content, body, *named) if len(body) > SOME_BYTES else content(body, *named)
    return head(request) | told


def content(body: bytes, content_type: bytes, coding: bytes = b"") -> Reflection:
    """What a body says, as text, as a form and as JSON. `coding`: the Content-Encoding, which form and JSON are without
    (RFC 9110, section 8.4); `data` has the bytes as they came."""
    uncoded = _uncoded(body, coding)
    form = (parse_form(content_type, uncoded) if body else None) or Form([], [])
    is_form = bool(form.fields or form.files)
    return {
        "data": "" if is_form else text_or_data_url(body, text(content_type)),
        "files": semiflat(form.files),
        "form": semiflat(form.fields),
        "json": None if is_form else json_value(uncoded),
    }


def _uncoded(body: bytes, coding: bytes) -> bytes:
    """The body without its content coding; as it is where it is damaged, or more than is undone."""
    if not coding:
        return body
    decoded, undone = undo(body, split(coding.decode("latin-1").lower()))
    return decoded if undone is not None and undone.state == "whole" else body


def encoded_content(body: bytes, content_type: bytes, coding: bytes = b"") -> dict[str, bytes]:
    """The same as JSON, each value with the indentation that it has in a reflection."""
    encoded = {}
    for name, value in content(body, content_type, coding).items():
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


def reflection_answer(made: Reflection, more: Headers | None = None) -> Answer:
    return Answer(headers=[JSON, *(more or [])], body=_encoded(made))


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
    return reflection_answer(await whole(request))


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


def dump(request: Request, body: bytes) -> Answer:
    """The request as HTTP/1.1 text, header names as the server handed them over."""
    line = f"{request.method} {request.target} HTTP/{request.scope['http_version']}\r\n".encode()
    fields = b"".join(b"%b: %b\r\n" % field for field in request.scope["headers"])
    return Answer(headers=[TEXT], body=line + fields + b"\r\n" + body, is_shaped=True)


def payload(request: Request, body: bytes) -> Answer:
    """The body as it came, under the type that it came with where that may be sent."""
    given = request.header(b"content-type") or "application/octet-stream"
    return Answer(headers=[(b"content-type", media_type(given, "the Content-Type"))], body=body, is_shaped=True)


def environment(request: Request) -> Answer:
    return json_answer({"env": {name: value for name, value in os.environ.items() if name.startswith(ENV_PREFIX)}})


def hostname(request: Request) -> Answer:
    fallback = "echoscope" if request.shared.is_strict else socket.gethostname()
    return json_answer({"hostname": request.settings.hostname or fallback})


def version(request: Request) -> Answer:
    return json_answer({"service": "echoscope", "version": __version__})
