"""An ASGI app by its name, `module:attribute`, as servers take it."""

import inspect
import sys
from pathlib import Path
from typing import Any, cast

from starlette.types import ASGIApp
from uvicorn.importer import ImportFromStringError, import_from_string


class AppFault(ValueError):
    """A name that leads to no ASGI app; its text says why."""


def load_app(name: str, folder: str = ".") -> ASGIApp:
    """The app; `folder`: where its module is looked for first. Raises `AppFault`."""
    place = str(Path(folder).resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        app: Any = import_from_string(name)
    except ImportFromStringError as error:
        raise AppFault(f"{name!r} is no app: {str(error).rstrip('.')}.") from error
    except Exception as error:
        raise AppFault(f"{name!r} cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(app) or not _takes_three(app):
        raise AppFault(f"{name!r} is no ASGI app: it cannot be called with scope, receive and send.")
    return cast(ASGIApp, app)


def _takes_three(app: Any) -> bool:
    try:
        inspect.signature(app).bind(None, None, None)
    except TypeError:
        return False
    except ValueError:  # one that tells no signature
        return True
    return True
