"""WebSocket sessions: the subprotocol, the refusal, and the close codes (RFC 6455)."""

from collections.abc import Iterator
from typing import Final

from ...http.fields import split
from ...http.glossary import CLOSE_CODES
from .facts import Facts
from .finding import Remark, Where, seen

_ADVICE: Final = {
    1002: "Look at the client's library: it, or a proxy in between, broke the protocol.",
    1003: "Send the kind of message, text or binary, that the other side takes.",
    1005: "Close with a code: websocket.close(1000).",
    1006: "Look for a proxy with a timeout (nginx proxy_read_timeout, 60 s by default), and send pings: uvicorn "
    "--ws-ping-interval 20.",
    1007: "Send text as UTF-8, other bytes as a binary message.",
    1008: "Look at what the side that closed asks for: mostly authentication or an origin.",
    1009: "Send smaller messages, or allow larger ones: echoscope --max-websocket-bytes, uvicorn --ws-max-size.",
    1010: "Let the server negotiate the extension, or the client do without.",
    1011: "Look into the log of the side that closed.",
    1012: "Connect again, after a while that is not the same for all.",
    1013: "Connect again later.",
    1014: "Look at the gateway's way to the server.",
}
_GOOD: Final = (1000, 1001)
_NEVER_SENT: Final = (1005, 1006, 1015)


def close_code(facts: Facts) -> Iterator[Remark]:
    """The code with which a session ended, where it did not end well."""
    for index, event in enumerate(facts.events):
        kind, code = event.message["type"], event.message.get("code")
        if kind not in ("websocket.disconnect", "websocket.close") or facts.status != 101:
            continue
        code = 1000 if code is None and kind == "websocket.close" else code
        if code == 1005 and "reason" not in event.message:
            code = 1006  # what uvicorn says of a connection that was lost
        if not isinstance(code, int) or code in _GOOD:
            continue
        who = "The client" if kind == "websocket.disconnect" else "The application"
        where = Where("request" if kind == "websocket.disconnect" else "response", "event", index)
        if kind == "websocket.close" and (
            code in _NEVER_SENT or not 1000 <= code <= 4999 or 1015 < code < 3000 or code == 1004
        ):
            yield Remark(
                f"{code} is no code to close with",
                f"The application closed with {code}; of the codes below 3000 only those of the registry may be "
                "sent, and 1005, 1006 and 1015 never.",
                "Use 1000, or one of your own from 4000 to 4999.",
                where,
                "error",
                "RFC 6455, section 7.4",
            )
            continue
        meaning = CLOSE_CODES.get(
            code, "a code of the application" if code >= 4000 else "a code that is registered or free"
        )
        reason = event.message.get("reason")
        said = f", with the reason {seen(reason)!r}" if isinstance(reason, str) and reason else ""
        verb = "was lost" if code == 1006 else "closed"
        who = "The connection" if code == 1006 else who
        yield Remark(
            f"The session ended with {code}",
            f"{who} {verb}{said}: {code} is {meaning}.",
            _ADVICE.get(code, "Look at what the two sides agreed on for this code." if code >= 3000 else ""),
            where,
            "warning" if code in (1002, 1006, 1007, 1009, 1010, 1011, 1014) else None,
        )
        return


def subprotocol(facts: Facts) -> Iterator[Remark]:
    """Subprotocols that were offered, and none or another one chosen."""
    offered = [part for value in facts.request.values("sec-websocket-protocol") for part in split(value)]
    accept = next((event.message for event in facts.events if event.message["type"] == "websocket.accept"), None)
    response = facts.response
    if accept is None or response is None or not facts.is_recorded:
        return
    chosen = accept.get("subprotocol") or response.value("sec-websocket-protocol")
    where = facts.request.header("sec-websocket-protocol")
    if offered and not chosen:
        yield Remark(
            "No subprotocol was chosen",
            f"The client offers {seen(', '.join(offered))}, and the application accepted without one of them: "
            "browsers then fail the connection.",
            f"Accept with one: websocket.accept(subprotocol={offered[0]!r})."
            if offered[0].isascii() and len(offered[0]) < 60
            else "Accept with one of them.",
            where,
        )
    elif chosen and isinstance(chosen, str) and chosen not in offered:
        yield Remark(
            "A subprotocol was chosen that the client did not offer",
            f"The application chose {seen(chosen)}, the client offers {seen(', '.join(offered)) or 'none'}: it must "
            "fail the connection.",
            "Choose one that is offered, to the letter, or none.",
            where if offered else None,
            "error",
        )


def refused(facts: Facts) -> Iterator[Remark]:
    """A handshake that was not accepted."""
    if facts.is_websocket and facts.status is not None and facts.status != 101 and facts.exchange.error is None:
        yield Remark(
            "The WebSocket was refused",
            f"The handshake was answered with {facts.status}; a browser's script only learns that it failed, with "
            "1006.",
            "Accept first and close with a code of your own where the client is to know why.",
        )
