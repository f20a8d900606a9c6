"""Which interface an app has, told by how it can be called: ASGI takes three arguments, WSGI two.

https://asgi.readthedocs.io/en/latest/specs/main.html#applications, PEP 3333
"""

import inspect
from typing import Any, Literal

Interface = Literal["asgi", "asgi2", "wsgi", "factory", "none"]


def interface_of(app: Any) -> Interface | None:
    """None for what does not tell how it is called. `asgi2` is called twice, first with the scope alone; `factory`
    takes nothing and may give an app; `none` is no app."""
    if not callable(app):
        return "none"
    try:
        signature = inspect.signature(app)
    except (TypeError, ValueError):
        return None
    takes = [_takes(signature, count) for count in range(4)]
    if inspect.isclass(app):
        return "asgi2" if takes[1] and not takes[0] else "none"
    if takes[2] or takes[3]:
        if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__) or not takes[2]:
            return "asgi"
        return None if takes[3] else "wsgi"
    if takes[0]:
        return "factory"
    return "asgi2" if takes[1] else "none"


def described(value: Any) -> str:
    """What a value is, for an error about it."""
    if inspect.ismodule(value):
        return f"the module {value.__name__}"
    if inspect.isclass(value) or inspect.isroutine(value):
        return f"{'the class' if inspect.isclass(value) else 'the function'} {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*(None for _ in range(count)))
    except TypeError:
        return False
    return True
