"""An answer of a bin made out of its definition and a request."""

import re
from base64 import b64decode
from typing import Final

from ...base.settings import Settings
from ...exchange.answers import DEFAULT_TYPE, Answer, AnswerBytes
from ..endpoint.answers import Answer as Reply
from ..endpoint.answers import Headers
from ..endpoint.sending import SANDBOX
from ..endpoint.status import BODILESS
from .answers import kind_of
from .incoming import Incoming
from .template import Template

_NOT_OF_VALUE: Final = re.compile(r"[^\t\x20-\x7e\x80-\U0010ffff]|[\x80-\x9f\ud800-\udfff]")
"""What must not stand in a header: controls, and halves of characters."""

_FOR_ANY_ORIGIN: Final[Headers] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
    (b"cache-control", b"no-store"),
]


def filled(answer: Answer, incoming: Incoming, settings: Settings) -> Reply | None:
    """The answer with its values; None where it becomes longer than it may. Takes some milliseconds for a body that is
    long."""
    most = settings.max_bin_answer_bytes
    if isinstance(answer.body, AnswerBytes):
        body = b64decode(answer.body.base64)
    else:
        text = Template(answer.body, kind_of(answer)).fill(incoming, most)
        body = b"" if text is None else text.encode("utf-8", "replace")
        if text is None or len(body) > most:
            return None
    headers: Headers = []
    for name, value in answer.fields:
        text = Template(value).fill(incoming, most)
        if text is None:
            return None
        headers.append((name.lower().encode(), _NOT_OF_VALUE.sub("", text).strip(" \t").encode()))
    names = {name for name, _ in headers}
    if answer.status in BODILESS:
        body = b""
    elif b"content-type" not in names:
        headers.append((b"content-type", DEFAULT_TYPE.encode()))
    headers += [field for field in _FOR_ANY_ORIGIN if field[0] not in names]
    if not settings.unsafe_responses:
        headers += SANDBOX
    return Reply(status=answer.status, headers=headers, body=body)
