"""The operator's own credentials never stand in what the inspector shows, wherever somebody has sent them.

Who asks for `/api/exchanges` without `/-` in front sends the operator token to a path that is recorded; a proxy that
is set up wrongly makes the login form such a request. Masking goes by names, and can be switched off; this cannot.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...base.threads import beside
from ...base.turns import Turn


class Discreet:
    """An app in whose answers asterisks stand for secrets: as many, so that lengths stay true. `secrets` gives those of
    the moment for a request."""

    def __init__(self, app: ASGIApp, secrets: Callable[[Scope], list[str]]) -> None:
        self.app = app
        self._secrets = secrets
        self._known: OrderedDict[int, tuple[str, _Forms, str]] = OrderedDict()
        """The newest texts, by identity, with what was said in their place: the feed sends each to many readers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        forms = _forms(tuple(self._secrets(scope)))

        async def send_without(message: Message) -> None:
            for key in ("body", "bytes"):
                if content := message.get(key):
                    message = {**message, key: await _without_in_turns(content, forms.as_bytes)}
            if text := message.get("text"):
                message = {**message, "text": self._discreet(text, forms)}
            await send(message)

        await self.app(scope, receive, send_without)

    def _discreet(self, text: str, forms: "_Forms") -> str:
        known = self._known.get(id(text))
        if known is not None and known[0] is text and known[1] is forms:
            return known[2]
        said = _without(text, forms.as_text)
        self._known[id(text)] = text, forms, said
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return said


_MOST_KNOWN: Final = 16
_STEP: Final = 256 << 10


class _Forms(NamedTuple):
    """The forms in which secrets may stand, each with its asterisks."""

    as_text: list[tuple[str, str]]
    as_bytes: list[tuple[bytes, bytes]]


@lru_cache(maxsize=64)
def _forms(secrets: tuple[str, ...]) -> _Forms:
    forms = [
        form
        for secret in secrets
        if secret
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], escape(secret))
    ]
    texts = [(form, "*" * len(form)) for form in dict.fromkeys(forms)]
    return _Forms(texts, [(form.encode(), stars.encode()) for form, stars in texts])


def _without(text: str, forms: Sequence[tuple[str, str]]) -> str:
    for form, stars in forms:
        if form in text:
            text = text.replace(form, stars)
    return text


async def _without_in_turns(content: bytes, forms: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The same of bytes, of which there may be many: they are searched step by step."""
    turn = Turn()
    for form, stars in forms:
        for start in range(0, len(content), _STEP):
            if content.find(form, start, start + _STEP + len(form) - 1) >= 0:
                content = await beside(content.replace, form, stars)
                break
            if turn.is_over:
                await turn.end()
    return content
