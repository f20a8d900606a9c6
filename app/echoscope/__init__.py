"""Echoscope shows a request from the server's side: the ASGI scope, the messages and their times.

`from echoscope import Echoscope` is the wrapper around an app of your own (`ownapp`), loaded when it is asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assembly.ownapp.app import Echoscope as Echoscope

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name != "Echoscope":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .assembly.ownapp.app import Echoscope

    return Echoscope
