"""The local profile: no login, but no web page that the user visits may reach the inspector (THREATS T10-T16)."""

import pytest

from tests import wire
from tests.conftest import Serve
from tests.servers import HOST, Running

from .conftest import SECRET

HOSTS = {
    "localhost": 200,
    "localhost:8000": 200,
    "LOCALHOST": 200,
    "localhost.": 200,
    "echo.localhost": 200,
    "127.0.0.1": 200,
    "127.0.0.1:1": 200,
    "127.1.2.3": 200,
    "[::1]:8000": 200,
    "[::1]": 200,
    "attacker.test": 421,
    "attacker.test:8000": 421,
    "localhost.attacker.test": 421,
    "127.0.0.1.attacker.test": 421,
    "localhost@attacker.test": 400,
    "attacker.test#localhost": 400,
    "0.0.0.0": 421,
    "2130706433": 421,
    "192.168.1.2": 421,
    "[::]": 421,
    "[::1": 400,
    "": 421,
    " ": 421,
    "x/-?a=": 400,
}


@pytest.mark.parametrize(("host", "status"), HOSTS.items(), ids=lambda value: str(value) or "empty")
def test_the_inspector_is_asked_for_under_a_name_of_this_machine(local: Running, host: str, status: int) -> None:
    answer = wire.Answer(local.raw(wire.request(target="/-/api/exchanges", host=host, close=True)))
    assert answer.status == status
    assert (SECRET.encode() in answer.body) == (status == 200)


@pytest.mark.parametrize(("host", "status"), [("localhost", 101), ("attacker.test", 421)])
def test_the_feed_too(local: Running, host: str, status: int) -> None:
    with local.connect() as connection:
        connection.sendall(wire.request(target="/-/live", headers=wire.UPGRADE, host=host))
        assert connection.recv(12) == f"HTTP/1.1 {status}".encode()


@pytest.mark.parametrize("hosts", [0, 2], ids=["none", "two"])
@pytest.mark.parametrize("headers", [(), wire.UPGRADE], ids=["http", "websocket"])
def test_there_is_exactly_one_host(local: Running, hosts: int, headers: tuple[str, ...]) -> None:
    lines = [*headers, *["Host: localhost"] * hosts]
    answer = wire.Answer(local.raw(wire.request(target="/-/live", headers=lines, host=None, close=not headers)))
    assert answer.status == 400


def test_two_hosts_of_which_one_is_ours_are_refused(local: Running) -> None:
    for pair in (("localhost", "attacker.test"), ("attacker.test", "localhost")):
        lines = [f"Host: {host}" for host in pair]
        request = wire.request(target="/-/api/exchanges", headers=lines, host=None, close=True)
        assert wire.Answer(local.raw(request)).status == 400


def test_the_echo_is_given_under_any_name(local: Running) -> None:
    assert wire.Answer(local.raw(wire.request(target="/echo", host="attacker.test", close=True))).status == 200


def origins_of(server: Running) -> dict[str, bool]:
    """Origins, and whether they are the server's own."""
    own = f"http://{HOST}:{server.port}"
    return {
        own: True,
        own.upper(): True,
        f"https://{HOST}:{server.port}": True,  # a proxy may have ended TLS in front of us
        "https://evil.test": False,
        "null": False,
        "": False,
        f"http://{HOST}": False,
        f"http://{HOST}:1": False,
        f"http://localhost:{server.port}": False,
        f"http://{HOST}.evil.test:{server.port}": False,
        f"http://evil.test:{server.port}": False,
        f"{own}.evil.test": False,
        f"http://user@{HOST}:{server.port}": False,
        f"ftp://{HOST}:{server.port}": False,
        f"//{HOST}:{server.port}": False,
        f"{HOST}:{server.port}": False,
        "http://[::1": False,
        "http://": False,
        "file://": False,
        "chrome-extension://abcdef": False,
        "\u00ff": False,
    }


def test_a_change_is_only_taken_from_our_own_origin(serve: Serve) -> None:
    server = serve()
    for origin, is_own in origins_of(server).items():
        exchange_id = server.client.get("/x").headers["x-echoscope-id"]
        for path in (f"/-/api/exchanges/{exchange_id}", "/-/api/exchanges"):
            answer = server.client.delete(path, headers=[(b"origin", origin.encode("latin-1"))])
            assert answer.status_code == (200 if is_own else 403), origin
        kept = server.client.get("/-/api/info").json()["exchanges"]
        assert kept == (0 if is_own else 1), origin
        server.client.delete("/-/api/exchanges")


def test_a_websocket_is_only_opened_from_our_own_origin(local: Running) -> None:
    for origin, is_own in origins_of(local).items():
        lines = [*wire.UPGRADE, f"Origin: {origin}"]
        with local.connect() as connection:
            connection.sendall(wire.request(target="/-/live", headers=lines, host=f"{HOST}:{local.port}"))
            assert connection.recv(12) == (b"HTTP/1.1 101" if is_own else b"HTTP/1.1 403"), origin


def test_of_two_origins_none_may_be_another(local: Running) -> None:
    own = f"http://{HOST}:{local.port}"
    for pair in ((own, "https://evil.test"), ("https://evil.test", own)):
        lines = [f"Origin: {origin}" for origin in pair]
        request = wire.request("DELETE", "/-/api/exchanges", lines, host=f"{HOST}:{local.port}", close=True)
        assert wire.Answer(local.raw(request)).status == 403


def test_that_origin_and_host_agree_is_no_defence(local: Running) -> None:
    """Both are the attacker's after DNS rebinding."""
    host = f"attacker.test:{local.port}"
    for headers in ((), wire.UPGRADE):
        lines = [*headers, f"Origin: http://{host}"]
        answer = wire.Answer(local.raw(wire.request(target="/-/live", headers=lines, host=host, close=not headers)))
        assert answer.status == 421


def test_programs_without_an_origin_may_do_everything(local: Running) -> None:
    assert local.client.get("/-/api/exchanges").status_code == 200
    assert local.client.delete("/-/api/exchanges/unknown").status_code == 404


def test_nothing_changes_by_reading(serve: Serve) -> None:
    server = serve()
    server.client.get("/x")
    for path in ("/-/api/exchanges?_method=DELETE", "/-/api/clear", "/-/api/exchanges/clear"):
        server.client.get(path, headers={"x-http-method-override": "DELETE"})
    assert server.client.get("/-/api/info").json()["exchanges"] == 1


def test_more_names_can_be_allowed(serve: Serve) -> None:
    server = serve(profile="local", hosts="inspect.test, Other.Test.")
    for host, status in (("inspect.test", 200), ("INSPECT.test:99", 200), ("other.test", 200), ("evil.test", 421)):
        request = wire.request(target="/-/api/info", host=host, close=True)
        assert wire.Answer(server.raw(request)).status == status
    assert server.client.get("/-/api/info").status_code == 200


def test_links_never_carry_a_name_that_is_not_ours(local: Running) -> None:
    request = wire.request(target="/echo", headers=["Accept: text/html"], host="evil.test", close=True)
    page = wire.Answer(local.raw(request))
    assert "evil.test" not in (page.header("link") or "")
    assert b'href="http://evil' not in page.body
    assert b'href="//evil' not in page.body


LOADS = {
    "an image": ("cross-site", "no-cors", "image", 403),
    "a script": ("cross-site", "no-cors", "script", 403),
    "a frame": ("cross-site", "navigate", "iframe", 403),
    "a fetch": ("cross-site", "cors", "empty", 403),
    "a link that was followed": ("cross-site", "navigate", "document", 200),
    "an address that was typed": ("none", "navigate", "document", 200),
    "our own page": ("same-origin", "cors", "empty", 200),
    "another port of this machine": ("same-site", "navigate", "document", 200),
}


@pytest.mark.parametrize(("site", "mode", "dest", "status"), LOADS.values(), ids=LOADS)
@pytest.mark.parametrize("target", ["/-/api/exchanges?q=a", "/-/", "/-/live", "/-/api/export.har"])
def test_what_other_sites_load_is_refused_but_for_links(
    local: Running, target: str, site: str, mode: str, dest: str, status: int
) -> None:
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
    with local.client.stream("GET", target, headers=headers) as answer:
        assert answer.status_code == status


def test_a_link_of_another_site_changes_nothing(local: Running) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert local.client.post("/-/api/exchanges", headers=headers).status_code == 403
    assert local.client.get("/echo", headers=headers).status_code == 200
