"""What a bin answers, as it is set, kept and told: answers in a sequence, and rules that say for which requests others
are given.

    {"rules": [{"method", "path", "headers", "query", "json", "signature", "answers": [ANSWER, …]}, …],
     "answers": [ANSWER, …]}

The first rule that matches a request decides, and the bin's own answers where none does. Of several answers each is
given `times` times, then the next; the last one for ever. Without answers the request is echoed.
"""

from base64 import b64encode
from typing import Annotated, Final, Generic, Literal, Self, TypeVar

from msgspec import Meta, Struct

DEFAULT_TYPE: Final = "text/plain; charset=utf-8"

Fault = Literal["close", "reset", "hang", "half"]
"""`close`: the connection ends without an answer. `reset`: it is cut off. `hang`: it ends so after the longest delay.
`half`: it ends in the middle of the answer's body."""


class AnswerBytes(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that are no text; nothing is filled in."""

    base64: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(b64encode(content).decode())


class Answer(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`headers`: names and values in their order, or by name. `delay`: seconds before the answer. `times`: how often
    before the next of the sequence. `echo`: the request itself is the answer. A `body` of text takes values of the
    request, such as `{{ json.challenge }}`."""

    status: Annotated[int, Meta(ge=200, le=599)] = 200
    headers: list[tuple[str, str]] | dict[str, str] = []
    body: str | AnswerBytes = ""
    delay: Annotated[float, Meta(ge=0)] = 0
    fault: Fault | None = None
    times: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    echo: bool = False

    @property
    def fields(self) -> list[tuple[str, str]]:
        return list(self.headers.items()) if isinstance(self.headers, dict) else self.headers

    @property
    def content_type(self) -> str:
        return next((value for name, value in self.fields if name.lower() == "content-type"), DEFAULT_TYPE)


class Rule(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Everything that is given must match: `method` one of several with commas between them, `path` below the bin,
    values of headers, of the query and of a JSON body. A `*` stands for any text; `*` alone for a value that is there.
    `signature`: whether the request is signed with the secret of the bin; invalid is also what is not signed.
    """

    method: str = ""
    path: str = ""
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    json: dict[str, str] = {}
    signature: Literal["", "valid", "invalid"] = ""
    answers: list[Answer] = []


class Answers(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All that a bin answers."""

    rules: list[Rule] = []
    answers: list[Answer] = []


AnswersT = TypeVar("AnswersT")


class AnyPreset(Struct, Generic[AnswersT], frozen=True):
    """Answers that are ready. `about`: what is asked and what is answered. `needs_secret`: whether the bin has to hold
    the sender's."""

    id: str
    title: str
    about: str
    reference: str
    answers: AnswersT
    needs_secret: bool = False
