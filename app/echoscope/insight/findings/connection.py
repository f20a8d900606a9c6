"""The connection: what concerns only this hop, upgrades, expectations, and uploads that ended early."""

import re
from collections.abc import Iterator
from typing import Final

from ...exchange.messages import body_bytes
from ...exchange.sides import Of
from ..conformance import By, breaches
from .facts import Facts
from .finding import Remark, Where, seen, spelled

_CLIENT_HELLO: Final = re.compile(rb"\x16\x03[\x00-\x04]..\x01", re.DOTALL)
"""A record of TLS that holds a handshake, and that the first message of one (RFC 8446, sections 4 and 5.1)."""

_NEVER_IN_HTTP2: Final = ("connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade")


def hop_by_hop_in_http2(facts: Facts) -> Iterator[Remark]:
    """Fields of a connection in a version of HTTP that has frames instead."""
    if facts.http_version not in ("2", "3"):
        return
    for name in _NEVER_IN_HTTP2:
        if facts.request.has(name):
            yield Remark(
                f"{spelled(name)} has no place in HTTP/{facts.http_version}",
                f"The request has {name}: {seen(facts.request.value(name) or '')}. Such a request is malformed, and "
                "other servers end its stream.",
                "Let the client, or the proxy that translates, leave the field out.",
                facts.request.header(name),
            )
            return


def tls_to_plain_port(facts: Facts) -> Iterator[Remark]:
    """A client that begins with TLS where none is spoken."""
    if facts.exchange.state == "refused" and facts.scheme == "http" and _CLIENT_HELLO.match(facts.exchange.wire or b""):
        yield Remark(
            "The client speaks TLS, and this port does not",
            "The first bytes are a TLS handshake: the client, or the proxy in front of it, was given an address that "
            "begins with https:// or wss://, and here plain HTTP is answered.",
            "Use http:// or ws:// in the client, proxy_pass http:// in nginx; or serve over TLS with echoscope --tls.",
        )


def for_a_proxy(facts: Facts) -> Iterator[Remark]:
    """What was meant for a proxy and came to the server."""
    if facts.request.has("proxy-authorization"):
        yield Remark(
            "Credentials for a proxy came through to the server",
            "Proxy-Authorization is for the next proxy alone, which takes it off; here whoever runs the server "
            "sees it.",
            "Check the proxy's address in the client's settings, and that the proxy asks for credentials at all.",
            facts.request.header("proxy-authorization"),
            "warning",
            "RFC 9110, section 11.7.2",
        )
    elif facts.request.has("proxy-connection"):
        yield Remark(
            "The client believes that it talks to a proxy",
            f"It sent Proxy-Connection: {seen(facts.request.value('proxy-connection') or '')}, which no standard has.",
            "Look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY where the client runs.",
            facts.request.header("proxy-connection"),
            reference="RFC 9112, appendix C.2.2",
        )


def options_came_through(facts: Facts) -> Iterator[Remark]:
    """A field that Connection names for one hop, behind a proxy that should have taken it off."""
    if not facts.is_proxied or facts.http_version not in ("1.0", "1.1"):
        return
    names = {part.lower() for part in facts.request.members("connection")} - {"close", "keep-alive", "upgrade", "te"}
    for name in sorted(names):
        if facts.request.has(name):
            yield Remark(
                f"{seen(name)} was for one hop and came through a proxy",
                f"Connection names {seen(name)}, so a proxy has to remove that field before it forwards the request.",
                "Mend the proxy, or the client that names an end-to-end field in Connection.",
                facts.request.header(name),
            )
            return


def chunked(facts: Facts) -> Iterator[Remark]:
    """A body in chunks, and one with two lengths."""
    request = facts.request
    if not request.has("transfer-encoding") or facts.http_version not in ("1.0", "1.1"):
        return
    if request.has("content-length"):
        yield Remark(
            "The body has two lengths",
            f"Transfer-Encoding: {seen(request.value('transfer-encoding') or '')} and Content-Length: "
            f"{seen(request.value('content-length') or '')} came together. Where a proxy and a server differ over "
            "which one counts, requests can be smuggled.",
            "Let the client send one of them; a proxy must remove Content-Length.",
            request.header("content-length"),
            "warning",
        )
    else:
        yield Remark(
            "The body came in chunks",
            f"Transfer-Encoding: {seen(request.value('transfer-encoding') or '')}: the client did not say how long "
            "the body is. ASGI messages need not be the chunks.",
            "Servers that need a length, WSGI ones among them, may refuse it: send Content-Length to those.",
            request.header("transfer-encoding"),
        )


def expectation(facts: Facts) -> Iterator[Remark]:
    """`Expect`: the one that there is, and others."""
    value = facts.request.value("expect")
    if value is None:
        return
    if value.strip().lower() == "100-continue":
        asked = any(event.message["type"] == "http.request" for event in facts.events)
        went = (
            "ASGI servers send 100 Continue when the app first asks for the body, which it did."
            if asked
            else "The app answered without asking for the body, so 100 Continue was not sent."
        )
        yield Remark(
            "The client waited for 100 Continue",
            f"It holds its body back for a while, in curl for one second. {went}",
            "Where a proxy does not pass it on and each upload takes a second longer: curl -H 'Expect:' sends none.",
            facts.request.header("expect"),
        )
    else:
        yield Remark(
            "An expectation that no server knows",
            f"Expect: {seen(value)} is none: only 100-continue is defined. A server may answer 417.",
            "Leave the header out.",
            facts.request.header("expect"),
            "warning",
        )


def h2c_upgrade(facts: Facts) -> Iterator[Remark]:
    """`Upgrade: h2c`, as `curl --http2` sends it to an address that begins with http."""
    tokens = {part.lower() for part in facts.request.members("upgrade")}
    if "h2c" in tokens and facts.http_version in ("1.0", "1.1"):
        yield Remark(
            "The client offered to go on in HTTP/2",
            "It sent Upgrade: h2c, and the exchange stayed with HTTP/1.1. RFC 9113 has no such upgrade any more.",
            "Over TLS HTTP/2 is negotiated by itself; without TLS: curl --http2-prior-knowledge, with a server "
            "that speaks it (echoscope --http2, hypercorn, granian).",
            facts.request.header("upgrade"),
        )


def handshake_as_http(facts: Facts) -> Iterator[Remark]:
    """A WebSocket handshake that arrived as an ordinary request."""
    request = facts.request
    if facts.is_websocket or not request.has("sec-websocket-key"):
        return
    has_upgrade = "websocket" in {part.lower() for part in request.members("upgrade")}
    has_option = "upgrade" in {part.lower() for part in request.members("connection")}
    if facts.http_version not in ("1.0", "1.1"):
        return
    missing = [
        text for text, there in (("Upgrade: websocket", has_upgrade), ("Connection: Upgrade", has_option)) if not there
    ]
    if facts.http_version == "1.0":
        missing.append("HTTP/1.1")
    why = (
        f"It has Sec-WebSocket-Key, but not {' and not '.join(missing)}"
        if missing
        else "It has all that a handshake needs"
    )
    yield Remark(
        "A WebSocket handshake was taken for an ordinary request",
        f"{why}; "
        f"{'a proxy that speaks plain HTTP drops them' if missing else 'so the server does not speak WebSocket'}.",
        'nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade". '
        "uvicorn: install uvicorn[standard] or websockets. Caddy and Traefik need nothing.",
        request.header("sec-websocket-key"),
    )


def early_data(facts: Facts) -> Iterator[Remark]:
    """`Early-Data: 1`: sent before the TLS handshake was complete."""
    if (facts.request.value("early-data") or "").strip() == "1":
        yield Remark(
            "The request may be a replay",
            "A proxy marks it with Early-Data: 1: it came before the TLS handshake was complete, and whoever saw "
            "it can send it again.",
            "Answer 425 Too Early to what must not happen twice, or turn early data off: nginx ssl_early_data off.",
            facts.request.header("early-data"),
        )


def interrupted_upload(facts: Facts) -> Iterator[Remark]:
    """Fewer bytes than Content-Length said, since the client left."""
    length = (facts.request.value("content-length") or "").strip()
    came = facts.exchange.received_bytes
    if facts.exchange.state != "disconnected" or not (length.isascii() and length.isdigit()) or len(length) > 18:
        return
    if not facts.is_websocket and came < int(length) and not facts.has_all_of("receive"):
        yield Remark(
            "The upload broke off",
            f"Content-Length says {int(length):,} bytes, {came:,} came before the client left.",
            "Look for a timeout or a size limit of the client or of a proxy in between: nginx client_max_body_size "
            "and client_body_timeout, or the app that answered before it had read the body.",
            facts.request.header("content-length"),
        )


def client_left(facts: Facts) -> Iterator[Remark]:
    """The end of an exchange before its time; event streams end no other way."""
    exchange = facts.exchange
    if facts.is_websocket:
        return  # its close code says more
    if exchange.state == "disconnected" and not exchange.is_event_stream and not any(interrupted_upload(facts)):
        yield Remark(
            "The client left before the end",
            f"It was gone after {exchange.duration_ns / 1e6:,.0f} ms; {exchange.sent_bytes:,} bytes had been sent.",
            "Look for a timeout of the client or of a proxy in between.",
        )


def failed(facts: Facts) -> Iterator[Remark]:
    """An exception that the app let out."""
    if facts.exchange.error is not None:
        last = (facts.exchange.error.strip().splitlines() or [""])[-1]
        kind = re.match(r"[A-Za-z_][\w.]*(?=:|$)", last)
        why = f"It raised {seen(kind[0])}; the traceback is below." if kind else "The traceback is below."
        yield Remark("The application failed", why)


def against_the_spec(facts: Facts) -> Iterator[Remark]:
    """What the server, or the app, does otherwise than the ASGI specification says."""
    for breach in breaches(facts.exchange):
        sentence = breach.sentence
        must = "says" if sentence.is_must else "advises"
        yield Remark(
            f"Against the ASGI specification: {seen(breach.where, 80)}",
            f"{seen(breach.why, 160)} The {breach.by} did it. The specification {must}: {sentence.text}",
            _ADVICE[breach.by],
            None if breach.event is None else Where(_SIDES[breach.by], "event", breach.event),
            None if sentence.is_must else "note",
            sentence.link,
        )


_SIDES: Final[dict[By, Of]] = {
    "server": "request",
    "server or middleware": "request",
    "middleware": "response",
    "app": "response",
}

_ADVICE: Final[dict[By, str]] = {
    "server": "See whether a newer version of the server mends it; until then an app must expect it.",
    "server or middleware": "Run echoscope check --server NAME: if that finds it as well, it is the server.",
    "middleware": "Mend the middleware that stands between: echoscope check names it.",
    "app": "Mend the app, or its framework: servers may refuse such a message, or drop it.",
}


def not_kept(facts: Facts) -> Iterator[Remark]:
    """What of an exchange was not kept."""
    exchange, request = facts.exchange, facts.request
    size = len(body_bytes(exchange, "receive"))
    if not facts.is_websocket and size < exchange.received_bytes:
        yield Remark(
            f"Of the body, the first {size:,} bytes are kept",
            f"{exchange.received_bytes:,} bytes came; the SHA-256 is that of all of it.",
            "Start Echoscope with a larger --kept-body-bytes.",
            request.body(),
        )
    if exchange.events_omitted:
        yield Remark(
            f"{exchange.events_omitted:,} {'message' if exchange.events_omitted == 1 else 'messages'} not kept",
            "They passed between the first and the last ones.",
            "Start Echoscope with a larger --max-events.",
        )
