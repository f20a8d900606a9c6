"""Columns, sorting, folding, several rows at once, theme and density, and the doors to other pages."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import PAINT, Dashboard
from tests.servers import Running

WIDE = {"viewport": {"width": 1600, "height": 900}}


def titles(board: Dashboard) -> list[str]:
    return board.list.get_by_role("columnheader").all_inner_texts()


def listed(open_page: Open, server: Running, *paths: str) -> Dashboard:
    for path in paths:
        server.client.get(path)
    page, _ = open_page(**WIDE)
    board = Dashboard(page).open(server)
    expect(board.rows()).to_have_count(len(paths))
    return board


def test_columns_are_chosen_ordered_and_remembered(server: Running, open_page: Open) -> None:
    board = listed(open_page, server, "/a")
    assert "Clock" in titles(board)
    assert "Waterfall" in titles(board)
    expect(board.rows("/a").locator(".started")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))
    board.button("View").click()
    page = board.page
    page.get_by_role("checkbox", name=re.compile("^Age")).check()
    page.get_by_role("checkbox", name=re.compile("^Client")).uncheck()
    page.get_by_role("button", name="Move Clock to the left").click()
    page.keyboard.press("Escape")
    chosen = titles(board)
    assert "Age" in chosen
    assert "Client" not in chosen
    assert chosen.index("Clock") < chosen.index("Time")
    page.reload()
    expect(board.rows("/a")).to_be_visible()
    assert titles(board) == chosen


def test_a_title_sorts_by_its_column(server: Running, open_page: Open) -> None:
    board = listed(open_page, server, "/delay/0.1", "/a", "/delay/0.2")
    title = board.list.get_by_role("columnheader", name="Time")
    title.get_by_role("button").click()
    expect(title).to_have_attribute("aria-sort", "descending")
    expect(board.rows().first).to_contain_text("/delay/0.2")
    expect(board.rows().last).to_contain_text("/a")
    title.get_by_role("button").click()
    expect(board.rows().first).to_contain_text("/a")
    title.get_by_role("button").click()
    expect(title).to_have_attribute("aria-sort", "none")
    expect(board.rows().first).to_contain_text("/delay/0.2")


def test_rows_of_a_kind_are_folded(server: Running, open_page: Open) -> None:
    board = listed(open_page, server, "/hook?1", "/other", "/hook?2", "/hook?3")
    board.page.keyboard.press("x")
    expect(board.rows()).to_have_count(2)
    expect(board.rows().first).to_contain_text("3×")
    board.rows().first.get_by_role("button").click()
    expect(board.rows()).to_have_count(4)
    board.page.keyboard.press("j")
    board.page.keyboard.press("ArrowLeft")
    expect(board.rows()).to_have_count(2)
    board.page.reload()
    expect(board.rows()).to_have_count(2)


def test_several_rows_are_chosen_and_done_with_together(server: Running, open_page: Open) -> None:
    board = listed(open_page, server, "/1", "/2", "/3", "/4", "/5")
    page = board.page
    board.rows("/5").click()
    board.rows("/3").click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="The chosen ones")
    expect(bar).to_contain_text("3 exchanges chosen")
    expect(bar.get_by_role("button", name="Compare")).to_have_count(0)
    board.rows("/4").click(modifiers=["ControlOrMeta"])
    expect(bar).to_contain_text("2 exchanges chosen")
    bar.get_by_role("button", name="Pin").click()
    expect(board.rows("pinned")).to_have_count(2)
    bar.get_by_role("button", name="Export").click()
    expect(page.get_by_label("What")).to_contain_text("The chosen ones (2)")
    page.keyboard.press("Escape")
    bar.get_by_role("button", name="Compare").click()
    known = {item["path"]: item["id"] for item in server.client.get("/-/api/exchanges").json()["items"]}
    expect(page).to_have_url(f"{server.origin}/-/?id={known['/3']}&with={known['/5']}")
    page.keyboard.press("Escape")
    board.rows("/2").click()
    page.keyboard.press("Shift+ArrowDown")
    expect(bar).to_contain_text("2 exchanges chosen")
    page.keyboard.press("d")
    expect(page.get_by_text("2 exchanges deleted.")).to_be_visible()
    expect(board.rows()).to_have_count(3)


@EVERY_SCREEN
def test_theme_and_density_are_chosen_and_remembered(server: Running, open_page: Open) -> None:
    server.client.get("/a")
    page, _ = open_page(color_scheme="light")
    board = Dashboard(page).open(server)
    page.keyboard.press(",")
    page.get_by_role("button", name="Dark", exact=True).click()
    page.keyboard.press("Escape")
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(scheme) == "dark"
    page.reload()
    expect(board.rows("/a")).to_be_visible()
    assert page.evaluate(scheme) == "dark"


COMMANDS = {
    "body": "Tab: Body",
    "headers": "Tab: Headers",
    "link": "Copy the link",
    "dark": "Theme: dark",
    "secret": "Secrets",
    "httpie": "Copy as HTTPie",
    "filter": "Search: filter",
    "save": "Export and import: save",
    "download": "download",
    "endpoints": "Page: Endpoints",
    "weather": "Exchange: GET /weather",
}
"""What is typed, and a command that it should find."""


def test_the_palette_knows_tabs_copies_exchanges_and_settings(server: Running, open_page: Open) -> None:
    exchange_id = server.client.get("/weather").headers["x-echoscope-id"]
    page, _ = open_page()
    Dashboard(page).open(server, f"/-/?id={exchange_id}")
    for typed, command in COMMANDS.items():
        page.keyboard.press("Control+k")
        page.keyboard.type(typed)
        expect(page.get_by_role("option").filter(has_text=command).first, typed).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("combobox", name="Command"), typed).to_be_hidden()


def test_the_other_pages_are_linked_from_everywhere(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    Dashboard(page).open(server)
    for name in ("Endpoints", "What each server"):
        expect(page.locator("#empty").get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("button", name="Other pages").click()
    page.get_by_role("link", name=re.compile("^Endpoints")).first.click()
    expect(page.get_by_role("heading", name="Endpoints", exact=True)).to_be_visible()
    page.get_by_role("link", name="Servers").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("on every server")
    page.goto(server.origin + "/any")
    page.get_by_role("link", name="Endpoints").click()
    page.get_by_label("Filter").fill("redirect")
    expect(page.get_by_text("/status/:code", exact=False)).to_be_hidden()


def test_just_the_json_is_the_json(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    page.goto(server.origin + "/any?a=%C3%A9")
    expect(page.get_by_role("row", name="a é")).to_be_visible()
    page.get_by_role("link", name="Just the JSON").click()
    page.wait_for_url(re.compile("^blob:"))
    assert page.evaluate("document.contentType") == "application/json"
    assert page.evaluate("JSON.parse(document.body.innerText).path") == "/any"


WIDTHS = (320, 390, 600, 721, 820, 1000, 1024, 1050, 1066, 1200, 1280, 1480, 1481, 1920, 2560, 3840)


def test_every_width_has_room_for_the_bar_the_search_and_the_paths(server: Running, open_page: Open) -> None:
    exchange_id = server.client.get("/a/longer/path/that/is/read").headers["x-echoscope-id"]
    for _ in range(5):
        server.client.get("/status/404")
    page, _ = open_page(viewport={"width": WIDTHS[0], "height": 800})
    board = Dashboard(page).open(server)
    expect(board.rows().first).to_be_visible()
    for width in WIDTHS:
        resize(page, width)
        assert fits(page), width
        expect(board.rows().first).to_be_visible()
        box = board.search.bounding_box()
        assert box is not None
        assert box["width"] >= 200, width
    board.open(server, f"/-/?id={exchange_id}")
    expect(board.details).to_contain_text("/a/longer")
    expect(board.details.get_by_role("tabpanel")).not_to_be_empty()
    for width in reversed(WIDTHS):
        resize(page, width)
        assert fits(page), width
        if width > 720:
            box = board.rows().first.locator(".path").bounding_box()
            assert box is not None
            assert box["width"] >= 160, width


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(PAINT)


def fits(page: Page) -> bool:
    return bool(
        page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= innerWidth")
    )


def test_a_reader_whose_exchange_is_no_longer_listed_holds_nothing_up(server: Running, open_page: Open) -> None:
    server.client.get("/read")
    page, watch = open_page(**WIDE)
    watch.expects("404")
    board = Dashboard(page).open(server)
    board.rows("/read").click()
    expect(board.details).to_contain_text("/read")
    server.client.delete("/-/api/exchanges")  # by somebody else
    expect(board.rows()).to_have_count(0)
    for number in range(3):
        server.client.get(f"/{number}")
        expect(board.rows()).to_have_count(number + 1)
