"""A search that says what it has looked at, marks what it found, and is easily made."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests import wire
from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

HITS = "() => [...(CSS.highlights.get('hit') ?? [])].map((range) => range.toString().toLowerCase())"


def foot(page: Page) -> str:
    return page.locator("#foot").inner_text()


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait while the browser's events come in."""
    for _ in range(200):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never became so")


def test_a_long_search_says_how_far_it_is_and_counts_nothing_that_it_has_not_seen(
    serve: Serve, open_page: Open
) -> None:
    server = serve(max_exchanges=6_000)
    wire.pipeline(server, [wire.request(target=f"/{number}", close=number == 4_999) for number in range(5_000)])
    page, _ = open_page()
    board = Dashboard(page).open(server)
    held: list[Route] = []
    page.route(
        re.compile("api/exchanges.*[?&]q="), lambda route: held.append(route) if len(held) < 2 else route.continue_()
    )
    board.search.fill("nosuchthing")
    until(page, lambda: len(held) == 1)
    assert "200 found" not in foot(page)
    expect(board.rows()).to_have_count(0)
    held[0].continue_()
    until(page, lambda: len(held) == 2)
    expect(page.locator("#foot")).to_contain_text("Searching 1,000 of 5,000: 0 found so far")
    expect(page.get_by_role("progressbar")).to_be_visible()
    held[1].continue_()
    expect(page.locator("#foot")).to_have_text("0 found")
    expect(page.get_by_text("Nothing that is kept matches")).to_be_visible()


def test_without_the_server_it_says_that_it_cannot_look(serve: Serve, open_page: Open) -> None:
    server = serve()
    server.client.post("/zebra", content=b"x")
    server.client.post("/other", content=b"a zebra in the body")
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|Failed to load resource")
    board = Dashboard(page).open(server)
    server.stop()
    board.search.fill("zebra")
    expect(page.locator("#foot")).to_contain_text("The server does not answer, and only it can search")
    expect(board.rows()).to_have_count(0)
    expect(page.locator("#searching")).to_contain_text("The server does not answer")


def test_what_was_found_is_marked_in_list_and_detail_and_on_the_tab_that_has_it(
    server: Running, open_page: Open
) -> None:
    made = server.client.post("/a", content=b"sun, Weather and rain", headers={"content-type": "text/plain"})
    server.client.get("/weather/today")
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?q=weather&id={made.headers['x-echoscope-id']}&tab=body")
    expect(board.rows()).to_have_count(2)
    eventually(lambda: page.evaluate(HITS) == ["weather", "weather"])
    expect(board.details.get_by_role("tab", name=re.compile("Body"))).to_have_attribute("data-hit", "")
    expect(board.details.get_by_role("tab", name=re.compile("Headers"))).not_to_have_attribute("data-hit", "")
    board.search.fill("")
    eventually(lambda: page.evaluate(HITS) == [])


def test_fields_are_completed_from_the_grammar(server: Running, open_page: Open) -> None:
    server.client.post("/hooks/github", content=b"x")
    page, watch = open_page()
    watch.expects("400")  # where a key is late, what stands there by then is searched for
    board = Dashboard(page).open(server)
    board.search.press_sequentially("met")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("method:")
    page.keyboard.press("Tab")
    expect(board.search).to_have_value("method:")
    expect(options.first).to_contain_text("method:POST")  # what is here comes first
    page.keyboard.press("Tab")
    expect(board.search).to_have_value("method:POST ")
    board.search.press_sequentially("state:dis")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text(re.compile("state:disconnected"))
    page.keyboard.press("Enter")
    expect(board.search).to_have_value("method:POST state:disconnected ")


@pytest.mark.parametrize("key", ["Enter", "ArrowDown"])
def test_enter_and_down_go_into_the_results(server: Running, open_page: Open, key: str) -> None:
    for path in ("/weather/1", "/other", "/weather/2"):
        server.client.get(path)
    page, _ = open_page()
    board = Dashboard(page).open(server)
    board.search.press_sequentially("weather")
    page.keyboard.press(key)
    expect(board.list).to_be_focused()
    expect(board.selected()).to_contain_text("/weather/2")
    page.keyboard.press("ArrowDown")
    expect(board.selected()).to_contain_text("/weather/1")


def test_a_value_filters_the_list(server: Running, open_page: Open) -> None:
    for colour in ("red", "green", "red"):
        server.client.get("/paint", params={"c": colour}, headers={"x-colour": colour})
    page, _ = open_page()
    board = Dashboard(page).open(server)
    board.rows("c=green").click()
    board.tab("Headers").click()
    board.details.get_by_role("row", name="x-colour").get_by_text("green").click()
    page.get_by_role("button", name="Only these").click()
    expect(board.rows()).to_have_count(1)
    expect(board.search).to_have_value("header.x-colour:green")
    board.search.fill("")
    expect(board.rows()).to_have_count(3)
    board.details.get_by_role("row", name="x-colour").hover()
    board.details.get_by_role("button", name="Filter the list by this value of x-colour").click()
    page.get_by_role("button", name="Not these").click()
    expect(board.rows()).to_have_count(2)
    expect(board.rows("c=green")).to_have_count(0)


@EVERY_SCREEN
def test_a_search_can_be_kept(server: Running, open_page: Open) -> None:
    server.client.get("/a")
    page, _ = open_page()
    board = Dashboard(page).open(server, "/-/?q=path:/a")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("button", name="Kept", exact=True)).to_be_visible()
    board.open(server)
    board.search.click()
    kept = page.get_by_role("option").filter(has_text="path:/a")
    expect(kept).to_contain_text("kept")
    kept.click()
    expect(page).to_have_url(re.compile("q=path"))
