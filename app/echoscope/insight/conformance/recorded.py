"""An exchange that is kept, against the specification."""

from typing import Any, Final

from msgspec.structs import replace

from ...exchange.model import ABORT, Exchange
from ...http.spec import AGAINST_THE_SPEC, FORWARDED_KEY, HTTP_SCOPE_KEYS, WEBSOCKET_SCOPE_KEYS
from .breach import Breach, By
from .conversation import Conversation

MAX_BREACHES: Final = 100

_SPECIFIED: Final = frozenset(
    (*HTTP_SCOPE_KEYS, *WEBSOCKET_SCOPE_KEYS, "state", "extensions", AGAINST_THE_SPEC, FORWARDED_KEY)
)


def breaches(exchange: Exchange) -> list[Breach]:
    """What is against the specification, the scope first, then the messages in their order; at most `MAX_BREACHES`.

    Where a second Echoscope has seen the same exchange behind middleware, that is told apart. Nothing is said of a
    request that no app has seen, and of one that comes from a file: their scopes are no server's.
    """
    if exchange.state == "refused" or exchange.is_derived or _is_imported(exchange):
        return []
    outer = _breaches(exchange)
    inner = exchange.inside.inner if exchange.inside is not None else None
    if inner is None:
        return outer
    return _told_apart(outer, _breaches(inner))[:MAX_BREACHES]


def _breaches(exchange: Exchange) -> list[Breach]:
    scope = _as_it_was(exchange.scope)
    by: By = "server" if _SPECIFIED.issuperset(scope) else "server or middleware"
    conversation = Conversation(scope, by, is_in_order=not exchange.events_omitted)
    all_breaches = conversation.opened()
    for event in exchange.events:
        if event.message["type"] == ABORT:  # what our own server offers beside the specification
            continue
        step = conversation.received if event.channel == "receive" else conversation.sent
        all_breaches += step(_as_it_was(event.message))
        if len(all_breaches) >= MAX_BREACHES:
            break
    return all_breaches[:MAX_BREACHES]


def _told_apart(outer: list[Breach], inner: list[Breach]) -> list[Breach]:
    """A breach that is seen on one side of the middleware alone is the middleware's: one outside in what is sent, one
    inside in what is received or in the scope."""
    outside, inside = ({(one.rule, one.where) for one in seen} for seen in (outer, inner))
    sent = [
        replace(one, by="middleware") if one.by == "app" and (one.rule, one.where) not in inside else one
        for one in outer
    ]
    handed_on = [one for one in inner if one.by != "app" and (one.rule, one.where) not in outside]
    return [*sent, *(replace(one, by="middleware", event=None) for one in handed_on)]


def _is_imported(exchange: Exchange) -> bool:
    """Whether the scope was made of a HAR file: it names no server, and everything in it has its form."""
    parts = [exchange.scope, *(event.message for event in exchange.events)]
    return "asgi" not in exchange.scope and not any(AGAINST_THE_SPEC in part for part in parts)


def _as_it_was(values: dict[Any, Any]) -> dict[Any, Any]:
    """A scope or a message with what stands apart in it, since it has another form than the specification gives it."""
    against = values.get(AGAINST_THE_SPEC)
    if not isinstance(against, dict):
        return values
    whole = {key: value for key, value in values.items() if key != AGAINST_THE_SPEC} | against
    if isinstance(against.get("headers"), list):
        whole["headers"] = [*values.get("headers", ()), *against["headers"]]
    return whole
