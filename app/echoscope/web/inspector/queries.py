"""The query parameters of the API: each says its name, what it takes and what it is for, and reads itself.

So what an endpoint is declared to take is what it reads, and what the OpenAPI document says of it.
"""

import re
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

Schema = dict[str, Any]
Default = TypeVar("Default", int, None)

MOST: Final = 1 << 53
"""No number is larger: scripts have no larger ones."""

_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class Parameter(msgspec.Struct, frozen=True):
    """`about`: what it is for, a sentence."""

    name: str
    about: str

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        return {"type": "string"}


class Text(Parameter, frozen=True):
    """Any text; "" where it is not given."""

    def __call__(self, request: Request) -> str:
        return str(request.query_params.get(self.name, ""))


class Texts(Parameter, frozen=True):
    """Several texts: the parameter is repeated."""

    def __call__(self, request: Request) -> list[str]:
        return list(request.query_params.getlist(self.name))

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}}


class Flag(Parameter, frozen=True):
    """1 or 0."""

    default: bool = False

    def __call__(self, request: Request) -> bool:
        return _one_of(request, self.name, ("1", "0") if self.default else ("0", "1")) == "1"

    def schema(self) -> Schema:
        return {"type": "integer", "enum": [0, 1], "default": int(self.default)}


class Side(Parameter, frozen=True):
    """The request or its response."""

    def __call__(self, request: Request) -> Literal["request", "response"]:
        return "request" if _one_of(request, self.name, ("request", "response")) == "request" else "response"

    def schema(self) -> Schema:
        return {"type": "string", "enum": ["request", "response"], "default": "request"}


class WholeNumber(Parameter, Generic[Default], frozen=True):
    """A number between two others."""

    default: Default
    least: int
    most: int = MOST

    def __call__(self, request: Request) -> int | Default:
        text = request.query_params.get(self.name)
        if text is None:
            return self.default
        if text.isascii() and text.isdigit() and len(text) < 17 and self.least <= int(text) <= self.most:
            return int(text)
        span = f"between {self.least} and {self.most}" if self.most < MOST else f"{self.least} or more"
        raise HTTPException(400, f"{self.name} must be a whole number, {span}, not {text[:50]!r}.")

    def schema(self) -> Schema:
        default: Schema = {} if self.default is None else {"default": self.default}
        return {"type": "integer", "minimum": self.least, "maximum": self.most, **default}


class Seconds(Parameter, frozen=True):
    """A time, from 0 up."""

    default: float
    most: float

    def __call__(self, request: Request) -> float:
        text = request.query_params.get(self.name)
        if text is None:
            return self.default
        if _SECONDS.fullmatch(text) and float(text) <= self.most:
            return float(text)
        raise HTTPException(400, f"{self.name} must be seconds between 0 and {self.most:g}, not {text[:50]!r}.")

    def schema(self) -> Schema:
        return {"type": "number", "minimum": 0, "maximum": self.most, "default": self.default}


def _one_of(request: Request, name: str, options: tuple[str, str]) -> str:
    """A parameter with two values; the first is the default."""
    value = request.query_params.get(name, options[0])
    if value not in options:
        raise HTTPException(400, f"{name} must be {' or '.join(options)}, not {value[:50]!r}.")
    return str(value)


HIDING: Final = Flag("reveal", "With 1, secrets stand as they are.")
"""Where secrets are masked unless somebody asks for them."""

REVEALING: Final = Flag("reveal", "With 0, secrets are masked.", True)
"""Where they are shown unless somebody asks for a masked answer."""

OF: Final = Side("of", "Whose it is: the request's, or the response's.")
Q: Final = Text("q", "A search; without it everything matches.")
IDS: Final = Text("ids", "Ids of exchanges, with commas between them.")
BODIES: Final = Flag("bodies", "With 1, each body stands in one piece as `content` too, beside the events.")
