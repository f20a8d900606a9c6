"""Sending again in the dashboard: as it was, edited, elsewhere, and compared with the original."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.browser.test_actions import choose, ids, opened, press
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running


def newest(server: Running) -> str:
    return str(server.client.get("/-/api/exchanges?limit=1").json()["items"][0]["id"])


def select(page: Page, server: Running, path: str) -> str:
    """Go to the exchange of a path; gives its id."""
    exchange_id = ids(server)[path]
    Dashboard(page).open(server, f"/-/?id={exchange_id}")
    expect(page.get_by_role("tabpanel")).to_contain_text(path)
    return exchange_id


def menu(page: Page, item: str) -> None:
    page.get_by_label("More actions").click()
    page.get_by_role("button", name=item).click()


@EVERY_SCREEN
def test_r_sends_it_again_opens_the_new_one_and_compares_it_by_one_key(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one", "/two")
    first = select(board.page, server, "/one")
    press(board.page, "r")
    expect(board.page.get_by_role("status").get_by_text("Sent again: 200 OK")).to_be_visible()
    eventually(lambda: newest(server) not in (first, ids(server)["/two"]))
    second = newest(server)
    expect(board.page).to_have_url(re.compile(f"id={second}"))
    press(board.page, "C")
    expect(board.page).to_have_url(f"{server.origin}/-/?id={first}&with={second}")
    expect(board.page.get_by_role("region", name="Comparison")).to_contain_text("Request headersthe same")
    press(board.page, "Escape")
    board.show_list()
    expect(board.rows("/one").first).to_contain_text("sent again")
    assert board.paths() == ["/one", "/two", "/one"]
    board.page.reload()
    expect(board.rows("/one").first).to_contain_text("sent again")


@EVERY_SCREEN
def test_what_was_sent_again_offers_to_be_compared(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one")
    first = select(board.page, server, "/one")
    press(board.page, "r")
    board.page.get_by_role("button", name="Compare", exact=True).click()
    expect(board.page).to_have_url(re.compile(f"id={first}&with="))


@EVERY_SCREEN
def test_it_is_edited_as_text_before(server: Running, open_page: Open) -> None:
    server.client.post("/one", content="old", headers={"x-a": "1"})
    page, _ = open_page()
    select(page, server, "/one")
    press(page, "R")
    dialog = page.get_by_role("dialog", name="Edit and send")
    head = dialog.get_by_label("Request")
    expect(head).to_be_focused()
    head.fill(head.input_value().replace("POST /one", "PUT /new").replace("x-a: 1", "x-a: 2"))
    dialog.get_by_label("Body").fill("new")
    dialog.get_by_label("Body").press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name="Details")).to_contain_text("/new")
    sent = server.client.get(f"/-/api/exchanges/{ids(server)['/new']}?bodies=1").json()
    assert sent["method"] == "PUT"
    assert ["x-a", "2"] in sent["scope"]["headers"]
    assert sent["request"]["body"]["content"] == "new"


@EVERY_SCREEN
def test_what_cannot_be_sent_is_said_in_the_dialog_and_what_was_typed_stays(server: Running, open_page: Open) -> None:
    server.client.get("/one")
    page, watch = open_page()
    watch.expects("400")
    select(page, server, "/one")
    menu(page, "Edit and send")
    dialog = page.get_by_role("dialog", name="Edit and send")
    dialog.get_by_label("Request").fill("no request line")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_contain_text("'no request line' is no request line")
    expect(dialog.get_by_label("Request")).to_have_value("no request line")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


@EVERY_SCREEN
def test_it_is_sent_to_an_address_that_is_remembered(server: Running, open_page: Open, serve: Serve) -> None:
    other = serve()
    board = opened(open_page, server, "/one?x=1")
    first = select(board.page, server, "/one")
    menu(board.page, "Send to another address")
    dialog = board.page.get_by_role("dialog", name="Send to another address")
    dialog.get_by_label("To").fill(str(other.port))
    press(board.page, "Enter")
    expect(
        board.page.get_by_role("status").get_by_text(f"http://localhost:{other.port} answered: 200 OK")
    ).to_be_visible()
    expect(board.details).to_contain_text(f"sent from here to http://localhost:{other.port}")
    assert list(ids(other)) == ["/one"]
    press(board.page, "C")
    expect(board.page).to_have_url(re.compile(f"id={first}&with="))
    press(board.page, "Escape")
    board.show_list()
    expect(board.rows("/one").first).to_contain_text(f"sent to localhost:{other.port}")
    board.page.reload()
    expect(board.rows()).to_have_count(2)
    select(board.page, server, "/one")
    press(board.page, "t")
    expect(dialog.get_by_label("To")).to_have_value(f"http://localhost:{other.port}")
    press(board.page, "Enter")
    eventually(lambda: len(other.client.get("/-/api/exchanges").json()["items"]) == 2)
    expect(dialog).to_be_hidden()
    choose(board.page, f"send to {other.port}")
    eventually(lambda: len(other.client.get("/-/api/exchanges").json()["items"]) == 3)
    menu(board.page, f"Send to localhost:{other.port}")
    eventually(lambda: len(other.client.get("/-/api/exchanges").json()["items"]) == 4)


@EVERY_SCREEN
def test_an_address_at_which_nobody_listens_is_told_in_the_dialog(server: Running, open_page: Open) -> None:
    server.client.get("/one")
    page, watch = open_page()
    watch.expects("502")
    select(page, server, "/one")
    press(page, "t")
    dialog = page.get_by_role("dialog", name="Send to another address")
    dialog.get_by_label("To").fill("127.0.0.1:1")
    press(page, "Enter")
    expect(dialog.get_by_role("alert")).to_have_text("http://127.0.0.1:1 refuses connections: nothing listens there.")
    press(page, "Escape")
    expect(dialog).to_be_hidden()


def test_several_are_sent_one_after_the_other(server: Running, open_page: Open) -> None:
    board = opened(open_page, server, "/one", "/status/404", "/three")
    press(board.page, "j", "J", "J", "r")
    expect(board.page.get_by_role("status").get_by_text("3 exchanges sent again: 200, 404, 200")).to_be_visible()
    assert len(server.client.get("/-/api/exchanges").json()["items"]) == 6


@pytest.mark.parametrize("key", ["r", "R", "t"])
def test_without_a_selection_nothing_is_sent(server: Running, open_page: Open, key: str) -> None:
    board = opened(open_page, server, "/one")
    press(board.page, key)
    expect(board.page.get_by_text("Select an exchange first.")).to_be_visible()
    assert len(server.client.get("/-/api/exchanges").json()["items"]) == 1


@EVERY_SCREEN
def test_in_public_it_says_which_setting_is_missing(open_page: Open, serve: Serve) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token)
    server.client.get("/one")
    page, _ = open_page()
    page.goto(f"{server.origin}/-/login#token={token}")
    board = Dashboard(page)
    expect(board.rows()).to_have_count(1)
    press(page, "j", "r")
    expect(page.get_by_text("--send-to names the hosts")).to_be_visible()


def test_without_the_server_it_says_so(open_page: Open, serve: Serve) -> None:
    server = serve()
    server.client.get("/one")
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|Failed to load resource")
    select(page, server, "/one")
    server.stop()
    press(page, "r")
    expect(page.get_by_text("It was not sent: the server does not answer.")).to_be_visible()


def test_a_long_head_is_edited_from_its_beginning(server: Running, open_page: Open) -> None:
    server.client.get("/one", headers={f"x-{number}": "y" * 200 for number in range(40)})
    page, _ = open_page()
    select(page, server, "/one")
    press(page, "R")
    head = page.get_by_role("dialog", name="Edit and send").get_by_label("Request")
    expect(head).to_be_focused()
    assert head.evaluate("element => [element.scrollTop, element.scrollLeft, element.selectionStart]") == [0, 0, 0]
