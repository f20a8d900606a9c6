"""One switch for secrets: shown or hidden everywhere, remembered, and a copy that works is one key away."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import PAINT, Dashboard
from tests.conftest import Serve
from tests.servers import Running

SECRET = "hunter2-hunter2"
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}

UNFOLD = 'for (const part of document.querySelectorAll("#panel details")) part.open = true'


def sent(server: Running) -> str:
    """An exchange with a secret in its query, its headers, its cookies and its form; the answer repeats them."""
    headers = {
        "x-hub-signature-256": f"sha256={SECRET}",
        "authorization": f"Bearer {SECRET}",
        "cookie": f"sid={SECRET}",
    }
    answer = server.client.post(
        "/login", params={"token": SECRET}, data={"password": SECRET, "user": "ada"}, headers=headers
    )
    return str(answer.headers["x-echoscope-id"])


def texts(page: Page, server: Running, exchange_id: str) -> dict[str, str]:
    """What each place of the page says, its attributes too."""
    said = {}
    for tab in Dashboard(page).open_tabs(server, exchange_id):
        expect(page.get_by_role("row", selected=True)).to_have_count(1)
        page.evaluate(UNFOLD)
        page.evaluate(PAINT)
        said[tab] = content(page)
    return said


def content(page: Page) -> str:
    """The markup that scripts have made of it."""
    made: str = page.evaluate("document.querySelector('noscript')?.remove(); document.body.outerHTML")
    return made


def test_on_this_machine_secrets_are_shown_everywhere(server: Running, open_page: Open) -> None:
    made = sent(server)
    page, _ = open_page()
    said = texts(page, server, made)
    assert {tab for tab, text in said.items() if SECRET not in text} == set()
    assert {tab for tab, text in said.items() if "redacted-" in text} == set()


def test_hidden_they_are_hidden_everywhere_and_stay_so(server: Running, open_page: Open) -> None:
    made = sent(server)
    page, _ = open_page()
    board = Dashboard(page).open(server)
    expect(board.rows(SECRET)).to_have_count(1)
    page.keyboard.press("s")
    expect(board.rows("token=redacted-")).to_have_count(1)
    said = texts(page, server, made)
    assert {tab for tab, text in said.items() if SECRET in text} == set()
    board.open(server)
    server.client.get("/live", params={"token": SECRET})
    expect(board.rows("/live?token=redacted-")).to_have_count(1)
    assert SECRET not in content(page)
    page.keyboard.press("s")
    expect(board.rows("/live?token=" + SECRET)).to_have_count(1)
    page.keyboard.press("j")
    expect(board.details).to_contain_text(SECRET)


@pytest.mark.parametrize("tab", ["headers", "code"])
def test_where_they_are_hidden_a_button_shows_them(server: Running, open_page: Open, tab: str) -> None:
    made = sent(server)
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={made}&tab={tab}")
    page.keyboard.press("s")
    expect(board.details).to_contain_text("redacted-")
    board.details.get_by_role("button", name="Show secrets").click()
    expect(board.details).to_contain_text(SECRET)
    expect(board.details).not_to_contain_text("redacted-")


def test_for_the_public_they_are_hidden_from_the_start(serve: Serve, open_page: Open) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token)
    made = sent(server)
    page, _ = open_page()
    page.goto(f"{server.origin}/-/login#token={token}")
    expect(Dashboard(page).state).to_contain_text("Live")
    said = texts(page, server, made)
    assert {tab for tab, text in said.items() if SECRET in text} == set()
    page.goto(f"{server.origin}/-/exchanges/{made}")
    assert SECRET not in page.content()


@EVERY_SCREEN
def test_every_copy_says_what_it_holds_and_one_key_copies_what_works(server: Running, open_page: Open) -> None:
    made = sent(server)
    page, _ = open_page(**CLIPBOARD)
    Dashboard(page).open(server, f"/-/?id={made}")
    said = page.get_by_role("status").filter(has_text="Copied")
    page.keyboard.press("y")
    expect(said).to_have_text("Copied as curl, with its secrets.")
    assert SECRET in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("s")
    expect(page.get_by_text("Secrets are hidden")).to_be_visible()
    page.keyboard.press("y")
    expect(said).to_have_text("Copied as curl, with secrets masked: Y copies it with them.")
    assert SECRET not in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Y")
    expect(said).to_have_text("Copied as curl, with its secrets.")
    assert SECRET in page.evaluate("navigator.clipboard.readText()")


def test_without_scripts_they_are_hidden_on_demand(server: Running, open_page: Open) -> None:
    made = sent(server)
    page, _ = open_page(java_script_enabled=False)
    page.goto(f"{server.origin}/-/exchanges/{made}")
    expect(page.get_by_text(re.compile(SECRET)).first).to_be_visible()
    page.get_by_role("link", name="Hide secrets").click()
    assert SECRET not in page.content()
    page.get_by_role("link", name="Show secrets").click()
    assert SECRET in page.content()
