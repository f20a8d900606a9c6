"""Each rule: exchanges of which it speaks, with words that it must say, and neighbours of which it says nothing."""

import gzip
from base64 import b64encode
from hashlib import md5, sha256
from typing import Any

import pytest
from msgspec.structs import replace

from echoscope.assembly.doors.refused import refused_exchange
from echoscope.exchange.model import Event, Exchange
from echoscope.insight.findings import RULES, Finding, findings
from echoscope.server.answers import Refused
from tests.findings.made import AT_S, bearer, exchange, session, token

NAMES = [rule.name for rules in RULES.values() for rule in rules]
JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
PRIVATE: dict[str, Any] = {"client": ["10.0.0.5", 41000], "scheme": "http"}
HTTP: dict[str, Any] = {"scheme": "http"}


def post(content_type: str, body: bytes, *lines: tuple[str, str], **changes: Any) -> Exchange:
    return exchange("POST", "/items", [("content-type", content_type), *lines], body, **changes)


CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


def refused(head: bytes, scheme: str = "http") -> Exchange:
    """What the server turned away, as it stands in the log."""
    place = ("198.51.100.20", 50_000), ("10.0.0.2", 8_000), scheme
    reason = "The request is malformed: Invalid method encountered."
    return refused_exchange("a-1", Refused(*place, "", head, len(head), 400, reason, AT_S * 1_000_000_000))


def get(*lines: tuple[str, str | bytes], target: str = "/items", **changes: Any) -> Exchange:
    return exchange("GET", target, lines, **changes)


def answered(*lines: tuple[str, str], status: int = 200, content: bytes = b"", **changes: Any) -> Exchange:
    return exchange(answer=lines or [("content-type", "text/plain")], status=status, content=content, **changes)


def preflight(
    *answer: tuple[str, str], wants: str = "PUT", headers: str = "content-type", status: int = 204
) -> Exchange:
    lines = [("origin", "https://app.example.org"), ("access-control-request-method", wants)]
    lines += [("access-control-request-headers", headers)] if headers else []
    return exchange("OPTIONS", "/items", lines, status=status, answer=answer)


def fetched(*answer: tuple[str, str], cookie: bool = False, mode: str = "cors") -> Exchange:
    lines = [("origin", "https://app.example.org"), ("sec-fetch-mode", mode), ("sec-fetch-site", "cross-site")]
    return get(*lines, *([("cookie", "a=1")] if cookie else []), answer=[("content-type", "text/plain"), *answer])


def closed(code: int, reason: str = "") -> Exchange:
    return session([], {"type": "websocket.disconnect", "code": code, "reason": reason})


PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
HANDSHAKE = [("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), ("sec-websocket-version", "13")]
GRANTED = [
    ("access-control-allow-origin", "https://app.example.org"),
    ("access-control-allow-methods", "GET, PUT"),
    ("access-control-allow-headers", "Content-Type"),
    ("access-control-max-age", "600"),
]
GITHUB = [("x-github-event", "push"), ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"), JSON]
COOKIES = "; ".join(f"c{number}={number}" for number in range(51))

SPEAKS: list[tuple[str, Exchange, str]] = [
    ("app-failed", exchange(error="Traceback …\nKeyError: 'secret'", status=500), "It raised KeyError; the traceback"),
    (
        "upload-interrupted",
        exchange("POST", "/", [("content-length", "100")], b"abc", status=None, state="disconnected"),
        "says 100 bytes, 3 came",
    ),
    ("client-left", exchange(state="disconnected"), "gone after 2 ms"),
    ("against-asgi", exchange(root_path=7), "Against the ASGI specification: scope.root_path"),
    ("not-kept", post("text/plain", b"abc", length=10), "Of the body, the first 3 bytes are kept"),
    ("not-kept", exchange(omitted=2), "2 messages not kept"),
    ("proxy-not-trusted", get(("x-forwarded-for", "203.0.113.7"), **PRIVATE), "--forwarded-allow-ips=10.0.0.5"),
    (
        "proxy-not-trusted",
        get(
            ("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https"), client=["203.0.113.7", 0], scheme="http"
        ),
        "x-forwarded-proto says https",
    ),
    (
        "proxy-not-trusted",
        get(("forwarded", "for=203.0.113.7;proto=https"), client=None, scheme="http"),
        "forwarded-allow-ips='*'",
    ),
    ("tls-not-told", get(("user-agent", CHROME), ("sec-fetch-site", "none"), **HTTP), "send sec-fetch-site: none"),
    ("tls-not-told", get(("origin", "https://api.example.com"), **HTTP), "X-Forwarded-Proto $scheme"),
    ("forwarded-for-forgeable", get(("x-forwarded-for", "1.2.3.4, 203.0.113.7")), "2 entries, 1.2.3.4 first"),
    ("forwarded-for-private", get(("x-forwarded-for", "127.0.0.1, 203.0.113.7")), "127.0.0.1 left of 203.0.113.7"),
    ("forwarded-for-no-address", get(("x-forwarded-for", "example.com")), "'example.com' is neither"),
    (
        "forwarded-disagree",
        get(("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=203.0.113.7")),
        "The last address of one is 203.0.113.7",
    ),
    ("forwarded-proto-list", get(("x-forwarded-proto", "https, http")), "It says https, http"),
    ("root-path-doubled", get(path="/api/api/x", root_path="/api"), "root_path is /api and the path /api/api/x"),
    ("root-path-missing", get(("x-forwarded-prefix", "/app")), "--root-path /app"),
    ("path-outside-root", get(path="/x", root_path="/api"), "root_path is /api, the path /x"),
    ("hop-by-hop-http2", get(("connection", "keep-alive"), http_version="2"), "Connection has no place in HTTP/2"),
    ("for-a-proxy", get(("proxy-authorization", "Basic c2VjcmV0OnNlY3JldA==")), "Credentials for a proxy"),
    ("for-a-proxy", get(("proxy-connection", "keep-alive")), "HTTP_PROXY"),
    (
        "connection-option-forwarded",
        get(("via", "1.1 a"), ("connection", "close, x-hop"), ("x-hop", "1")),
        "x-hop was for one hop",
    ),
    ("transfer-encoding", post("text/plain", b"a", ("transfer-encoding", "chunked")), "came in chunks"),
    (
        "transfer-encoding",
        post("text/plain", b"a", ("transfer-encoding", "chunked"), ("content-length", "1")),
        "two lengths",
    ),
    ("expect", post("text/plain", b"a", ("expect", "100-continue")), "waited for 100 Continue"),
    ("expect", post("text/plain", b"a", ("expect", "200-maybe")), "200-maybe is none"),
    ("tls-to-plain-port", refused(CLIENT_HELLO), "echoscope --tls"),
    ("tls-to-plain-port", refused(CLIENT_HELLO[:6]), "https://"),
    (
        "h2c-upgrade",
        get(("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c"), ("http2-settings", "AAM")),
        "--http2-prior-knowledge",
    ),
    (
        "handshake-as-http",
        get(*HANDSHAKE, ("connection", "close")),
        "not Upgrade: websocket and not Connection: Upgrade",
    ),
    (
        "handshake-as-http",
        get(*HANDSHAKE, ("connection", "Upgrade"), ("upgrade", "websocket")),
        "does not speak WebSocket",
    ),
    ("early-data", get(("early-data", "1")), "425 Too Early"),
    ("grpc-over-http1", post("application/grpc+proto", b"\0\0\0\0\0"), "grpc_pass"),
    ("escaped-twice", get(target="/a%2520b"), "a%2520b is a%20b"),
    ("escaped-twice", get(target="/?q=a%2520b"), "value of q has %2520"),
    ("broken-escape", get(target="/?q=100%&x"), "The query has %&x"),
    ("broken-escape", get(target="/a%zz"), "The path has %zz"),
    ("address-not-utf8", get(target="/caf%E9"), "The path is not UTF-8"),
    ("address-not-utf8", get(target="/?q=caf%E9"), "escapes of q"),
    ("address-not-escaped", get(target="/caf\xc3\xa9"), "0xc3"),
    ("empty-segment", get(target="/api//items"), "/api//items"),
    ("dot-segments", get(target="/static/../../etc/hosts"), "/../ is in it. Browsers"),
    ("dot-segments", get(target="/static/..%2f..%2fetc"), "An escaped slash"),
    ("secret-in-address", get(target="/?access_token=hunter2"), "The parameter access_token"),
    ("host-malformed", get(("host", "example.com:http")), "'example.com:http'"),
    ("host-malformed", get(("host", "https://example.com/")), "no name with a port"),
    ("host-is-address", get(("host", "93.184.216.34")), "Host is 93.184.216.34"),
    ("other-port", get(("host", "localhost:8080")), "Host names port 8080, the server listens on 8000"),
    (
        "single-value-repeated",
        get(("authorization", "Basic YTpi"), ("authorization", "Basic YTpi")),
        "Authorization stands 2 times",
    ),
    (
        "single-value-repeated",
        answered(("content-type", "text/plain"), ("content-type", "text/html")),
        "in the response",
    ),
    ("field-misspelt", get(("referrer", "https://example.org/")), "Referer"),
    ("field-misspelt", answered(("access-control-allow-header", "x")), "Access-Control-Allow-Headers"),
    ("field-not-utf8", get(("x-name", b"Zo\xeb")), "Byte 2 is 0xeb"),
    ("no-user-agent", get(agent=None), "no User-Agent"),
    ("method-case", exchange("patch"), "Write PATCH"),
    ("content-type-malformed", post("json", b"{}"), "'json' has not the form"),
    ("content-type-malformed", answered(("content-type", "utf-8"), content=b"a"), "of the response"),
    ("condition-date-malformed", get(("if-modified-since", "yesterday")), "'yesterday' cannot be read"),
    (
        "trace-context-invalid",
        get(("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01")),
        "starts a trace of its own",
    ),
    ("accept-not-met", get(("accept", "application/xml")), "Accept is application/xml, the answer is text/plain"),
    ("accept-malformed", get(("accept", "json")), "'json' has not the form"),
    ("type-contradicted", post("application/x-www-form-urlencoded", b'{"a": 1}'), "curl: --json"),
    ("type-contradicted", post("text/plain;charset=UTF-8", b'{"a": 1}'), "sent as plain text"),
    ("type-contradicted", post("image/jpeg", PNG), "the bytes are image/png"),
    ("type-contradicted", post("image/png", b"iVBORw0KGgo="), "do not begin as such a picture does"),
    ("type-contradicted", post("application/pdf", b"hello"), "%PDF- is not among"),
    ("type-contradicted", post("application/json", PNG), "The request is not application/json"),
    ("type-contradicted", post("application/json", PART), "multipart, and is not sent as such"),
    ("type-contradicted", answered(("content-type", "text/html"), content=b'{"a": 1}'), "sent as HTML"),
    ("json-invalid", post("application/json", b'{"a": 1,}'), "line 1, column 9"),
    ("json-invalid", post("application/json", b"{'a': 1}"), "double quotes only"),
    ("json-invalid", post("application/json", b'{"a": True}'), "json.dumps"),
    ("json-invalid", post("application/json", b"a=1&b=2"), "looks like a form"),
    ("json-invalid", post("application/json", b'{"a": 1}\n{"a": 2}\n'), "JSON Lines"),
    ("json-invalid", answered(JSON, content=b"<!doctype html><title>Error</title>"), "looks like an HTML page"),
    ("json-oddities", post("application/json", b'{"a": NaN}'), "allow_nan=False"),
    ("json-oddities", post("application/json", b'{"a": 1, "a": 2}'), "repeats a key"),
    ("json-oddities", post("application/json", b"\xef\xbb\xbf{}"), "ef bb bf"),
    ("json-oddities", post("application/json", b'["\\ud800"]'), "half of a character"),
    ("json-empty", post("application/json", b""), "strict servers answer 400"),
    ("body-without-meaning", exchange("GET", "/", [FORM], b"a=1"), "A GET with a body"),
    ("body-without-meaning", exchange("DELETE", "/", [FORM], b"a=1"), "A DELETE with a body"),
    ("body-without-type", exchange("POST", "/", [], b"abc"), "3 bytes came"),
    ("charset-contradicted", post("text/plain; charset=utf-8", b"caf\xe9 au lait"), "does not fit its charset"),
    ("charset-contradicted", post("text/plain; charset=klingon", b"abc"), "charset=klingon"),
    ("charset-contradicted", post("text/plain; charset=iso-8859-1", "naïve".encode()), "looks like UTF-8"),
    ("charset-contradicted", post("text/plain; charset=iso-8859-1", b"\xef\xbb\xbfabc"), "byte order mark utf-8"),
    (
        "charset-contradicted",
        post("application/json; charset=utf-16", '{"a": "é"}'.encode("utf-16")),
        "whatever a charset says",
    ),
    ("multipart-boundary", post("multipart/form-data", PART), "names no boundary"),
    ("multipart-boundary", post("multipart/form-data; boundary=y", PART), "boundary=y"),
    ("multipart-boundary", post("multipart/form-data; boundary=x", PART[:-8]), "cannot be read to its end"),
    ("compressed-silently", post("application/json", gzip.compress(b"{}")), "Send Content-Encoding: gzip"),
    ("coding-contradicted", post("application/json", b'{"a": 1}', ("content-encoding", "gzip")), "The bytes are text"),
    (
        "compressed-silently",
        post("application/json", gzip.compress(gzip.compress(b"{}")), ("content-encoding", "gzip")),
        "compressed twice",
    ),
    (
        "coding-contradicted",
        post("application/json", gzip.compress(b"{}" * 99)[:-9], ("content-encoding", "gzip")),
        "ends before its end",
    ),
    (
        "digest-wrong",
        post("text/plain", b"abc", ("content-md5", b64encode(md5(b"abd").digest()).decode())),
        "Content-MD5",
    ),
    (
        "digest-wrong",
        post("text/plain", b"abc", ("content-digest", f"sha-256=:{b64encode(sha256(b'x').digest()).decode()}:")),
        "sha-256",
    ),
    ("digest-wrong", post("text/plain", b"abc", ("x-amz-content-sha256", "0" * 64)), "3 bytes that came"),
    ("jwt-expired", get(*bearer({"exp": AT_S - 120})), "2 minutes before this request"),
    ("jwt-not-yet", get(*bearer({"nbf": AT_S + 120})), "nbf is"),
    ("jwt-not-yet", get(*bearer({"iat": AT_S + 120})), "iat is"),
    ("jwt-expired", get(*bearer({"exp": AT_S})), "exp is 17"),
    ("jwt-times", get(*bearer({"exp": AT_S * 1000})), "milliseconds, it seems"),
    ("jwt-times", get(*bearer({"exp": "tomorrow"})), "no number"),
    ("jwt-unsigned", get(*bearer({}, "none", "")), 'alg is "none"'),
    ("jwt-unsigned", get(*bearer({}, "RS256", "")), "signature is empty"),
    ("jwt-audience", get(*bearer({"aud": "https://other.example.net/api"})), "aud is https://other.example.net/api"),
    ("authorization-malformed", get(("authorization", "Bearer undefined")), "'undefined'"),
    ("authorization-malformed", get(("authorization", "Bearer Bearer abc")), "second scheme"),
    ("authorization-malformed", get(("authorization", token({}))), "and no scheme"),
    ("basic-malformed", get(("authorization", "Basic user:password")), "not base64"),
    ("basic-malformed", get(("authorization", "Basic dXNlcg==")), "no colon"),
    ("credentials-in-clear", get(("authorization", "Basic YTpi"), **HTTP), "from 198.51.100.20"),
    ("credentials-in-clear", get(("authorization", "Bearer x"), **PRIVATE), "from 10.0.0.5"),
    ("cookies-large", get(("cookie", f"a=1; b={'x' * 4000}; c={'x' * 3000}; d={'x' * 2000}")), "The largest is b"),
    ("cookies-large", get(("cookie", "a=" + "x" * 4100)), "limit of browsers is 4,096"),
    ("cookies-many", get(("cookie", COOKIES)), "51 came"),
    ("cookie-repeated", get(("cookie", "a=1; b=2; a=3")), "The cookie a came 2 times"),
    ("cookie-refused", answered(("set-cookie", "a=1; SameSite=None")), "no Secure"),
    ("cookie-refused", answered(("set-cookie", "__Host-a=1; Secure; Path=/x")), "need Path=/"),
    ("cookie-refused", answered(("set-cookie", "__Secure-a=1")), "__Secure- need Secure"),
    ("cookie-refused", answered(("set-cookie", "a=1; Partitioned")), "Partitioned"),
    ("cookie-refused", answered(("set-cookie", f"a={'x' * 4097}")), "4,098 bytes"),
    ("cookie-refused", answered(("set-cookie", "a=1; Domain=example.org")), "Domain is example.org"),
    ("cookie-odd", answered(("set-cookie", "a=1; Expires=tomorrow")), "is no date"),
    ("cookie-odd", answered(("set-cookie", "a=1; SameSite=Loose")), "'Loose'"),
    ("cookie-odd", answered(("set-cookie", "a=1; Max-Age=1h")), "'1h'"),
    ("cookie-odd", answered(("set-cookie", "a=1; Path=/, b=2; Path=/")), "Two cookies"),
    ("cors-preflight", preflight(*GRANTED), "remembers it for 10 minutes"),
    ("cors-preflight", preflight(*GRANTED), "Access-Control-Allow-Headers grants content-type."),
    ("cors-preflight", preflight(*GRANTED, wants="POST"), "POST needs no grant."),
    ("cors-preflight", preflight(*GRANTED, wants="DELETE"), "Access-Control-Allow-Headers grants content-type."),
    ("cors-preflight", preflight(), "Access-Control-Allow-Origin is missing"),
    ("cors-preflight", preflight(*GRANTED, headers="authorization"), "does not name authorization"),
    ("cors-preflight", preflight(*GRANTED, wants="DELETE"), "Send Access-Control-Allow-Methods: DELETE"),
    ("cors-preflight", preflight(*GRANTED, status=401), "The status is 401"),
    (
        "cors-preflight",
        preflight(GRANTED[0], ("access-control-allow-headers", "*"), wants="POST", headers="authorization"),
        "does not cover Authorization",
    ),
    (
        "cors-preflight",
        preflight(("access-control-allow-origin", "https://app.example.org/"), wants="GET", headers=""),
        "without a slash",
    ),
    ("cors-unreadable", fetched(), "Access-Control-Allow-Origin is missing"),
    ("cors-unreadable", fetched(("access-control-allow-origin", "*"), cookie=True), "asked with cookies"),
    (
        "cors-unreadable",
        fetched(("access-control-allow-origin", "*"), ("access-control-allow-origin", "*")),
        "more than one value",
    ),
    (
        "cors-star-credentials",
        fetched(("access-control-allow-origin", "*"), ("access-control-allow-credentials", "true")),
        "the star is no wildcard",
    ),
    ("origin-null", get(("origin", "null")), "The origin is null"),
    ("condition-met", get(("if-none-match", '"a"'), status=304, answer=[("etag", '"a"')]), "still good"),
    (
        "condition-met",
        get(("if-none-match", 'W/"a", "b"'), answer=[("content-type", "text/plain"), ("etag", '"a"')]),
        "was sent it again",
    ),
    ("condition-tag-malformed", get(("if-none-match", "abc")), "'abc'"),
    (
        "condition-without-effect",
        exchange("PUT", "/", [("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]),
        "The method is PUT",
    ),
    ("precondition-failed", exchange("PUT", "/", [("if-match", '"a"')], status=412), 'If-Match is "a"'),
    ("range", get(("range", "bytes=0-9")), "all was sent"),
    (
        "range",
        get(
            ("range", "bytes=0-1"),
            status=206,
            content=b"ab",
            answer=[("content-type", "text/plain"), ("content-range", "bytes 0-1/9")],
        ),
        "the answer bytes 0-1/9",
    ),
    ("range", get(("range", "bytes=99-"), status=416, answer=[("content-range", "bytes */9")]), "outside"),
    ("range", get(("range", "bytes=a-b")), "cannot be read"),
    ("range", get(("if-range", '"a"')), "without Range"),
    ("range", exchange("POST", "/", [("range", "bytes=0-9")]), "The method is POST"),
    ("partial-content", get(("range", "bytes=0-1"), status=206, content=b"ab"), "does not say which part"),
    (
        "partial-content",
        answered(("content-type", "text/plain"), ("content-range", "bytes 0-9/10"), status=206, content=b"ab"),
        "which is 10 bytes; 2",
    ),
    ("webhook", post("application/json", b"{}", ("stripe-signature", f"t={AT_S},v1=aa")), "A webhook of Stripe"),
    ("webhook", exchange("POST", "/", [*GITHUB, ("x-hub-signature-256", "sha256=aa")], b"{}"), "GitHub (push)"),
    (
        "webhook",
        post(
            "application/json", b'{"signature": {"timestamp": "1", "token": "a", "signature": "b"}, "event-data": {}}'
        ),
        "Mailgun",
    ),
    ("webhook", post("text/plain; charset=UTF-8", b"x", ("x-amz-sns-message-type", "Notification")), "Amazon SNS"),
    (
        "webhook",
        exchange(
            "POST", "/", [("user-agent", "facebookexternalua"), ("x-hub-signature-256", "sha256=aa"), JSON], b"{}"
        ),
        "A webhook of Meta",
    ),
    ("webhook-unsigned", exchange("POST", "/", GITHUB, b"{}"), "GitHub without its signature"),
    (
        "webhook-unsigned",
        post("application/json", b"{}", ("x-gitlab-event", "Push Hook")),
        "GitLab without its signature",
    ),
    (
        "webhook-attempt",
        post("application/json", b"{}", ("x-slack-retry-num", "2"), ("x-slack-retry-reason", "http_timeout")),
        "attempt 3 of a delivery",
    ),
    (
        "clock-skew",
        post("application/json", b"{}", ("stripe-signature", f"t={AT_S - 3600},v1=aa")),
        "1 hour before this request",
    ),
    ("clock-skew", get(("date", "Sun, 22 Nov 2026 09:10:00 GMT")), "10 minutes after this request"),
    ("clock-skew", get(("x-amz-date", "20261122T080000Z")), "1 hour before"),
    (
        "crawler",
        get(("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")),
        "A robot: Googlebot",
    ),
    ("scanner", get(("user-agent", "sqlmap/1.8#stable (https://sqlmap.org)")), "A scanner: sqlmap"),
    ("probe", get(target="/.env"), "/.env is one of those"),
    ("probe", get(target="/wp-login.php"), "/wp-login.php"),
    (
        "hints-contradict",
        get(("user-agent", CHROME), ("sec-ch-ua", '"Chromium";v="142"'), ("sec-ch-ua-platform", '"macOS"')),
        "says macOS",
    ),
    ("hints-detailed", get(("sec-ch-ua-model", '"Pixel 9"')), "Accept-CH"),
    ("close-code", closed(1009), "message too big"),
    ("close-code", closed(1006), "The connection was lost"),
    ("close-code", closed(4001, "no token"), "with the reason 'no token'"),
    ("close-code", session([], {"type": "websocket.close", "code": 1005}), "no code to close with"),
    ("subprotocol", session([("sec-websocket-protocol", "chat, json")]), "The client offers chat, json"),
    ("subprotocol", session([("sec-websocket-protocol", "chat")], accept={"subprotocol": "json"}), "chose json"),
    ("websocket-refused", session([], {"type": "websocket.close", "code": 1000}, status=403), "answered with 403"),
    ("answer-without-type", answered(("x-a", "b"), content=b"abc"), "3 bytes were sent"),
    ("body-forbidden", answered(status=204, content=b"abc"), "A 204 with a body"),
    (
        "length-mismatch",
        answered(("content-type", "text/plain"), ("content-length", "5"), content=b"abc"),
        "It says 5 bytes, the application sent 3",
    ),
    ("field-required", answered(status=401), "WWW-Authenticate"),
    ("field-required", answered(status=405), "Send Allow: GET"),
    ("etag-malformed", answered(("etag", "abc")), 'Send ETag: "abc".'),
    ("location", answered(status=302), "leads nowhere"),
    ("location", answered(("location", "/a b"), status=302), "' '"),
    ("location", answered(("location", "www.example.org/x"), status=302), "no https:// before it"),
    ("date-malformed", answered(("last-modified", "2026-11-22")), "'2026-11-22'"),
    ("date-malformed", answered(("retry-after", "soon"), status=503), "whole seconds or a date"),
    ("cache-control", answered(("cache-control", "public, private")), "public and private exclude"),
    ("cache-control", answered(("cache-control", "no-store, max-age=60")), "max-age=60"),
    ("cache-control", answered(("cache-control", "max-age=1h")), "has no number of seconds"),
    ("cache-control", answered(("cache-control", "no_cache")), "Write no-cache"),
    ("cache-control", answered(("cache-control", "max-age=60, max-age=0")), "different values"),
    ("hsts", answered(("strict-transport-security", "max-age=60"), **HTTP), "no effect over http"),
    ("hsts", answered(("strict-transport-security", "includeSubDomains")), "has no max-age"),
    ("csp", answered(("content-security-policy", "default-source 'self'")), "default-src is meant"),
    ("csp", answered(("content-security-policy", "script-src self")), "Write 'self'"),
    (
        "csp",
        answered(("content-security-policy", "default-src 'self' script-src 'self'")),
        "A semicolon is missing before script-src",
    ),
    ("csp", answered(("content-security-policy", "img-src 'none' https:")), "'none' is not alone"),
    ("csp", answered(("content-security-policy", "img-src a.example; img-src b.example")), "stands twice"),
    ("option-unknown", answered(("x-content-type-options", "none")), "the one value is nosniff"),
    ("option-unknown", answered(("x-frame-options", "ALLOW-FROM https://example.org")), "frame-ancestors"),
]

CONTINUED = [Event("receive", 0, 3, {"type": "http.request", "body": b"abc", "more_body": True})]

SILENT: list[tuple[str, Exchange]] = [
    ("app-failed", exchange(status=500)),
    ("upload-interrupted", exchange("POST", "/", [("content-length", "3")], b"abc", state="disconnected", status=None)),
    ("upload-interrupted", exchange("POST", "/", [("content-length", "100")], status=413)),
    ("client-left", exchange()),
    ("client-left", exchange("POST", "/", [("content-length", "9")], b"abc", state="disconnected", status=None)),
    ("against-asgi", exchange()),
    ("not-kept", post("text/plain", b"abc")),
    (
        "proxy-not-trusted",
        get(("x-forwarded-for", "203.0.113.7"), ("x-forwarded-proto", "https"), client=["203.0.113.7", 0]),
    ),
    ("proxy-not-trusted", get(("x-forwarded-for", "1.2.3.4, 203.0.113.7:4711"), client=["203.0.113.7", 0])),
    ("proxy-not-trusted", get(("x-forwarded-for", "unknown"), client=["10.0.0.5", 1])),
    ("proxy-not-trusted", get(("x-forwarded-proto", "http"), **HTTP)),
    ("tls-not-told", get(("host", "localhost:8000"), ("user-agent", CHROME), ("sec-fetch-site", "none"), **HTTP)),
    ("tls-not-told", get(("origin", "https://other.example.org"), **HTTP)),
    ("tls-not-told", get(("origin", "http://api.example.com"), **HTTP)),
    ("forwarded-for-forgeable", get(("x-forwarded-for", "203.0.113.7"))),
    ("forwarded-for-private", get(("x-forwarded-for", "203.0.113.7, 10.0.0.5"))),
    ("forwarded-for-private", get(("x-forwarded-for", "10.0.0.7, 10.0.0.5"))),
    ("forwarded-for-no-address", get(("x-forwarded-for", "unknown, _hidden, [2001:db8::1]:80, 203.0.113.7:80"))),
    ("forwarded-disagree", get(("x-forwarded-for", "1.2.3.4, 203.0.113.7"), ("forwarded", "for=203.0.113.7"))),
    ("forwarded-disagree", get(("x-forwarded-for", "2001:db8::1"), ("forwarded", 'for="[2001:db8::1]:4711"'))),
    ("forwarded-proto-list", get(("x-forwarded-proto", "https"))),
    ("root-path-doubled", get(path="/api/apiary", root_path="/api")),
    ("root-path-missing", get(("x-forwarded-prefix", "/app/"), root_path="/app", path="/app/x")),
    ("path-outside-root", get(path="/api/x", root_path="/api")),
    ("hop-by-hop-http2", get(("te", "trailers"), http_version="2")),
    ("hop-by-hop-http2", get(("connection", "keep-alive"))),
    ("for-a-proxy", get(("authorization", "Basic YTpi"))),
    ("connection-option-forwarded", get(("via", "1.1 a"), ("connection", "close"))),
    ("connection-option-forwarded", get(("connection", "x-hop"), ("x-hop", "1"))),
    ("transfer-encoding", post("text/plain", b"a", ("content-length", "1"))),
    ("expect", post("text/plain", b"a")),
    ("tls-to-plain-port", refused(CLIENT_HELLO, "https")),
    ("tls-to-plain-port", refused(b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n")),
    ("tls-to-plain-port", refused(b"\x16\x03\x01\x02\x00\x02")),
    ("tls-to-plain-port", refused(CLIENT_HELLO[:5])),
    ("tls-to-plain-port", replace(get(), wire=CLIENT_HELLO, scope=get(**HTTP).scope)),
    ("h2c-upgrade", get(("upgrade", "h2c"), http_version="2")),
    ("h2c-upgrade", get(("upgrade", "websocket"))),
    ("handshake-as-http", session(HANDSHAKE)),
    ("early-data", get(("early-data", "0"))),
    ("grpc-over-http1", post("application/grpc", b"\0\0\0\0\0", http_version="2")),
    ("grpc-over-http1", post("application/grpc-web+proto", b"\0\0\0\0\0")),
    ("escaped-twice", get(target="/a%20b?q=100%25&r=5%25aa")),
    ("escaped-twice", get(target="/?next=https%3A%2F%2Fa.example%2F%3Fq%3Da%2520b")),
    ("broken-escape", get(target="/a%20b?q=100%25")),
    ("broken-escape", get(target="/" + "%41" * 6000 + "?" + "a=%41%42&" * 3000)),
    ("address-not-utf8", get(target="/caf%C3%A9?q=%E6%97%A5")),
    ("address-not-escaped", get(target="/caf%C3%A9?q=a+b")),
    ("empty-segment", get(target="/api/items/")),
    ("empty-segment", get(target="/fetch/https://example.org/")),
    ("dot-segments", get(target="/compare/v1...v2/a../b/...")),
    ("dot-segments", get(target="/.well-known/a..b/c.tar.gz?x=../y")),
    ("secret-in-address", get(target="/?token_type=bearer&password=&q=secret")),
    ("host-malformed", get(("host", "[::1]:8000"))),
    ("host-malformed", get(("host", "münchen.example"))),
    ("host-is-address", get(("host", "10.0.0.2:8000"))),
    ("host-is-address", get(("host", "example.com"))),
    ("other-port", get(("host", "localhost:8000"))),
    ("other-port", get(("host", "example.com"))),
    ("other-port", get(("host", "localhost:8080"), ("x-forwarded-for", "1.2.3.4"))),
    ("single-value-repeated", get(("accept", "a/b"), ("accept", "c/d"), ("cookie", "a=1"), ("cookie", "b=2"))),
    ("single-value-repeated", answered(("set-cookie", "a=1"), ("set-cookie", "b=2"))),
    ("field-misspelt", get(("referer", "https://example.org/"), ("x-custom", "1"))),
    ("field-not-utf8", get(("x-name", "Zoë"))),
    ("no-user-agent", get()),
    ("no-user-agent", session()),
    ("method-case", exchange("PATCH")),
    ("method-case", exchange("purge")),
    ("content-type-malformed", post("application/vnd.api+json; charset=utf-8", b"{}")),
    ("condition-date-malformed", get(("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT"))),
    ("trace-context-invalid", get(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))),
    ("trace-context-invalid", get(("traceparent", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"))),
    ("accept-not-met", get(("accept", "text/html, */*;q=0.1"))),
    ("accept-not-met", get(("accept", "application/xml"), status=404)),
    ("accept-malformed", get(("accept", "*"))),
    ("accept-malformed", get(("accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"))),
    ("type-contradicted", post("application/x-www-form-urlencoded", b"payload=%7B%22a%22%3A1%7D")),
    ("type-contradicted", post("application/octet-stream", PNG)),
    ("type-contradicted", post("image/jpg", b"\xff\xd8\xff\xe0" + bytes(20))),
    ("type-contradicted", post("text/plain", b"{not json}")),
    ("type-contradicted", exchange("POST", "/", [FORM], b'{"a": 1}', events=CONTINUED)),
    ("json-invalid", post("application/json", b'{"a": [1, 2.5e3, null, true, "\\u00e9"]}\n')),
    ("json-invalid", post("application/json", b'{"a": 1', length=4000)),
    ("json-invalid", post("application/x-ndjson", b"{}\n{}\n")),
    ("json-invalid", exchange("POST", "/", [JSON], b"abc", events=CONTINUED)),
    ("json-invalid", post("application/json", gzip.compress(b"{}"))),
    ("json-invalid", post("application/json", PART)),
    ("json-oddities", post("application/json", b'{"a": {"a": 1}, "b": "NaN"}')),
    ("json-empty", post("application/json", b"{}")),
    ("json-empty", exchange("GET", "/", [JSON])),
    ("body-without-meaning", exchange("GET", "/", [("content-length", "0")])),
    ("body-without-type", post("application/octet-stream", b"abc")),
    ("charset-contradicted", post("text/plain; charset=iso-8859-1", b"caf\xe9 au lait")),
    ("charset-contradicted", post("text/plain; charset=UTF8", "\ufeffnaïve".encode())),
    ("charset-contradicted", answered(("content-type", "text/html"), content=b"<meta charset=latin1>caf\xe9 au")),
    ("charset-contradicted", post("application/json; charset=iso-8859-1", '{"a": "naïve"}'.encode())),
    ("multipart-boundary", post('multipart/form-data; boundary="x"', PART)),
    ("multipart-boundary", post("multipart/form-data; boundary=x", PART[:-8], length=5000)),
    ("multipart-boundary", post("multipart/form-data; boundary=x", PART[:-6] * 100 + PART)),
    (
        "multipart-boundary",
        post("multipart/form-data; boundary=x", PART.replace(b"\r\n\r\n", b"\r\nX: y" * 40 + b"\r\n\r\n", 1)),
    ),
    ("compressed-silently", post("application/gzip", gzip.compress(b"{}"))),
    ("compressed-silently", post("application/json", gzip.compress(b"{}"), ("content-encoding", "gzip"))),
    ("coding-contradicted", post("application/json", gzip.compress(b"{}"), ("content-encoding", "gzip"))),
    ("coding-contradicted", post("text/plain", b"3;chunk-signature=a", ("content-encoding", "aws-chunked,gzip"))),
    ("coding-contradicted", post("application/json", b"********", ("content-encoding", "gzip"))),
    ("coding-contradicted", post("application/x-protobuf", b"\x01\x02", ("content-encoding", "snappy"))),
    ("coding-contradicted", post("application/json", b"{}", ("content-encoding", "identity"))),
    ("digest-wrong", post("text/plain", b"abc", ("content-md5", b64encode(md5(b"abc").digest()).decode()))),
    ("digest-wrong", post("text/plain", b"abc", ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"))),
    (
        "digest-wrong",
        post(
            "text/plain",
            b"abc",
            ("content-digest", f"sha-256=:{b64encode(sha256(b'abc').digest()).decode()}:, unixsum=30637"),
        ),
    ),
    ("digest-wrong", post("text/plain", b"abc", ("content-md5", md5(b"abc").hexdigest()))),
    ("digest-wrong", post("text/plain", b"abc", ("content-md5", "AAAA"), length=10)),
    ("jwt-expired", get(*bearer({"exp": AT_S + 1}))),
    ("jwt-expired", get(("authorization", "Bearer redacted-1a2b3c4d"))),
    ("jwt-not-yet", get(*bearer({"nbf": AT_S, "iat": AT_S + 30}))),
    ("jwt-times", get(*bearer({"exp": AT_S + 0.5, "iat": AT_S}))),
    ("jwt-unsigned", get(*bearer({}))),
    ("jwt-audience", get(*bearer({"aud": ["https://api.example.com/", "https://other.example.net"]}))),
    ("jwt-audience", get(*bearer({"aud": "my-client"}))),
    ("authorization-malformed", get(("authorization", "Bearer abc"))),
    ("authorization-malformed", get(("authorization", "my-api-key"))),
    ("basic-malformed", get(("authorization", "Basic YTpi"))),
    ("basic-malformed", get(("authorization", "Basic redacted-1a2b3c4d"))),
    ("credentials-in-clear", get(("authorization", "Basic YTpi"))),
    ("credentials-in-clear", get(("authorization", "Basic YTpi"), client=["127.0.0.1", 1], scheme="http")),
    ("credentials-in-clear", get(("authorization", "Basic YTpi"), ("x-forwarded-proto", "https"), **PRIVATE)),
    ("credentials-in-clear", get(("authorization", "Basic YTpi"), client=None, scheme="http")),
    ("cookies-large", get(("cookie", "a=" + "x" * 4000))),
    ("cookies-many", get(("cookie", COOKIES.partition("; ")[2]))),
    ("cookie-repeated", get(("cookie", "a=1; b=2; A=3"))),
    ("cookie-refused", answered(("set-cookie", "__Host-a=1; Secure; Path=/; SameSite=None; Partitioned"))),
    ("cookie-refused", answered(("set-cookie", "a=1; Domain=.example.com"))),
    ("cookie-odd", answered(("set-cookie", "a=1; Expires=Wed, 21-Oct-2026 07:28:00 GMT; SameSite=lax; Max-Age=-1"))),
    ("cookie-odd", answered(("set-cookie", "a=1; Expires=Tue Nov 15 2026 08:00:00 GMT+0000 (UTC)"))),
    ("cookie-odd", answered(("set-cookie", "a=1; Expires=Thu, 01-Jan-70 00:00:01 GMT"))),
    ("cors-preflight", exchange("OPTIONS", "/")),
    ("cors-unreadable", fetched(("access-control-allow-origin", "*"))),
    ("cors-unreadable", fetched(mode="navigate")),
    (
        "cors-unreadable",
        fetched(
            ("access-control-allow-origin", "https://app.example.org"),
            ("access-control-allow-credentials", "true"),
            cookie=True,
        ),
    ),
    ("cors-unreadable", get(("origin", "https://api.example.com"))),
    (
        "cors-star-credentials",
        answered(("access-control-allow-origin", "*"), ("access-control-allow-credentials", "true")),
    ),
    ("origin-null", get(("origin", "https://app.example.org"))),
    ("condition-met", get(("if-none-match", '"b"'), answer=[("content-type", "text/plain"), ("etag", '"a"')])),
    ("condition-tag-malformed", get(("if-none-match", 'W/"a", "b,c"'), ("if-match", "*"))),
    ("condition-without-effect", get(("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"))),
    ("precondition-failed", exchange("PUT", "/", [("if-match", '"a"')])),
    ("range", get()),
    (
        "partial-content",
        answered(("content-type", "text/plain"), ("content-range", "bytes 0-1/10"), status=206, content=b"ab"),
    ),
    ("partial-content", answered(("content-type", "multipart/byteranges; boundary=x"), status=206, content=b"ab")),
    ("webhook", post("application/json", b"{}", ("webhook-signature", "aabb"))),
    ("webhook", post("application/json", b"{}", ("x-hub-signature-256", "sha256=aa"))),
    ("webhook-unsigned", exchange("POST", "/", [*GITHUB, ("x-gitea-event", "push")], b"{}")),
    ("webhook-unsigned", exchange("POST", "/", [*GITHUB, ("x-hub-signature-256", "sha256=aa")], b"{}")),
    ("webhook-attempt", post("application/json", b"{}", ("x-cloudtasks-taskretrycount", "0"))),
    ("clock-skew", post("application/json", b"{}", ("stripe-signature", f"t={AT_S - 200},v1=aa"))),
    ("clock-skew", get(("date", "Sun, 22 Nov 2026 09:04:00 GMT"))),
    ("clock-skew", post("application/json", b"{}", ("stripe-signature", "redacted-1a2b3c4d"))),
    ("crawler", get(("user-agent", CHROME))),
    ("client-left", session([], {"type": "websocket.disconnect", "code": 1006}, state="disconnected")),
    ("scanner", get(("user-agent", CHROME))),
    ("probe", get(target="/environment/wp-login.php.html?f=/.env")),
    (
        "hints-contradict",
        get(
            ("user-agent", CHROME), ("sec-ch-ua", "x"), ("sec-ch-ua-platform", '"Windows"'), ("sec-ch-ua-mobile", "?0")
        ),
    ),
    ("hints-detailed", get(("sec-ch-ua", "x"), ("sec-ch-ua-mobile", "?0"), ("sec-ch-ua-platform", '"Windows"'))),
    ("close-code", closed(1000)),
    ("close-code", closed(1001)),
    ("subprotocol", session([("sec-websocket-protocol", "chat, json")], accept={"subprotocol": "chat"})),
    ("subprotocol", session()),
    ("websocket-refused", session()),
    ("answer-without-type", answered(("content-type", "text/plain"), content=b"abc")),
    ("answer-without-type", answered(("etag", '"a"'), status=304)),
    ("body-forbidden", answered(status=204)),
    ("length-mismatch", answered(("content-type", "text/plain"), ("content-length", "3"), content=b"abc")),
    ("length-mismatch", exchange("HEAD", answer=[("content-length", "3")])),
    ("length-mismatch", answered(("etag", '"a"'), ("content-length", "3"), status=304)),
    ("field-required", answered(("www-authenticate", "Bearer"), status=401)),
    ("etag-malformed", answered(("etag", 'W/"a b c"'.replace(" ", "-")))),
    ("etag-malformed", answered(("etag", '""'))),
    ("location", answered(("location", "../a?b=%20#c"), status=303)),
    ("location", answered(status=304)),
    (
        "date-malformed",
        answered(("retry-after", "120"), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("expires", "0")),
    ),
    ("cache-control", answered(("cache-control", "no-cache, no-store, max-age=0, must-revalidate, private"))),
    (
        "cache-control",
        answered(("cache-control", 'public, max-age=31536000, immutable, x-custom, private="set-cookie"')),
    ),
    ("hsts", answered(("strict-transport-security", "max-age=31536000; includeSubDomains; preload"))),
    ("hsts", answered(("strict-transport-security", 'max-age="60"'), headers=[("x-forwarded-for", "1.2.3.4")], **HTTP)),
    (
        "csp",
        answered(
            (
                "content-security-policy",
                "default-src 'self'; img-src data: 'self' https:; sandbox; report-to x; x-vendor y",
            )
        ),
    ),
    ("option-unknown", answered(("x-content-type-options", "NoSniff"), ("x-frame-options", "SAMEORIGIN"))),
]


def of(rule: str, subject: Exchange) -> list[Finding]:
    return [finding for finding in findings(subject) if finding.rule == rule]


@pytest.mark.parametrize(
    ("rule", "subject", "words"), SPEAKS, ids=[f"{rule}-{number}" for number, (rule, *_) in enumerate(SPEAKS)]
)
def test_a_rule_says_what_is_odd(rule: str, subject: Exchange, words: str) -> None:
    said = of(rule, subject)
    assert len(said) == 1, [finding.title for finding in findings(subject)]
    assert words in f"{said[0].title}. {said[0].why} {said[0].advice}"


@pytest.mark.parametrize(
    ("rule", "subject"), SILENT, ids=[f"{rule}-{number}" for number, (rule, _) in enumerate(SILENT)]
)
def test_a_rule_says_nothing_of_what_is_in_order(rule: str, subject: Exchange) -> None:
    assert of(rule, subject) == []


def test_every_rule_has_a_test_for_it_and_one_against() -> None:
    assert set(NAMES) == {name for name, *_ in SPEAKS} == {name for name, _ in SILENT}
