"""Going to a time in a long list, by key and on a phone, and to its very end."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, SCREENS, Open
from tests.browser.dashboard import Dashboard
from tests.browser.test_actions import choose, press
from tests.conftest import Serve
from tests.servers import Running

MINUTES = 1_300  # more than is loaded at once, and than one page of the API


def recorded(server: Running) -> None:
    """One exchange a minute, from midnight on; `/90` came at half past one."""
    entries = [
        {
            "startedDateTime": f"2026-11-20T{minute // 60:02}:{minute % 60:02}:00Z",
            "request": {"method": "GET", "url": f"http://h/{minute}"},
            "response": {"status": 200, "content": {}},
        }
        for minute in range(MINUTES)
    ]
    har = json.dumps({"log": {"version": "1.2", "entries": entries}})
    assert server.client.post("/-/api/import", content=har).json()["imported"] == MINUTES


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve(max_exchanges=2_000)


def opened(open_page: Open, server: Running) -> Dashboard:
    recorded(server)
    page, _ = open_page(timezone_id="UTC", viewport=SCREENS["desktop"])
    board = Dashboard(page).open(server)
    expect(board.rows("/1299")).to_be_visible()
    return board


def go_to(page: Page, time: str) -> None:
    press(page, "T")
    field = page.get_by_role("dialog", name="Go to a time").get_by_label("Go to a time")
    expect(field).to_be_focused()
    field.fill(time)
    press(page, "Enter")


@pytest.mark.parametrize(
    ("time", "path", "said"),
    [
        pytest.param("2026-11-20 01:30", "/90", "01:30:00: the last one", id="a minute"),
        pytest.param("2026-11-20T20:59:59Z", "/1259", "20:59:00: the last one", id="between two"),
        pytest.param("2026-11-19 10:00", "/0", "00:00:00: nothing older", id="before all"),
        pytest.param("1s", "/1299", "21:39:00: the last one", id="ago"),
    ],
)
def test_a_time_leads_to_what_came_last_by_then(
    open_page: Open, server: Running, time: str, path: str, said: str
) -> None:
    board = opened(open_page, server)
    go_to(board.page, time)
    expect(board.selected().locator("a")).to_have_attribute("title", path)
    expect(board.selected()).to_be_in_viewport()
    expect(board.page.get_by_role("status").get_by_text(said)).to_be_visible()


def test_what_is_no_time_is_told_where_it_is_typed(open_page: Open, server: Running) -> None:
    board = opened(open_page, server)
    go_to(board.page, "soon")
    dialog = board.page.get_by_role("dialog", name="Go to a time")
    expect(dialog.get_by_role("alert")).to_have_text("This is no time.")
    dialog.get_by_label("Go to a time").fill("2026-11-20 00:10")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    press(board.page, "Escape")
    expect(dialog).to_be_hidden()
    expect(board.selected()).to_have_count(0)


def test_the_last_key_leads_to_the_oldest_that_is_kept(open_page: Open, server: Running) -> None:
    board = opened(open_page, server)
    press(board.page, "G")
    expect(board.selected().locator("a")).to_have_attribute("title", "/0")
    expect(board.page.locator("#foot")).to_contain_text("1,300 exchanges")


def test_on_a_phone_the_list_goes_there_and_stays_in_sight(open_page: Open, server: Running) -> None:
    recorded(server)
    page, _ = open_page(timezone_id="UTC", viewport=SCREENS["phone"], has_touch=True)
    board = Dashboard(page).open(server)
    choose(page, "go to a time")
    dialog = page.get_by_role("dialog", name="Go to a time")
    dialog.get_by_label("Go to a time").fill("2026-11-20 12:00")
    dialog.get_by_role("button", name="Go", exact=True).click()
    expect(board.list.get_by_role("link", name="/720", exact=True)).to_be_in_viewport()
    expect(board.details).to_be_hidden()


@EVERY_SCREEN
def test_the_usual_times_are_one_click(open_page: Open, server: Running) -> None:
    recorded(server)
    server.client.get("/now")
    page, _ = open_page()
    board = Dashboard(page).open(server)
    press(page, "T")
    page.get_by_role("button", name="10m ago").click()
    expect(board.list.get_by_role("link", name="/1299", exact=True)).to_be_in_viewport()
