"""Small bodies of requests to the API, as what they stand for."""

from typing import TypeVar

from starlette.exceptions import HTTPException

from ..typed import NotOfType, typed

T = TypeVar("T")


def decoded(body: bytes, kind: type[T]) -> T:
    """JSON of a small request. Raises 400, which says where."""
    try:
        return typed(body, kind)
    except NotOfType as fault:
        raise HTTPException(400, str(fault)) from fault
