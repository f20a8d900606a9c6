"""What is shown is true: lines are told apart from what is kept, what is read stays, and nothing moves meanwhile."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

TABS = {
    "Overview": "hooks",
    "Scope": "x-event",
    "Headers": "x-event",
    "Body": "opened",
    "Events": "http.request",
    "Response": "content-type",
    "Code": "curl",
}


def requests(server: Running, number: int, path: str = "/more") -> None:
    for count in range(number):
        server.client.get(f"{path}/{count}")


def test_lines_of_which_the_server_keeps_no_more_are_told_apart(serve: Serve, open_page: Open) -> None:
    server = serve(max_exchanges=20)
    page, watch = open_page()
    watch.expects("404")
    board = Dashboard(page).open(server)
    for group in range(5):
        requests(server, 10, f"/{group}")
        expect(board.rows(f"/{group}/9")).to_be_visible()
    expect(page.locator("#foot")).to_have_text("20 exchanges kept · of 30 only the line is left")
    gone = board.list.locator(".row[data-gone]")
    kept = board.list.locator(".rows .row:not([data-gone])")
    expect(kept).to_have_count(20)
    expect(gone.first).to_contain_text("only this line is left")
    gone.first.click()
    expect(board.details).to_contain_text("no longer kept")
    expect(board.details).to_contain_text("python-httpx")


def test_what_is_not_kept_does_not_have_the_head_of_what_was_read_before(server: Running, open_page: Open) -> None:
    read = server.client.get("/read").headers["x-echoscope-id"]
    page, watch = open_page()
    watch.expects("404")
    board = Dashboard(page).open(server, f"/-/?id={read}")
    heading = board.details.locator("header h2")
    expect(heading).to_contain_text("/read")
    page.evaluate("history.pushState(null, '', '?id=none'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(board.details).to_contain_text("no longer kept")
    expect(heading).to_be_empty()
    expect(board.details.locator("header .status")).to_be_empty()
    page.go_back()
    expect(heading).to_contain_text("/read")


def test_the_foot_says_how_many_of_what_is_kept_are_loaded(serve: Serve, open_page: Open) -> None:
    server = serve(max_exchanges=600)
    requests(server, 250)
    page, _ = open_page(viewport={"width": 1200, "height": 400})
    Dashboard(page).open(server)
    expect(page.locator("#foot")).to_contain_text("200 of 250 kept")


def test_what_is_read_stays_readable_in_all_tabs_when_the_server_drops_it(serve: Serve, open_page: Open) -> None:
    server = serve(max_exchanges=10)
    headers = {"x-event": "ping"}
    made = server.client.post("/hooks", json={"action": "opened"}, headers=headers).headers["x-echoscope-id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={made}")
    with page.expect_response(re.compile("/code/raw")):  # the last that is fetched
        expect(board.details).to_contain_text("/hooks")
    requests(server, 30)
    expect(board.page.locator("#foot")).to_contain_text("only the line is left")
    assert server.client.get(f"/-/api/exchanges/{made}").status_code == 404
    for name, text in TABS.items():
        board.tab(name).click()
        expect(board.details.get_by_role("tabpanel")).to_contain_text(text)
        expect(board.details.get_by_role("tabpanel")).not_to_contain_text("could not be")
    board.details.get_by_role("button", name="Python, httpx").click()
    expect(board.details.get_by_role("tabpanel")).to_contain_text("import httpx")


def test_a_restart_is_announced_and_leaves_the_lines_that_were_there(serve: Serve, open_page: Open) -> None:
    first = serve()
    first.client.get("/before")
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|Failed to load resource")
    board = Dashboard(page).open(first)
    board.rows("/before").click()
    expect(board.details).to_contain_text("127.0.0.1")
    first.stop()
    board.search.fill("zebra")
    expect(page.locator("#searching")).to_have_text("The server does not answer, and only it can search")
    board.search.fill("")
    expect(board.rows("/before")).to_be_visible()
    second = serve(port=first.port)
    second.client.get("/after")
    expect(page.get_by_text("The server was restarted. ")).to_be_visible()
    board.page.keyboard.press("Escape")
    board.page.keyboard.press("Escape")
    expect(board.rows("/after")).to_have_count(1)
    expect(board.list.locator(".gap")).to_contain_text("The server was restarted")
    expect(board.rows("/before")).to_have_attribute("data-gone", "")
    expect(board.list.locator(".rows .row").first).to_contain_text("/after")


def test_the_selected_row_stays_where_it_is_while_others_come(server: Running, open_page: Open) -> None:
    requests(server, 10, "/old")
    page, _ = open_page()
    board = Dashboard(page).open(server)
    board.rows("/old/9").click()
    expect(board.details).to_contain_text("/old/9")
    page.mouse.move(5, 5)
    page.wait_for_timeout(1500)  # longer than the pointer holds the list
    place = board.selected().bounding_box()
    requests(server, 30)
    more = page.get_by_role("button", name="Show 30 new rows")
    expect(more).to_be_visible()
    assert board.selected().bounding_box() == place
    more.click()
    expect(board.rows("/more/29")).to_be_visible()
    expect(more).to_be_hidden()
    server.client.delete("/-/api/exchanges")
    expect(board.rows()).to_have_count(0)
    server.client.get("/after")
    expect(board.rows("/after")).to_be_visible()  # where no row stands, none can be held


@pytest.mark.parametrize("number", [70, 400])
def test_a_link_shows_its_row_and_the_title_names_it(serve: Serve, open_page: Open, number: int) -> None:
    server = serve()
    made = server.client.get("/wanted?a=1").headers["x-echoscope-id"]
    requests(server, number)
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={made}&tab=headers")
    expect(board.selected()).to_contain_text("/wanted?a=1")
    expect(board.selected()).to_be_in_viewport()
    expect(page).to_have_title("GET /wanted?a=1 · Echoscope")
    page.keyboard.press("k")
    expect(board.selected()).to_contain_text("/more/0")
    page.reload()
    expect(board.selected()).to_be_in_viewport()


def test_a_link_shows_its_row_even_where_the_list_comes_after_what_is_read(server: Running, open_page: Open) -> None:
    made = server.client.get("/wanted?a=1").headers["x-echoscope-id"]
    requests(server, 250)
    page, _ = open_page()
    held: list[Route] = []
    page.route(re.compile(r"/api/exchanges\?limit=200"), lambda route: held.append(route))
    page.goto(f"{server.origin}/-/?id={made}")
    board = Dashboard(page)
    expect(board.details).to_contain_text("/wanted")
    assert held
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(board.selected()).to_contain_text("/wanted?a=1")
    expect(board.selected()).to_be_in_viewport()
    page.keyboard.press("s")  # which takes its row out of the list, for it has a query, and fills the list anew
    expect(page.get_by_text("Secrets are hidden")).to_be_visible()
    expect(board.selected()).to_be_in_viewport()


def test_back_leads_from_what_is_read_to_the_list_whatever_was_looked_at(server: Running, open_page: Open) -> None:
    requests(server, 3)
    page, _ = open_page()
    board = Dashboard(page).open(server)
    steps = page.evaluate("history.length")
    for path in ("/more/2", "/more/1", "/more/0"):
        board.rows(path).click()
        expect(board.selected()).to_contain_text(path)
    for tab in ("Headers", "Response", "Code"):
        board.tab(tab).click()
    assert page.evaluate("history.length") == steps + 1
    page.go_back()
    expect(board.details).to_be_hidden()
    page.go_forward()
    expect(board.selected()).to_contain_text("/more/0")
    eventually(lambda: "tab=code" in page.url)


TURNED_AWAY = [
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400", "The request is malformed", id="no HTTP"),
    pytest.param(b"GET /some\r\n\r\n", "505", "This server speaks HTTP/1.0 and HTTP/1.1", id="no version"),
]


@pytest.mark.parametrize(("sent", "status", "reason"), TURNED_AWAY)
def test_a_request_that_was_turned_away_is_shown_with_its_reason(
    server: Running, open_page: Open, sent: bytes, status: str, reason: str
) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        while connection.recv(1 << 16):
            pass
    page, _ = open_page()
    board = Dashboard(page).open(server)
    row = board.rows(status)
    expect(row).to_have_attribute("data-state", "refused")
    expect(row).not_to_contain_text("WS")
    row.click()
    expect(board.details).to_contain_text(f"{status} refused")
    expect(board.details).to_contain_text(reason)
    for tab in ("Scope", "Headers", "Body", "Events", "Response", "Code"):
        board.tab(tab).click()
        expect(board.details.get_by_role("tabpanel")).not_to_be_empty()
