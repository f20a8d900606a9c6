"""The operator's own credentials never stand in what the inspector shows, wherever somebody has sent them.

Who asks for `/api/exchanges` without `/-` in front sends the operator token to a path that is recorded; a proxy that
is set up wrongly makes the login form such a request. Masking goes by names, and can be switched off; this cannot.
"""

import json
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Discreet:
    """An app in whose answers asterisks stand for secrets: as many, so that lengths stay true. `secrets`: gives those
    of a request."""

    def __init__(self, app: ASGIApp, secrets: Callable[[Scope], list[str]]) -> None:
        self.app = app
        self._secrets = secrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        forms = [form for secret in self._secrets(scope) for form in _forms(secret)]
        of_text = [(form, "*" * len(form)) for form in dict.fromkeys(forms)]
        of_bytes = [(form.encode(), stars.encode()) for form, stars in of_text]

        async def send_without(message: Message) -> None:
            for key, forms in (("body", of_bytes), ("bytes", of_bytes), ("text", of_text)):
                if content := message.get(key):
                    message = {**message, key: _without(content, forms)}
            await send(message)

        await self.app(scope, receive, send_without)


def _forms(secret: str) -> tuple[str, ...]:
    """How a text may be written."""
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1], escape(secret)


def _without(content: Any, forms: list[Any]) -> Any:
    for form, stars in forms:
        if form in content:
            content = content.replace(form, stars)
    return content
