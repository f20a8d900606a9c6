"""Columns of any header and any member of the JSON, and what a request is about."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.browser.test_actions import press
from tests.servers import Running

WIDE = {"viewport": {"width": 1900, "height": 800}}


def hooks(server: Running) -> None:
    for event, number in (("push", 2), ("issues", 10), ("ping", 1)):
        headers = {"x-github-event": event, "x-token": "s3cr3tvalue"}
        server.client.post("/hook", json={"action": "opened", "number": number}, headers=headers)


@EVERY_SCREEN
def test_a_row_says_what_happened(server: Running, open_page: Open) -> None:
    hooks(server)
    page, _ = open_page()
    if page.viewport_size and page.viewport_size["width"] > 720:  # beside other columns it needs room
        page.set_viewport_size({"width": 1900, "height": 800})
    board = Dashboard(page).open(server)
    expect(board.rows().first).to_contain_text("ping · opened")
    server.client.post("/late", json={"type": "invoice.paid"})
    expect(board.rows("/late")).to_contain_text("invoice.paid")


def test_a_header_and_a_member_become_columns_that_are_remembered_and_sorted(server: Running, open_page: Open) -> None:
    hooks(server)
    page, _ = open_page(**WIDE)
    board = Dashboard(page).open(server)
    press(page, ",")
    field = page.get_by_label("Another one")
    field.fill("header.X-GitHub-Event")
    page.get_by_role("button", name="Add", exact=True).click()
    field.fill("json.number")
    press(page, "Enter")
    expect(page.get_by_label("number member of the JSON that was sent")).to_be_checked()
    field.fill("nonsense")
    press(page, "Enter")
    expect(page.get_by_text("A column is named header.NAME")).to_be_visible()
    press(page, "Escape")
    expect(board.rows().nth(1)).to_contain_text(re.compile("issues.*10"))
    page.reload()
    expect(board.rows().nth(1)).to_contain_text(re.compile("issues.*10"))
    title = board.list.get_by_role("button", name="x-github-event")
    title.click()
    expect(board.list.get_by_role("columnheader", name="x-github-event")).to_have_attribute("aria-sort", "descending")
    expect(board.rows()).to_contain_text(["push", "ping", "issues"])
    title.click()
    expect(board.rows()).to_contain_text(["issues", "ping", "push"])


@EVERY_SCREEN
def test_a_value_that_is_seen_becomes_a_column(server: Running, open_page: Open) -> None:
    hooks(server)
    page, _ = open_page()
    board = Dashboard(page).open(server, "/-/")
    board.rows().first.click()
    board.details.get_by_role("row", name="x-github-event").locator("bdi").click()
    page.get_by_role("button", name="A column of it").click()
    expect(page.get_by_text("header.x-github-event is a column now")).to_be_visible()
    page.set_viewport_size({"width": 1900, "height": 800})
    press(page, "Escape")
    expect(board.list.get_by_role("columnheader", name="x-github-event")).to_be_visible()
    expect(board.rows()).to_contain_text(["ping", "issues", "push"])


def test_columns_hide_secrets_with_all_else(server: Running, open_page: Open) -> None:
    hooks(server)
    page, _ = open_page(**WIDE, own=True)
    page.add_init_script("localStorage.setItem('echoscope.columns', '[\"path\", \"header.x-token\"]')")
    board = Dashboard(page).open(server)
    expect(board.rows().first).to_contain_text("s3cr3tvalue")
    press(page, "s")
    expect(board.rows().first).to_contain_text("redacted-")
    expect(board.list).not_to_contain_text("s3cr3tvalue")


@EVERY_SCREEN
def test_the_empty_page_sends_a_request_to_look_at(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    board = Dashboard(page).open(server)
    page.get_by_role("button", name="Send a test request").click()
    expect(board.rows("/hello")).to_have_count(1)


def test_beside_the_list_the_name_of_what_is_read_has_room(server: Running, open_page: Open) -> None:
    server.client.get("/hooks/github")
    page, _ = open_page()
    for width in (720, 760, 820, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        board = Dashboard(page).open(server)
        board.rows().first.click()
        title = board.details.get_by_role("heading", level=2, name="/hooks/github")
        expect(title).to_be_visible()
        assert title.evaluate("element => element.scrollWidth <= element.clientWidth"), width
        page.get_by_label("More actions").click()
        for name in ("Edit and send", "Copy as curl", "Delete"):
            expect(board.details.get_by_role("button", name=name).last, f"{width}").to_be_visible()


def test_a_picture_that_is_none_says_so(server: Running, open_page: Open) -> None:
    server.client.post("/p", files={"photo": ("cat.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "image/png")})
    page, _ = open_page()
    board = Dashboard(page).open(server)
    board.rows().first.click()
    board.tab("Body").click()
    expect(board.details.get_by_text("it cannot be shown as one")).to_be_visible()
