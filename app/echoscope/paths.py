"""Where things are: our URLs, and the folders `templates` and `static` in a checkout or in a wheel."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from . import __version__

RESERVED = "/-/"
"""The one prefix that is Echoscope's own. Everything else is a request to look at."""

IMPORT = RESERVED + "api/import"
"""Where files of exchanges are taken, which may be larger than a request to look at."""

_package = Path(__file__).parent
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


def is_reserved(path: str) -> bool:
    """Whether a local path is Echoscope's own: `/-` and everything below `/-/`."""
    return path.startswith(RESERVED) or path == "/-"


@cache
def static_version() -> str:
    """The folder name under which assets are served: it changes with their content, so they may be cached for ever."""
    digest = sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:10]}"
