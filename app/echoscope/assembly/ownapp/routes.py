"""Which route answered, as frameworks say it: in the scope, in the environ, or when they are asked to tell.

Starlette and FastAPI put `route`, `endpoint` and `path_params` into the scope, Litestar `route_handler` and
`path_template`; Bottle leaves its route in the environ. Flask and Quart tell by a signal, and Django where it looks the
view up. Nothing is matched again here: what no framework says is not known.
"""

import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from ...base.plain import plain
from ...exchange.model import RouteMatch
from .logs import listening

_MOST_PARAMETERS: Final = 50
_PARAMETER_CHARACTERS: Final = 1_000


def in_scope(scope: Mapping[str, Any]) -> RouteMatch | None:
    """From the scope that an app got, once it has routed."""
    if (handler := scope.get("route_handler")) is not None:
        return _match(scope.get("path_template"), getattr(handler, "fn", handler), scope.get("path_params"))
    endpoint = scope.get("endpoint")
    if endpoint is None:
        return None
    route = scope.get("route")
    return _match(getattr(route, "path", None), endpoint, scope.get("path_params"))


def in_environ(environ: Mapping[str, Any]) -> RouteMatch | None:
    """From the environ that a WSGI app got, once it has routed."""
    route = environ.get("bottle.route")
    if route is None:
        return None
    return _match(getattr(route, "rule", None), getattr(route, "callback", None), environ.get("route.url_args"))


def ask(app: Any) -> None:
    """Have frameworks tell that put nothing where it is found: `app` where it is a handler of Django; Flask, Quart."""
    if "django.core.handlers.base" in sys.modules:
        _ask_django(app)
    if "flask" in sys.modules:
        import flask

        flask.request_started.connect(_of_flask)
    if "quart" in sys.modules:
        import quart

        quart.request_started.connect(_of_quart)
        quart.websocket_started.connect(_of_quart_websocket)


def _ask_django(app: Any) -> None:
    from django.core.handlers.base import BaseHandler

    if not isinstance(app, BaseHandler) or "resolve_request" in vars(app):
        return
    resolve: Callable[[Any], Any] = app.resolve_request

    def resolve_and_tell(request: Any) -> Any:
        found = resolve(request)
        match = request.resolver_match
        _tell(_match(match.route, match.func, match.kwargs or dict(enumerate(match.args))))
        return found

    app.resolve_request = resolve_and_tell


def _of_flask(app: Any, **_: Any) -> None:
    from flask import request

    _tell_rule(app, request)


def _of_quart(app: Any, **_: Any) -> None:
    from quart import request

    _tell_rule(app, request)


def _of_quart_websocket(app: Any, **_: Any) -> None:
    from quart import websocket

    _tell_rule(app, websocket)


def _tell_rule(app: Any, request: Any) -> None:
    """The route of Werkzeug's routing. The endpoint of a rule is a name; the app knows the function behind it."""
    rule = request.url_rule
    if rule is not None:
        _tell(_match(rule.rule, app.view_functions.get(rule.endpoint), request.view_args))


def answered_by(address: str) -> None:
    """Tell what answers in the place of a function."""
    _tell(RouteMatch(None, address, {}))


def _tell(match: RouteMatch) -> None:
    listener = listening.get()
    if listener is not None:
        listener.route = match


def _match(template: Any, endpoint: Any, parameters: Any) -> RouteMatch:
    return RouteMatch(template if isinstance(template, str) else None, _name(endpoint), _plain(parameters))


def _plain(parameters: Any) -> dict[str, Any]:
    """Values that are no plain data, such as a UUID, as text."""
    if not isinstance(parameters, Mapping):
        return {}
    pairs = [(str(name), value) for name, value in parameters.items()][:_MOST_PARAMETERS]
    return {name: value if type(value) is int else plain(str(value)[:_PARAMETER_CHARACTERS]) for name, value in pairs}


def _name(endpoint: Any) -> str | None:
    if endpoint is None or isinstance(endpoint, str):
        return endpoint
    try:
        return _name_of(endpoint)
    except TypeError:  # not hashable
        return None


@lru_cache(maxsize=1024)
def _name_of(endpoint: Any) -> str:
    """`module:name` of a function, a class, or of the class of an object that is called."""
    endpoint = getattr(endpoint, "func", endpoint)  # functools.partial
    endpoint = getattr(endpoint, "view_class", endpoint)  # Django's View.as_view()
    named = endpoint if hasattr(endpoint, "__qualname__") else type(endpoint)
    return f"{named.__module__}:{named.__qualname__}"
