"""The pages in a browser where the server is another one: over HTTP/2 and TLS, and over WSGI."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import Serve
from tests.servers import WAIT_S
from tests.systems.process import Process, python
from tests.systems.wsgi import WSGI_SYSTEMS, WsgiServer

from .conftest import Open
from .dashboard import Dashboard

PHONE = {"viewport": {"width": 390, "height": 844}}


def start(name: str) -> WsgiServer:
    system = next(system for system in WSGI_SYSTEMS if system.name == name)
    system.require()
    return system.start()


def test_the_dashboard_is_live_over_http2_and_tls(open_page: Open) -> None:
    with Process(python("-m", "echoscope", "--port", "0", "--quiet", "--http2", "--tls")) as process:
        process.wait_for("Ctrl-C stops")
        origin = f"https://localhost:{process.wait_for(r'https://127.0.0.1:([0-9]+)/')[1]}"
        page, _ = open_page(ignore_https_errors=True)
        page.goto(f"{origin}/-/")
        assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
        dashboard = Dashboard(page)
        expect(dashboard.state).to_contain_text("Live")
        httpx.get(f"{origin}/while-one-looks", verify=False, trust_env=False, timeout=WAIT_S)
        expect(dashboard.rows("/while-one-looks")).to_have_count(1)


@pytest.mark.parametrize("name", ["gunicorn, threads", "waitress"])
def test_the_dashboard_is_live_over_wsgi_by_server_sent_events(open_page: Open, name: str) -> None:
    with start(name) as server:
        page, watch = open_page()
        watch.expects("WebSocket connection to .* 501")
        page.goto(f"{server.origin}/-/")
        dashboard = Dashboard(page)
        expect(dashboard.state).to_contain_text("Live, by events")
        httpx.get(f"{server.origin}/while-one-looks", trust_env=False, timeout=WAIT_S)
        expect(dashboard.rows("/while-one-looks")).to_have_count(1)


def test_the_environ_is_shown_beside_the_scope(open_page: Open) -> None:
    with start("gunicorn, threads") as server:
        page, _ = open_page()
        page.goto(f"{server.origin}/caf%C3%A9")
        row = page.get_by_role("row", name="PATH_INFO")
        expect(row.get_by_role("cell")).to_contain_text(["/cafÃ©", "path", "/café", "latin-1"])
        page.get_by_role("link", name="Every server").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The same request on every server")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(open_page: Open, serve: Serve, scheme: str) -> None:
    page, _ = open_page(**PHONE, color_scheme=scheme)
    page.goto(serve().origin + "/-/systems")
    expect(page.get_by_role("heading", level=2)).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    with start("gunicorn, threads") as server:
        page.goto(f"{server.origin}/{'a' * 300}?{'b' * 300}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
