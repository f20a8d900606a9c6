"""What a bin would answer to a request, a recorded one or one that is made up: for who sets its answers."""

from typing import Annotated, Final
from urllib.parse import quote

import msgspec

from ...base.settings import Settings
from ...exchange.answers import Answers
from ...exchange.document import text
from ...exchange.messages import body_bytes
from ...exchange.model import Exchange
from ...exchange.replies import Preview
from .answers import choose, nth
from .filling import filled
from .incoming import Incoming
from .signed import Signed


class SampleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that nobody has sent. `path`: below the bin."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = {}
    body: str = ""


_AS_ANSWERS: Final = msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Answers"})
"""They are read on their own, so that a fault in them names its place."""


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`answers`: as they would be set. `exchange`: the id of a recorded one; else `request`. `number`: which of the
    requests of its sequence it is."""

    answers: Annotated[msgspec.Raw, _AS_ANSWERS] = msgspec.field(default_factory=lambda: msgspec.Raw(b"{}"))
    exchange: str = ""
    request: SampleRequest = SampleRequest()
    number: int = 1


def preview(
    answers: Answers, sample: Sample, exchange: Exchange | None, name: str, signed: Signed | None, settings: Settings
) -> Preview:
    incoming = _incoming(sample.request, name, signed) if exchange is None else _recorded(exchange, signed)
    rule, sequence = choose(answers, incoming)
    answer = nth(sequence, max(1, sample.number))
    if answer.echo or answer.fault in ("close", "reset", "hang"):
        return Preview(rule, answer.fault, answer.delay, answer.echo, None, [], "", [])
    reply = filled(answer, incoming, settings)
    if reply is None:
        remark = f"The body is longer than the {settings.max_bin_answer_bytes:,} bytes that it may have: it is a 500."
        return Preview(rule, answer.fault, answer.delay, answer.echo, 500, [], "", [remark])
    remarks = []
    if signed is None and "hmac_sha256" in str(answer):
        remarks.append("hmac_sha256 takes the secret of this bin's signature, and none is set.")
    headers = [(name.decode(), value.decode("utf-8", "replace")) for name, value in reply.headers]
    return Preview(rule, answer.fault, answer.delay, answer.echo, reply.status, headers, text(reply.body), remarks)


def _incoming(made: SampleRequest, name: str, signed: Signed | None) -> Incoming:
    pairs = ((key.lower(), value) for key, value in made.headers.items())
    headers = [(key.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for key, value in pairs]
    path = made.path if made.path.startswith("/") else f"/{made.path}"
    query = quote(made.query, safe="=&%+;:@/?,!$'()*~-._[]").encode()
    scope = {"method": made.method, "path": f"/~{name}{path}", "query_string": query, "headers": headers}
    return Incoming(scope, made.body.encode("utf-8", "replace"), "preview-1", signed)


def _recorded(exchange: Exchange, signed: Signed | None) -> Incoming:
    return Incoming(exchange.scope, body_bytes(exchange, "receive"), exchange.id, signed)
