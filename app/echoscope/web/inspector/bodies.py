"""Small bodies of requests to the API, as what they stand for."""

from typing import TypeVar

import msgspec
from starlette.exceptions import HTTPException

T = TypeVar("T")


def decoded(body: bytes, kind: type[T]) -> T:
    """JSON of a small request. Raises 400, which says where."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        where = place.rstrip("`").lstrip(".")
        raise HTTPException(400, f"{where}: {text}." if where else f"{text}.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise HTTPException(400, f"This is no JSON: {error}.") from error
