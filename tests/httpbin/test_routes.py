"""The route table: every route answers, and every list of the routes is made from the same table."""

import json
import re

import httpx
import pytest
from openapi_spec_validator import validate

from echoscope.base.settings import load
from echoscope.web.httpbin.listing import markdown
from echoscope.web.httpbin.openapi import openapi
from echoscope.web.httpbin.routes import ANY, ROUTES, Route
from echoscope.web.httpbin.table import Table
from tests import wire
from tests.documents import section
from tests.servers import Running, echoscope

from .conftest import assert_problem

ALL = [route for family in ROUTES.values() for route in family]
LINKED = [route for route in ALL if route.example.startswith("/")]
BOUND = [route for route in ALL if route.methods is not ANY]


STATUSES = {
    "/basic-auth/{user}/{password}": {401},
    "/bearer": {401},
    "/cookies/delete": {302},
    "/cookies/set": {302},
    "/cookies/set/{name}/{value}": {302},
    "/absolute-redirect/{n}": {302},
    "/digest-auth/{qop}/{user}/{password}": {401},
    "/digest-auth/{qop}/{user}/{password}/{algorithm}": {401},
    "/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}": {401},
    "/hidden-basic-auth/{user}/{password}": {404},
    "/info/{code}": {501},  # the server of these tests sends no interim answers
    "/links/{n}": {302},
    "/mix": {201},
    "/mix/{parts:path}": {201},
    "/redirect-to": {302},
    "/redirect/{n}": {302},
    "/relative-redirect/{n}": {302},
    "/status/{codes}": {200, 503},  # one of them is drawn
    "/trailers": {501},  # nor trailers
    "/unstable": {200, 500},  # one of them is drawn
    "/websocket/echo": {400},
}
"""What the examples are answered with where that is not 200."""


def named(routes: list[Route]) -> list[object]:
    return [pytest.param(route, id=route.path) for route in routes]


def address(route: Route) -> str:
    """An address of the route: its example, or its path where it has no parameters."""
    return route.example if route.example.startswith("/") and route.path != "/post" else route.path


@pytest.mark.parametrize("route", named(LINKED))
def test_every_example_is_answered(client: httpx.Client, route: Route) -> None:
    answer = client.get(route.example)
    assert answer.status_code in STATUSES.get(route.path, {200})
    assert answer.headers["x-echoscope-id"] in answer.headers["link"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("route", named([route for route in ALL if "GET" in route.methods]))
def test_head_has_the_head_of_get_and_no_body(client: httpx.Client, route: Route) -> None:
    place = re.sub(r"(duration=|/delay/)[0-9.]+", r"\g<1>0", address(route))
    answer = client.head(place)
    assert answer.content == b""
    assert answer.status_code in STATUSES.get(route.path, {200})


@pytest.mark.parametrize("route", named(ALL))
def test_options_is_answered_as_httpbin_does(client: httpx.Client, route: Route) -> None:
    answer = client.options(address(route), headers={"Access-Control-Request-Headers": "x-one, x-two"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, PATCH, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "x-one, x-two"
    assert answer.headers["access-control-max-age"] == "3600"
    assert "access-control-request-headers" in answer.headers["vary"]
    assert "OPTIONS" in answer.headers["allow"]


@pytest.mark.parametrize("route", named(BOUND))
def test_a_wrong_method_is_told_the_right_ones(client: httpx.Client, route: Route) -> None:
    wrong = next(method for method in ("DELETE", "POST") if method not in route.methods)
    answer = client.request(wrong, address(route))
    assert_problem(answer, 405, wrong)
    assert set(answer.headers["allow"].split(", ")) >= {*route.methods, "OPTIONS"}
    assert wrong not in answer.headers["allow"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"])
@pytest.mark.parametrize("path", ["/anything", "/status/200", "/headers", "/delay/0", "/gzip"])
def test_other_routes_take_any_method(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/status",
        "/status/",
        "/get/",
        "/get/more",
        "/links",
        "/cookies/set/a",
        "/cookies/set/a/",
    ],
)
def test_what_no_route_matches_as_a_whole_is_the_echos(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["path"] == path
    assert "asgi" in answer.json()


@pytest.mark.parametrize(
    "path", ["/status%2F418", "/cookies%2fset", "/dump%2Frequest", "/redirect%2F3", "/cookies/set%2Fa/b", "/delay%2f0"]
)
def test_an_escaped_slash_is_no_delimiter(client: httpx.Client, path: str) -> None:
    """RFC 3986, section 2.2: it is data, so this is another address than the one with a slash."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["raw_path"] == path


def test_other_escapes_make_no_difference(client: httpx.Client) -> None:
    assert client.get("/%73tatus/4%318").status_code == 418
    assert client.get("/%67et").json()["url"].endswith("/%67et")


@pytest.mark.parametrize(
    "path",
    [
        "/{name}", "/{name}/", "//{name}/user/secret", "/{name}/user", "/{name}/user/secret/", "/{name}/a/b/c/d/e/f/g",
        "/{name}%2Fuser%2Fsecret", "/{name}/auth/user", "/{name}/auth/user/secret/MD5/1/more",
        "/{name}/auth%2Fuser%2Fsecret",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["basic-auth", "hidden-basic-auth", "digest-auth", "bearer"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_below_authentication_is_the_echos(local: Running, method: str, path: str, name: str) -> None:
    """A suite that looks for a refusal must not take a misspelt address for being let in."""
    answer = wire.ask(local, method, path.format(name=name))
    asks = {("/{name}", "bearer"), ("/{name}/auth/user", "basic-auth"), ("/{name}/user/secret/", "digest-auth")}
    assert answer.status == (401 if (path, name) in asks else 404)
    if answer.status == 404:
        assert json.loads(answer.body)["status"] == 404


@pytest.mark.parametrize("path", ["//get", "//status/418", "/basic-authority/user"])
def test_other_spellings_are_the_echos(local: Running, path: str) -> None:
    assert json.loads(wire.ask(local, "GET", path).body)["path"] == path


def test_a_misspelt_address_is_told_what_it_looks_like(client: httpx.Client) -> None:
    answer = client.get("/basic-auth/user?a=1")
    assert_problem(answer, 404, "'/basic-auth/user?a=1'", "/basic-auth/{user}/{password}")


def test_routes_are_found_below_a_prefix_and_addresses_have_it() -> None:
    with echoscope(root_path="/behind/proxy") as server:
        assert server.client.get("/get").json()["url"] == f"{server.origin}/behind/proxy/get"
        assert server.client.get("/redirect/2").headers["location"] == "/behind/proxy/relative-redirect/1"
        assert server.client.get("/cookies/set?a=b").headers["location"] == "/behind/proxy/cookies"
        assert "'/behind/proxy/links/2/1'" in server.client.get("/links/2/0").text
        assert server.client.get("/status/302").headers["location"] == "/behind/proxy/redirect/1"
        assert server.client.get("/mix/s=201").status_code == 201
        assert server.client.get("/status/418").status_code == 418
        assert server.client.get("/status%2F418").status_code == 200
        assert server.client.get("/basic-auth/user").status_code == 404


def test_no_path_is_in_the_table_twice_or_hidden_by_an_earlier_one() -> None:
    table = Table()
    for route in ALL:
        example = route.path.replace(":path", "").replace("{", "").replace("}", "")
        found = table.find(example)
        assert found is not None
        assert found[0] is route


def test_the_openapi_document_is_valid_and_has_every_route(client: httpx.Client) -> None:
    made = client.get("/-/openapi.json").json()
    validate(made)
    assert made["openapi"].startswith("3.1")
    assert set(made["paths"]) == {route.path.replace(":path", "") for route in ALL}
    for route in ALL:
        item = made["paths"][route.path.replace(":path", "")]
        assert {method.lower() for method in route.methods} == item.keys() - {"parameters"}
        names = [parameter["name"] for parameter in item["parameters"]]
        assert [name.rstrip("*") for name in route.query] == names[len(names) - len(route.query) :]


def test_the_openapi_document_tells_the_bounds_of_this_instance() -> None:
    made = openapi(load({}, max_duration=3, max_generated_bytes="1KiB"), "/prefix")
    assert made["servers"] == [{"url": "/prefix"}]
    by_name = {parameter["name"]: parameter["schema"] for parameter in made["paths"]["/drip"]["parameters"]}
    assert by_name["numbytes"]["maximum"] == 1024
    assert "3 seconds" in by_name["duration"]["description"]


def test_a_new_route_may_name_its_parameters_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    route = Route("/twice/{n}{?other}", ("GET",), ROUTES["Requests"][0].handler, "Tells it twice", "/twice/2")
    monkeypatch.setitem(ROUTES, "New", (route,))
    document = openapi(load({}), "")
    validate(document)
    parameters = {parameter["name"]: parameter["schema"] for parameter in document["paths"]["/twice/{n}"]["parameters"]}
    assert parameters == {"n": {"type": "integer"}, "other": {"type": "string"}}


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_the_page_lists_every_route_and_links_to_an_example(client: httpx.Client, accept: str) -> None:
    page = client.get("/-/endpoints", headers={"Accept": accept})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for route in ALL:
        assert f"<b>{route.path.replace(':path', '')}</b>" in page.text
        assert route.summary.replace("'", "&#39;") in page.text
        if route in LINKED:
            assert f'href="{route.example.replace("&", "&amp;").replace(chr(39), "&#39;")}"' in page.text
    assert f"curl -X PUT -d a=1 {str(client.base_url).rstrip('/')}/put" in page.text


def test_the_lists_are_for_anybody_in_the_public_profile(stranger: httpx.Client) -> None:
    assert stranger.get("/-/endpoints").status_code == 200
    assert stranger.get("/-/openapi.json").status_code == 200
    assert stranger.get("/-/").status_code == 401


def test_the_document_has_the_table() -> None:
    assert section("endpoints") == markdown().strip()


def test_every_summary_stands_alone_and_fits_a_line() -> None:
    for route in ALL:
        assert 4 < len(route.summary) < 60, route.summary
        assert not route.summary.endswith("."), route.summary
        assert "same" not in route.summary, route.summary
