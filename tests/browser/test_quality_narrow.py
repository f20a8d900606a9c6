"""The narrowest phone while an exchange is read: the bar leaves the room to what is read."""

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running

ONE_LINE = 50  # CSS pixels

BAR = "document.querySelector('.bar').offsetHeight"


def test_the_bar_is_one_line_while_reading_and_the_search_comes_back_by_its_key(
    server: Running, open_page: Open
) -> None:
    exchange_id = server.client.get("/a").headers["x-echoscope-id"]
    page, _ = open_page(viewport={"width": 320, "height": 640})
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}")
    board.details.get_by_text("GET /a").wait_for()
    assert page.evaluate(BAR) <= ONE_LINE
    page.keyboard.press("/")
    board.search.press_sequentially("path:a")
    assert ONE_LINE < page.evaluate(BAR) <= 2 * ONE_LINE


def test_escape_leads_from_the_search_to_what_is_read_and_then_to_the_list(server: Running, open_page: Open) -> None:
    exchange_id = server.client.get("/a").headers["x-echoscope-id"]
    page, _ = open_page(viewport={"width": 320, "height": 640})
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}")
    board.details.get_by_text("GET /a").wait_for()
    page.keyboard.press("/")
    expect(board.search).to_be_focused()
    page.keyboard.press("Escape")
    expect(board.search).not_to_be_focused()
    expect(board.details).to_be_visible()
    page.keyboard.press("Escape")
    expect(board.list).to_be_visible()
    expect(board.details).to_be_hidden()


def test_a_pause_with_its_count_fits_beside_the_buttons(server: Running, open_page: Open) -> None:
    server.client.get("/a")
    page, _ = open_page(viewport={"width": 320, "height": 640})
    board = Dashboard(page).open(server)
    board.button("Pause").click()
    for number in range(12):
        server.client.get(f"/{number}")
    board.state.get_by_text("Paused, 12 new").wait_for()
    assert page.evaluate(BAR) <= 2 * ONE_LINE
    word, bar = board.state.bounding_box(), page.get_by_role("group", name="List").bounding_box()
    assert word is not None
    assert bar is not None
    assert word["x"] + word["width"] <= bar["x"]
    assert word["y"] + word["height"] <= bar["y"] + bar["height"]


def test_long_names_in_a_finding_stay_in_its_frame(server: Running, open_page: Open) -> None:
    sent = server.client.get("/a", headers={"Forwarded": "for=192.0.2.1;proto=https", "X-Forwarded-For": "192.0.2.1"})
    exchange_id = sent.headers["x-echoscope-id"]
    page, _ = open_page(viewport={"width": 320, "height": 640})
    for address in (f"/-/?id={exchange_id}", f"/-/exchanges/{exchange_id}"):
        page.goto(server.origin + address)
        findings = page.get_by_role("list", name="Findings")
        findings.get_by_text("wrap_asgi_with_proxy_headers").wait_for()
        assert findings.evaluate("list => list.scrollWidth <= list.clientWidth"), address
