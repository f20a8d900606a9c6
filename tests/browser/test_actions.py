"""What can be done with exchanges in the dashboard, by key, by menu and by name."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.eventually import eventually
from tests.servers import Running

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def opened(open_page: Open, server: Running, *paths: str, **options: object) -> Dashboard:
    """The dashboard with an exchange for each path, the newest on top."""
    for path in paths:
        server.client.get(path)
    page, _ = open_page(**options)
    board = Dashboard(page).open(server)
    expect(board.rows()).to_have_count(len(paths))
    return board


def ids(server: Running) -> dict[str, str]:
    return {item["path"]: item["id"] for item in server.client.get("/-/api/exchanges").json()["items"]}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose(page: Page, typed: str) -> None:
    """By name, in the command palette."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill(typed)
    page.keyboard.press("Enter")


@EVERY_SCREEN
def test_a_pinned_exchange_survives_clearing_and_is_found_among_the_pinned(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/goes", "/stays")
    press(board.page, "j", "p")
    board.show_list()
    expect(board.rows("/stays")).to_contain_text("pinned")
    press(board.page, "D")
    board.page.get_by_role("button", name="Delete all").click()
    expect(board.rows()).to_have_count(0)
    press(board.page, "P")
    expect(board.rows()).to_have_count(1)
    expect(board.rows("/stays")).to_be_visible()
    expect(board.page).to_have_url(re.compile("pinned=1"))
    press(board.page, "j")
    expect(board.details).to_contain_text("/stays")


def test_unpinning_the_last_one_leaves_a_word_of_what_pins_are(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "j", "p")
    expect(board.rows("/a")).to_contain_text("pinned")
    press(board.page, "P", "p")
    expect(board.page.get_by_text("Nothing is pinned")).to_be_visible()
    board.page.locator("#no-pins").get_by_role("button", name="Show everything").click()
    expect(board.rows("/a")).to_be_visible()


@EVERY_SCREEN
def test_a_note_is_written_shown_in_the_list_and_kept(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "j", "n")
    board.page.get_by_role("textbox", name="Note on this exchange").fill("the third <b>retry</b>")
    board.page.get_by_role("button", name="Save").click()
    board.show_list()
    expect(board.rows("/a")).to_contain_text("the third <b>retry</b>")
    board.page.reload()
    expect(board.rows("/a")).to_contain_text("the third <b>retry</b>")


@EVERY_SCREEN
def test_a_note_that_is_left_stays_as_it_was(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    server.client.put(f"/-/api/exchanges/{ids(server)['/a']}/note", json={"note": "before"})
    board.page.reload()
    expect(board.rows("/a")).to_contain_text("before")
    press(board.page, "j", "n")
    field = board.page.get_by_role("textbox", name="Note on this exchange")
    expect(field).to_have_value("before")
    field.fill("after")
    press(board.page, "Escape")
    expect(field).to_be_hidden()
    board.show_list()
    expect(board.rows("/a")).to_contain_text("before")


@EVERY_SCREEN
def test_c_on_one_and_c_on_the_other_compares_them_at_an_address(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one", "/two")
    press(board.page, "j", "c")
    board.show_list()
    expect(board.rows("/two")).to_contain_text("to compare")
    press(board.page, "j", "j", "c")
    known = ids(server)
    expect(board.page).to_have_url(f"{server.origin}/-/?id={known['/two']}&with={known['/one']}")
    comparison = board.page.get_by_role("region", name="Comparison")
    expect(comparison).to_be_visible()
    expect(board.details).to_be_hidden()
    board.page.reload()
    expect(comparison).to_be_visible()
    press(board.page, "Escape")
    expect(board.details).to_be_visible()


@EVERY_SCREEN
def test_c_twice_on_the_same_one_takes_the_mark_away(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one")
    press(board.page, "j", "c")
    board.show_list()
    expect(board.rows("/one")).to_contain_text("to compare")
    press(board.page, "j", "c")
    board.show_list()
    expect(board.rows("/one")).not_to_contain_text("to compare")


@EVERY_SCREEN
def test_the_previous_one_of_the_same_path_is_compared_even_when_others_lie_between(
    server: Running, open_page: Open
) -> None:
    board = opened(open_page, server, "/hook?n=1", "/hook/longer", "/other", "/hook?n=2")
    press(board.page, "j")
    choose(board.page, "previous same path")
    expect(board.page).to_have_url(re.compile(r"id=.+&with=.+"))
    items = server.client.get("/-/api/exchanges").json()["items"]
    first, last = items[3]["id"], items[0]["id"]
    expect(board.page).to_have_url(f"{server.origin}/-/?id={first}&with={last}")


@EVERY_SCREEN
def test_an_exchange_without_a_previous_one_says_so(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/only")
    press(board.page, "j", "C")
    expect(board.page.get_by_text("No earlier exchange of the same path")).to_be_visible()


@EVERY_SCREEN
def test_y_copies_the_request_as_curl(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a", **CLIPBOARD)
    press(board.page, "j", "y")
    expect(board.page.get_by_text("Copied as curl")).to_be_visible()
    copied = board.page.evaluate("navigator.clipboard.readText()")
    assert copied == server.client.get(f"/-/api/exchanges/{ids(server)['/a']}/code/curl").text
    assert copied.startswith("curl ")


@EVERY_SCREEN
def test_d_deletes_one_and_goes_on_with_the_one_below(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one", "/two", "/three")
    press(board.page, "j", "j", "d")
    expect(board.details).to_contain_text("/one")
    board.show_list()
    expect(board.rows()).to_have_count(2)
    board.page.goto("about:blank")  # who leaves does not want to undo
    eventually(lambda: set(ids(server)) == {"/one", "/three"})


@EVERY_SCREEN
def test_what_was_deleted_can_be_brought_back_for_a_while(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one", "/two", "/three")
    press(board.page, "j", "j", "d")
    expect(board.page.get_by_role("status").get_by_text("Deleted.")).to_be_visible()
    board.page.get_by_role("button", name="Undo").click()
    expect(board.details).to_contain_text("/two")
    board.show_list()
    expect(board.rows()).to_have_count(3)
    assert board.paths() == ["/three", "/two", "/one"]
    board.page.goto("about:blank")
    assert set(ids(server)) == {"/one", "/two", "/three"}


@EVERY_SCREEN
def test_what_comes_back_under_another_search_is_listed_where_it_belongs(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/b/2", "/a/1", "/b/1", "/a/2")
    press(board.page, "j", "j", "d")
    board.show_list()
    board.search.fill("path:/a")
    expect(board.rows()).to_have_count(2)
    board.page.get_by_role("button", name="Undo").click()
    expect(board.details).to_contain_text("/b/1")
    board.show_list()
    board.page.wait_for_load_state("networkidle")
    assert board.paths() == ["/a/2", "/a/1"]
    board.search.fill("")
    expect(board.rows()).to_have_count(4)
    assert board.paths() == ["/a/2", "/b/1", "/a/1", "/b/2"]


@EVERY_SCREEN
def test_under_a_search_only_what_was_found_is_cleared(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/keep/1", "/gone/1", "/gone/2")
    board.search.fill("path:/gone")
    expect(board.rows()).to_have_count(2)
    board.button("Clear").click()
    expect(board.page.get_by_role("dialog")).to_contain_text("Delete the 2 exchanges that this search found?")
    board.page.get_by_role("button", name="Delete 2").click()
    expect(board.rows()).to_have_count(0)
    board.page.goto("about:blank")
    eventually(lambda: set(ids(server)) == {"/keep/1"})


@EVERY_SCREEN
def test_clearing_asks_first(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "D")
    board.page.get_by_role("button", name="Cancel").click()
    expect(board.rows()).to_have_count(1)
    assert list(ids(server)) == ["/a"]


@EVERY_SCREEN
def test_without_a_selection_nothing_is_done_and_that_is_said(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    for key in "pncCyd":
        press(board.open(server).page, key)
        expect(board.page.get_by_text("Select an exchange first."), key).to_be_visible()
        assert list(ids(server)) == ["/a"]


@EVERY_SCREEN
def test_a_refusal_of_the_server_is_shown_in_its_words(server: Running, open_page: Open) -> None:
    page, watch = open_page()
    watch.expects("404")
    server.client.get("/a")
    board = Dashboard(page).open(server)
    expect(board.rows()).to_have_count(1)
    press(page, "j")
    expect(board.details).to_contain_text("/a")
    page.route("**/pin", lambda route: route.continue_(url=route.request.url.replace("/pin", "-gone/pin")))
    press(page, "p")
    expect(page.get_by_text("That did not work")).to_be_visible()


@EVERY_SCREEN
def test_the_palette_finds_a_command_by_pieces_of_its_words_and_runs_it(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "Control+k")
    options = board.page.get_by_role("option")
    assert options.count() > 10
    board.page.keyboard.type("pau res")
    expect(options).to_have_count(1)
    press(board.page, "Enter")
    expect(board.state).to_contain_text("Paused")
    expect(options).to_have_count(0)


@EVERY_SCREEN
def test_the_palette_moves_by_arrows_and_leaves_by_escape(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "Control+k", "ArrowDown", "ArrowDown", "ArrowUp")
    selected = board.page.get_by_role("option", selected=True)
    expect(selected).to_have_count(1)
    expect(selected).to_contain_text("Previous exchange")
    press(board.page, "Escape")
    expect(selected).to_have_count(0)
    assert board.page.url == f"{server.origin}/-/"


@EVERY_SCREEN
def test_the_menu_of_an_exchange_does_what_the_keys_do(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a", **CLIPBOARD)
    press(board.page, "j")
    board.details.get_by_label("More actions").click()
    board.details.get_by_role("button", name="Copy as curl").click()
    expect(board.page.get_by_text("Copied as curl, ")).to_be_visible()
    expect(board.details.get_by_role("button", name="Copy as curl")).to_be_hidden()
    pin = board.details.get_by_role("button", name="Pin or unpin")
    if not pin.is_visible():  # on a phone it is in the menu too
        board.details.get_by_label("More actions").click()
    pin.click()
    board.show_list()
    expect(board.rows("/a")).to_contain_text("pinned")


@EVERY_SCREEN
def test_the_help_sheet_names_every_key(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/a")
    press(board.page, "?")
    sheet = board.page.get_by_role("dialog", name="Help")
    for key in ("j", "k", "Enter", "/", "p", "n", "c", "y", "e", "Ctrl K", "?"):
        expect(sheet.locator("kbd", has_text=re.compile(f"^{re.escape(key)}$"))).to_have_count(1)
    sheet.get_by_role("button", name="status:>=400").click()
    expect(board.search).to_have_value("status:>=400")
