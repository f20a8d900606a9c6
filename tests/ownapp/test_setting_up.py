"""How the wrapper is set up: when it is off, where its inspector is, who may see it, and what it refuses to wrap."""

import logging
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from echoscope import Echoscope
from echoscope.assembly.ownapp.parts import SETTINGS
from echoscope.assembly.ownapp.production import ENVIRONMENT_VARIABLES, PLATFORM_VARIABLES, PRODUCTION_WORDS
from echoscope.base.settings import SettingsError
from tests.asgi import Wire, http_scope
from tests.conftest import Serve
from tests.ownapp.examples import TEXT
from tests.servers import NO_TLS

ORDERS = [Route("/{path:path}", lambda request: PlainTextResponse("the app"))]
APP = Starlette(routes=ORDERS)


# Production


@pytest.mark.parametrize("variable", ENVIRONMENT_VARIABLES)
def test_an_environment_that_is_called_production_turns_it_off(variable: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not Echoscope(APP, environ={variable: "Production"}).is_enabled
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f"Echoscope is off: {variable} is 'Production': this is production. enabled=True or ECHOSCOPE_ENABLED=on "
        "turns it on all the same."
    )


@pytest.mark.parametrize("variable", PLATFORM_VARIABLES)
def test_a_platform_for_deployed_apps_turns_it_off(variable: str) -> None:
    assert not Echoscope(APP, environ={variable: "x"}).is_enabled


@pytest.mark.parametrize("word", ["development", "dev", "test", "", "staging", "preproduction"])
def test_another_environment_leaves_it_on(word: str) -> None:
    assert Echoscope(APP, environ={"APP_ENV": word}).is_enabled


@pytest.mark.parametrize(
    ("enabled", "environ", "is_on"),
    [
        (True, {"APP_ENV": "production"}, True),
        (False, {}, False),
        (None, {"APP_ENV": "production", "ECHOSCOPE_ENABLED": "on"}, True),
        (None, {"ECHOSCOPE_ENABLED": "off"}, False),
        (True, {"ECHOSCOPE_ENABLED": "0"}, False),
        (False, {"ECHOSCOPE_ENABLED": "TRUE"}, True),
    ],
    ids=str,
)
def test_whoever_says_so_decides(enabled: bool | None, environ: dict[str, str], is_on: bool) -> None:
    assert Echoscope(APP, enabled=enabled, environ=environ).is_enabled is is_on


@pytest.mark.parametrize("enabled", ["off", "true", 2])
def test_a_word_turns_nothing_on(enabled: Any) -> None:
    with pytest.raises(SettingsError, match=r"^enabled: .* cannot be used: it takes True or False"):
        Echoscope(APP, enabled=enabled, environ={"APP_ENV": "production"})


async def test_where_it_is_off_the_prefix_is_the_apps() -> None:
    wire = Wire()
    await wire.call(Echoscope(APP, enabled=False), http_scope(path="/-/", raw_path=b"/-/", method="GET"))
    assert wire.sent[1]["body"] == b"the app"


# The prefix


@pytest.mark.parametrize("prefix", ["/-", "/-/", "/debug", "/tools/echoscope", "/a/-", "/.well-known/x~y"])
@pytest.mark.parametrize("root_path", ["", "/behind/a-proxy"])
def test_the_inspector_is_below_its_prefix(serve: Serve, prefix: str, root_path: str) -> None:
    server = serve(Echoscope(APP, prefix=prefix, profile="local"), kind="httptools", root_path=root_path)
    prefix = prefix.removesuffix("/")
    assert server.client.get("/orders").text == "the app"
    page = server.client.get(f"{prefix}/", headers={"accept": "text/html"})
    assert page.status_code == 200
    links = {part.split('"')[0] for part in page.text.replace('src="', 'href="').split('href="')[1:]}
    own = {link for link in links if link.startswith("/")}
    assert f"{root_path}/" in own, "the app itself"
    for link in own - {f"{root_path}/"}:
        assert link.startswith(root_path + prefix), link
        assert server.client.get(link.removeprefix(root_path)).status_code == 200, link
    (one,) = server.client.get(f"{prefix}/api/exchanges").json()["items"]
    assert server.client.get(f"{prefix}/exchanges/{one['id']}").status_code == 200
    assert one["path"] == f"{root_path}/orders"


@pytest.mark.parametrize("path", ["/debugger", "/x/debug/", "/debu", "/%64ebug/", "/debug%2F"])
def test_what_only_resembles_the_prefix_is_the_apps(serve: Serve, path: str) -> None:
    server = serve(Echoscope(APP, prefix="/debug"), kind="httptools")
    assert server.client.get(path).text == "the app"


def test_requests_for_the_inspector_are_not_recorded(serve: Serve) -> None:
    server = serve(Echoscope(APP, prefix="/debug"), kind="httptools")
    for path in ("/debug/", "/debug/api/exchanges", "/debug/nothing"):
        server.client.get(path)
    assert server.client.get("/debug/api/exchanges").json()["items"] == []


@pytest.mark.parametrize("prefix", ["", "/", "debug", "//", "/a b", "/a//b", "/ä", "/a?b", "/<script>", None, 5])
def test_a_prefix_that_is_none_is_refused(prefix: Any) -> None:
    with pytest.raises(ValueError, match=r"prefix: .* cannot be used: it begins with a slash"):
        Echoscope(APP, prefix=prefix)


# Who may see it


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (200, {}),
        (200, {"client": ("::1", 1), "headers": [(b"host", b"[::1]:8000")]}),
        (200, {"root_path": "/mounted", "app_root_path": ""}),
        (403, {"client": ("192.0.2.7", 1)}),
        (421, {"headers": [(b"host", b"shop.example")]}),
        (401, {"headers": [(b"host", b"localhost"), (b"x-forwarded-for", b"127.0.0.1")]}),
        (401, {"http_version": "1.0"}),
        (401, {"root_path": "/behind/a-proxy"}),
    ],
    ids=str,
)
async def test_only_this_machine_sees_it(status: int, changes: dict[str, Any]) -> None:
    wire, path = Wire(), changes.get("root_path", "") + "/-/api/info"
    scope = http_scope(
        path=path, raw_path=path.encode(), query_string=b"", method="GET", headers=[(b"host", b"localhost")]
    )
    await wire.call(Echoscope(APP), {**scope, **changes})
    assert wire.sent[0]["status"] == status


@pytest.mark.parametrize(
    ("given", "status"), [({}, 401), ({"authorization": "Bearer a-token-of-mine-1"}, 200)], ids=str
)
def test_with_a_token_it_is_for_whoever_has_that(serve: Serve, given: dict[str, str], status: int) -> None:
    server = serve(Echoscope(APP, token="a-token-of-mine-1"), kind="httptools")
    answer = server.client.get("/-/api/info", headers={"host": "shop.example", **given})
    assert answer.status_code == status


@pytest.mark.parametrize("settings", [{}, {"token": "a-token-of-16-or-more"}], ids=["local", "with a token"])
def test_there_are_no_bins(serve: Serve, settings: dict[str, Any]) -> None:
    """No address of the app is Echoscope's to give away."""
    server = serve(app=Echoscope(APP, **settings))
    operator = {"authorization": "Bearer a-token-of-16-or-more"}
    assert server.client.get("/~hooks/").text == "the app"
    for path in ("/-/bins", "/-/bins/hooks/", "/-/bins/hooks/login", "/-/api/bins", "/-/api/bins/hooks"):
        for method in ("GET", "POST", "DELETE"):
            assert server.client.request(method, path, headers=operator).status_code == 404
    assert server.client.post("/-/api/bins").status_code == (401 if settings else 404)
    assert "bin" not in server.client.get("/-/login", headers={"accept": "text/html"}).text.lower().split()


def test_an_exchange_of_the_app_can_be_shared(serve: Serve) -> None:
    server = serve(app=Echoscope(APP, prefix="/debug"))
    server.client.get("/order")
    (one,) = server.client.get("/debug/-/api/exchanges").json()["items"]
    link = server.client.post(f"/debug/-/api/exchanges/{one['id']}/share").json()["url"]
    assert "/debug/-/shared/" in link
    assert "/order" in server.client.get(link, headers={"accept": "text/html"}).text


def test_what_is_asked_for_is_kept_within_the_bounds_that_are_given(serve: Serve) -> None:
    server = serve(Echoscope(APP, max_exchanges=2, kept_body_bytes="3"), kind="httptools")
    for number in range(3):
        httpx.get(f"{server.origin}/{number}", trust_env=False, verify=NO_TLS)
    items = server.client.get("/-/api/exchanges").json()["items"]
    assert [item["path"] for item in items] == ["/2", "/1"]
    whole = server.client.get(f"/-/api/exchanges/{items[0]['id']}?bodies=1").json()
    assert whole["response"]["body"] == {"size": 7, "kept": 3, "truncated": True, "content": "the"}


def test_settings_of_the_environment_count() -> None:
    assert Echoscope(APP, environ={"ECHOSCOPE_MAX_EXCHANGES": "7"}).settings.max_exchanges == 7
    assert Echoscope(APP, max_exchanges=8, environ={"ECHOSCOPE_MAX_EXCHANGES": "7"}).settings.max_exchanges == 8


# What is refused


def wsgi(environ: Any, start_response: Any) -> Any: ...


def factory() -> Any: ...


class Old:
    def __init__(self, scope: Scope) -> None: ...


class New:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (None, "Echoscope() wraps an app that can be called, not a NoneType"),
        ("shop:app", "Echoscope() wraps an app that can be called, not a str"),
        (logging, "Echoscope() wraps an app that can be called, not the module logging"),
        (wsgi, "the function wsgi is an app of WSGI: echoscope.wsgi.Echoscope wraps it"),
        (factory, "Echoscope() wraps an app; the function factory takes no arguments: is it what makes one? Call it"),
        (Old, "the class Old is an app of ASGI 2: echoscope.asgi2.single_callable makes one of today's of it"),
        (New, "Echoscope() wraps an app; the class New is none, but its instances may be"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:20]),
)
def test_what_is_no_asgi_app_is_refused(app: Any, reason: str) -> None:
    with pytest.raises(TypeError) as error:
        Echoscope(app)
    assert str(error.value) == reason


def test_settings_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(SettingsError, match="max_exchanges: 'many' cannot be used: it takes a whole number"):
        Echoscope(APP, max_exchanges="many")
    with pytest.raises(TypeError, match=r"Echoscope\(\) has no setting 'max_exchange'; did you mean 'max_exchanges'"):
        Echoscope(APP, max_exchange=5)
    with pytest.raises(SettingsError, match="ECHOSCOPE_ENABLED: 'perhaps' cannot be used: it takes on or off"):
        Echoscope(APP, environ={"ECHOSCOPE_ENABLED": "perhaps"})


# What the document says


@pytest.mark.parametrize("name", [*ENVIRONMENT_VARIABLES, *sorted(PRODUCTION_WORDS), *SETTINGS])
def test_the_document_names(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("platform", PLATFORM_VARIABLES.values())
def test_the_document_names_the_platform(platform: str) -> None:
    assert platform in " ".join(TEXT.split())
