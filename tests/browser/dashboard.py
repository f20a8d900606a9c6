"""The dashboard as people and screen readers find their way in it: by roles and names."""

import re
from collections.abc import Iterator
from typing import Self

from playwright.sync_api import Locator, Page, expect

from tests.servers import Running

TABS = ("overview", "scope", "headers", "body", "events", "response", "code", "ways", "wire", "proxies")

PAINT = """async () => {
  for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
}"""
"""What was told something hears of it before the second frame, and has written itself."""


class Dashboard:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.list = page.get_by_role("grid", name="Exchanges")
        self.details = page.get_by_role("region", name="Details")
        self.search = page.get_by_role("searchbox", name="Search exchanges")
        self.state = page.locator("connection-state")

    def open(self, server: Running, address: str = "/-/") -> Self:
        self.page.goto(server.origin + address)
        expect(self.state).to_contain_text("Live")
        return self

    def rows(self, text: str | re.Pattern[str] = "") -> Locator:
        """The rows of exchanges that contain this."""
        rows = self.list.get_by_role("row").filter(has=self.page.get_by_role("gridcell"))
        return rows.filter(has_text=text) if text else rows

    def paths(self) -> list[str]:
        return [
            path.split("?")[0]
            for path in self.list.locator(".row .path a").evaluate_all("all => all.map(a => a.title)")
        ]

    def selected(self) -> Locator:
        return self.list.get_by_role("row", selected=True)

    def show_list(self) -> None:
        """On a phone the list gives way to what is read."""
        if not self.list.is_visible():
            self.page.get_by_role("button", name=re.compile("Back to the list")).click()
            expect(self.list).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> Locator:
        return self.details.get_by_role("tab", name=re.compile(name))

    def open_tabs(self, server: Running, exchange_id: str) -> Iterator[str]:
        """Read an exchange of HTTP and open each tab, once all that they show has come; gives their names. To load the
        page for each of them would take ten times the work."""
        with self.page.expect_response(re.compile("/code/raw")):  # the last that is fetched
            self.open(server, f"/-/?id={exchange_id}")
        for name in TABS:
            self.page.locator(f"#tab-{name}").click()
            expect(self.page.locator(f"[role=tabpanel][aria-labelledby=tab-{name}]")).not_to_be_empty()
            self.page.evaluate(PAINT)
            yield name
