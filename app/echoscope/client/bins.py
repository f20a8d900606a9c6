"""Bins: what a server tells of them, what they answer, and how they are asked for."""

from base64 import b64encode
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from ..exchange.replies import BinDocument as Bin
from ..exchange.replies import BinKey, BinList, NewBin, Option, Preview, Schemes
from ..exchange.replies import SchemeDocument as Scheme
from ..exchange.replies import SignedDocument as Signature
from .calls import Call, nothing, reader

__all__ = [
    "Answer",
    "Answers",
    "Bin",
    "BinList",
    "NewBin",
    "Option",
    "Preset",
    "Preview",
    "Rule",
    "Scheme",
    "Signature",
]

# Shapes


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


class _Presets(Struct):
    items: list[Preset]


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
    read = reader(BinKey)
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
    read = reader(Schemes)
    return Call("GET", "signatures", lambda body: read(body).items)
