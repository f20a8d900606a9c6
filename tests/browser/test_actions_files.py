"""Taking exchanges away as files, and bringing them back."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running

SECRET = "s3cret-value"

pytestmark = EVERY_SCREEN


def listed(open_page: Open, server: Running, address: str = "/-/") -> Page:
    """The dashboard over two exchanges, one of them with a secret."""
    server.client.get("/first", headers={"authorization": f"Bearer {SECRET}"})
    server.client.post("/second", content=b"x")
    page, _ = open_page()
    board = Dashboard(page).open(server, address)
    expect(board.rows("/first")).to_be_visible()
    return page


def download(page: Page, title: str) -> str:
    with page.expect_download() as downloading:
        page.get_by_role("dialog", name="Export and import").get_by_role("link", name=title).click()
    return Path(downloading.value.path()).read_text()


FORMATS = {"HTML page": "<!doctype html>", "HAR 1.2": "{", "JSON Lines": "{", "CSV": "id,started_at,"}
"""By the title of the link, with what such a file begins."""


def test_every_format_is_a_download_with_the_exchanges_in_it(server: Running, open_page: Open) -> None:
    page = listed(open_page, server)
    page.keyboard.press("e")
    for title, beginning in FORMATS.items():
        content = download(page, title)
        assert content.lower().lstrip("\ufeff").startswith(beginning), title
        assert "/first" in content, title
        assert "/second" in content, title


def test_secrets_are_masked_until_revealed(server: Running, open_page: Open) -> None:
    page = listed(open_page, server)
    page.keyboard.press("e")
    masked = download(page, "HAR 1.2")
    page.get_by_role("checkbox", name="With secrets").check()
    revealed = download(page, "HAR 1.2")
    assert SECRET not in masked
    assert SECRET in revealed
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("checkbox", name="With secrets")).not_to_be_checked()


def test_the_search_the_selection_or_everything_is_taken(server: Running, open_page: Open) -> None:
    page = listed(open_page, server, "/-/?q=path:/first")
    page.keyboard.press("j")
    page.keyboard.press("e")
    what = page.get_by_role("combobox", name="What")
    assert what.locator("option").all_inner_texts() == [
        "What the search finds: path:/first",
        "The selected exchange",
        "All exchanges",
    ]
    assert paths(download(page, "JSON Lines")) == ["/first"]
    what.select_option("All exchanges")
    assert paths(download(page, "JSON Lines")) == ["/first", "/second"]
    what.select_option("The selected exchange")
    assert paths(download(page, "JSON Lines")) == ["/first"]


def paths(lines: str) -> list[str]:
    return [path for line in lines.splitlines() if (path := json.loads(line).get("path"))]


@pytest.mark.parametrize("ending", ["har", "jsonl"])
def test_a_file_that_was_exported_is_imported_by_the_file_picker(server: Running, open_page: Open, ending: str) -> None:
    page = listed(open_page, server)
    content = server.client.get(f"/-/api/export.{ending}?reveal=1").content
    server.client.delete("/-/api/exchanges")
    board = Dashboard(page)
    expect(board.rows()).to_have_count(0)
    page.keyboard.press("e")
    page.get_by_label("File", exact=True).set_input_files(
        FilePayload(name=f"some.{ending}", mimeType="application/json", buffer=content)
    )
    expect(page.get_by_text(f"some.{ending}: 2 exchanges imported")).to_be_visible()
    expect(board.rows()).to_have_count(2)
    assert board.paths() == ["/second", "/first"]


DROP = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name));
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  const target = document.querySelector("exchange-list");
  target.dispatchEvent(new DragEvent("dragover", options));
  const isInvited = !document.querySelector("file-drop").hidden;
  target.dispatchEvent(new DragEvent("drop", options));
  return isInvited && document.querySelector("file-drop").hidden;
}"""


def test_a_file_can_be_dropped_anywhere(server: Running, open_page: Open) -> None:
    page = listed(open_page, server)
    exported = newest(server)
    content = server.client.get("/-/api/export.jsonl?ids=" + exported).text
    server.client.delete("/-/api/exchanges/" + exported)
    expect(Dashboard(page).rows("/second")).to_have_count(0)
    assert page.evaluate(DROP, ["dropped.jsonl", content])
    expect(page.get_by_text("dropped.jsonl: 1 exchange imported")).to_be_visible()
    expect(Dashboard(page).rows("/second")).to_have_count(1)


def test_what_is_kept_already_is_said_to_be_here(server: Running, open_page: Open) -> None:
    page = listed(open_page, server)
    content = server.client.get("/-/api/export.jsonl?ids=" + newest(server)).text
    page.evaluate(DROP, ["again.jsonl", content])
    expect(page.get_by_text("again.jsonl: 0 exchanges imported · 1 already here")).to_be_visible()
    expect(Dashboard(page).rows("/second")).to_have_count(1)


def newest(server: Running) -> str:
    found: str = server.client.get("/-/api/exchanges?limit=1").json()["items"][0]["id"]
    return found


def test_what_is_not_such_a_file_is_refused_in_words(server: Running, open_page: Open) -> None:
    page, watch = open_page()
    watch.expects("400")
    Dashboard(page).open(server)
    page.evaluate(DROP, ["photo.png", "\x89PNG"])
    expect(page.locator("notice-line[data-problem]")).to_contain_text("That did not work")
