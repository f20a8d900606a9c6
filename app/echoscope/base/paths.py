"""Where things are: our URLs, and the folders `templates` and `static` in a checkout or in a wheel."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from .. import __version__

RESERVED = "/-/"
"""The one prefix that is Echoscope's own. Everything else is a request to look at."""

LOGIN = RESERVED + "login"
"""The page that signs a browser in."""

AROUND_KEY = "echoscope.around"
"""The scope key under which the inspector of a wrapped app finds the root path of that app."""

IMPORT = RESERVED + "api/import"
"""Where files of exchanges are taken, which may be larger than a request to look at."""

_package = Path(__file__).parents[1]
_data = _package if (_package / "templates").is_dir() else _package.parents[1]

TEMPLATES = _data / "templates"
STATIC = _data / "static"


def local_path(path: str, root_path: str) -> str:
    """The path below `root_path`.

    Servers differ: uvicorn puts `root_path` in front of `path` as the spec says, others do not, so a
    path that does not begin with it is taken as it is.
    """
    if root_path and path.startswith(root_path) and path[len(root_path) :][:1] in ("", "/"):
        return path[len(root_path) :]
    return path


def rooted(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The scope of a request whose proxy left the root path in front of the path, as if it had taken it off.

    A server puts the root path in front of whatever comes, so it stands there twice. Nobody can tell such a request
    from one for a path of ours that begins with the root path itself, and that one is far rarer.
    """
    root_path: str = scope["root_path"]
    if not f"{local_path(scope['path'], root_path)}/".startswith(root_path + "/"):
        return dict(scope)
    changed = {**scope, "path": local_path(scope["path"], root_path)}
    raw_path = scope.get("raw_path")
    if raw_path is not None:
        changed["raw_path"] = local_path(raw_path.decode("latin-1"), root_path).encode("latin-1")
    return changed


def segments(path: str, raw_path: bytes | None = None, root_path: str = "") -> list[str]:
    """The segments of a path below `root_path`, decoded one by one: an escaped slash is data (RFC 3986, section 2.2).

    Where a server tells no raw path, the decoded one has to do.
    """
    if raw_path is None or b"%" not in raw_path:
        return local_path(path, root_path).split("/")[1:]
    written = local_path(raw_path.decode("latin-1"), root_path).split("/")[1:]
    return [unquote_to_bytes(segment.encode("latin-1")).decode("utf-8", "replace") for segment in written]


def is_reserved(path: str) -> bool:
    """Whether a local path is Echoscope's own: `/-` and everything below `/-/`."""
    return path.startswith(RESERVED) or path == "/-"


def is_own(scope: Mapping[str, Any]) -> bool:
    """Whether a request is for Echoscope itself, by its path as it was written: a proxy that keeps strangers from `/-/`
    need not know that `%2d` stands for a hyphen. Where a server tells no raw path, the decoded one counts."""
    path: str = scope["path"]
    if "/-" not in path:
        return False
    root_path = scope.get("root_path", "")
    raw_path = scope.get("raw_path")
    if raw_path is not None and not is_reserved(local_path(raw_path.decode("latin-1"), root_path)):
        return False
    return is_reserved(local_path(path, root_path))


def is_of_bin(scope: Mapping[str, Any]) -> bool:
    """Whether a request is for a bin: its first segment begins with a tilde, which may be written as an escape."""
    path: str = scope["path"]
    return "/~" in path and local_path(path, scope.get("root_path", "")).startswith("/~")


@cache
def static_version() -> str:
    """The folder name under which assets are served: it changes with their content, so they may be cached for ever."""
    digest = sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:10]}"
