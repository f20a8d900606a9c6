"""The public profile: everything below `/-/` but health and the login is the operator's (THREATS T10-T16)."""

import re
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest

from tests import wire
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import HOST, Running

from .conftest import SECRET, TOKEN, signed_in

BEARER = f"Authorization: Bearer {TOKEN}"
PLACES = ["/-/", "/-/api/info", "/-/api/exchanges", "/-/api/exchanges/x", "/-/api/pins", "/-/live", "/-/exchanges/x"]


@pytest.mark.parametrize("path", PLACES)
def test_a_stranger_gets_nothing(public: Running, path: str) -> None:
    answer = wire.ask(public, "GET", path)
    assert answer.status == 401
    assert answer.header("content-type") == "application/problem+json"
    assert answer.header("www-authenticate") == 'Bearer realm="echoscope"'
    assert answer.header("x-content-type-options") == "nosniff"
    assert SECRET.encode() not in answer.body


@pytest.mark.parametrize("path", PLACES)
def test_a_stranger_s_browser_is_led_to_the_login(public: Running, path: str) -> None:
    answer = wire.ask(public, "GET", path, "Accept: text/html")
    assert answer.status == 303
    assert answer.header("location") == f"/-/login?next={path}"
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("who", [(), (BEARER,), ("Accept: text/html",), (BEARER, "Accept: text/html")], ids=str)
@pytest.mark.parametrize("path", [*PLACES, "/-", "/-/health", "/-/login", "/-/nothing", "/-/api/exchanges?limit=x"])
def test_nothing_of_ours_can_be_framed(public: Running, path: str, who: tuple[str, ...]) -> None:
    """No answer of any kind, whoever asks (THREATS T12)."""
    method = "HEAD" if path == "/-/live" else "GET"
    answer = wire.ask(public, method, path, *who)
    assert answer.header("x-frame-options") == "DENY"
    assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/-/api/exchanges"), ("DELETE", "/-/api/exchanges/x")])
def test_a_stranger_changes_nothing(public: Running, method: str, path: str) -> None:
    assert wire.ask(public, method, path).status == 401
    answer = wire.ask(public, "GET", "/-/api/info", BEARER)
    assert b'"exchanges":0' not in answer.body


@pytest.mark.parametrize("path", ["/-/health", "/-/login"])
def test_some_places_are_open(public: Running, path: str) -> None:
    assert wire.ask(public, "GET", path).status == 200


ODD_PATHS = [
    "/-/api/exchanges/",
    "/-/api/exchanges%0a",
    "/-/api/exchanges%00",
    "/-/api/exchanges%2f",
    "/-/api/exchanges;x",
    "/-/api/exchanges?x",
    "/-/api//exchanges",
    "/-/api/../api/exchanges",
    "/-/API/exchanges",
    "/%2d/api/exchanges",
    "/-%2fapi/exchanges",
    "/%2D%2Fapi%2Fexchanges",
    "/-/%61pi/exchanges",
    "/-/static/../api/exchanges",
    "/-/static/%2e%2e/api/exchanges",
    "/-/health/../api/exchanges",
    "/-/health%2f..%2fapi/exchanges",
    "/-/health/",
    "/-/health%0a",
    "/-/login/",
    "/-/login/../api/exchanges",
    "/-/login%0a",
    "/-",
    "/-/.",
    "//-/api/exchanges",
    "/x/../-/api/exchanges",
    "/./-/api/exchanges",
    "\\-\\api\\exchanges",
    "http://localhost/-/api/exchanges",
    "http://localhost/../-/api/exchanges",
]


ECHOED = {
    "/%2d/api/exchanges",
    "/-%2fapi/exchanges",
    "/%2D%2Fapi%2Fexchanges",
    "//-/api/exchanges",
    "/x/../-/api/exchanges",
    "/./-/api/exchanges",
    "http://localhost/../-/api/exchanges",
}
"""Those that are not below the prefix, however much they look so: the echo answers."""

TURNED_AWAY = {
    "/-/static/../api/exchanges": 404,
    "/-/static/%2e%2e/api/exchanges": 404,
    "\\-\\api\\exchanges": 400,
}


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_path_leads_past_the_login(public: Running, path: str, accept: str) -> None:
    """Asked for the token, not there, or echoed like any path: never what was recorded."""
    answer = wire.ask(public, "GET", path, f"Accept: {accept}")
    asked = 303 if accept == "text/html" else 401
    assert answer.status == (200 if path in ECHOED else TURNED_AWAY.get(path, asked))
    assert bool(answer.header("x-echoscope-id")) == (path in ECHOED), "only the echo answers a stranger"
    assert SECRET.encode() not in answer.body


@pytest.mark.parametrize(
    ("line", "status"),
    [
        pytest.param(BEARER, 200, id="the token"),
        pytest.param(f"Authorization: bearer   {TOKEN}  ", 200, id="in another writing"),
        pytest.param("Authorization: Bearer", 401, id="none"),
        pytest.param("Authorization: Bearer wrong-token-of-these-tests", 401, id="a wrong one"),
        pytest.param(f"Authorization: Bearer {TOKEN[:-1]}", 401, id="a beginning"),
        pytest.param(f"Authorization: Bearer {TOKEN}x", 401, id="one more character"),
        pytest.param(f"Authorization: Bearer {TOKEN.upper()}", 401, id="capitals"),
        pytest.param(f"Authorization: Basic {TOKEN}", 401, id="another scheme"),
        pytest.param(f"Authorization: {TOKEN}", 401, id="no scheme"),
        pytest.param(b"Authorization: Bearer \xff\xfe", 401, id="bytes that are no text"),
        pytest.param(f"X-Token: {TOKEN}", 401, id="another header"),
        pytest.param(f"Cookie: echoscope={TOKEN}", 401, id="as a cookie"),
        pytest.param("Cookie: echoscope=", 401, id="an empty cookie"),
    ],
)
def test_the_bearer_token(public: Running, line: str | bytes, status: int) -> None:
    assert wire.ask(public, "GET", "/-/api/exchanges", line).status == status


def test_a_token_in_an_address_opens_nothing(public: Running) -> None:
    for path in (f"/-/api/exchanges?token={TOKEN}", f"/-/login?token={TOKEN}", f"/-/?access_token={TOKEN}"):
        assert SECRET.encode() not in wire.ask(public, "GET", path).body


def test_the_login_gives_a_cookie_that_only_we_get_back(public: Running) -> None:
    answer = public.client.post("/-/login", data={"token": TOKEN, "next": "/-/exchanges/x"})
    public.client.cookies.clear()
    assert (answer.status_code, answer.headers["location"]) == (303, "/-/exchanges/x")
    assert answer.headers["cache-control"] == "no-store"
    (given,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert given["path"] == "/-/"
    assert given["httponly"] is True
    assert given["samesite"] == "strict"
    assert 0 < int(given["max-age"]) <= 24 * 3600
    assert not given["domain"]
    assert TOKEN not in given.value
    assert "access-control-allow-origin" not in answer.headers


def test_the_cookie_opens_what_the_token_opens(public: Running, cookie: str) -> None:
    answer = wire.ask(public, "GET", "/-/api/exchanges", f"Cookie: a=b; {cookie}; c=d")
    assert answer.status == 200
    assert SECRET.encode() in answer.body
    assert wire.ask(public, "GET", "/-/", f"Cookie: {cookie}").status == 200


def test_a_cookie_is_none_of_ours_when_it_differs(public: Running, cookie: str) -> None:
    name, _, value = cookie.partition("=")
    others = [f"{name}={value[:-1]}", f"{name}={value}x", f"x{name}={value}", f"{name}={value.upper()}", f"{name}=é"]
    for other in others:
        assert wire.ask(public, "GET", "/-/api/exchanges", f"Cookie: {other}").status == 401, other


def test_the_cookie_of_one_instance_is_not_another_s(serve: Serve, cookie: str) -> None:
    other = serve(profile="public", token="another-token-altogether")
    assert wire.ask(other, "GET", "/-/api/exchanges", f"Cookie: {cookie}").status == 401


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + " ", "\0", "é", "x" * 3_000])
def test_a_wrong_token_is_told_so_and_gives_no_cookie(public: Running, token: str) -> None:
    answer = public.client.post("/-/login", data={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not the operator token" in answer.text
    if len(token) > 5:
        assert token not in answer.text


def test_a_login_of_megabytes_is_not_read(public: Running) -> None:
    assert public.client.post("/-/login", data={"token": "x" * 100_000}).status_code == 413


NEXT = {
    "/-/": "/-/",
    "/-/exchanges/abc": "/-/exchanges/abc",
    "/-/?q=a%20b&id=c": "/-/?q=a%20b&id=c",
    "": "/-/",
    "/": "/-/",
    "/elsewhere": "/-/",
    "//evil.test": "/-/",
    "//evil.test/-/": "/-/",
    "/\\evil.test": "/-/",
    "\\\\evil.test": "/-/",
    "http://evil.test/-/": "/-/",
    "https:evil.test": "/-/",
    "javascript:alert(1)": "/-/",
    "data:text/html,x": "/-/",
    " /-/": "/-/",
    "/-/\r\nSet-Cookie: a=b": "/-/",
    "/-/\u2028": "/-/",
    "/-": "/-/",
    "-/": "/-/",
}


@pytest.mark.parametrize(("asked", "given"), NEXT.items(), ids=ascii)
def test_the_login_leads_nowhere_else(public: Running, asked: str, given: str) -> None:
    answer = public.client.post("/-/login", data={"token": TOKEN, "next": asked})
    public.client.cookies.clear()
    assert answer.status_code == 303
    assert answer.headers["location"] == given
    shown = public.client.get(f"/-/login?next={quote(asked)}").text
    hidden = re.search(r'name="next" value="([^"]*)"', shown)
    assert hidden
    assert hidden[1].replace("&amp;", "&") == given


@pytest.mark.parametrize(
    "path", ["/-/a&next=//evil.test", "/-/%0d%0aSet-Cookie:%20a=b", "/-/%22%3E%3Cscript%3E", "/-/%C3%A9"]
)
def test_the_way_to_the_login_carries_nothing_else(public: Running, path: str) -> None:
    answer = wire.ask(public, "GET", path.encode(), "Accept: text/html")
    location = answer.header("location") or ""
    assert answer.header("set-cookie") is None
    shown = wire.ask(public, "GET", location, "Accept: text/html").body.decode()
    hidden = re.search(r'name="next" value="([^"]*)"', shown)
    assert hidden
    assert hidden[1].startswith("/-/")
    assert "<script>" not in shown


@pytest.mark.parametrize("line", [[], ["Origin: https://evil.test"], ["Origin: null"]], ids=str)
def test_a_change_by_cookie_needs_our_own_origin(serve: Serve, line: list[str]) -> None:
    server = serve(profile="public", token=TOKEN)
    server.client.get("/x")
    request = wire.request("DELETE", "/-/api/exchanges", [f"Cookie: {signed_in(server)}", *line], close=True)
    assert wire.Answer(server.raw(request)).status == 403
    assert b'"exchanges":1' in wire.ask(server, "GET", "/-/api/info", BEARER).body


def test_a_change_by_cookie_from_our_own_origin_is_taken(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    headers = {"cookie": signed_in(server), "origin": server.origin}
    assert server.client.delete("/-/api/exchanges", headers=headers).status_code == 200


def test_a_change_by_token_needs_no_origin(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN)
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert server.client.delete("/-/api/exchanges", headers=headers).status_code == 200


def test_who_may_open_the_feed(public: Running, cookie: str) -> None:
    """THREATS T13: the handshake is a request like any other, and browsers let any page make it."""
    own, line = f"Origin: {public.origin}", f"Cookie: {cookie}"
    table = [
        ([line, own], 101),
        ([BEARER], 101),
        ([BEARER, own], 101),
        ([own], 401),
        ([], 401),
        ([line], 403),
        ([line, "Origin: https://evil.test"], 403),
        ([line, "Origin: null"], 403),
        ([line, f"Origin: http://{HOST}"], 403),
        ([line, f"Origin: http://{HOST}:444"], 403),
        ([line, f"Origin: http://{HOST}.evil.test:{public.port}"], 403),
        ([BEARER, "Origin: https://evil.test"], 403),
    ]
    for lines, status in table:
        with public.connect() as connection:
            host = f"{HOST}:{public.port}"
            connection.sendall(wire.request(target="/-/live", headers=[*wire.UPGRADE, *lines], host=host))
            assert connection.recv(12) == f"HTTP/1.1 {status}".encode(), lines
    readers = wire.request(target="/-/api/info", headers=[BEARER], close=True)
    eventually(lambda: b'"subscribers":0' in public.raw(readers))


def test_names_can_be_confined(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, hosts="inspect.test")
    for host, status in (("inspect.test", 200), ("evil.test", 421), ("localhost", 421), (HOST, 421)):
        request = wire.request(target="/-/api/info", headers=[BEARER], host=host, close=True)
        assert wire.Answer(server.raw(request)).status == status, host


def test_any_address_but_loopback_is_public(serve: Serve) -> None:
    server = serve(host="0.0.0.0", token=TOKEN)
    assert wire.ask(server, "GET", "/-/api/info").status == 401
    assert b'"profile":"public"' in wire.ask(server, "GET", "/-/api/info", BEARER).body


def test_a_token_is_made_when_none_is_given(serve: Serve) -> None:
    server = serve(profile="public")
    assert wire.ask(server, "GET", "/-/api/info", "Authorization: Bearer ").status == 401
    assert server.client.post("/-/login", data={"token": ""}).status_code == 401


def test_the_echo_is_open_to_all_without_credentials(public: Running) -> None:
    answer = wire.ask(public, "GET", "/echo", "Origin: https://evil.test", "Cookie: a=1")
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None
    for path in ("/-/api/exchanges", "/-/login"):
        answer = wire.ask(public, "GET", path, "Origin: https://evil.test", BEARER)
        assert b"access-control-" not in answer.head.lower()


def test_assets_are_needed_before_the_login_and_are_given(public: Running) -> None:
    page = wire.ask(public, "GET", "/-/login", "Accept: text/html").body.decode()
    addresses = re.findall(r'(?:href|src)="(/-/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        assert wire.ask(public, "GET", address).status == 200


@pytest.mark.parametrize("path", ["/-/", "/-/login", "/-/api/info", "/-/nothing"])
def test_no_page_can_be_framed(public: Running, path: str) -> None:
    answer = wire.ask(public, "GET", path, "Accept: text/html", BEARER)
    if (answer.header("content-type") or "").startswith("text/html"):
        assert answer.header("x-frame-options") == "DENY"
        assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
