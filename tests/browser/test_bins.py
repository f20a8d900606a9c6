"""Bins in a browser: made by one click, told what to answer with a preview, and what is said of signatures."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running
from tests.signatures.vectors import JSON, hexed

TOKEN = "operator-token-of-these-tests"
SECRET = "hush-hush-hush"


def signature(body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hexed(SECRET.encode(), body)}


@EVERY_SCREEN
def test_a_bin_is_made_looked_into_and_deleted(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    page.goto(server.origin + "/-/bins")
    page.get_by_label("Name").fill("mine")
    page.get_by_role("button", name="Make a bin").click()
    expect(page).to_have_title(re.compile("~mine"))
    board = Dashboard(page)
    expect(board.state).to_contain_text("Live")
    expect(page.locator("#try-get")).to_contain_text("/~mine/hello")
    server.client.get("/elsewhere")
    server.client.get("/~mine/here")
    expect(board.rows("/~mine/here")).to_have_count(1)
    expect(board.rows("/elsewhere")).to_have_count(0)
    page.goto(server.origin + "/-/bins")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is none yet.")).to_be_visible()


def test_everything_of_a_bin_is_looked_at_in_the_bin(server: Running, open_page: Open) -> None:
    made = server.client.post("/~hooks/x", json={"a": 1}).headers["x-echoscope-id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/bins/hooks/?id={made}")
    for tab in ("Overview", "Scope", "Headers", "Body", "Events", "Response", "Code"):
        board.tab(tab).click()
        expect(board.details.get_by_role("tabpanel")).not_to_contain_text("could not be")
    page.keyboard.press("p")
    eventually(lambda: server.client.get("/-/bins/hooks/api/pins").json()["items"])
    assert page.url.startswith(f"{server.origin}/-/bins/hooks/?id={made}")
    page.reload()
    expect(board.selected()).to_contain_text("/~hooks/x")


def test_a_test_request_goes_into_the_bin(server: Running, open_page: Open) -> None:
    server.client.post("/-/api/bins", json={"name": "hooks"})
    page, _ = open_page()
    board = Dashboard(page).open(server, "/-/bins/hooks/")
    page.get_by_role("button", name="Send a test request").click()
    expect(board.rows("/~hooks/hello")).to_have_count(1)


@EVERY_SCREEN
def test_answers_are_written_with_a_preview_and_saved(server: Running, open_page: Open) -> None:
    server.client.post("/~hooks/x", json={"challenge": "abc-1"})
    page, watch = open_page()
    watch.expects("400")
    page.goto(server.origin + "/-/bins/hooks/settings")
    page.get_by_label("Begin with").select_option("slack")
    preview = page.locator("answer-preview .said")
    expect(preview).to_contain_text("200")
    page.get_by_label("To which request").last.select_option("")
    preview_body = page.locator("answer-preview").get_by_label("Body")
    preview_body.fill('{"type": "url_verification", "challenge": "3eZb"}')
    expect(preview).to_contain_text("by rule 1")
    expect(preview).to_contain_text("3eZb")
    body = page.locator("answer-editor .rule").get_by_label("Body", exact=True)
    body.fill("{{ json.challenge | shout }}")
    expect(preview.get_by_role("alert")).to_contain_text(
        "rules[0].answers[0].body: Line 1, column 1: a filter is one of"
    )
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("#said")).to_contain_text("a filter is one of")
    body.fill("It is {{ json.challenge }}")
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("#said")).to_contain_text("Saved")
    sent = {"type": "url_verification", "challenge": "<3>"}
    assert server.client.post("/~hooks/", json=sent).text == "It is <3>"
    page.reload()
    expect(body).to_have_value("It is {{ json.challenge }}")
    page.get_by_role("button", name="Echo again").click()
    expect(page.locator("#said")).to_contain_text("the bin echoes")
    assert server.client.get("/~hooks/").json()["path"] == "/~hooks/"


def test_a_sequence_and_a_fault_are_put_together_by_hand(server: Running, open_page: Open) -> None:
    server.client.post("/-/api/bins", json={"name": "hooks"})
    page, _ = open_page()
    page.goto(server.origin + "/-/bins/hooks/settings")
    add = page.get_by_role("button", name="Add an answer").last
    add.click()
    page.get_by_label("Status").fill("503")
    page.get_by_label("Times, before the next").fill("2")
    add.click()
    page.locator("answer-editor .answer select").last.select_option("reset")
    expect(page.get_by_label("Status").last).to_be_hidden()
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("#said")).to_contain_text("Saved")
    assert server.client.get("/-/api/bins/hooks/answers").json() == {
        "answers": [{"status": 503, "times": 2}, {"fault": "reset"}]
    }
    page.get_by_text("As JSON").click()
    page.get_by_label("What the API takes").fill('{"answers": [{"status": 410}]}')
    page.get_by_label("What the API takes").press("Tab")
    expect(page.get_by_label("Status")).to_have_value("410")


def test_a_secret_is_saved_and_never_shown_again(server: Running, open_page: Open) -> None:
    server.client.post("/~hooks/x", content=JSON + b"\n", headers=signature(JSON))
    page, _ = open_page()
    page.goto(server.origin + "/-/bins/hooks/settings")
    page.get_by_label("Secret").fill(SECRET)
    page.get_by_role("button", name="Save the secret").click()
    expect(page.locator("#said")).to_contain_text("not shown again")
    expect(page.get_by_label("Secret")).to_have_value("")
    page.reload()
    expect(page.locator("#has-secret")).to_have_text("A secret is set.")
    assert SECRET not in page.content()
    board = Dashboard(page).open(server, "/-/bins/hooks/")
    board.rows("/~hooks/x").click()
    expect(board.details.locator(".verdict")).to_contain_text("GitHub, Gitea, Meta: not valid")
    expect(board.details.locator(".verdict")).to_contain_text("without the line break at its end")


def chosen(page: Page, server: Running, action: str) -> None:
    """An exchange is open, and this was chosen from its menu."""
    made = server.client.post("/x", content=JSON, headers=signature(JSON)).headers["x-echoscope-id"]
    board = Dashboard(page).open(server, f"/-/?id={made}")
    board.details.locator("summary[aria-label='More actions']").click()
    page.get_by_role("button", name=action).click()


def test_one_exchange_is_checked_with_a_secret_that_is_not_kept(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    chosen(page, server, "Check the signature")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Secret").fill("wrong-one")
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.locator(".verdict")).to_contain_text("not valid")
    dialog.get_by_label("Secret").fill(SECRET)
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.locator(".verdict")).to_contain_text("GitHub, Gitea, Meta: valid")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert SECRET not in page.content()


def test_an_exchange_is_shared_by_a_link_that_opens_it_alone(serve: Serve, open_page: Open) -> None:
    server = serve(profile="public", token=TOKEN)
    page, _ = open_page()
    page.goto(f"{server.origin}/-/login#token={TOKEN}")
    expect(page.locator("connection-state")).to_contain_text("Live")
    chosen(page, server, "Share:")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.locator("code").inner_text()
    other, _ = open_page()
    other.goto(link)
    expect(other.locator("h1")).to_contain_text("/x")
    expect(other.get_by_text("The link opens this page alone.")).to_be_visible()


def test_a_visitor_gets_a_bin_by_one_click_and_opens_it_elsewhere(serve: Serve, open_page: Open) -> None:
    server = serve(profile="public", token=TOKEN)
    page, _ = open_page()
    page.goto(server.origin + "/-/")
    page.get_by_role("button", name="Make a bin").click()
    address = page.locator("#bin-url").inner_text()
    link = page.locator("#bin-link").inner_text()
    server.client.post(address + "hook")
    page.get_by_role("link", name="Open the bin").click()
    board = Dashboard(page)
    expect(board.rows("/hook")).to_have_count(1)
    other, watch = open_page()
    watch.expects("404|401")
    other.goto(link)
    expect(Dashboard(other).rows("/hook")).to_have_count(1)
    expect(other).not_to_have_url(re.compile("token"))


def test_an_operator_signs_out(serve: Serve, open_page: Open) -> None:
    server = serve(profile="public", token=TOKEN)
    page, watch = open_page()
    watch.expects("401|WebSocket")
    page.goto(f"{server.origin}/-/login#token={TOKEN}")
    page.get_by_role("button", name="Other pages").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(server.origin + "/-/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml"])
def test_an_answer_of_a_bin_runs_nothing_and_reads_nothing(server: Running, open_page: Open, kind: str) -> None:
    script = "<script>fetch('/-/api/exchanges').then((a) => a.text()).then((t) => { document.title = t; })</script>"
    if kind == "text/html":
        body = f"<h1 id='seen'>seen</h1>{script}<form action='/stolen'><button>go</button></form>"
    elif kind == "image/svg+xml":
        body = f"<svg xmlns='http://www.w3.org/2000/svg'><text id='seen'>seen</text>{script}</svg>"
    else:
        body = f"<html xmlns='http://www.w3.org/1999/xhtml'><body><h1 id='seen'>seen</h1>{script}</body></html>"
    server.client.post("/-/api/bins", json={"name": "evil"})
    definition = {"answers": [{"headers": {"content-type": kind}, "body": body}]}
    assert server.client.put("/-/api/bins/evil/answers", json=definition).status_code == 200
    page, watch = open_page()
    watch.expects("sandbox|Content Security Policy|favicon")
    page.goto(server.origin + "/~evil/")
    expect(page.locator("#seen")).to_have_text("seen")
    assert "exchanges" not in page.title()
    listed = server.client.get("/-/bins/evil/api/exchanges").json()["items"]
    assert {item["path"] for item in listed} == {"/~evil/"}
