"""The hops themselves: the client, the proxies in their order, who connected, this server."""

from typing import Literal

import msgspec

from .request import Proxied

Role = Literal["client", "proxy", "peer", "server"]


class Hop(msgspec.Struct, frozen=True):
    """A station of the way. `address`, `name`: where they are told, and `told_by` the headers that say so. The `peer`
    is the last proxy, who connected here."""

    role: Role
    address: str | None
    name: str | None
    told_by: list[str]


def hops(request: Proxied) -> list[Hop]:
    """Each proxy adds its peer to the right of a list, so that with n entries there were n proxies: the entry at the
    left is the client's, as the first of them says, or whoever made it up, and the last proxy is who connected here."""
    addresses, by = _addresses(request)
    names = request.via()
    proxies = max(len(addresses), len(names), int(request.is_proxied))
    if not proxies:
        return [_hop("client", request.peer, None, ["the connection"]), _hop("server", request.server, None, [])]
    addresses = [None, *([None] * (proxies - len(addresses))), *addresses][-proxies:]
    labels = [None, *([None] * (proxies - len(names))), *names][-proxies:]
    told = [by and f"{by}, entry {index + 1 - addresses.count(None)}" for index in range(proxies)]
    client = [header for header, address in request.clients() if addresses[0] is None or address == addresses[0]]
    claimed = addresses[0] or next((address for header, address in request.clients()), None)
    row = [_hop("client", claimed, None, [*([told[0]] if addresses[0] and told[0] else []), *client])]
    for index in range(1, proxies):
        sources = [told[index]] if addresses[index] and told[index] else []
        row.append(
            _hop("proxy", addresses[index], labels[index - 1], [*sources, *(["via"] if labels[index - 1] else [])])
        )
    last = labels[proxies - 1]
    row.append(_hop("peer", request.peer, last, ["the connection", *(["via"] if last else [])]))
    return [*row, _hop("server", request.server, None, [])]


def _addresses(request: Proxied) -> tuple[list[str | None], str | None]:
    """The list of addresses, and the header that has it: X-Forwarded-For, else Forwarded."""
    listed: list[str | None] = list(request.forwarded_for())
    if listed:
        return listed, "x-forwarded-for"
    elements = request.forwarded()
    return [element.get("for") for element in elements], "forwarded" if elements else None


def _hop(role: Role, address: str | None, name: str | None, told_by: list[str | None]) -> Hop:
    return Hop(role, address, name, [by for by in told_by if by])
