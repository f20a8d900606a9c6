"""Members of JSON texts by their path, as text that can be searched."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

_MOST_LINES: Final = 1_000
_PLACE: Final = re.compile("[0-9]{1,9}")


class JsonText:
    """A text that may be JSON, or lines of it. It is read once, and only when a search may find something in it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._is_json = content.removeprefix(BOM_UTF8).lstrip(b" \t\r\n")[:1] in (b"{", b"[")

    def members(self, path: str) -> Iterator[str]:
        """The values at `path`, names in lower case; nothing where the text is no JSON.

        A number in the path is the place of an item in a list; a name is looked for in every item. Names may have dots.
        Numbers are as they were written, objects and lists are JSON.
        """
        if self._is_json and self._may_have(path.rpartition(".")[2]):
            for root in self._roots:
                for value in _at(root, path):
                    yield value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def _may_have(self, name: str) -> bool:
        if not name.isascii() or _PLACE.fullmatch(name) or b"\\" in self._content:
            return True
        return name.encode() in self._lowered

    @cached_property
    def _lowered(self) -> bytes:
        return self._content.lower()

    @cached_property
    def _roots(self) -> list[Any]:
        whole = _read(self._content)
        if whole is not None:
            return [whole]
        lines = self._content.split(b"\n", _MOST_LINES)[:_MOST_LINES]
        return [_read(line) for line in lines] if len(lines) > 1 else []


def _read(content: bytes) -> Any:
    """The value of a JSON text, numbers as text; None for other texts."""
    try:
        return json.loads(content, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _at(root: Any, path: str) -> Iterator[Any]:
    """The values at the path, in their order; not by recursion, since a text may be as deep as Python's stack."""
    left = [(root, path)]
    while left:
        value, rest = left.pop()
        if not rest:
            yield value
        elif isinstance(value, dict):
            for key, item in reversed(value.items()):
                name = key.lower()
                if rest == name:
                    left.append((item, ""))
                elif rest.startswith(f"{name}."):
                    left.append((item, rest[len(name) + 1 :]))
        elif isinstance(value, list):
            first, _, others = rest.partition(".")
            if not _PLACE.fullmatch(first):
                left += [(item, rest) for item in reversed(value)]
            elif int(first) < len(value):
                left.append((value[int(first)], others))
