"""Scripts, styles and pictures of our pages: a fixed set of files, read once, made small, served from memory.

No name in a request ever reaches the file system. The address of a file changes with the content of all, so that
browsers keep what they have and relative imports stay within one version. There is no build step: what is served is
the file without comments and spare white space, with short names where nobody but a class itself can name them.
"""

import re
from functools import cache
from string import ascii_letters
from typing import Final

import msgspec
import rcssmin
import rjsmin
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..paths import STATIC

HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_USE: Final = re.compile(r"\.#(\w+)")
"""A private name behind its object."""

_NAME: Final = re.compile(r"(?<![\"'`])#(\w+)")
"""The same, or where a class declares it; not the beginning of a text, such as a selector."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it is served."""

    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """All files by their name below `static`, such as `js/main.js`."""
    files = sorted(file for file in STATIC.rglob("*") if file.suffix in MEDIA_TYPES)
    return {
        file.relative_to(STATIC).as_posix(): Asset(_small(file.read_text(), file.suffix), MEDIA_TYPES[file.suffix])
        for file in files
    }


def names(folder: str) -> list[str]:
    """The names of the files in a folder, for pages that ask for all of them at once."""
    return [name for name in assets() if name.startswith(folder + "/")]


async def asset(request: Request) -> Response:
    """The endpoint: one file of this version."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return Response(found.content, headers=HEADERS, media_type=found.media_type)


def _small(text: str, suffix: str) -> bytes:
    if suffix == ".js":
        text = _with_short_names(rjsmin.jsmin(text))
    elif suffix == ".css":
        text = rcssmin.cssmin(text)
    else:
        text = re.sub(r"<!--.*?-->|\s*\n\s*", "", text)
    return text.encode()


def _with_short_names(script: str) -> str:
    """Private names of classes (`this.#rows`) with one letter: the language keeps everybody else from using them."""
    names = sorted(set(_USE.findall(script)))
    short = dict(zip(names, ascii_letters, strict=False))
    return _NAME.sub(lambda found: f"#{short.get(found[1], found[1])}", script)
