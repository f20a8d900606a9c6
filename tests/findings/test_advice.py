"""What is advised mends what was found: the settings of servers, tried on them."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from hypercorn.middleware import ProxyFixMiddleware
from starlette.types import ASGIApp

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.eventually import eventually
from tests.findings.corpus import UPGRADE, lines
from tests.ports import free_port
from tests.programs import require
from tests.servers import HOST, Kind, Running

FORWARDED = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "host": "api.example.com"}
STANDARD = {"forwarded": "for=203.0.113.7;proto=https", "host": "api.example.com"}


def app() -> Any:
    """An Echoscope that is asked for its findings under any name."""
    return create_app(load({}, port=0, hosts="api.example.com", profile="local"))


def rules(server: Running, headers: dict[str, str]) -> list[str]:
    exchange_id = server.client.get("/", headers=headers).headers["x-echoscope-id"]
    found = server.client.get(f"/-/api/exchanges/{exchange_id}").json()["findings"]
    return [finding["rule"] for finding in found]


WRAPPED: dict[str, tuple[Any, dict[str, str]]] = {
    "hypercorn": (lambda made: ProxyFixMiddleware(made, mode="legacy", trusted_hops=1), FORWARDED),
    "hypercorn-forwarded": (lambda made: ProxyFixMiddleware(made, mode="modern", trusted_hops=1), STANDARD),
    "granian": (lambda made: wrap_asgi_with_proxy_headers(made, trusted_hosts="127.0.0.1"), FORWARDED),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_middleware_that_is_advised_makes_the_server_trust_the_proxy(name: str) -> None:
    wrap, headers = WRAPPED[name]
    with Running(app()) as server:
        assert rules(server, headers) == ["proxy-not-trusted"]
    wrapped: ASGIApp = wrap(app())
    with Running(wrapped, interface="asgi3") as server:
        assert rules(server, headers) == []


@pytest.mark.parametrize("kind", ["h11", "httptools"])
def test_the_options_of_uvicorn_that_are_advised_make_it_trust_the_proxy(kind: Kind) -> None:
    with Running(app(), kind=kind, proxy_headers=True, forwarded_allow_ips="10.9.9.9") as server:
        assert rules(server, FORWARDED) == ["proxy-not-trusted"]
    with Running(app(), kind=kind, proxy_headers=True, forwarded_allow_ips="127.0.0.1") as server:
        assert rules(server, FORWARDED) == []


def test_the_root_path_that_is_advised_makes_the_app_know_its_prefix() -> None:
    headers = {"x-forwarded-prefix": "/app"}
    with Running(app()) as server:
        assert rules(server, headers) == ["root-path-missing"]
    with Running(app(), kind="h11", root_path="/app") as server:
        assert rules(server, headers) == []


NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen {host}:{port}; location / {{ proxy_pass http://{host}:{behind}; {directives} }} }}
}}
"""
AS_ADVISED = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'


@contextmanager
def nginx(folder: Path, behind: int, directives: str) -> Iterator[int]:
    """An nginx in front of a server, on a free port."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, host=HOST, port=port, behind=behind, directives=directives))
    process = subprocess.Popen([require("nginx"), "-c", config, "-p", folder, "-e", folder / "error.log"])
    try:
        eventually(lambda: _listens(port))
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


@pytest.mark.parametrize(
    ("directives", "kind"), [("", "http"), (AS_ADVISED, "websocket")], ids=["as it is", "as advised"]
)
def test_the_lines_for_nginx_that_are_advised_let_a_handshake_through(
    tmp_path: Path, directives: str, kind: str
) -> None:
    with Running(app()) as server, nginx(tmp_path, server.port, directives) as port:

        def items() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = server.client.get("/-/api/exchanges").json()["items"]
            return found

        sent = [("Host", f"{HOST}:{port}"), ("User-Agent", "probe/1.0"), *lines(UPGRADE)]
        with socket.create_connection((HOST, port), timeout=10) as connection:
            head = "GET /chat HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent)
            connection.sendall(head.encode() + b"\r\n")
            eventually(items)
            (item,) = items()
            found = server.client.get(f"/-/api/exchanges/{item['id']}").json()["findings"]
        expected = ["handshake-as-http"] if kind == "http" else []
        assert (item["type"], [finding["rule"] for finding in found]) == (kind, expected)
