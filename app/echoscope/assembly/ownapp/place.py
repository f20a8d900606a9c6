"""Where the inspector stands below somebody else's app.

Its pages call themselves `/-/…` below a root path, as ASGI says of a mounted app. With the prefix `/debug` that root
path is `/debug`: `/debug/-/` is the dashboard, and so is `/debug/`. A prefix that ends in `/-` has it in itself.
"""

import re
from typing import Final

from starlette.types import Scope

from ...base.paths import AROUND_KEY, local_path

_PREFIX: Final = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)
_OWN: Final = "/-"


class Place:
    """`prefix` begins with a slash; one at its end makes no difference. Raises ValueError."""

    def __init__(self, prefix: str) -> None:
        prefix = str(prefix).removesuffix("/")
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(
                f"prefix: {prefix!r} cannot be used: it begins with a slash, and has letters, digits and . _ ~ - in "
                "it, such as /-, /debug or /tools/echoscope"
            )
        self.prefix = prefix
        self._root = prefix.removesuffix(_OWN)

    def has(self, scope: Scope) -> bool:
        """Whether a request is for the inspector, by its path as it was written (`paths.is_own`)."""
        path: str = scope["path"]
        if self.prefix not in path:
            return False
        root_path = scope.get("root_path", "")
        raw_path = scope.get("raw_path")
        if raw_path is not None and not self._is_below(local_path(raw_path.decode("latin-1"), root_path)):
            return False
        return self._is_below(local_path(path, root_path))

    def _is_below(self, path: str) -> bool:
        return path.startswith(self.prefix) and path[len(self.prefix) :][:1] in ("", "/")

    def inspected(self, scope: Scope) -> Scope:
        """The scope as the inspector gets it: mounted below the prefix."""
        outside: str = scope.get("root_path", "")
        path = local_path(scope["path"], outside)[len(self._root) :]
        if not (path == _OWN or path.startswith(f"{_OWN}/")):
            path = _OWN + (path or "/")
        root = outside + self._root
        return {
            **scope,
            AROUND_KEY: outside,
            "app_root_path": scope.get("app_root_path", outside),  # as Starlette has it for what is mounted
            "root_path": root,
            "path": root + path,
        }
