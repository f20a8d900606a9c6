"""What a bin would answer to a request, a recorded one or one that is made up: for who sets its answers."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import msgspec

from ...base.settings import Settings
from ...exchange.messages import body_bytes
from ...exchange.model import Exchange
from .answers import Answers, nth
from .filling import filled
from .incoming import Incoming
from .signed import Signed


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that nobody has sent. `path`: below the bin."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = {}
    body: str = ""


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`answers`: as they would be set. `exchange`: the id of a recorded one; else `request`. `number`: which of the
    requests of its sequence it is."""

    answers: msgspec.Raw = msgspec.Raw(b"{}")
    exchange: str = ""
    request: Made = Made()
    number: int = 1


def preview(
    answers: Answers, sample: Sample, exchange: Exchange | None, name: str, signed: Signed | None, settings: Settings
) -> dict[str, Any]:
    """The answer as JSON. `rule`: the number of the one that matched, from 0. `remarks`: what may surprise."""
    incoming = _incoming(sample.request, name, signed) if exchange is None else _recorded(exchange, signed)
    rule, sequence = answers.choose(incoming)
    answer = nth(sequence, max(1, sample.number))
    document: dict[str, Any] = {"rule": rule, "fault": answer.fault, "delay": answer.delay, "echo": answer.echo}
    if answer.echo or answer.fault in ("close", "reset", "hang"):
        return document | {"status": None, "headers": [], "body": "", "remarks": []}
    reply = filled(answer, incoming, settings)
    if reply is None:
        remark = f"The body is longer than the {settings.max_bin_answer_bytes:,} bytes that it may have: it is a 500."
        return document | {"status": 500, "headers": [], "body": "", "remarks": [remark]}
    remarks = []
    if signed is None and "hmac_sha256" in str(answer):
        remarks.append("hmac_sha256 takes the secret of this bin's signature, and none is set.")
    try:
        body: Any = reply.body.decode()
    except UnicodeDecodeError:
        body = {"base64": b64encode(reply.body).decode()}
    headers = [(name.decode(), value.decode("utf-8", "replace")) for name, value in reply.headers]
    return document | {"status": reply.status, "headers": headers, "body": body, "remarks": remarks}


def _incoming(made: Made, name: str, signed: Signed | None) -> Incoming:
    pairs = ((key.lower(), value) for key, value in made.headers.items())
    headers = [(key.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for key, value in pairs]
    path = made.path if made.path.startswith("/") else f"/{made.path}"
    query = quote(made.query, safe="=&%+;:@/?,!$'()*~-._[]").encode()
    scope = {"method": made.method, "path": f"/~{name}{path}", "query_string": query, "headers": headers}
    return Incoming(scope, made.body.encode("utf-8", "replace"), "preview-1", signed)


def _recorded(exchange: Exchange, signed: Signed | None) -> Incoming:
    return Incoming(exchange.scope, body_bytes(exchange, "receive"), exchange.id, signed)
