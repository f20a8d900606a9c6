"""The chain of hops from the headers of proxies, in the API, on the page and for one's own request."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchanges import made_exchange
from tests.servers import Running, echoscope
from tests.told import read_hops

Json = dict[str, Any]


def told(*headers: tuple[str, str], peer: str | None = "10.0.0.9", **scope: Any) -> Json:
    lines = [(name.lower().encode(), value.encode()) for name, value in headers]
    client = None if peer is None else (peer, 50000)
    reading: Json = read_hops(
        made_exchange(headers=lines, client=client, server=("10.0.0.1", 80), scheme="http", **scope)
    )
    return reading


def row(document: Json) -> list[tuple[str, str | None, str | None]]:
    return [(hop["role"], hop["address"], hop["name"]) for hop in document["hops"]]


CHAINS: list[tuple[str, list[tuple[str, str]], list[tuple[str, str | None, str | None]]]] = [
    ("nobody", [], [("client", "10.0.0.9", None), ("server", "10.0.0.1:80", None)]),
    (
        "one proxy",
        [("X-Forwarded-For", "203.0.113.7")],
        [("client", "203.0.113.7", None), ("peer", "10.0.0.9", None), ("server", "10.0.0.1:80", None)],
    ),
    (
        "three proxies in two lines",
        [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "198.51.100.2, 10.0.0.3")],
        [
            ("client", "203.0.113.7", None), ("proxy", "198.51.100.2", None), ("proxy", "10.0.0.3", None),
            ("peer", "10.0.0.9", None), ("server", "10.0.0.1:80", None),
        ],
    ),
    (
        "Forwarded",
        [("Forwarded", 'for="[2001:db8::7]:4711";proto=https, for=10.0.0.3')],
        [
            ("client", "[2001:db8::7]:4711", None), ("proxy", "10.0.0.3", None), ("peer", "10.0.0.9", None),
            ("server", "10.0.0.1:80", None),
        ],
    ),
    (
        "names in Via",
        [("X-Forwarded-For", "203.0.113.7, 198.51.100.2"), ("Via", "1.1 edge (nginx), 2 inner")],
        [
            ("client", "203.0.113.7", None), ("proxy", "198.51.100.2", "edge"), ("peer", "10.0.0.9", "inner"),
            ("server", "10.0.0.1:80", None),
        ],
    ),
    (
        "more names than addresses",
        [("X-Forwarded-For", "198.51.100.2"), ("Via", "1.1 a"), ("Via", "1.1 b")],
        [
            ("client", None, None), ("proxy", "198.51.100.2", "a"), ("peer", "10.0.0.9", "b"),
            ("server", "10.0.0.1:80", None),
        ],
    ),
    (
        "an address without a list",
        [("CF-Connecting-IP", "203.0.113.7"), ("CF-Ray", "8a-FRA")],
        [("client", "203.0.113.7", None), ("peer", "10.0.0.9", None), ("server", "10.0.0.1:80", None)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), [case[1:] for case in CHAINS], ids=[case[0] for case in CHAINS])
def test_the_hops_are_those_that_are_told(
    headers: list[tuple[str, str]], expected: list[tuple[str, str | None, str | None]]
) -> None:
    document = told(*headers)
    assert row(document) == expected
    assert document["is_proxied"] is bool(headers)


def test_each_hop_says_who_tells_of_it() -> None:
    document = told(("X-Forwarded-For", "203.0.113.7, 10.0.0.3"), ("CF-Connecting-IP", "203.0.113.7"), ("Via", "1.1 a"))
    assert [hop["told_by"] for hop in document["hops"]] == [
        ["x-forwarded-for, entry 1", "cf-connecting-ip"], ["x-forwarded-for, entry 2"], ["the connection", "via"], [],
    ]  # fmt: skip


def test_what_else_is_said_is_told_with_its_header() -> None:
    document = told(
        ("X-Forwarded-Proto", "https"), ("Forwarded", "for=a;host=shop.example;proto=http"), ("CF-IPCountry", "DE")
    )
    assert [(said["what"], said["value"], said["by"]) for said in document["says"]] == [
        ("scheme", "https", "x-forwarded-proto"), ("country", "DE", "cf-ipcountry"),
        ("host", "shop.example", "forwarded, element 1"), ("scheme", "http", "forwarded, element 1"),
    ]  # fmt: skip


def test_a_server_that_has_believed_already_is_told_so() -> None:
    assert "has believed the header already" in told(("X-Forwarded-For", "203.0.113.7"), peer="203.0.113.7")["note"]
    assert told(("X-Forwarded-For", "203.0.113.7"))["note"] is None


def test_over_a_unix_socket_everybody_is_trusted_or_nobody() -> None:
    rows = told(("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), peer=None)["beliefs"]
    by_setting = {(belief["who"], belief["setting"]): (belief["client"], belief["scheme"]) for belief in rows}
    assert by_setting["uvicorn", ""] == (None, "http")
    assert by_setting["uvicorn", "--forwarded-allow-ips=*"] == ("203.0.113.7", "https")
    assert by_setting["gunicorn", ""] == (None, "https")
    assert by_setting["Express", ""] == (None, "http")


def test_go_httpbin_believes_the_first_of_everything() -> None:
    rows = told(("X-Forwarded-For", " 1.2.3.4, 203.0.113.7"), ("X-Forwarded-Proto", "gopher"))["beliefs"]
    (belief,) = [belief for belief in rows if belief["who"] == "go-httpbin"]
    assert (belief["client"], belief["scheme"], belief["setting"]) == ("1.2.3.4", "gopher", "")
    rows = told(("X-Forwarded-For", "1.2.3.4"), ("True-Client-IP", "5.6.7.8"), ("X-Forwarded-Ssl", "on"))["beliefs"]
    (belief,) = [belief for belief in rows if belief["who"] == "go-httpbin"]
    assert (belief["client"], belief["scheme"]) == ("5.6.7.8", "https")


def test_hostile_values_break_nothing() -> None:
    for value in (
        "",
        ",",
        ",,,",
        "for=",
        '"',
        'for="',
        "\x7f",
        "[",
        "[::1",
        "a" * 9000,
        ";;;=",
        "1.2.3.4/24, ::1%eth0",
    ):
        for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "Client-Ip"):
            assert len(told((name, value))["beliefs"]) == 11


# Over HTTP


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


def test_the_api_the_echo_and_the_page_tell_the_same(server: Running) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7, 198.51.100.2", "X-Forwarded-Proto": "https", "Via": "1.1 edge"}
    exchange_id = server.client.get("/", headers=headers).headers["x-echoscope-id"]
    document = server.client.get(f"/-/api/exchanges/{exchange_id}/hops").json()
    assert [hop["role"] for hop in document["hops"]] == ["client", "proxy", "peer", "server"]
    echoed = server.client.get("/-/echo?as=hops", headers=headers).json()
    assert [hop["address"] for hop in echoed["hops"]] == [hop["address"] for hop in document["hops"]]
    page = server.client.get(f"/-/exchanges/{exchange_id}").text
    assert "203.0.113.7" in page
    assert "--forwarded-allow-ips=127.0.0.1" in page
    assert "SECURE_PROXY_SSL_HEADER" in page


def test_without_a_proxy_the_page_says_nothing_of_any(server: Running) -> None:
    exchange_id = server.client.get("/").headers["x-echoscope-id"]
    assert server.client.get(f"/-/api/exchanges/{exchange_id}/hops").json()["is_proxied"] is False
    assert "SECURE_PROXY_SSL_HEADER" not in server.client.get(f"/-/exchanges/{exchange_id}").text
