"""Scripts, styles and pictures of our pages: a fixed set of files, read once, made small, served from memory.

No name in a request ever reaches the file system. The address of a file changes with the content of all, so that
browsers keep what they have and relative imports stay within one version. There is no build step: what is served is
the file without comments and spare white space, with short names where nobody but a class itself can name them; and
one style sheet with all that it imports in it, because nothing is painted before the last of them is here.
"""

import re
from functools import cache
from pathlib import Path
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

_IMPORT: Final = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')

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
        file.relative_to(STATIC).as_posix(): Asset(_small(_read(file), file.suffix), MEDIA_TYPES[file.suffix])
        for file in files
        if file.suffix != ".css" or file.name == "index.css"
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


def _read(file: Path) -> str:
    """The text of a file, with the style sheets that it imports in their places."""

    def imported(found: re.Match[str]) -> str:
        return f"@layer {found['layer']} {{{(file.parent / found['name']).read_text(encoding='utf-8')}}}"

    return _IMPORT.sub(imported, file.read_text(encoding="utf-8"))


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
