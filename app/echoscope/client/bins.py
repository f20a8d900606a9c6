"""Bins: what a server tells of them, what they answer, and how they are asked for."""

from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from ..exchange.answers import Answer, AnswerBytes, Answers, AnyPreset, Rule
from ..exchange.replies import BinDocument as Bin
from ..exchange.replies import BinKey, BinList, NewBin, Option, Preview, Schemes
from ..exchange.replies import SchemeDocument as Scheme
from ..exchange.replies import SignedDocument as Signature
from .calls import Call, nothing, reader

__all__ = [
    "Answer",
    "AnswerBytes",
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

Preset = AnyPreset[dict[str, Any]]
"""Its answers are as JSON has them, for `set_answers`."""


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
    content = msgspec.json.encode(wanted)
    return Call("PUT", _path(name, "answers"), reader(dict[str, Any]), content=content, is_of_site=True)


def preview(name: str, wanted: Answers | dict[str, Any], exchange_id: str, number: int) -> Call[Preview]:
    content = msgspec.json.encode({"answers": wanted, "exchange": exchange_id, "number": number})
    return Call("POST", _path(name, "answers", "preview"), reader(Preview), content=content, is_of_site=True)


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
