"""JSON of a request as a value of a type, or a sentence that says where it is none, and what may stand there."""

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")


class NotOfType(ValueError):
    """JSON that cannot be used: one sentence, and `where`, as `rules[0].answers[1].body`; "" for all of it."""

    def __init__(self, detail: str, where: str = "") -> None:
        super().__init__(f"{where}: {detail}" if where else detail)
        self.detail = detail
        self.where = where


def typed(document: bytes, kind: type[T]) -> T:
    """Raises `NotOfType`."""
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".")
        raise NotOfType(f"{text.replace('`', '')}{_allowed(text, kind, where)}.", where) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotOfType(f"This is no JSON: {error}.") from error


def _allowed(text: str, kind: type, where: str) -> str:
    """What may stand there, as the end of the sentence."""
    types = list(_members(inspect.type_info(kind)))
    for step in re.findall(r"\[|[^.\[\]]+(?!\])", where):
        types = [inner for one in types for inner in _inside(one, step)]
    if text.startswith("Invalid enum value"):
        names = [str(value) for one in types if isinstance(one, inspect.LiteralType) for value in one.values if value]
        return f": it is one of {', '.join(names)}"
    if "unknown field" in text:
        names = [field.encode_name for one in types if isinstance(one, inspect.StructType) for field in one.fields]
        return f": there are {', '.join(names)}" if names else ": it has none"
    return ""


def _inside(one: inspect.Type, step: str) -> Iterator[inspect.Type]:
    """The types of what a struct has under a name, or a list or an object under `[`."""
    if isinstance(one, inspect.StructType):
        for field in one.fields:
            if field.encode_name == step:
                yield from _members(field.type)
    elif step == "[" and isinstance(one, inspect.ListType | inspect.VarTupleType):
        yield from _members(one.item_type)
    elif step == "[" and isinstance(one, inspect.DictType):
        yield from _members(one.value_type)


def _members(one: inspect.Type) -> Iterator[inspect.Type]:
    """The types of a union, one by one, without what is said about them."""
    if isinstance(one, inspect.Metadata):
        yield from _members(one.type)
    elif isinstance(one, inspect.UnionType):
        for member in one.types:
            yield from _members(member)
    else:
        yield one
