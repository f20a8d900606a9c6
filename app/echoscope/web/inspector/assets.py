"""Scripts, styles and pictures of our pages: a fixed set of files, read once, made small, served from memory.

No name in a request ever reaches the file system. The address of a file changes with the content of all, so that
browsers keep what they have and relative imports stay within one version. There is no build step: a file is served
without comments and spare white space, and compressed for clients that accept it. Three files hold others, so that a
page asks once instead of seventy times: the style sheet all that it imports; `BUNDLE` the modules of the dashboard that
a first look needs, and `LATER` the others.
"""

import asyncio
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import rcssmin
import rjsmin
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ...base.paths import STATIC
from .codings import ASSET_ENCODERS, best_coding

BUNDLE: Final = "js/inspector.js"
"""The modules of the dashboard in one: the elements, then `main.js`, each behind what it imports."""

LATER: Final = "js/later.js"
"""Those of the elements that a module asks for by `import("./elements/NAME.js")`, and what they alone import."""

HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_STYLE: Final = re.compile(r'@import url\("(?P<name>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')
_IMPORT: Final = re.compile(r'^import (?:\{(?P<names>[^}]*)\} from )?"(?P<path>\.[^"]*)";\n', re.MULTILINE)
_IMPORT_LATER: Final = re.compile(r'import\("(?P<path>\.[^"]*)"\)')
_EXPORT: Final = re.compile(r"^export ((?:async function|function|class|const) (\w+))", re.MULTILINE)
"""The forms of `import` and `export` that our modules use; `tests/test_assets.py` holds them to these."""


_START: Final = (
    "export const modules = {};\nif (document.hidden) start(); else requestAnimationFrame(() => setTimeout(start));\n"
)
"""A page that is not looked at has no frames."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it is served."""

    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """All files by their name below `static`, such as `js/main.js`. Takes some 100 ms, once."""
    files = [file for file in sorted(STATIC.rglob("*")) if file.suffix in MEDIA_TYPES]
    texts = {
        file.relative_to(STATIC).as_posix(): _with_styles(file)
        for file in files
        if file.suffix != ".css" or file.name == "index.css"
    }
    texts[BUNDLE], texts[LATER] = _bundles()
    return {
        name: Asset(_small(text, Path(name).suffix).encode(), MEDIA_TYPES[Path(name).suffix])
        for name, text in texts.items()
    }


@cache
def compressed(name: str, coding: str) -> bytes:
    """The content of an asset in a content coding. Takes up to some 300 ms, once."""
    content = assets()[name].content
    return content if coding == "identity" else ASSET_ENCODERS[coding](content)


async def asset(request: Request) -> Response:
    """The endpoint: one file of this version, in the coding that the client likes best."""
    name = request.path_params["name"]
    found = (await asyncio.to_thread(assets)).get(name)
    if found is None:
        raise HTTPException(404)
    coding = best_coding(request.headers.getlist("accept-encoding"))
    content = await asyncio.to_thread(compressed, name, coding)
    headers = HEADERS if coding == "identity" else {**HEADERS, "content-encoding": coding}
    return Response(content, headers=headers, media_type=found.media_type)


def _small(text: str, suffix: str) -> str:
    if suffix == ".js":
        return str(rjsmin.jsmin(text))
    if suffix == ".css":
        return str(rcssmin.cssmin(text))
    return re.sub(r"<!--.*?-->|\s*\n\s*", "", text)


def _with_styles(file: Path) -> str:
    """The text of a file, with the style sheets that it imports in their places."""

    def imported(found: re.Match[str]) -> str:
        return f"@layer {found['layer']} {{{_text(file.parent / found['name'])}}}"

    return _STYLE.sub(imported, _text(file))


def _bundles() -> tuple[str, str]:
    """Each module becomes a function that is called at once and gives what the module exports.

    It stands behind the modules that it imports; a circle of imports has no such order, and our modules have none. All
    begin behind the first frame: a script that is there before it would hold it up.
    """
    elements, main = sorted(STATIC.glob("js/elements/*.js")), STATIC / "js/main.js"
    late = {_target(file, path) for file in [*elements, main] for path in _IMPORT_LATER.findall(_text(file))}
    first = _ordered([*(file for file in elements if file not in late), main], {})
    others = [file for file in _ordered(sorted(late), dict(first)) if file not in first]
    names = {file: f"_{number}" for number, file in enumerate([*first, *others])}
    shared = ", ".join(names[file] for file in first)
    bundle = "".join(_as_function(file, names) for file in first)
    later = "".join(_as_function(file, names) for file in others)
    return (
        f"const start = (() => {{\n{bundle}Object.assign(modules, {{{shared}}});\n}});\n{_START}",
        f'import {{ modules }} from "./{Path(BUNDLE).name}";\nconst {{{shared}}} = modules;\n{later}',
    )


def _as_function(file: Path, names: dict[Path, str]) -> str:
    """`import {a} from "./b.js"` becomes `const {a} = _3`, where `_3` is what that module's function gave."""

    def imported(found: re.Match[str]) -> str:
        bound = (found["names"] or "").replace(" as ", ": ")
        return f"const {{{bound}}} = {names[_target(file, found['path'])]};\n" if bound else ""

    text = _text(file)
    exports = ", ".join(name for _, name in _EXPORT.findall(text))
    body = _IMPORT_LATER.sub(f'import("./{Path(LATER).name}")', _EXPORT.sub(r"\1", _IMPORT.sub(imported, text)))
    return f"const {names[file]} = (() => {{\n{body}\nreturn {{{exports}}};\n}})();\n"


def _ordered(files: Iterable[Path], order: dict[Path, None]) -> dict[Path, None]:
    """The files, each behind those that it imports, put into `order`."""
    for file in files:
        if file not in order:
            found = _IMPORT.finditer(_text(file))
            _ordered([_target(file, match["path"]) for match in found], order)
            order[file] = None
    return order


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _target(file: Path, path: str) -> Path:
    return (file.parent / path).resolve()
