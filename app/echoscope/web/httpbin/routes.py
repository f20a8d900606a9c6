"""The route table: every endpoint on one screen.

From it come the routing, the page `/-/endpoints`, `/-/openapi.json` and the table in docs/endpoints.md. A path is a
template: Starlette's for the path (`{name}`, `{name:path}` for the rest of it), RFC 6570's for the query (`{?name}`,
`{?name*}` for any names). HEAD is answered wherever GET is, OPTIONS everywhere."""

# ruff: noqa: E501  a row is a row

import inspect
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from . import (
    auth,
    caching,
    composed,
    compression,
    cookies,
    formats,
    framing,
    generated,
    redirects,
    reflect,
    status,
    streams,
    websocket,
)

Handler = Callable[..., Any]
"""Of two kinds: a function of the request that gives an `Answer` at once, and a coroutine function of it, which may
read, wait and stream."""

ANY: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
"""Stands for every method, those included that have no name here."""

GET: Final = ("GET",)


class Route(NamedTuple):
    """`example`: an address to try, or what to type where a link cannot show it."""

    template: str
    methods: tuple[str, ...]
    handler: Handler
    summary: str
    example: str

    @property
    def path(self) -> str:
        return self.template.partition("{?")[0]

    @property
    def query(self) -> list[str]:
        """The names of the arguments; one that ends in `*` stands for any names."""
        names = self.template.partition("{?")[2].rstrip("}")
        return names.split(",") if names else []

    @property
    def waits(self) -> bool:
        """Whether the handler is a coroutine function."""
        return self.handler in _WAITING

    def takes(self, method: str) -> bool:
        return self.methods is ANY or method in self.methods or (method == "HEAD" and "GET" in self.methods)


# fmt: off
ROUTES: Final[dict[str, tuple[Route, ...]]] = {
    "Requests": (
        Route("/get", GET, reflect.get, "Tells arguments, headers, origin and URL", "/get?show=me"),
        Route("/post", ("POST",), reflect.anything, "Tells the body too: data, form, files, JSON", "/forms/post"),
        Route("/put", ("PUT",), reflect.anything, "Tells a PUT with its body", "curl -X PUT -d a=1 {site}/put"),
        Route("/patch", ("PATCH",), reflect.anything, "Tells a PATCH with its body", "curl -X PATCH -d a=1 {site}/patch"),
        Route("/delete", ("DELETE",), reflect.anything, "Tells a DELETE with its body", "curl -X DELETE {site}/delete"),
        Route("/anything", ANY, reflect.anything, "Tells everything, whatever the method", "/anything?a=1&a=2"),
        Route("/anything/{rest:path}", ANY, reflect.anything, "Tells everything, whatever the path below", "/anything/goes/here"),
        Route("/head", ("HEAD",), reflect.get, "The headers of an answer, alone", "curl -I {site}/head"),
        Route("/headers", ANY, reflect.just_headers, "The request's headers", "/headers"),
        Route("/ip{?format}", ANY, reflect.ip, "The client's address, as JSON or text", "/ip"),
        Route("/ip.txt", ANY, reflect.ip_text, "The client's address as plain text", "/ip.txt"),
        Route("/user-agent", ANY, reflect.user_agent, "The User-Agent", "/user-agent"),
        Route("/uuid", ANY, reflect.uuid, "A random UUID", "/uuid"),
        Route("/dump/request", ANY, reflect.dump, "The request as HTTP/1.1 text", "/dump/request"),
        Route("/payload", ANY, reflect.payload, "Sends the body back, under its type", "curl -d hello {site}/payload"),
        Route("/upload", ("POST", "PUT", "PATCH"), reflect.upload, "Counts the bytes of a body", "curl -T file {site}/upload"),
        Route("/forms/post", GET, formats.form, "A form that posts to /post", "/forms/post"),
        Route("/env", ANY, reflect.environment, "Environment variables that begin with HTTPBIN_ENV_", "/env"),
        Route("/hostname", ANY, reflect.hostname, "The name of the machine", "/hostname"),
        Route("/version", ANY, reflect.version, "What answers here", "/version"),
    ),
    "Status and redirects": (
        Route("/status/{codes}", ANY, status.status, "A status, or one drawn by weight", "/status/200:0.9,503:0.1"),
        Route("/unstable{?failure_rate,seed}", ANY, status.unstable, "500 at a rate, 200 otherwise", "/unstable?failure_rate=0.5"),
        Route("/redirect/{n}{?absolute}", ANY, redirects.redirect, "Redirects n times", "/redirect/3"),
        Route("/relative-redirect/{n}", ANY, redirects.relative_redirect, "Redirects n times, to paths", "/relative-redirect/3"),
        Route("/absolute-redirect/{n}", ANY, redirects.absolute_redirect, "Redirects n times, to URLs", "/absolute-redirect/3"),
        Route("/redirect-to{?url,raw_url,status_code}", ANY, redirects.redirect_to, "Redirects where you say, escaped unless raw", "/redirect-to?url=/get"),
        Route("/info/{code}{?link}", ANY, framing.informational, "103 Early Hints before the answer, over HTTP/2", "/info/103"),
    ),
    "Time and streams": (
        Route("/delay/{seconds}", ANY, streams.delay, "Answers after a while", "/delay/1.5"),
        Route("/drip{?numbytes,duration,delay,code}", ANY, streams.drip, "Bytes over a duration", "/drip?numbytes=5&duration=2"),
        Route("/drip-lines{?numbytes,duration,delay,code}", ANY, streams.drip_lines, "Lines over a duration", "/drip-lines?duration=2"),
        Route("/stream/{n}", ANY, streams.stream, "n lines of JSON, at once", "/stream/3"),
        Route("/jsonl{?count,duration,delay,jitter}", ANY, streams.jsonl, "Lines of JSON over a duration", "/jsonl?count=3&duration=1"),
        Route("/sse{?count,duration,delay,jitter}", ANY, streams.sse, "Server-sent events over a duration", "/sse?count=3&duration=1"),
        Route("/bytes/{n}{?seed}", ANY, generated.random_bytes, "n random bytes", "/bytes/64?seed=1"),
        Route("/stream-bytes/{n}{?seed,chunk_size}", ANY, generated.stream_bytes, "n random bytes in chunks", "/stream-bytes/64"),
        Route("/range/{n}{?duration,chunk_size}", ANY, generated.ranged, "n letters, and any ranges of them", "/range/26"),
        Route("/links/{n}", ANY, generated.links, "Leads to a page of n links", "/links/10"),
        Route("/links/{n}/{offset}", ANY, generated.links_page, "A page of n links, one of them plain", "/links/10/0"),
        Route("/trailers{?trailers*}", ANY, framing.trailers, "The arguments as trailers, over HTTP/2", "/trailers?x-checksum=1"),
        Route("/websocket/echo{?max_message_size,max_fragment_size}", GET, websocket.needs_upgrade, "A WebSocket that echoes", "websocat {ws}/websocket/echo"),
    ),
    "Authentication and cookies": (
        Route("/basic-auth/{user}/{password}", ANY, auth.basic, "Password, or 401", "/basic-auth/user/secret"),
        Route("/hidden-basic-auth/{user}/{password}", ANY, auth.hidden_basic, "Password, or 404 as if there were nothing", "/hidden-basic-auth/user/secret"),
        Route("/bearer", ANY, auth.bearer, "Any bearer token, or 401; the scheme in any case", "curl -H 'Authorization: Bearer x' {site}/bearer"),
        Route("/digest-auth/{qop}/{user}/{password}{?require-cookie}", ANY, auth.digest_auth, "Digest password, with MD5", "/digest-auth/auth/user/secret"),
        Route("/digest-auth/{qop}/{user}/{password}/{algorithm}", ANY, auth.digest_auth, "Digest password, with the algorithm named", "/digest-auth/auth/user/secret/SHA-256"),
        Route("/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}", ANY, auth.digest_auth, "Digest password, with nonces that go stale", "/digest-auth/auth/user/secret/MD5/2"),
        Route("/cookies", ANY, cookies.show, "The request's cookies", "/cookies"),
        Route("/cookies/set{?cookies*}", ANY, cookies.set_all, "Sets the arguments as cookies", "/cookies/set?flavour=oat"),
        Route("/cookies/set/{name}/{value}", ANY, cookies.set_one, "Sets one cookie", "/cookies/set/flavour/oat"),
        Route("/cookies/delete{?cookies*}", ANY, cookies.delete, "Deletes the cookies named", "/cookies/delete?flavour"),
    ),
    "Headers and caching": (
        Route("/response-headers{?headers*}", ANY, composed.response_headers, "Sends the arguments as headers", "/response-headers?x-test=1"),
        Route("/cache", ANY, caching.cache, "304 to any condition", "/cache"),
        Route("/cache/{seconds}", ANY, caching.cache_for, "Cache-Control for so long", "/cache/60"),
        Route("/etag/{etag:path}", ANY, caching.etag, "An ETag, and its conditions", "/etag/%22abc%22"),
        Route("/mix/{parts:path}", ANY, composed.mix, "An answer of parts: s, h, c, cd, r, b64, d", "/mix/s=201/h=x-test:1/b64=aGVsbG8"),
        Route("/mix{?s,h,c,cd,r,b64,d}", ANY, composed.mix, "An answer of parts, as a query", "/mix?s=201&b64=aGVsbG8"),
    ),
    "Formats": (
        Route("/json", GET, formats.json, "A JSON document", "/json"),
        Route("/xml", GET, formats.xml, "An XML document", "/xml"),
        Route("/html", GET, formats.html, "An HTML page", "/html"),
        Route("/encoding/utf8", GET, formats.utf8, "Many scripts in UTF-8", "/encoding/utf8"),
        Route("/robots.txt", GET, formats.robots, "Rules for robots", "/robots.txt"),
        Route("/deny", GET, formats.deny, "What robots must not read", "/deny"),
        Route("/gzip", ANY, compression.use_gzip, "An answer in gzip", "/gzip"),
        Route("/deflate", ANY, compression.use_deflate, "An answer in deflate", "/deflate"),
        Route("/brotli", ANY, compression.use_brotli, "An answer in Brotli", "/brotli"),
        Route("/zstd", ANY, compression.use_zstd, "An answer in Zstandard", "/zstd"),
        Route("/image", ANY, formats.image, "An image of the type you accept", "/image"),
        Route("/image/{format}", ANY, formats.image_of, "An image as png, jpeg, webp or svg", "/image/png"),
        Route("/svg/{text:path}", ANY, formats.svg, "A text as a picture", "/svg/hello"),
        Route("/base64/decode/{value:path}{?content-type}", ANY, formats.base64_decode, "Decodes Base64, text as text/plain", "/base64/decode/aGVsbG8"),
        Route("/base64/encode/{value:path}{?content-type}", ANY, formats.base64_encode, "Encodes as Base64", "/base64/encode/hello"),
        Route("/base64/{value:path}{?content-type}", ANY, formats.base64_as_html, "Decodes Base64, text as HTML in a sandbox", "/base64/aGVsbG8"),
    ),
}
# fmt: on

WEBSOCKET_PATH: Final = "/websocket/echo"

FENCED: Final = ("basic-auth", "hidden-basic-auth", "digest-auth", "bearer")
"""First segments below which nothing is the echo's: its 200 would look like being let in."""

_HANDLERS: Final = {route.handler for family in ROUTES.values() for route in family}
_WAITING: Final = frozenset(handler for handler in _HANDLERS if inspect.iscoroutinefunction(handler))

SECURITY: Final = Route("/.well-known/security.txt", GET, formats.security, "Where abuse is reported (RFC 9116)", "")
"""Where the operator names a contact; otherwise the path is the echo's like any other."""
