"""The shape of a HAR 1.2 file, as far as it is read. What programs leave out has a default; names are HAR's own."""

from typing import Any

import msgspec
from msgspec import Struct, field


class Pair(Struct):
    name: str
    value: str = ""


class PostData(Struct):
    text: str | None = None
    params: list[Pair] | None = None
    encoding: str | None = None
    own_encoding: str | None = field(default=None, name="_encoding")


class Request(Struct):
    url: str
    method: str = "GET"
    httpVersion: str = ""
    headers: list[Pair] = []
    postData: PostData | None = None
    bodySize: float = -1


class Content(Struct):
    size: float = -1
    text: str | None = None
    encoding: str | None = None


class Response(Struct):
    status: int = 0
    headers: list[Pair] = []
    content: Content = field(default_factory=Content)


class Frame(Struct):
    type: str
    time: float = 0
    opcode: int = 1
    data: str = ""


class Entry(Struct):
    startedDateTime: str
    request: Request
    response: Response = field(default_factory=Response)
    time: float | None = 0
    timings: dict[str, Any] = {}
    comment: str = ""
    id: str = field(default="", name="_id")
    state: str = field(default="", name="_state")
    client: str | None = field(default=None, name="_client")
    error: str | None = field(default=None, name="_error")
    frames: list[Frame] | None = field(default=None, name="_webSocketMessages")


class Log(Struct):
    entries: list[msgspec.Raw]


class Archive(Struct):
    log: Log
