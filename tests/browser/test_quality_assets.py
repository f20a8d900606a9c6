"""What the pages weigh, where they load from, and that they fit the narrowest phone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running

MAX_REQUESTS = 40
LONG = "/" + "very-long-segment/" * 20 + "x" * 300


def test_the_first_visit_asks_for_few_files(server: Running, open_page: Open) -> None:
    server.client.get("/a")
    page, _ = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    Dashboard(page).open(server)
    page.wait_for_load_state("networkidle")
    print(f"{len(asked)} requests")
    assert len(asked) <= MAX_REQUESTS


def test_no_request_leaves_the_host(server: Running, open_page: Open) -> None:
    server.client.post("/hook?next=https://example.com/", content=b"<img src='https://example.com/x.png'>")
    page, _ = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    board = Dashboard(page).open(server)
    page.keyboard.press("j")
    for tab in "1234567":
        page.keyboard.press(tab)
        page.wait_for_load_state("networkidle")
    page.goto(server.origin + "/any/path?url=https://example.com/")
    page.goto(server.origin + "/-/endpoints")
    assert len(asked) > 10
    own = (server.origin + "/", server.websocket_url("/"), "data:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert board.page is page


def is_too_wide(page: Page) -> bool:
    wide: bool = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) > innerWidth")
    return wide


WIDTHS = (768, 390, 320)


def widths_that_scroll(page: Page) -> list[int]:
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 640})
        wide += [width] * is_too_wide(page)
    return wide


def test_no_view_scrolls_sideways(server: Running, open_page: Open) -> None:
    headers = {"x-long": "v" * 400, "cookie": "c=" + "z" * 300}
    server.client.post(LONG, json={"key" * 60: "value" * 200}, headers=headers)
    server.client.post(LONG, json={"other": 1})
    page, _ = open_page()
    board = Dashboard(page).open(server)
    first, second = (item["id"] for item in server.client.get("/-/api/exchanges").json()["items"])
    places = ["", "?q=path:very", f"?id={second}&with={first}"]
    wide = {}
    for place in [f"/-/exchanges/{second}", LONG, "/-/login", "/-/endpoints"] + [f"/-/{place}" for place in places]:
        page.goto(server.origin + place)
        page.wait_for_load_state("networkidle")
        wide[place[:60]] = widths_that_scroll(page)
    for tab in board.open_tabs(server, second):
        wide[tab] = widths_that_scroll(page)
    board.open(server)
    expect(board.rows().first).to_be_visible()
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"[?&]id="))
    for key in ("n", "e", "D", ",", "?", "R", "t", "T", "Control+k"):
        page.keyboard.press(key)
        dialog = page.locator("dialog[open]")
        expect(dialog, f"the dialog of {key}").to_have_count(1)
        wide[key] = widths_that_scroll(page)
        box = dialog.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTHS[-1]
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.locator("dialog :focus")).to_have_count(0)
    assert {place: widths for place, widths in wide.items() if widths} == {}


def test_without_javascript_there_is_a_list_a_search_paging_and_each_exchange(server: Running, open_page: Open) -> None:
    for number in range(120):
        server.client.get(f"/item/{number}")
    server.client.post("/other", content=b"the body")
    page, _ = open_page(java_script_enabled=False)
    page.goto(server.origin + "/-/")
    expect(page.get_by_role("row")).to_have_count(51)
    for _ in range(2):
        page.get_by_role("link", name="Older ones").click()
    expect(page.get_by_role("link", name="/item/0", exact=True)).to_be_visible()
    page.get_by_role("searchbox").fill("method:POST")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="/other").click()
    expect(page.get_by_role("heading", name="POST /other")).to_be_visible()
    expect(page.get_by_text("the body", exact=True).first).to_be_visible()
