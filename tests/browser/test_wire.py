"""The tabs Wire and Proxies: lines and what became of them, the byte that broke a request, the connection, the hops."""

import httpx
from playwright.sync_api import expect

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.servers import WAIT_S, Running


def test_lines_stand_beside_what_became_of_them_and_the_connection_below(server: Running, open_page: Open) -> None:
    with httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False) as client:
        client.get("/first")
        exchange_id = client.get("/second", headers={"X-MiXed": "1"}).headers["x-echoscope-id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab=wire")
    row = board.details.get_by_role("table", name="The lines of the head").get_by_role("row").filter(has_text="X-MiXed")
    expect(row).to_contain_text("name in lower case: x-mixed")
    expect(board.details).to_contain_text("2nd on this connection")
    connection = board.details.get_by_role("table", name="The exchanges of this connection")
    expect(connection.locator("tbody tr")).to_have_count(2)
    expect(board.details.locator(".connection-picture rect")).to_have_count(2)
    connection.get_by_role("link", name="GET /first").click()
    expect(board.details.get_by_role("heading", level=2)).to_contain_text("/first")


def test_the_byte_that_broke_a_request_is_marked(server: Running, open_page: Open) -> None:
    server.raw(b"GET / HTTP/1.1\r\nHost: h\r\nA B: c\r\n\r\n")
    exchange_id = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]["id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab=wire")
    expect(board.details).to_contain_text("Line 3, column 2: a space, 0x20.")
    expect(board.details.locator("mark.fault")).to_have_text("␠")


def test_hops_and_what_others_would_believe_are_shown(server: Running, open_page: Open) -> None:
    headers = {"X-Forwarded-For": "203.0.113.7, 198.51.100.2", "X-Forwarded-Proto": "https"}
    exchange_id = server.client.get("/", headers=headers).headers["x-echoscope-id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab=proxies")
    hops = board.details.get_by_role("list", name="The way of this request").get_by_role("listitem")
    expect(hops).to_have_count(4)
    expect(hops.first).to_contain_text("203.0.113.7")
    table = board.details.get_by_role("table", name="What servers and frameworks would believe")
    expect(table.get_by_role("row").filter(has_text="go-httpbin")).to_contain_text("203.0.113.7")
    page.keyboard.press("9")
    expect(board.details.get_by_role("tab", name="Wire")).to_have_attribute("aria-selected", "true")


def test_another_server_is_said_not_to_tell(open_page: Open) -> None:
    page, _ = open_page(java_script_enabled=False)
    with Running(create_app(load({}, port=0)), kind="h11") as other:
        exchange_id = other.client.get("/a").headers["x-echoscope-id"]
        page.goto(f"{other.origin}/-/exchanges/{exchange_id}")
        expect(page.get_by_role("region", name="Wire")).to_contain_text(
            "This server does not tell what was on the wire"
        )
