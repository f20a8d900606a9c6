"""Two exchanges side by side."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running

pytestmark = EVERY_SCREEN


def compared(open_page: Open, server: Running, **options: object) -> Locator:
    """What is shown for two requests that differ in query, headers and JSON."""
    ids = []
    for number in (1, 2):
        headers = [("x-first", "1"), ("x-second", "a"), ("x-third", "same")]
        answer = server.client.post(
            "/order",
            params={"attempt": number, "live": 1},
            json={"id": number, "same": True} | ({"new": []} if number == 2 else {}),
            headers=headers if number == 1 else [headers[1], ("x-second", "b"), headers[2]],
        )
        ids.append(answer.headers["x-echoscope-id"])
    page, _ = open_page(**options)
    Dashboard(page).open(server, f"/-/?id={ids[0]}&with={ids[1]}")
    return page.get_by_role("region", name="Comparison")


def lines(view: Locator, title: str) -> list[list[str]]:
    """The visible rows of a part: kind, name, A, B."""
    part = view.locator("section", has=view.page.get_by_role("heading", name=title, exact=True))
    expect(part).to_be_visible()
    rows = part.locator("tbody tr").filter(visible=True)
    return [row.locator("td, th").all_inner_texts() for row in rows.all()]


def test_what_differs_is_shown_by_part(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    expect(view).to_contain_text("after A")
    assert lines(view, "Query") == [["changed", "attempt", "1", "2"]]
    assert ["only in A", "x-first", "1", "–"] in lines(view, "Request headers")
    assert ["only in B", "x-second", "–", "b"] in lines(view, "Request headers")
    assert lines(view, "Request body") == [["changed", "$.id", "1", "2"], ["only in B", "$.new", "–", "[]"]]


def test_what_is_the_same_is_shown_on_demand(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    assert all("x-third" not in line for line in lines(view, "Request headers"))
    view.get_by_role("button", name="Only differences").click()
    assert ["same", "x-third", "same", "same"] in lines(view, "Request headers")
    assert ["same", "Method", "POST", "POST"] in lines(view, "Facts")


def test_a_comparison_ends_where_it_began(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    view.get_by_role("button", name="Close the comparison").click()
    expect(view).to_be_hidden()
    expect(view.page).not_to_have_url(re.compile("with="))
    expect(view.page.get_by_role("region", name="Details")).to_be_visible()


def test_a_comparison_fits_a_page_of_320_pixels(server: Running, open_page: Open) -> None:
    view = compared(open_page, server, viewport={"width": 320, "height": 640})
    assert lines(view, "Query") == [["changed", "attempt", "1", "2"]]
    assert view.evaluate("view => view.scrollWidth - view.clientWidth") == 0
