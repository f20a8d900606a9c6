"""Searching, looking, the keyboard, a phone, and no JavaScript at all."""

import re
from typing import Literal

from playwright.sync_api import Page, expect

from tests.conftest import Serve
from tests.servers import Running

from .conftest import EVERY_SCREEN, Open
from .dashboard import Dashboard


@EVERY_SCREEN
def test_the_search_filters_what_is_there_and_what_comes(open_page: Open, server: Running) -> None:
    for path in ("/hooks/1", "/other", "/hooks/2"):
        server.client.get(path)
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(dashboard.rows()).to_have_count(3)
    dashboard.search.fill("path:/hooks")
    expect(dashboard.rows()).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?q=path"))
    server.client.get("/another")
    server.client.get("/hooks/3")
    expect(dashboard.rows("/hooks/3")).to_have_count(1)
    assert dashboard.paths() == ["/hooks/3", "/hooks/2", "/hooks/1"]
    dashboard.search.fill("")
    expect(dashboard.rows()).to_have_count(5)


@EVERY_SCREEN
def test_bodies_are_searched_where_they_are(open_page: Open, server: Running) -> None:
    server.client.post("/1", content="hay")
    server.client.post("/2", content="a needle")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    dashboard.search.fill("body:needle")
    expect(dashboard.rows()).to_have_count(1)
    assert dashboard.paths() == ["/2"]
    server.client.post("/3", content="another needle")
    expect(dashboard.rows("/3")).to_have_count(1)


@EVERY_SCREEN
def test_a_search_that_finds_nothing_says_so(open_page: Open, server: Running) -> None:
    server.client.get("/1")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    dashboard.search.fill("path:/never")
    expect(page.get_by_text("Nothing that is kept matches")).to_be_visible()
    dashboard.button("Show everything").click()
    expect(dashboard.rows()).to_have_count(1)


@EVERY_SCREEN
def test_a_search_that_cannot_be_read_says_why(open_page: Open, server: Running) -> None:
    server.client.get("/1")
    page, watch = open_page()
    watch.expects("400")
    dashboard = Dashboard(page).open(server)
    dashboard.search.fill("status:abc")
    expect(page.locator("search-terms")).to_contain_text("status")


def test_a_click_shows_everything_about_an_exchange(open_page: Open, server: Running) -> None:
    server.client.post(
        "/orders", content=b'{"item": "book"}', headers={"x-foo": "bar", "content-type": "application/json"}
    )
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    dashboard.rows("/orders").click()
    expect(dashboard.details).to_contain_text("/orders")
    for name, text in (("Headers", "x-foo"), ("Body", "book"), ("Events", "http.request"), ("Response", "200")):
        dashboard.tab(name).click()
        expect(dashboard.details).to_contain_text(text)
    page.reload()
    expect(dashboard.details).to_contain_text("/orders")
    expect(dashboard.selected()).to_have_count(1)


def test_the_keyboard_does_it_all(open_page: Open, server: Running) -> None:
    for number in range(3):
        server.client.get(f"/{number}")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(dashboard.rows()).to_have_count(3)
    page.keyboard.press("j")
    expect(dashboard.selected()).to_contain_text("/2")
    page.keyboard.press("j")
    expect(dashboard.selected()).to_contain_text("/1")
    page.keyboard.press("k")
    expect(dashboard.selected()).to_contain_text("/2")
    page.keyboard.press("Enter")
    expect(dashboard.details.get_by_role("tabpanel")).to_be_focused()
    page.keyboard.press("3")
    expect(dashboard.details.get_by_role("tab", selected=True)).to_contain_text("Headers")
    page.keyboard.press("/")
    expect(dashboard.search).to_be_focused()
    page.keyboard.type("path:/0")
    expect(dashboard.rows()).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dashboard.list).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("Space")
    expect(dashboard.state).to_contain_text("Paused")


def test_the_list_can_be_reached_and_read_without_a_mouse(open_page: Open, server: Running) -> None:
    server.client.get("/1")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the list")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(dashboard.list).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dashboard.selected()).to_contain_text("/1")


def test_on_a_phone_list_and_details_are_two_pages(open_page: Open, server: Running) -> None:
    server.client.get("/a/rather/long/path/that/does/not/fit/on/a/phone?with=a&query=string")
    page, _ = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    dashboard = Dashboard(page).open(server)
    row = dashboard.rows("/a/rather")
    expect(row).to_be_visible()
    assert fits(page)
    row.tap()
    expect(dashboard.details).to_be_visible()
    expect(dashboard.list).to_be_hidden()
    assert fits(page)
    page.go_back()
    expect(dashboard.list).to_be_visible()
    expect(dashboard.details).to_be_hidden()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@EVERY_SCREEN
def test_dark_is_dark_and_light_is_light(open_page: Open, server: Running) -> None:
    def brightness(scheme: Literal["dark", "light"]) -> float:
        page, _ = open_page(color_scheme=scheme)
        Dashboard(page).open(server)
        return float(
            page.evaluate(
                """() => {
                    const canvas = document.createElement("canvas").getContext("2d");
                    canvas.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
                    canvas.fillRect(0, 0, 1, 1);
                    return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((a, b) => a + b) / 3;
                }"""
            )
        )

    assert brightness("dark") < 80
    assert brightness("light") > 200


@EVERY_SCREEN
def test_without_javascript_the_pages_say_the_same(open_page: Open, server: Running) -> None:
    server.client.post("/orders", content=b"hello")
    page, _ = open_page(java_script_enabled=False)
    page.goto(f"{server.origin}/-/")
    page.get_by_role("link", name="/orders").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("/orders")
    expect(page.get_by_text("hello", exact=True).first).to_be_visible()
    page.goto(f"{server.origin}/echoed/path")
    expect(page.get_by_role("heading", level=1)).to_contain_text("/echoed/path")


def test_the_echo_leads_to_itself_in_the_dashboard(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    page.goto(f"{server.origin}/hello?x=1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("/hello?x=1")
    page.get_by_role("link", name="Open it in the inspector").click()
    dashboard = Dashboard(page)
    expect(dashboard.selected()).to_contain_text("/hello?x=1")
    expect(dashboard.details).to_contain_text("/hello?x=1")


@EVERY_SCREEN
def test_a_browser_signs_in_with_the_token(open_page: Open, serve: Serve) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token)
    page, watch = open_page()
    watch.expects("401")
    page.goto(f"{server.origin}/-/")
    page.get_by_label("Operator token").fill("not-the-token-at-all")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the operator token")
    page.get_by_label("Operator token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    dashboard = Dashboard(page)
    expect(dashboard.state).to_contain_text("Live")
    server.client.get("/seen")
    expect(dashboard.rows("/seen")).to_have_count(1)
    dashboard.button("Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    expect(dashboard.rows()).to_have_count(0)
    assert token not in page.evaluate("document.cookie + location.href")


@EVERY_SCREEN
def test_the_printed_link_signs_a_browser_in_and_leaves_no_token_in_the_address(open_page: Open, serve: Serve) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token)
    page, _ = open_page()
    page.goto(f"{server.origin}/-/login#token={token}")
    expect(Dashboard(page).state).to_contain_text("Live")
    assert token not in page.evaluate("location.href + document.cookie")
