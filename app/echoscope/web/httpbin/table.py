"""Finds the route of a path: only one that a route matches as a whole, segment by segment, is taken."""

from collections.abc import Sequence
from typing import Final

from ...base.paths import local_path, segments
from ..endpoint.answers import Answer, Refused
from ..endpoint.parameters import shown
from ..endpoint.request import Request
from .routes import ANY, FENCED, ROUTES, Route

Found = tuple[Route, dict[str, str]]


class Table:
    """Routes by path: those without parameters at one look, the others by their first segment, in their order.

    What no route matches below a fenced segment is nobody's address, and is answered so.
    """

    def __init__(self, more: Sequence[Route] = ()) -> None:
        """`more`: routes beside those of the table, which everybody knows."""
        self._fixed: dict[str, Found] = {route.path: (route, {}) for route in more}
        self._patterns: dict[str, list[Pattern]] = {name: [] for name in FENCED}
        for route in (route for family in ROUTES.values() for route in family):
            if "{" in route.path:
                self._patterns.setdefault(route.path.split("/")[1], []).append(Pattern(route))
            else:
                self._fixed[route.path] = route, {}
        self._fences: dict[str, Found] = {name: (_fence(name, self._patterns[name]), {}) for name in FENCED}

    def find(self, path: str, raw_path: bytes | None = None, root_path: str = "") -> Found | None:
        """`raw_path`: as it was sent, where a server tells it. Both may begin with `root_path`."""
        local = local_path(path, root_path) if root_path else path
        match = self._fixed.get(local)
        if match is not None:
            if raw_path is None or b"%" not in raw_path:
                return match
            return match if segments(path, raw_path, root_path) == local.split("/")[1:] else None
        first = local.lstrip("/").partition("/")[0]
        patterns = self._patterns.get(first)
        if patterns is None:
            return None
        parts = segments(path, raw_path, root_path)
        for pattern in patterns:
            parameters = pattern.match(parts)
            if parameters is not None:
                return pattern.route, parameters
        return self._fences.get(first)


class Pattern:
    """The path of a route with parameters, as segments: `{name}` takes one, `{name:path}` all that are left."""

    def __init__(self, route: Route) -> None:
        self.route = route
        written = list(enumerate(route.path.split("/")[1:]))
        self._count = len(written)
        self._literals = [(index, segment) for index, segment in written if not segment.startswith("{")]
        self._names = [(index, name[1:-1]) for index, name in written if name.startswith("{") and ":" not in name]
        self._rest = next((name[1 : -len(":path}")] for _, name in written if name.endswith(":path}")), None)

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters by their names; None for a path that is not of this route."""
        count = self._count
        if len(segments) < count or (len(segments) > count and self._rest is None):
            return None
        for index, literal in self._literals:
            if segments[index] != literal:
                return None
        parameters = {name: segments[index] for index, name in self._names}
        if not all(value or name in MAY_BE_EMPTY for name, value in parameters.items()):
            return None
        if self._rest is not None:
            parameters[self._rest] = "/".join(segments[count - 1 :])
        return parameters


MAY_BE_EMPTY: Final = ("user", "password")
"""Parameters that an empty segment is a value for (RFC 7617, section 2)."""


def _fence(name: str, patterns: list[Pattern]) -> Route:
    """A route that says what the addresses below a segment look like."""
    forms = [pattern.route.path for pattern in patterns] or [f"/{name}"]

    def refuse(request: Request) -> Answer:
        raise Refused(404, f"There is nothing at {shown(request.target)}: an address here is {' or '.join(forms)}.")

    return Route(f"/{name}", ANY, refuse, "", "")
