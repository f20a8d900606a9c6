"""The layers of an app: its middleware, one inside the other, with a probe between each two.

Frameworks keep what they wrap in an attribute (`app`, `middleware_stack`). Where a layer has none, or does not let it
be replaced, it counts as the app. So whoever breaks a rule is found by where it is first seen.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from ...insight.conformance import Breach, Conversation

MAX_LAYERS: Final = 50

_INNER: Final = ("middleware_stack", "app", "application", "inner")
"""The attributes under which Starlette, Litestar, Quart, Channels, asgiref and most others keep what they wrap."""


class Probe:
    """Stands in front of a layer, and holds what passes against the specification. `breaches`: by connection."""

    def __init__(self, layer: Callable[..., Awaitable[Any]]) -> None:
        self.layer = layer
        self.scope_breaches: list[Breach] = []
        self.sent_breaches: list[Breach] = []

    def clear(self) -> None:
        self.scope_breaches, self.sent_breaches = [], []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        conversation = Conversation(scope)
        self.scope_breaches += conversation.opened()

        async def probed_receive() -> Message:
            message = await receive()
            self.scope_breaches.extend(conversation.received(message))
            return message

        async def probed_send(message: Message) -> None:
            self.sent_breaches.extend(conversation.sent(message))
            await send(message)

        await self.layer(scope, probed_receive, probed_send)
        self.sent_breaches += conversation.ended()


class Layers:
    """An app with its layers found and probed. `names`: of the layers, the outermost first, the app last."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.probes: list[Probe] = []
        self.names = [_name(app)]
        layer = app
        while len(self.names) < MAX_LAYERS and (inner := _inner(layer)) is not None:
            attribute, wrapped = inner
            probe = Probe(wrapped)
            try:
                setattr(layer, attribute, probe)
            except (AttributeError, TypeError):
                break
            self.probes.append(probe)
            self.names.append(_name(wrapped))
            layer = wrapped

    def clear(self) -> None:
        for probe in self.probes:
            probe.clear()

    def whose(self, breach: Breach) -> tuple[str, str]:
        """Who sent what broke a rule outside of all layers: `app` or `middleware`, and its name."""
        unseen = (
            depth
            for depth, probe in enumerate(self.probes)
            if not any(_is_same(breach, other) for other in probe.sent_breaches)
        )
        depth = next(unseen, len(self.probes))
        return "app" if depth == len(self.probes) else "middleware", self.names[depth]

    def of_scopes(self) -> list[tuple[Breach, str]]:
        """What a middleware made wrong of a scope, or of what it received, before it handed it on; with its name."""
        breaches: list[tuple[Breach, str]] = []
        outside: list[Breach] = []
        for name, probe in zip(self.names, self.probes, strict=False):
            breaches += [
                (breach, name)
                for breach in probe.scope_breaches
                if not any(_is_same(breach, other) for other in outside)
            ]
            outside = probe.scope_breaches
        return breaches


def _inner(layer: Any) -> tuple[str, Any] | None:
    """The attribute in which a layer keeps what it wraps, and that."""
    own = getattr(layer, "__dict__", {})
    if own.get("middleware_stack", layer) is None and callable(getattr(layer, "build_middleware_stack", None)):
        layer.middleware_stack = layer.build_middleware_stack()
    for attribute in _INNER:
        wrapped = own.get(attribute)
        if callable(wrapped) and getattr(wrapped, "__self__", None) is not layer:
            return attribute, wrapped
    return None


def _is_same(one: Breach, other: Breach) -> bool:
    return one.rule == other.rule and one.where == other.where


def _name(layer: Any) -> str:
    return getattr(layer, "__name__", None) or type(layer).__name__
