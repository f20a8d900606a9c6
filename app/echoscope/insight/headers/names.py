"""The names of headers: the group each belongs to, and what it is for, in one sentence."""

import re
from typing import Final

GROUPS: Final = {
    "routing": "Where to",
    "content": "Content",
    "negotiation": "What is accepted",
    "authentication": "Who asks",
    "cookies": "Cookies",
    "caching": "Caching",
    "conditional": "Conditions",
    "proxy": "Proxies in between",
    "tracing": "Tracing",
    "client": "The client",
    "browser": "Added by browsers",
    "cors": "Cross-origin",
    "connection": "Connection",
    "websocket": "WebSocket",
    "security": "Security",
    "other": "Others",
}
"""Groups by id, in the order in which they are shown, with their titles."""

_HEADERS: Final[dict[str, dict[str, str]]] = {
    "routing": {
        "host": "The name and port that the client asked for.",
        "location": "Where to go on.",
    },
    "content": {
        "content-type": "What the body is.",
        "content-length": "Bytes of the body.",
        "content-encoding": "Compressions of the body, the last one applied last.",
        "content-language": "For readers of which language it is.",
        "content-location": "Where this very content can be had.",
        "content-disposition": "Whether to show or to save it, and under which name.",
        "content-range": "Which part of the whole this is.",
        "content-md5": "A digest of the body, obsolete.",
        "content-digest": "A digest of the body as sent (RFC 9530).",
        "repr-digest": "A digest of the body before compression (RFC 9530).",
        "digest": "A digest of the body, obsolete.",
        "accept-ranges": "Whether parts can be asked for.",
        "range": "Which part of the whole is wanted.",
        "link": "Related addresses (RFC 8288).",
    },
    "negotiation": {
        "accept": "Media types that the client wants.",
        "accept-encoding": "Compressions that the client can undo.",
        "accept-language": "Languages that the reader wants.",
        "accept-charset": "Charsets, obsolete: everybody sends UTF-8.",
        "accept-datetime": "The time of which a version is wanted (RFC 7089).",
        "prefer": "How the client would like to be answered (RFC 7240).",
        "priority": "How urgent the answer is (RFC 9218).",
        "vary": "Request headers that the choice of this answer depended on.",
    },
    "authentication": {
        "authorization": "Credentials for the server.",
        "proxy-authorization": "Credentials for a proxy.",
        "www-authenticate": "How to ask with credentials.",
        "authentication-info": "What goes on after credentials were taken.",
        "x-api-key": "A key that stands for an account.",
    },
    "cookies": {
        "cookie": "What the server asked the browser to send along.",
        "set-cookie": "What the browser shall send along from now on.",
    },
    "caching": {
        "cache-control": "What caches may do.",
        "pragma": "Caching as of HTTP/1.0.",
        "expires": "When it becomes stale.",
        "age": "How long it was in a cache.",
        "etag": "The name of this version.",
        "last-modified": "When it was changed.",
        "date": "When the message was made.",
        "cdn-cache-control": "What caches of a CDN may do (RFC 9213).",
        "cache-status": "What caches did (RFC 9211).",
        "x-cache": "Whether a cache had it.",
        "clear-site-data": "What the browser shall forget.",
    },
    "conditional": {
        "if-match": "Only if the server has one of these versions.",
        "if-none-match": "Only if the server has none of these versions.",
        "if-modified-since": "Only if it was changed since.",
        "if-unmodified-since": "Only if it was not changed since.",
        "if-range": "The part only if it is still this version, else the whole.",
    },
    "proxy": {
        "via": "Proxies in between and their protocols.",
        "x-forwarded-for": "The client and the proxies, as each proxy saw its peer.",
        "x-forwarded-host": "The Host that a proxy was asked for.",
        "forwarded": "What proxies replaced (RFC 7239).",
        "x-forwarded-proto": "The scheme that a proxy was asked with.",
        "x-forwarded-port": "The port that a proxy was asked on.",
        "x-forwarded-prefix": "The path prefix that a proxy took away.",
        "x-real-ip": "The client, as nginx and others say.",
        "x-request-start": "When a proxy got the request.",
        "max-forwards": "How many more proxies may pass it on.",
        "cdn-loop": "CDNs that have seen it, so that it does not go round (RFC 8586).",
        "x-forwarded-client-cert": "The client's certificate, as a proxy saw it.",
    },
    "tracing": {
        "traceparent": "The trace and the span of the caller (W3C Trace Context).",
        "tracestate": "What tracing systems add to traceparent.",
        "baggage": "Values that travel along a trace.",
        "b3": "Zipkin's trace context in one header.",
        "x-request-id": "An id for this request, for logs.",
        "x-correlation-id": "An id for what belongs together, for logs.",
        "x-amzn-trace-id": "The trace of AWS X-Ray.",
        "x-cloud-trace-context": "The trace of Google Cloud.",
        "x-echoscope-id": "The id of this exchange.",
        "server-timing": "Where the server spent its time.",
    },
    "client": {
        "user-agent": "The program that asks, as it says of itself.",
        "from": "The mail address of who runs the client.",
        "referer": "The address from which this one was reached.",
        "server": "The program that answers, as it says of itself.",
        "dnt": "Do not track, obsolete.",
        "sec-gpc": "Do not sell or share my data (Global Privacy Control).",
        "save-data": "Less data is preferred.",
        "device-memory": "Memory of the device in GiB, roughly.",
        "x-requested-with": "Set by scripts, to tell their requests from others.",
    },
    "browser": {
        "sec-fetch-site": "Whether the page that asks is of the same origin or site.",
        "sec-fetch-mode": "Whether it is a navigation, CORS, a WebSocket and so on.",
        "sec-fetch-dest": "What the answer is for: a document, an image, a script.",
        "sec-fetch-user": "Whether a person made it.",
        "sec-fetch-storage-access": "Whether it may have cookies of a third party.",
        "upgrade-insecure-requests": "The browser can do with HTTPS instead.",
        "sec-purpose": "It is fetched in advance.",
        "purpose": "It is fetched in advance.",
    },
    "cors": {
        "origin": "The site whose page asks.",
        "access-control-request-method": "The method that a page wants to use.",
        "access-control-request-headers": "The headers that a page wants to send.",
        "access-control-request-private-network": "A page wants to reach a private network.",
        "timing-allow-origin": "Sites that may see timings.",
        "cross-origin-resource-policy": "Sites that may embed it.",
        "cross-origin-opener-policy": "Whether pages of other sites may hold this window.",
        "cross-origin-embedder-policy": "Whether this page may embed what did not agree.",
    },
    "connection": {
        "connection": "What concerns only this connection.",
        "keep-alive": "How long the connection stays open.",
        "transfer-encoding": "How the body is framed on this connection.",
        "te": "Framings and trailers that are accepted.",
        "trailer": "Headers that come after the body.",
        "upgrade": "Another protocol that could be spoken.",
        "expect": "The client waits for 100 Continue before it sends the body.",
        "proxy-connection": "Never a standard; some clients still send it.",
        "http2-settings": "Settings for an upgrade to HTTP/2, obsolete.",
        "alt-svc": "Where else it is served (RFC 7838).",
        "early-data": "Sent before the TLS handshake was done: it may be a replay (RFC 8470).",
        "retry-after": "When to try again.",
        "allow": "Methods that this address has.",
    },
    "websocket": {
        "sec-websocket-key": "Proof that this is a WebSocket client; no secret.",
        "sec-websocket-accept": "The server's answer to the key.",
        "sec-websocket-version": "The version of the protocol, 13.",
        "sec-websocket-protocol": "Subprotocols, the most wanted first.",
        "sec-websocket-extensions": "Extensions such as compression.",
    },
    "security": {
        "content-security-policy": "What the page may load and do.",
        "content-security-policy-report-only": "What of a policy would be broken.",
        "strict-transport-security": "Only HTTPS from now on (RFC 6797).",
        "x-content-type-options": "The type is to be believed, not guessed.",
        "x-frame-options": "Who may put it into a frame.",
        "referrer-policy": "What of the address other sites learn.",
        "permissions-policy": "What the page may use.",
        "signature": "A signature of this message (RFC 9421).",
        "signature-input": "What of the message is signed (RFC 9421).",
        "x-hub-signature-256": "HMAC-SHA256 of the body, as GitHub signs webhooks.",
        "x-hub-signature": "HMAC-SHA1 of the body, as older webhooks are signed.",
        "stripe-signature": "Time and HMAC-SHA256 of the body, as Stripe signs webhooks.",
        "x-slack-signature": "HMAC-SHA256 of time and body, as Slack signs requests.",
        "x-csrf-token": "Proof that the page is the site's own.",
    },
}
_GROUP: Final = {name: group for group, names in _HEADERS.items() for name in names}
_ABOUT: Final = {name: about for names in _HEADERS.values() for name, about in names.items()}

_FAMILIES: Final = (
    (re.compile(r"sec-ch-.*"), "browser"),
    (re.compile(r"sec-fetch-.*"), "browser"),
    (re.compile(r"sec-websocket-.*"), "websocket"),
    (re.compile(r"access-control-.*"), "cors"),
    (re.compile(r"x-forwarded-.*|x-original-.*|x-envoy-.*|cf-.*|fly-.*|fastly-.*|.*client-ip"), "proxy"),
    (re.compile(r"x-b3-.*|x-datadog-.*|uber-.*|sentry-trace|.*-(request|trace|correlation)-id"), "tracing"),
    (re.compile(r"x-auth(-.*)?|.*-(token|secret|key)"), "authentication"),
    (re.compile(r".*signature.*"), "security"),
    (re.compile(r"content-.*"), "content"),
)


def group_of(name: str) -> str:
    """The id of the group that a header belongs to, by its lower-case name."""
    if name in _GROUP:
        return _GROUP[name]
    return next((group for pattern, group in _FAMILIES if pattern.fullmatch(name)), "other")


def about(name: str) -> str | None:
    """What a header is for; None for one that is not known here."""
    if name.startswith("sec-ch-"):
        return "A client hint: what browsers say of themselves piece by piece."
    return _ABOUT.get(name)
