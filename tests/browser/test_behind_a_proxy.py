"""The dashboard below a prefix, behind a real proxy that keeps it or takes it off."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.deploy.sites import TOKEN, ProxyName, site


@pytest.mark.parametrize(("name", "prefix"), [("nginx", "kept"), ("caddy", "taken off")])
def test_signing_in_watching_and_looking_work_below_a_prefix(
    open_page: Open, tmp_path: Path, name: ProxyName, prefix: Any
) -> None:
    with site(name, tmp_path, prefix=prefix, echoscopes=1) as running, running.client() as client:
        page, _ = open_page(ignore_https_errors=True)
        page.goto(f"{running.origin}/debug/-/")
        page.get_by_label("Operator token").fill(TOKEN)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{running.origin}/debug/-/")
        board = Dashboard(page)
        client.post("/debug/hooks/paid", json={"paid": True})
        expect(board.rows("/debug/hooks/paid")).to_be_visible()
        board.rows("/debug/hooks/paid").click()
        expect(board.details).to_contain_text("127.0.0.2")
        page.goto(f"{running.origin}/debug/")
        expect(page.locator("body")).to_contain_text("root_path")
        page.goto("about:blank")  # nothing of the site may be wanted when it ends
