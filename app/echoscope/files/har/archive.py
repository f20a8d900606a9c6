"""The shape of an entry of HAR 1.2, as far as it is read. What programs leave out, or write as null, has a default.

Names are HAR's own. Those that begin with an underscore are any program's: what stands there counts only where it is
as ours."""

from typing import Any

from msgspec import Struct, field


class Pair(Struct):
    """A header, a cookie, a parameter: of a form, also a file."""

    name: str = ""
    value: str | float | bool = ""
    fileName: str = ""
    contentType: str = ""
    path: Any = ""
    domain: Any = ""
    expires: Any = ""
    httpOnly: Any = False
    secure: Any = False
    sameSite: Any = ""

    @property
    def text(self) -> str:
        if isinstance(self.value, float):  # the header `Content-Length: 5`, as a number
            return f"{self.value:.15g}"
        return self.value if isinstance(self.value, str) else str(self.value).lower()


class PostData(Struct):
    mimeType: str = ""
    text: str | None = None
    params: list[Pair] = []
    encoding: str = ""
    own_encoding: Any = field(default="", name="_encoding")
    is_coded: Any = field(default=None, name="_isCoded")


class Request(Struct):
    url: str
    method: str = "GET"
    httpVersion: str = ""
    headers: list[Pair] = []
    cookies: list[Pair] = []
    queryString: list[Pair] = []
    postData: PostData | None = None
    bodySize: float = -1


class Content(Struct):
    size: float = -1
    mimeType: str = ""
    text: str | None = None
    encoding: str = ""
    is_coded: Any = field(default=None, name="_isCoded")


class Response(Struct):
    status: int = 0
    headers: list[Pair] = []
    cookies: list[Pair] = []
    content: Content = field(default_factory=Content)
    bodySize: float = -1


class Frame(Struct):
    type: str = ""
    time: float = 0
    opcode: int = 1
    data: str = ""


class Entry(Struct):
    startedDateTime: str
    request: Request
    response: Response = field(default_factory=Response)
    time: float = -1
    timings: Any = None
    comment: Any = ""
    id: Any = field(default="", name="_id")
    state: Any = field(default="", name="_state")
    client: Any = field(default=None, name="_client")
    error: Any = field(default=None, name="_error")
    facts: Any = field(default=None, name="_facts")
    inside: Any = field(default=None, name="_inside")
    outside: Any = field(default=None, name="_outside")
    pinned: Any = field(default=False, name="_pinned")
    frames: Any = field(default=None, name="_webSocketMessages")
