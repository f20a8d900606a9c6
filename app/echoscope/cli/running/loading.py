"""From `module:app` to the app: it is found, made by its factory, and told from what is no app.

An error is one sentence, which names what was looked for. A failure of the module itself keeps its traceback.
"""

import importlib
import sys
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from starlette.types import ASGIApp

from ...asgi2 import single_callable
from ...assembly.ownapp.interfaces import described, interface_of

USUAL_NAMES: Final = ("app", "application", "asgi", "api")
"""Names that apps have in their modules, looked for in this order where none is given."""


class LoadError(Exception):
    """Why there is no app to run, in one sentence."""


def load_app(target: str, *, folder: Path, is_factory: bool = False) -> ASGIApp:
    """The app that `target` names, `module:app` or `module` alone, looked for in `folder` first. Raises `LoadError`."""
    module_name, _, name = target.partition(":")
    if module_name.endswith(".py") or "/" in module_name or not module_name:
        stem = Path(module_name).stem or "shop"
        raise LoadError(f"{target!r} names no module: it is written as in an import, such as {stem}:{name or 'app'}")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module = _module(module_name, folder)
    app = _attribute(module, name) if name else _usual(module)
    title = f"{module_name}:{name or next(usual for usual in USUAL_NAMES if hasattr(module, usual))}"
    return _as_asgi(_made(app, title) if is_factory else app, title, is_factory=is_factory)


def _module(name: str, folder: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            near = get_close_matches(name, [file.stem for file in folder.glob("*.py")], 1)
            hint = f"; did you mean {near[0]}?" if near else f" in {folder}, nor is one installed"
            raise LoadError(f"there is no module {error.name!r}{hint}") from error
        raise _failure(name, error) from error
    except Exception as error:
        raise _failure(name, error) from error


def _failure(name: str, error: Exception) -> LoadError:
    """The module is there and fails: its traceback is for whoever wrote it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    own = [frame for frame in frames if frame.filename != __file__]
    lines = "".join(["Traceback (most recent call last):\n", *traceback.format_list(own)])
    said = "".join(traceback.format_exception_only(error)).strip()
    return LoadError(f"the module {name!r} cannot be imported\n{lines}{said}")


def _attribute(module: ModuleType, path: str) -> Any:
    value: Any = module
    for name in path.split("."):
        if not hasattr(value, name):
            where = f"the module {module.__name__!r}" if value is module else described(value)
            raise LoadError(f"{where} has no {name!r}{_hint(name, vars(value) if hasattr(value, '__dict__') else ())}")
        value = getattr(value, name)
    return value


def _hint(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, [other for other in names if not other.startswith("_")], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _usual(module: ModuleType) -> Any:
    for name in USUAL_NAMES:
        if hasattr(module, name):
            return getattr(module, name)
    wanted = ", ".join(map(repr, USUAL_NAMES))
    raise LoadError(f"the module {module.__name__!r} has none of {wanted}: name its app, as in {module.__name__}:app")


def _made(factory: Any, title: str) -> Any:
    if not callable(factory):
        raise LoadError(f"{title} is {described(factory)}, which makes no app: it cannot be called")
    try:
        return factory()
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise LoadError(f"{title} is no factory: it cannot be called without arguments ({error})") from error
        raise _failure(title, error) from error
    except Exception as error:
        raise _failure(title, error) from error


def _as_asgi(app: Any, title: str, *, is_factory: bool) -> ASGIApp:
    what = f"what {title} gives is" if is_factory else f"{title} is"
    match interface_of(app):
        case "asgi":
            return app  # type: ignore[no-any-return]
        case "asgi2":
            return single_callable(app)
        case "wsgi":
            return _of_wsgi(app, title)
        case "factory" if not is_factory:
            raise LoadError(f"{what} {described(app)} that takes no arguments: if it makes the app, say --factory")
        case None:
            return app  # type: ignore[no-any-return]
    if not callable(app):
        raise LoadError(f"{what} {described(app)}, and no app: it cannot be called")
    raise LoadError(f"{what} {described(app)}, and no app: ASGI calls one with scope, receive and send")


def _of_wsgi(app: Any, title: str) -> ASGIApp:
    try:
        from a2wsgi import WSGIMiddleware
    except ImportError as error:
        raise LoadError(
            f"{title} is a WSGI app, which needs the package a2wsgi to be served here: pip install "
            "'echoscope[wsgi]', or wrap it with echoscope.wsgi.Echoscope for a WSGI server"
        ) from error
    wrapped: Any = WSGIMiddleware(app)
    return wrapped  # type: ignore[no-any-return]
