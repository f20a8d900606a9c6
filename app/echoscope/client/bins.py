"""Bins: what a server tells of them, what they answer, and how they are asked for."""

from base64 import b64encode
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from .calls import Call, nothing, reader

# Shapes


class Signature(Struct):
    """How the sender of a bin signs. Nothing tells the secret."""

    scheme: str
    options: dict[str, str]


class Bin(Struct):
    """`url`: where requests are sent to. `inspector`: where people look at them. `expires_at`: None for never."""

    name: str
    maker: Literal["operator", "visitor", "setting", "use"]
    url: str
    inspector: str
    created_at: str
    used_at: str
    expires_at: str | None
    has_key: bool
    has_answers: bool
    signature: Signature | None
    exchanges: int
    bytes: int
    head: int


class NewBin(Bin, kw_only=True):
    """`key`: what opens the bin, told this once; None in the local profile, where there are no keys."""

    key: str | None


class BinList(Struct):
    """The newest bin first. `max_bins`: how many there may be."""

    items: list[Bin]
    max_bins: int


class Answer(Struct, omit_defaults=True):
    """`headers`: names and values in their order. `delay`: seconds before the answer. `times`: how often before the
    next of the sequence; the last one stays. `echo`: the request itself is the answer. A `body` of text takes values
    of the request, such as `{{ json.challenge }}`; one of bytes is sent as it is."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str | bytes = ""
    delay: float = 0
    fault: Literal["close", "reset", "hang", "half"] | None = None
    times: int = 1
    echo: bool = False


class Rule(Struct, omit_defaults=True):
    """Which requests get `answers` of their own: everything that is given must match."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    json: dict[str, str] = field(default_factory=dict)
    signature: Literal["", "valid", "invalid"] = ""
    answers: list[Answer] = field(default_factory=list)


class Answers(Struct, omit_defaults=True):
    """All that a bin answers: the first rule that matches decides, and `answers` where none does."""

    rules: list[Rule] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


class Preset(Struct):
    """Answers that are ready. `answers`: as JSON has them, for `set_answers`."""

    id: str
    title: str
    about: str
    reference: str
    needs_secret: bool
    answers: dict[str, Any]


class Option(Struct):
    name: str
    title: str
    default: str
    choices: list[str]


class Scheme(Struct):
    """A way of signing. `secret`: what its vendor calls the secret."""

    id: str
    title: str
    secret: str
    signs: str
    reference: str
    options: list[Option]


class Preview(Struct):
    """What a bin would answer. `rule`: the number of the one that matched, from 0. `headers`: in their order.
    `body`: as JSON tells it. `remarks`: what may surprise."""

    rule: int | None
    fault: str | None
    delay: float
    echo: bool
    status: int | None
    headers: list[tuple[str, str]]
    body: str | dict[str, str]
    remarks: list[str]


class _Renewed(Struct):
    key: str


class _Presets(Struct):
    items: list[Preset]


class _Schemes(Struct):
    items: list[Scheme]


# Calls


def _path(name: str, *more: str) -> str:
    return "/".join(["bins", quote(name, safe=""), *more])


def listed() -> Call[BinList]:
    return Call("GET", "bins", reader(BinList), is_of_site=True)


def create(name: str | None, key: str | None) -> Call[NewBin]:
    wish = {field: value for field, value in (("name", name), ("key", key)) if value is not None}
    return Call("POST", "bins", reader(NewBin), content=msgspec.json.encode(wish), is_of_site=True)


def one(name: str) -> Call[Bin]:
    return Call("GET", _path(name), reader(Bin), is_of_site=True)


def delete(name: str) -> Call[None]:
    return Call("DELETE", _path(name), nothing, is_of_site=True)


def renew_key(name: str) -> Call[str]:
    read = reader(_Renewed)
    return Call("POST", _path(name, "key"), lambda body: read(body).key, is_of_site=True)


def answers(name: str) -> Call[dict[str, Any]]:
    return Call("GET", _path(name, "answers"), reader(dict[str, Any]), is_of_site=True)


def set_answers(name: str, wanted: Answers | dict[str, Any]) -> Call[dict[str, Any]]:
    content = msgspec.json.encode(wanted if isinstance(wanted, dict) else _definition(wanted))
    return Call("PUT", _path(name, "answers"), reader(dict[str, Any]), content=content, is_of_site=True)


def preview(name: str, wanted: Answers | dict[str, Any], exchange_id: str, number: int) -> Call[Preview]:
    definition = wanted if isinstance(wanted, dict) else _definition(wanted)
    content = msgspec.json.encode({"answers": definition, "exchange": exchange_id, "number": number})
    return Call("POST", _path(name, "answers", "preview"), reader(Preview), content=content, is_of_site=True)


def _definition(wanted: Answers) -> dict[str, Any]:
    """The answers as JSON has them: bytes as base64."""
    definition: dict[str, Any] = msgspec.to_builtins(wanted, builtin_types=(bytes,))
    sequences = [definition, *definition.get("rules", ())]
    for answer in (answer for sequence in sequences for answer in sequence.get("answers", ())):
        if isinstance(answer.get("body"), bytes):
            answer["body"] = {"base64": b64encode(answer["body"]).decode()}
    return definition


def forget_answers(name: str) -> Call[None]:
    return Call("DELETE", _path(name, "answers"), nothing, is_of_site=True)


def signature(name: str) -> Call[Signature | None]:
    return Call("GET", _path(name, "signature"), _signature, is_of_site=True)


def _signature(body: bytes) -> Signature | None:
    return None if body.strip() == b"null" else reader(Signature)(body)


def set_signature(name: str, scheme: str, secret: str, options: dict[str, str] | None) -> Call[Signature]:
    content = msgspec.json.encode({"scheme": scheme, "secret": secret, "options": options or {}})
    return Call("PUT", _path(name, "signature"), reader(Signature), content=content, is_of_site=True)


def forget_signature(name: str) -> Call[None]:
    return Call("DELETE", _path(name, "signature"), nothing, is_of_site=True)


def presets() -> Call[list[Preset]]:
    read = reader(_Presets)
    return Call("GET", "presets", lambda body: read(body).items)


def schemes() -> Call[list[Scheme]]:
    read = reader(_Schemes)
    return Call("GET", "signatures", lambda body: read(body).items)
