"""The way through proxies: what they said of the client, whether the server believed it, and the prefix they took off.

`Forwarded` is RFC 7239; the `X-Forwarded-*` headers are a habit without a standard.
"""

from collections.abc import Iterator
from typing import Final

from ...http.fields import split
from ...http.spec import FORWARDED_KEY
from .facts import Facts, address_of, reach_of
from .finding import Remark, seen

PROXIES: Final = (
    "nginx: proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; "
    "proxy_set_header X-Forwarded-Proto $scheme. Caddy and Traefik send them unasked; behind another proxy Caddy "
    "needs trusted_proxies, Traefik forwardedHeaders.trustedIPs."
)
UVICORN: Final = "https://uvicorn.dev/deployment/#running-behind-nginx"


def servers(address: str) -> str:
    """The setting with which each server trusts the proxy at an address, `*` for any."""
    quoted = "'*'" if address == "*" else address
    return (
        f"uvicorn: --proxy-headers --forwarded-allow-ips={quoted}. "
        f"gunicorn with uvicorn's worker: --forwarded-allow-ips={quoted}. "
        'hypercorn: wrap the app in hypercorn.middleware.ProxyFixMiddleware(app, mode="legacy", trusted_hops=1), '
        'mode="modern" for Forwarded. '
        f'granian: wrap it in granian.utils.proxies.wrap_asgi_with_proxy_headers(app, trusted_hosts="{address}"). '
        "daphne: --proxy-headers. Echoscope's own server tells who is connected, and shows what proxies say beside it: "
        f"echoscope serve --trusted-proxies {'ADDRESS' if address in ('*', 'PROXY') else address}."
    )


def not_trusted(facts: Facts) -> Iterator[Remark]:
    """Proxy headers that neither the client nor the scheme of the scope shows, and that no named proxy sent."""
    if facts.exchange.scope.get(FORWARDED_KEY) is not None:
        return
    request, unseen = facts.request, []
    hops = [address_of(part) for part in request.members("x-forwarded-for")]
    hops += [address_of(element["for"]) for element in facts.forwarded if "for" in element]
    client = address_of(facts.peer or "")
    if any(hops) and client not in hops:
        unseen.append(f"the client is {facts.peer or 'not known'}, none of the forwarded addresses")
    if facts.says_tls and facts.scheme in ("http", "ws"):
        unseen.append(f"the scheme is {facts.scheme}, though {facts.says_tls[0]} says {seen(facts.says_tls[1])}")
    if not unseen:
        return
    name = facts.says_tls[0] if facts.says_tls else "x-forwarded-for" if request.has("x-forwarded-for") else "forwarded"
    is_taken = client is not None and client in hops
    is_likely = is_taken or facts.reach != "public"
    if is_taken:
        advice = f"Let it trust your proxy, by the address under which it connects. {servers('PROXY')}"
    elif client is None:
        advice = f"Over a Unix socket there is no address to trust, so trust all that come there. {servers('*')}"
    else:
        advice = f"If {facts.peer} is your proxy: {servers(str(facts.peer))} If it is not, the headers were made up."
    yield Remark(
        "The server did not trust the proxy headers",
        f"They came, but {'; and '.join(unseen)}. Links, redirects and logs show the proxy's side.",
        advice,
        request.header(name),
        None if is_likely else "note",
    )


def tls_not_told(facts: Facts) -> Iterator[Remark]:
    """A browser's headers that only come over TLS, while the scheme is http and no proxy says more."""
    if facts.scheme not in ("http", "ws") or facts.says_tls or not facts.shows_tls:
        return
    name = facts.shows_tls
    yield Remark(
        "TLS seems to end before this server, which is not told",
        f"The scheme is {facts.scheme}, but browsers send {name}: {seen(facts.request.value(name) or '')} to this "
        "address over https alone. Links and redirects that the app makes begin with http.",
        f"Let the proxy send X-Forwarded-Proto, and let the server trust it. {PROXIES} {servers(facts.peer or '*')}",
        facts.request.header(name),
    )


def forgeable(facts: Facts) -> Iterator[Remark]:
    """More than one entry: the ones at the left are what the sender of the first header says."""
    entries = facts.request.members("x-forwarded-for")
    if len(entries) < 2:
        return
    yield Remark(
        "The first entries of X-Forwarded-For can be forged",
        f"It has {len(entries)} entries, {seen(entries[0])} first. Each proxy adds its peer at the right; what "
        "stands at the left is what was sent to the first of them.",
        "Count from the right: as many entries as you have proxies can be relied on. At the outermost proxy "
        "replace what came: nginx proxy_set_header X-Forwarded-For $remote_addr.",
        facts.request.header("x-forwarded-for"),
    )


def private_in_public(facts: Facts) -> Iterator[Remark]:
    """An address of one's own network, or this machine's, before a public one."""
    entries = facts.request.members("x-forwarded-for")
    reaches = [reach_of(entry) for entry in entries]
    if "public" not in reaches:
        return
    last = len(reaches) - 1 - reaches[::-1].index("public")
    inner = [
        entry for entry, reach in zip(entries[:last], reaches[:last], strict=True) if reach in ("loopback", "private")
    ]
    if inner:
        yield Remark(
            "A private address stands before a public one",
            f"X-Forwarded-For has {seen(inner[0])} left of {seen(entries[last])}: a proxy in the client's own "
            "network tells it, or somebody made it up to pass for an internal client.",
            "Never let such an entry grant anything: use the last address that your own proxies added.",
            facts.request.header("x-forwarded-for"),
        )


def no_address(facts: Facts) -> Iterator[Remark]:
    """Entries that are no addresses; `unknown` and names that begin with `_` are allowed by RFC 7239, section 6."""
    for entry in facts.request.members("x-forwarded-for"):
        if address_of(entry) is None and entry.lower() != "unknown" and not entry.startswith("_"):
            yield Remark(
                "An entry of X-Forwarded-For is no address",
                f"{seen(entry)!r} is neither an IPv4 nor an IPv6 address; servers that trust it take it as the client.",
                "Let the outermost proxy replace the header instead of adding to it.",
                facts.request.header("x-forwarded-for"),
            )
            return


def disagree(facts: Facts) -> Iterator[Remark]:
    """`Forwarded` and `X-Forwarded-For` whose last hops are others."""
    standard = [address_of(element["for"]) for element in facts.forwarded if "for" in element]
    addresses = [address_of(part) for part in facts.request.members("x-forwarded-for")]
    if standard and addresses and None not in (standard[-1], addresses[-1]) and standard[-1] != addresses[-1]:
        yield Remark(
            "Forwarded and X-Forwarded-For do not say the same",
            f"The last address of one is {standard[-1]}, that of the other {addresses[-1]}: a proxy that writes "
            "both writes the same, so one of them comes from further away.",
            "Let the outermost proxy remove the one that it does not write.",
            facts.request.header("forwarded"),
        )


def protos_disagree(facts: Facts) -> Iterator[Remark]:
    """`X-Forwarded-Proto` with several values, which servers do not take."""
    values = [value for value in facts.request.values("x-forwarded-proto") if len(split(value)) > 1]
    if values:
        yield Remark(
            "X-Forwarded-Proto has more than one value",
            f"It says {seen(', '.join(values))}. uvicorn takes one word of http, https, ws and wss and ignores a list.",
            "Let the outermost proxy set it and the inner ones pass it on: nginx proxy_set_header "
            "X-Forwarded-Proto $http_x_forwarded_proto in the inner one.",
            facts.request.header("x-forwarded-proto"),
        )


def prefix_doubled(facts: Facts) -> Iterator[Remark]:
    """A path that has the root path twice: the proxy did not take it off, and the server put it in front again."""
    root = facts.root_path.rstrip("/")
    if root and (facts.path == root * 2 or facts.path.startswith(root * 2 + "/")):
        yield Remark(
            "The path has the root path twice",
            f"root_path is {seen(root)} and the path {seen(facts.path)}: uvicorn puts root_path in front of what "
            "the proxy sends, which has it already.",
            "Let the proxy take the prefix off (nginx: location PREFIX/ { proxy_pass http://app/; } with the "
            "last slash; Caddy: handle_path; Traefik: StripPrefix), or start the server without --root-path.",
            facts.request.header("x-forwarded-prefix") if facts.request.has("x-forwarded-prefix") else None,
        )


def prefix_missing(facts: Facts) -> Iterator[Remark]:
    """`X-Forwarded-Prefix` names another prefix than the scope has."""
    prefixes = [split(value)[0].rstrip("/") for value in facts.request.values("x-forwarded-prefix") if split(value)]
    root = facts.root_path.rstrip("/")
    if prefixes and prefixes[0] and prefixes[0] != root:
        yield Remark(
            "The app does not know the prefix that the proxy took off",
            f"X-Forwarded-Prefix is {seen(prefixes[0])}, root_path {seen(root)!r}: ASGI servers do not read the "
            "header, so links and redirects lack the prefix.",
            f"Start the server with the prefix: --root-path {seen(prefixes[0])} of uvicorn, hypercorn, daphne and "
            "echoscope, --url-path-prefix of granian.",
            facts.request.header("x-forwarded-prefix"),
        )


def path_outside_root(facts: Facts) -> Iterator[Remark]:
    """A path that does not begin with the root path."""
    root = facts.root_path.rstrip("/")
    if root and facts.path != root and not facts.path.startswith(root + "/"):
        yield Remark(
            "The path does not begin with the root path",
            f"root_path is {seen(root)}, the path {seen(facts.path)}. Servers differ here: uvicorn puts root_path "
            "in front of the path, hypercorn does not.",
            "Frameworks that mount apps, such as Starlette, want the path with the prefix: compare with uvicorn.",
        )
