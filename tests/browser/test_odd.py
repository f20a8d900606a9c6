"""Exchanges against the ASGI spec: each can be read in every tab, and what is odd about it is said."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.odd import odd_exchanges, odd_server
from tests.servers import Running

ODD = odd_exchanges()
READABLE = re.compile(r"^(?!.*(?:null request|HTTP/null|undefined|NaN|object Object)).*\S", re.DOTALL)


@pytest.fixture(scope="module")
def odd() -> Iterator[Running]:
    with odd_server() as running:
        yield running


def test_each_can_be_read(odd: Running, open_page: Open) -> None:
    page, _ = open_page()
    board = Dashboard(page).open(odd)
    expect(board.rows()).to_have_count(len(ODD))
    for number, name in enumerate(ODD):
        board.list.locator(f"[data-key=odd-{number}]").click()
        expect(page).to_have_url(re.compile(rf"[?&]id=odd-{number}(&|$)"))
        page.locator("#tab-overview").click()
        expect(board.details, name).to_contain_text("Against the ASGI specification")
        tabs = board.details.get_by_role("tab")
        assert tabs.count() >= 7
        for tab in range(tabs.count()):
            page.keyboard.press(str((tab + 1) % 10))
            expect(tabs.nth(tab), name).to_have_attribute("aria-selected", "true")
            expect(board.details.get_by_role("tabpanel"), name).to_have_text(READABLE)
