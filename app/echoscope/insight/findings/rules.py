"""The table of rules: every kind of finding on one screen.

From it come the findings of an exchange and docs/findings.md. The level and the reference are those of a finding
where its remark says nothing else.
"""

# ruff: noqa: E501  a row is a row

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from . import (
    addresses,
    answers,
    clients,
    conditions,
    connection,
    contents,
    cookies,
    cors,
    credentials,
    fields,
    proxies,
    webhooks,
    websockets,
)
from .facts import Facts
from .finding import Level, Remark


class Rule(NamedTuple):
    """`summary`: when it speaks, one line."""

    name: str
    level: Level
    summary: str
    function: Callable[[Facts], Iterable[Remark]]
    reference: str


_ASGI: Final = "https://asgi.readthedocs.io/en/latest/specs/www.html"
_FETCH: Final = "https://fetch.spec.whatwg.org/#http-cors-protocol"
_COOKIES: Final = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis"
_CSP: Final = "https://www.w3.org/TR/CSP3/"

# fmt: off
RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "The exchange": (
        Rule("app-failed", "error", "The application let an exception out", connection.failed, _ASGI),
        Rule("upload-interrupted", "warning", "The client left before Content-Length was reached", connection.interrupted_upload, "RFC 9112, section 8"),
        Rule("client-left", "warning", "The client left before the answer was complete", connection.client_left, _ASGI + "#disconnect-receive-event"),
        Rule("against-asgi", "warning", "A scope, a message or their order is against the ASGI specification", connection.against_the_spec, _ASGI),
        Rule("not-kept", "note", "Only a part of a body, or of the messages, is kept", connection.not_kept, "docs/settings.md"),
    ),
    "Proxies": (
        Rule("proxy-not-trusted", "warning", "Client and scheme do not show what the proxy headers say", proxies.not_trusted, proxies.UVICORN),
        Rule("tls-not-told", "note", "A browser used https, the scheme is http", proxies.tls_not_told, proxies.UVICORN),
        Rule("forwarded-for-forgeable", "note", "X-Forwarded-For has more than one entry", proxies.forgeable, "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#security_and_privacy_concerns"),
        Rule("forwarded-for-private", "note", "A private address stands before a public one", proxies.private_in_public, "RFC 7239, section 8.1"),
        Rule("forwarded-for-no-address", "warning", "An entry of X-Forwarded-For is no address", proxies.no_address, "RFC 7239, section 6"),
        Rule("forwarded-disagree", "warning", "Forwarded and X-Forwarded-For name other last hops", proxies.disagree, "RFC 7239, section 7.4"),
        Rule("forwarded-proto-list", "warning", "X-Forwarded-Proto holds a list, which servers do not take", proxies.protos_disagree, proxies.UVICORN),
        Rule("root-path-doubled", "warning", "The path has the root path twice", proxies.prefix_doubled, _ASGI + "#http-connection-scope"),
        Rule("root-path-missing", "note", "X-Forwarded-Prefix names a prefix that root_path is not", proxies.prefix_missing, _ASGI + "#http-connection-scope"),
        Rule("path-outside-root", "note", "The path does not begin with root_path", proxies.path_outside_root, _ASGI + "#http-connection-scope"),
    ),
    "Connection": (
        Rule("hop-by-hop-http2", "warning", "A field of the connection came over HTTP/2 or HTTP/3", connection.hop_by_hop_in_http2, "RFC 9113, section 8.2.2"),
        Rule("for-a-proxy", "note", "Proxy-Authorization or Proxy-Connection reached the server", connection.for_a_proxy, "RFC 9110, section 7.6.1"),
        Rule("connection-option-forwarded", "warning", "A field that Connection names came through a proxy", connection.options_came_through, "RFC 9110, section 7.6.1"),
        Rule("transfer-encoding", "note", "The body came in chunks, or with two lengths", connection.chunked, "RFC 9112, section 6.1"),
        Rule("expect", "note", "The client waited for 100 Continue, or expects what there is not", connection.expectation, "RFC 9110, section 10.1.1"),
        Rule("h2c-upgrade", "note", "The client offered an upgrade to HTTP/2 without TLS", connection.h2c_upgrade, "RFC 9113, section 3.1"),
        Rule("handshake-as-http", "warning", "A WebSocket handshake was taken for an ordinary request", connection.handshake_as_http, "https://nginx.org/en/docs/http/websocket.html"),
        Rule("tls-to-plain-port", "error", "A TLS handshake came to a port of plain HTTP", connection.tls_to_plain_port, "RFC 9110, section 4.2.2"),
        Rule("early-data", "note", "The request came before the TLS handshake was complete", connection.early_data, "RFC 8470, section 5.1"),
        Rule("grpc-over-http1", "error", "gRPC came over HTTP/1.1", contents.grpc, "https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md"),
    ),
    "Address": (
        Rule("escaped-twice", "note", "The path or a parameter is percent-encoded twice", addresses.escaped_twice, "RFC 3986, section 2.4"),
        Rule("broken-escape", "note", "A percent sign without two hexadecimal digits", addresses.broken_escape, "RFC 3986, section 2.1"),
        Rule("address-not-utf8", "note", "Escapes in the path or in a parameter are no UTF-8", addresses.no_utf8, "RFC 3986, section 2.5"),
        Rule("address-not-escaped", "note", "Bytes in the target that must be escaped", addresses.not_escaped, "RFC 9112, section 3.2"),
        Rule("empty-segment", "note", "Two slashes in a row in the path", addresses.empty_segment, "RFC 3986, section 3.3"),
        Rule("dot-segments", "note", "Dot segments that clients take out", addresses.dot_segments, "RFC 3986, section 5.2.4"),
        Rule("secret-in-address", "warning", "A parameter whose name says that it is a secret", addresses.secret_in_query, "RFC 6750, section 5.3"),
        Rule("host-malformed", "warning", "Host is no name with a port", addresses.host_malformed, "RFC 9110, section 7.2"),
        Rule("host-is-address", "note", "Host is a public IP address", addresses.host_is_address, "RFC 9110, section 7.2"),
        Rule("other-port", "note", "Host names another port than the server listens on", addresses.other_port, "RFC 9110, section 7.2"),
    ),
    "Header lines": (
        Rule("single-value-repeated", "warning", "A field with one value stands more than once", fields.repeated, "RFC 9110, section 5.3"),
        Rule("field-misspelt", "warning", "A name that is nearly that of a known field", fields.misspelt, "https://www.iana.org/assignments/http-fields/http-fields.xhtml"),
        Rule("field-not-utf8", "note", "Bytes in a value that are no UTF-8", fields.not_utf8, "RFC 9110, section 5.5"),
        Rule("no-user-agent", "note", "There is no User-Agent", fields.no_user_agent, "RFC 9110, section 10.1.5"),
        Rule("method-case", "warning", "A known method, not in capitals", fields.method_case, "RFC 9110, section 9.1"),
        Rule("content-type-malformed", "warning", "Content-Type is no media type", fields.content_type_malformed, "RFC 9110, section 8.3.1"),
        Rule("condition-date-malformed", "warning", "A condition whose date is none", fields.dates_malformed, "RFC 9110, section 5.6.7"),
        Rule("trace-context-invalid", "warning", "traceparent is not valid", fields.trace_context, "https://www.w3.org/TR/trace-context/#traceparent-header"),
        Rule("accept-not-met", "note", "The answer has a type that Accept excludes", fields.accept_not_met, "RFC 9110, section 12.5.1"),
        Rule("accept-malformed", "warning", "Accept names no media type", fields.unsatisfiable_accept, "RFC 9110, section 12.5.1"),
    ),
    "Bodies": (
        Rule("type-contradicted", "warning", "The bytes are of another type than Content-Type says", contents.contradicted_type, "RFC 9110, section 8.3"),
        Rule("json-invalid", "error", "Sent as JSON and no JSON", contents.json_invalid, "RFC 8259, section 2"),
        Rule("json-oddities", "warning", "JSON with NaN, repeated keys, a byte order mark, half a character", contents.json_oddities, "RFC 8259"),
        Rule("json-empty", "note", "Sent as JSON and empty", contents.empty_json, "RFC 8259, section 2"),
        Rule("body-without-meaning", "warning", "A body on GET, HEAD, DELETE or TRACE", contents.body_on_get, "RFC 9110, section 9.3.1"),
        Rule("body-without-type", "note", "A request's body without Content-Type", contents.no_type, "RFC 9110, section 8.3"),
        Rule("charset-contradicted", "warning", "The bytes do not fit the charset", contents.contradicted_charset, "RFC 9110, section 8.3.2"),
        Rule("multipart-boundary", "error", "No boundary is named, or it does not occur, or the end is missing", contents.multipart, "RFC 2046, section 5.1.1"),
        Rule("compressed-silently", "warning", "Compressed bytes under a type of text, without Content-Encoding", contents.compressed_silently, "RFC 9110, section 8.4"),
        Rule("coding-contradicted", "error", "The bytes are not what Content-Encoding says", contents.not_as_coded, "RFC 9110, section 8.4"),
        Rule("digest-wrong", "error", "Content-Digest, Content-MD5 or x-amz-content-sha256 is that of another body", contents.wrong_digest, "RFC 9530, section 2"),
    ),
    "Credentials": (
        Rule("jwt-expired", "warning", "The token has expired", credentials.jwt_expired, "RFC 7519, section 4.1.4"),
        Rule("jwt-not-yet", "warning", "The token is not valid yet", credentials.jwt_not_yet, "RFC 7519, section 4.1.5"),
        Rule("jwt-times", "warning", "exp, nbf or iat is no time in seconds", credentials.jwt_times, "RFC 7519, section 2"),
        Rule("jwt-unsigned", "warning", "The token is not signed", credentials.jwt_unsigned, "RFC 8725, section 3.1"),
        Rule("jwt-audience", "note", "The audience is the address of another server", credentials.jwt_audience, "RFC 7519, section 4.1.3"),
        Rule("authorization-malformed", "warning", "A bearer token that is none", credentials.bearer_malformed, "RFC 6750, section 2.1"),
        Rule("basic-malformed", "warning", "Basic credentials that cannot be read", credentials.basic_malformed, "RFC 7617, section 2"),
        Rule("credentials-in-clear", "warning", "Credentials over plain HTTP from another machine", credentials.in_clear, "RFC 6750, section 5.3"),
    ),
    "Cookies": (
        Rule("cookies-large", "warning", "The cookies are larger than many servers take", cookies.too_large, "RFC 6265, section 6.1"),
        Rule("cookies-many", "note", "More than 50 cookies", cookies.too_many, "RFC 6265, section 6.1"),
        Rule("cookie-repeated", "note", "The same cookie more than once", cookies.repeated, "RFC 6265, section 5.4"),
        Rule("cookie-refused", "warning", "A Set-Cookie that browsers drop", cookies.refused, _COOKIES),
        Rule("cookie-odd", "warning", "A Set-Cookie with an attribute that browsers ignore", cookies.set_oddly, _COOKIES),
    ),
    "Other origins": (
        Rule("cors-preflight", "note", "A preflight, and what the answer grants or misses", cors.preflight, _FETCH),
        Rule("cors-unreadable", "warning", "An answer that the page which asked may not read", cors.unreadable, _FETCH),
        Rule("cors-star-credentials", "warning", "* together with credentials", cors.star_with_credentials, _FETCH),
        Rule("origin-null", "note", "Origin is null", cors.null_origin, "https://fetch.spec.whatwg.org/#origin-header"),
    ),
    "Conditions and ranges": (
        Rule("condition-met", "note", "If-None-Match or If-Modified-Since against the answer", conditions.not_modified, "RFC 9110, section 13.1.2"),
        Rule("condition-tag-malformed", "warning", "If-None-Match or If-Match without quotes", conditions.tag_malformed, "RFC 9110, section 8.8.3"),
        Rule("condition-without-effect", "note", "If-Modified-Since on another method than GET and HEAD", conditions.date_without_effect, "RFC 9110, section 13.1.3"),
        Rule("precondition-failed", "note", "A 412 and the condition that failed", conditions.precondition_failed, "RFC 9110, section 15.5.13"),
        Rule("range", "note", "A Range against the answer", conditions.byte_range, "RFC 9110, section 14.2"),
        Rule("partial-content", "error", "A 206 without, or with a wrong, Content-Range", conditions.partial_content, "RFC 9110, section 15.3.7"),
    ),
    "Senders": (
        Rule("webhook", "note", "A known sender, how it signs, and where that is documented", webhooks.sender, "https://www.standardwebhooks.com/"),
        Rule("webhook-unsigned", "warning", "A sender that signs where a secret is set, and did not", webhooks.unsigned, "https://www.standardwebhooks.com/"),
        Rule("webhook-attempt", "note", "A delivery that was tried before", webhooks.attempt, "https://www.standardwebhooks.com/"),
        Rule("clock-skew", "note", "A Date or the time of a signature is minutes away", webhooks.clock_skew, "RFC 9110, section 6.6.1"),
        Rule("crawler", "note", "A robot or a health check, by its own name", clients.crawler, "RFC 9309"),
        Rule("scanner", "note", "A scanner, by its own name", clients.scanner, "https://owasp.org/www-project-web-security-testing-guide/"),
        Rule("probe", "note", "An address that scanners try everywhere", clients.probe, "https://owasp.org/www-project-web-security-testing-guide/"),
        Rule("hints-contradict", "note", "Client hints say otherwise than the User-Agent", clients.hints_contradict, "https://wicg.github.io/ua-client-hints/"),
        Rule("hints-detailed", "note", "Client hints that a browser gives only when asked", clients.detailed_hints, "RFC 8942, section 3.1"),
    ),
    "WebSockets": (
        Rule("close-code", "note", "A close code other than 1000 and 1001, explained", websockets.close_code, "RFC 6455, section 7.4.1"),
        Rule("subprotocol", "warning", "No subprotocol was chosen, or one that was not offered", websockets.subprotocol, "https://websockets.spec.whatwg.org/#concept-websocket-establish"),
        Rule("websocket-refused", "note", "The handshake was not accepted", websockets.refused, "RFC 6455, section 4.2.2"),
    ),
    "Answers": (
        Rule("answer-without-type", "warning", "A body without Content-Type", contents.no_response_type, "RFC 9110, section 8.3"),
        Rule("body-forbidden", "error", "A body with 204 or 304", answers.body_forbidden, "RFC 9110, section 6.4.1"),
        Rule("length-mismatch", "error", "Content-Length is not the length of the answer", answers.length_mismatch, "RFC 9110, section 8.6"),
        Rule("field-required", "warning", "A 401, 405, 407 or 426 without the field that it must have", answers.required_field, "RFC 9110, section 15.5"),
        Rule("etag-malformed", "warning", "An ETag without quotes", answers.etag_malformed, "RFC 9110, section 8.8.3"),
        Rule("location", "warning", "A redirect without an address, or with one that is none", answers.location, "RFC 9110, section 10.2.2"),
        Rule("date-malformed", "warning", "Last-Modified, Date or Retry-After that cannot be read", answers.dates_malformed, "RFC 9110, section 5.6.7"),
        Rule("cache-control", "warning", "Directives that exclude each other or that there are not", answers.cache_contradictions, "RFC 9111, section 5.2.2"),
        Rule("hsts", "note", "Strict-Transport-Security that browsers ignore", answers.hsts, "RFC 6797, section 8.1"),
        Rule("csp", "warning", "A Content-Security-Policy with a slip of the pen", answers.policy_typo, _CSP),
        Rule("option-unknown", "warning", "X-Content-Type-Options or X-Frame-Options with a value that is ignored", answers.options_unknown, "https://fetch.spec.whatwg.org/#x-content-type-options-header"),
    ),
}
# fmt: on
