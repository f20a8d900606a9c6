"""Echoscope around an app of each framework, as docs/own-app.md shows it, on a real server."""

from pathlib import Path

import pytest

from tests.ownapp.examples import Shop, examples, running

ASGI = examples("ASGI frameworks")
UVICORN = ("uvicorn", "shop:app", "--port", "{port}", "--no-access-log")

Endpoint = tuple[str, str, dict[str, object]]
"""Template, function and parameters of the route, as the framework says it."""

ENDPOINTS: dict[str, Endpoint | None] = {
    "Starlette": ("/orders/{number:int}", "shop:order", {"number": 7}),
    "FastAPI": ("/orders/{number}", "shop:order", {"number": "7"}),
    "Litestar": ("/orders/{number}", "shop:order", {"number": 7}),
    "Quart": ("/orders/<int:number>", "shop:order", {"number": 7}),
    "Django": ("orders/<int:number>", "shop:order", {"number": 7}),
    "BlackSheep": None,
}


def test_each_framework_that_is_named_has_its_example() -> None:
    assert ASGI.keys() == ENDPOINTS.keys()


@pytest.mark.parametrize("name", ASGI)
def test_an_asgi_app_is_shown_from_inside(name: str, tmp_path: Path) -> None:
    code = ASGI[name]
    if name == "Litestar":
        code = code.replace("Litestar([order])", "Litestar([order], debug=True)")
    with running(code, tmp_path, *UVICORN) as shop:
        check(shop, ENDPOINTS[name])


def check(shop: Shop, endpoint: Endpoint | None) -> None:
    answer = shop.order(7)
    assert (answer.status_code, answer.json()) == (200, {"share": 100 / 7})
    document = shop.document("/orders/7")
    assert (document["state"], document["status"], document["error"]) == ("done", 200, None)
    inside = document["inside"]
    if endpoint is not None:
        template, function, parameters = endpoint
        assert inside["route"] == {"template": template, "endpoint": function, "parameters": parameters}
    assert [(line["level"], line["message"]) for line in inside["logs"]] == [("WARNING", "order 7")]
    assert inside["logs"][0]["place"].endswith(" order")
    assert 0 <= inside["waited_ms"] + inside["worked_ms"] <= document["duration_ms"] + 0.002
    assert shop.client.get("/nothing").status_code == 404
    assert shop.order(0).status_code == 500
    failed = shop.document("/orders/0")
    assert failed["state"] == "error"
    assert failed["error"].rstrip().endswith("ZeroDivisionError: division by zero")
    assert "in order" in failed["error"]


WSGI = examples("WSGI frameworks")
WSGI_ENDPOINTS: dict[str, Endpoint] = {
    "Flask": ("/orders/<int:number>", "shop:order", {"number": 7}),
    "Django, over WSGI": ("orders/<int:number>", "shop:order", {"number": 7}),
    "Bottle": ("/orders/<number:int>", "shop:order", {"number": 7}),
}
WSGI_SERVERS = {
    "gunicorn": ("gunicorn", "--no-control-socket", "--threads", "4", "--bind", "127.0.0.1:{port}", "shop:app"),
    "waitress": ("waitress", "--listen=127.0.0.1:{port}", "shop:app"),
}


def test_each_wsgi_framework_that_is_named_has_its_example() -> None:
    assert WSGI.keys() == WSGI_ENDPOINTS.keys()


@pytest.mark.parametrize("server", WSGI_SERVERS)
@pytest.mark.parametrize("name", WSGI)
def test_a_wsgi_app_is_shown_from_inside(name: str, server: str, tmp_path: Path) -> None:
    with running(WSGI[name], tmp_path, *WSGI_SERVERS[server]) as shop:
        check(shop, WSGI_ENDPOINTS[name])


SERVERS = {
    "hypercorn": ("hypercorn", "shop:app", "--bind", "127.0.0.1:{port}"),
    "granian": ("granian", "--interface", "asgi", "--port", "{port}", "shop:app"),
    "daphne": ("daphne", "--port", "{port}", "shop:app"),
    "gunicorn": ("gunicorn", "--no-control-socket", "--worker-class", "uvicorn_worker.UvicornWorker", "--bind",
                 "127.0.0.1:{port}", "shop:app"),
}  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
def test_other_servers_run_a_wrapped_app_too(server: str, tmp_path: Path) -> None:
    with running(ASGI["FastAPI"], tmp_path, *SERVERS[server]) as shop:
        check(shop, ENDPOINTS["FastAPI"])
