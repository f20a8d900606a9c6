"""How the dashboard speaks while nobody looks, before the first request, and where there are no WebSockets."""

import re

import pytest
from playwright.sync_api import Page, expect
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.sync.client import connect

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

pytestmark = EVERY_SCREEN

AWAY = """
Object.defineProperty(document, "hidden", { get: () => window.isAway === true });
window.told = [];
window.asked = 0;
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { window.asked += 1; return "granted"; }
  constructor(title, { body }) { super(); window.told.push([title, body]); }
};
"""
"""A page in a window of its own is never hidden here: say so for it, and take notifications down."""


def look_away(page: Page, *, away: bool = True) -> None:
    page.evaluate("away => { window.isAway = away; document.dispatchEvent(new Event('visibilitychange')); }", away)


def watched(open_page: Open, server: Running, address: str = "/-/") -> Page:
    page, _ = open_page(own=True)
    page.add_init_script(AWAY)
    Dashboard(page).open(server, address)
    return page


def test_the_title_counts_what_came_unseen_until_one_looks(server: Running, open_page: Open) -> None:
    page = watched(open_page, server)
    look_away(page)
    for number in range(3):
        server.client.get(f"/{number}")
    expect(page).to_have_title("(3) Echoscope")
    look_away(page, away=False)
    expect(page).to_have_title("Echoscope")


def test_notifications_are_asked_for_when_switched_on_and_tell_what_the_search_finds(
    server: Running, open_page: Open
) -> None:
    page = watched(open_page, server, "/-/?q=method:POST")
    assert page.evaluate("window.asked") == 0
    page.keyboard.press("Control+k")
    page.keyboard.type("notif")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Notifications are on")).to_be_visible()
    assert page.evaluate("window.asked") == 1
    look_away(page)
    server.client.get("/not-this")
    server.client.post("/this", content=b"")
    eventually(lambda: page.evaluate("window.told.length"))
    assert page.evaluate("window.told") == [["POST /this 200", ""]]


def test_without_them_nothing_is_told(server: Running, open_page: Open) -> None:
    page = watched(open_page, server)
    look_away(page)
    server.client.get("/a")
    expect(page).to_have_title("(1) Echoscope")
    assert page.evaluate("[window.told.length, window.asked]") == [0, 0]


def test_the_empty_inspector_shows_commands_for_this_address_and_turns_into_the_list(
    server: Running, open_page: Open
) -> None:
    page, _ = open_page(permissions=["clipboard-read", "clipboard-write"])
    board = Dashboard(page).open(server)
    expect(page.get_by_role("heading", name="Waiting for the first request")).to_be_visible()
    commands = page.locator("#empty code[id]").all_inner_texts()
    assert commands[0] == f"curl -i {server.origin}/hello"
    assert all(re.search(rf"(http|ws)://127\.0\.0\.1:{server.port}/", command) for command in commands)
    page.get_by_role("button", name="Copy this command").first.click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == commands[0]
    server.client.get("/hello")
    expect(board.rows("/hello")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for the first request")).to_be_hidden()


def without_websockets(app: ASGIApp) -> ASGIApp:
    """As under a WSGI server: every WebSocket handshake is refused."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await app(scope, receive, send)
            return
        await send({"type": "websocket.http.response.start", "status": 501, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})

    return wrapped


def test_where_no_websocket_can_be_had_the_same_feed_comes_as_events(serve: Serve, open_page: Open) -> None:
    server = serve(without_websockets(create_app(load({}))))
    server.client.get("/before")
    page, watch = open_page()
    watch.expects("WebSocket connection to .* failed")
    board = Dashboard(page)
    page.goto(server.origin + "/-/")
    expect(board.state).to_have_text("Live, by events")
    server.client.get("/after")
    expect(board.rows("/after")).to_be_visible()
    assert board.paths() == ["/after", "/before"]
    board.search.fill("path:/after")
    expect(board.rows("/before")).to_have_count(0)
    server.client.get("/after/that")
    server.client.get("/not/that")
    expect(board.rows()).to_have_count(2)
    expect(board.state).to_have_text("Live, by events")


@pytest.mark.parametrize("width", [1200, 390])
def test_the_badges_say_what_is_no_ordinary_request(server: Running, open_page: Open, width: int) -> None:
    page, _ = open_page(viewport={"width": width, "height": 800})
    board = Dashboard(page).open(server)
    server.client.get("/ordinary")
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        badges = board.rows("/chat").locator(".badge")
        expect(badges).to_have_text(["WebSocket", "open"])
        expect(badges.first).to_be_visible()
    expect(badges).to_have_text(["WebSocket", ""])
    expect(board.rows("/ordinary").locator(".badge")).to_have_text(["", ""])
    server.client.get("/sse?count=2&duration=0")
    expect(board.rows("/sse").locator(".badge")).to_have_text(["SSE", ""])
