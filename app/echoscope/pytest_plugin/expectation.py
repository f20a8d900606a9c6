"""What a test expects of a request, and in what a request differs from it, for people to read."""

from __future__ import annotations

import difflib
import json as jsonlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from ..base.terminal import safe
from .responses import NOT_GIVEN

if TYPE_CHECKING:
    from ..client import Exchange

MAX_OTHERS = 20
"""How many requests that came instead are named."""


class Expectation(msgspec.Struct, frozen=True):
    """Everything that is given must hold. `path` may hold `*`. Of `headers` and `query` what is named is looked at."""

    method: str | None
    path: str | None
    headers: Mapping[str, str] | None
    query: Mapping[str, str] | None
    json: Any
    content: bytes | None

    @property
    def lines(self) -> list[str]:
        """The expectation in words."""
        words = [f"{self.method or 'any method'} {self.path or 'any path'}"]
        words += [f"query {name}={value}" for name, value in (self.query or {}).items()]
        words += [f"header {name}: {value}" for name, value in (self.headers or {}).items()]
        if self.json is not NOT_GIVEN:
            words.append(f"json {jsonlib.dumps(self.json)}")
        if self.content is not None:
            words.append(f"content {self.content!r}")
        return words

    def differences(self, exchange: Exchange) -> list[list[str]]:
        """One block of lines for each thing in which a request differs; none when it is the one."""
        blocks: list[list[str]] = []
        if self.method is not None and exchange.method != self.method:
            blocks.append([f"method: {exchange.method} instead of {self.method}"])
        if self.path is not None and not fnmatchcase(exchange.path, self.path):
            blocks.append([f"path: {exchange.path} instead of {self.path}"])
        pairs = parse_qsl(exchange.query_string, keep_blank_values=True)
        for name, value in (self.query or {}).items():
            blocks += _field("query", name, value, [one for key, one in pairs if key == name])
        for name, value in (self.headers or {}).items():
            blocks += _field("header", name, value, exchange.headers.get_list(name))
        if self.json is not NOT_GIVEN:
            blocks += _json(self.json, exchange)
        if self.content is not None and exchange.content != self.content:
            blocks.append([f"content: {exchange.content!r} instead of {self.content!r}"])
        return blocks


def _field(kind: str, name: str, wanted: str, values: list[str]) -> list[list[str]]:
    if wanted in values:
        return []
    what = " and ".join(map(repr, values)) if values else "missing"
    return [[f"{kind} {name}: {what} instead of {wanted!r}"]]


def _json(wanted: Any, exchange: Exchange) -> list[list[str]]:
    try:
        received = exchange.json()
    except ValueError:
        return [[f"json: the body is none: {exchange.text[:200]!r}"]]
    if received == wanted:
        return []
    before, after = (jsonlib.dumps(value, indent=2, sort_keys=True).splitlines() for value in (wanted, received))
    rows = list(difflib.unified_diff(before, after, "expected", "received", lineterm="", n=3))
    return [["json:", *(f"  {row}" for row in rows)]]


def failure(expectation: Expectation, came: list[Exchange], matches: int, count: int | None) -> str:
    """What a test is told that has not received what it expects."""
    expected = "\n".join(f"    {line}" for line in expectation.lines)
    if matches:
        return safe_lines(f"{matches} requests matched instead of {count}. Expected was:\n{expected}\n{_names(came)}")
    if not came:
        return safe_lines(f"No request came at all. Expected was:\n{expected}")
    closest = min(reversed(came), key=lambda exchange: len(expectation.differences(exchange)))
    blocks = expectation.differences(closest)
    told = "\n".join(f"    {line}" for block in blocks for line in block)
    others = [exchange for exchange in came if exchange is not closest]
    return safe_lines(
        f"No request matched. Expected was:\n{expected}\n"
        f"The closest of {len(came)} that came is {_name(closest)}, but for:\n{told}"
        + (f"\n{_names(others)}" if others else "")
    )


def _names(came: list[Exchange]) -> str:
    more = f", and {len(came) - MAX_OTHERS} more" if len(came) > MAX_OTHERS else ""
    return "Came: " + ", ".join(map(_name, came[:MAX_OTHERS])) + more


def _name(exchange: Exchange) -> str:
    query = f"?{exchange.query_string}" if exchange.query_string else ""
    return f"{exchange.method or 'WEBSOCKET'} {exchange.path}{query}"


def safe_lines(text: str) -> str:
    return "\n".join(map(safe, text.split("\n")))
