"""The operator's own credentials never stand in what the inspector shows, wherever somebody has sent them.

Who asks for `/api/exchanges` without `/-` in front sends the operator token to a path that is recorded; a proxy that
is set up wrongly makes the login form such a request. Masking goes by names, and can be switched off; this cannot.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Discreet:
    """An app in whose answers asterisks stand for secrets: as many, so that lengths stay true. `secrets` gives those of
    the moment for a request."""

    def __init__(self, app: ASGIApp, secrets: Callable[[Scope], list[str]]) -> None:
        self.app = app
        self._secrets = secrets
        self._newest: tuple[str, str, _Forms | None] = ("", "", None)
        """A text and what was said in its place: the feed sends one to many readers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        forms = _forms(tuple(self._secrets(scope)))

        async def send_without(message: Message) -> None:
            for key in ("body", "bytes"):
                if content := message.get(key):
                    message = {**message, key: _without(content, forms.as_bytes)}
            if text := message.get("text"):
                if text is not self._newest[0] or forms is not self._newest[2]:
                    self._newest = text, _without(text, forms.as_text), forms
                message = {**message, "text": self._newest[1]}
            await send(message)

        await self.app(scope, receive, send_without)


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


def _without(content: Any, forms: Sequence[tuple[Any, Any]]) -> Any:
    for form, stars in forms:
        if form in content:
            content = content.replace(form, stars)
    return content
