"""Which log an address of the inspector belongs to.

/-/bins/NAME/REST        what the main log has at /-/REST, of the bin NAME
/-/api/bins/NAME/REST    the bin itself, for programs: the same as /-/bins/NAME/api/bin/REST
/-/live?bin=NAME         the same as /-/bins/NAME/live; so it is for all of /-/api/
"""

from typing import Final
from urllib.parse import quote, unquote_to_bytes

import msgspec
from starlette.types import Scope

from ...base.paths import RESERVED

BASE_KEY: Final = "echoscope.base"
"""The scope key of the path, without a slash at its end, below which the pages, the API and the feed of a log are."""

ROOT_KEY: Final = "echoscope.root"

SCHEME_KEY: Final = "echoscope.scheme"
"""The key of a scope under which the scheme of the connection itself stands, whatever a proxy tells of its own."""

_BINS: Final = RESERVED + "bins/"
_API_BINS: Final = RESERVED + "api/bins/"
_API: Final = RESERVED + "api/"
_LIVE: Final = RESERVED + "live"
_COLLECTION: Final = (RESERVED + "api/bins", RESERVED + "api/sessions", RESERVED + "api/presets")

OPEN_PARTS: Final = ("login", "logout")
"""What of a bin is open to everybody: where its key is entered."""


class Place(msgspec.Struct, frozen=True):
    """`bin`: the name that the address gives, None for the main log. `path`: where the main log has the same.
    `query`: without `bin`. `written`: the address as it is. `is_open`: whether it is where a key is entered."""

    bin: str | None
    path: str
    query: bytes
    written: str
    is_open: bool = False

    def base(self, root: str) -> str:
        return f"{root}/-" if self.bin is None else f"{root}/-/bins/{quote(self.bin)}"


def place_of(path: str, query: bytes, *, has_bins: bool = True) -> Place:
    """The place of a local path, decoded."""
    if not has_bins:
        return Place(None, path, query, path)
    if path.startswith(_BINS) and path != _BINS:
        name, slash, rest = path[len(_BINS) :].partition("/")
        if rest in OPEN_PARTS and slash:
            return Place(name, path, query, path, is_open=True)
        return Place(name, RESERVED + rest if slash else RESERVED + "bins-slash", query, path)
    if path.startswith(_API_BINS):
        name, slash, rest = path[len(_API_BINS) :].partition("/")
        return Place(name, f"{_API}bin{slash}{rest}", query, path)
    if b"bin=" in query and (path == _LIVE or path.startswith(_API)) and path not in _COLLECTION:
        pairs = query.split(b"&")
        name_of_bin = next((pair[4:] for pair in pairs if pair.startswith(b"bin=")), None)
        if name_of_bin is not None:
            others = b"&".join(pair for pair in pairs if not pair.startswith(b"bin="))
            return Place(unquote_to_bytes(name_of_bin).decode("utf-8", "replace"), path, others, path)
    return Place(None, path, query, path)


def base_of(scope: Scope) -> str:
    return str(scope[BASE_KEY])


def root_of(scope: Scope) -> str:
    """The prefix under which a proxy serves us. A mount of Starlette's changes the scope's own."""
    return str(scope[ROOT_KEY])


def mounted_at(scope: Scope) -> str:
    """What stands before `/-/` in the addresses of a page."""
    return str(scope.get("root_path", ""))
