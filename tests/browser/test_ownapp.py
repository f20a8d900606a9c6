"""The dashboard of somebody's own app, below a prefix: live, linked, and with what was seen inside."""

import httpx
import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.browser.test_quality_accessibility import opened, violations
from tests.conftest import Serve
from tests.ownapp.shop import shop


def get(url: str) -> None:
    httpx.get(url, headers={"accept-encoding": "gzip"}, trust_env=False)


@pytest.mark.parametrize("prefix", ["/-", "/debug"])
@pytest.mark.parametrize("mount", ["", "/behind/here"])
def test_the_dashboard_lives_below_its_prefix(serve: Serve, open_page: Open, prefix: str, mount: str) -> None:
    app = Starlette(routes=[Mount(mount, shop(prefix))]) if mount else shop(prefix)
    server = serve(app, kind="httptools")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server, f"{mount}{prefix}/")
    get(f"{server.origin}{mount}/orders/7")
    dashboard.rows("/orders/7").click()
    expect(dashboard.details).to_contain_text("/orders/{number:int}")
    assert page.url.startswith(f"{server.origin}{mount}{prefix}/")
    page.reload()
    expect(dashboard.details).to_contain_text("/orders/{number:int}")


@EVERY_SCREEN
def test_the_overview_tells_what_was_seen_inside(serve: Serve, open_page: Open) -> None:
    server = serve(shop(), kind="httptools")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    get(f"{server.origin}/orders/7")
    dashboard.rows("/orders/7").click()
    details = dashboard.details
    expect(details.get_by_role("heading", name="Inside the app")).to_be_visible()
    expect(details).to_contain_text("tests.ownapp.shop:order")
    expect(details.get_by_role("listitem").filter(has_text="order <b>7</b> is looked up")).to_contain_text("WARNING")
    changes = details.get_by_role("region", name="What was changed on the way")
    expect(changes.get_by_role("row", name="response header content-encoding – gzip")).to_be_visible()


def test_no_view_of_what_was_seen_inside_violates_a_rule(serve: Serve, open_page: Open) -> None:
    server = serve(shop(), kind="httptools")
    for path in ("/orders/0", "/orders/7"):
        get(server.origin + path)
    page = opened(open_page)
    for item in server.client.get("/-/api/exchanges").json()["items"]:
        Dashboard(page).open(server, f"/-/?id={item['id']}")
        expect(page.get_by_role("heading", name="Inside the app")).to_be_visible()
        assert violations(page) == []
        page.goto(f"{server.origin}/-/exchanges/{item['id']}")
        assert violations(page, "section[aria-labelledby=inside]") == []


def test_an_empty_dashboard_leads_to_the_app(serve: Serve, open_page: Open) -> None:
    server = serve(shop("/debug"), kind="httptools")
    page, _ = open_page()
    Dashboard(page).open(server, "/debug/")
    expect(page.get_by_text("It shows up here at once, with what is seen from inside.")).to_be_visible()
    expect(page.get_by_text(f"curl -i {server.origin}/", exact=True)).to_be_visible()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open your app").click()
    expect(popup.value.get_by_text("welcome")).to_be_visible()
    popup.value.close()
    expect(Dashboard(page).rows("/").first).to_be_visible()
