"""The four ways in the dashboard and on the page of an exchange: what is pointed at lights up in all of them."""

from playwright.sync_api import expect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running

NAMES = ["HTTP/1.1", "ASGI scope", "WSGI environ", "CGI variables"]


def sent(server: Running) -> str:
    answer = server.client.get("/ways?a=1", headers={"User-Agent": "probe/1.0", "X-Twice": "1"})
    return answer.headers["x-echoscope-id"]


def test_a_value_that_is_pointed_at_lights_up_in_all_four_with_lines_between(server: Running, open_page: Open) -> None:
    page, _ = open_page(viewport={"width": 2400, "height": 900})
    board = Dashboard(page).open(server, f"/-/?id={sent(server)}&tab=ways")
    for name in NAMES:
        expect(board.details.get_by_role("region", name=name, exact=True)).to_be_visible()
    board.details.get_by_text("HTTP_USER_AGENT").first.hover()
    lit = board.details.locator("[data-lit]")
    expect(lit).to_have_count(4)
    for row in lit.all():
        expect(row).to_contain_text("probe/1.0")
    expect(board.details.locator(".way-lines path")).to_have_count(3)
    board.details.locator("p.note").first.hover()
    expect(lit).to_have_count(0)


def test_the_keyboard_goes_from_row_to_row_and_from_way_to_way(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={sent(server)}&tab=ways")
    raw = board.details.get_by_role("region", name="HTTP/1.1", exact=True)
    raw.get_by_text("GET", exact=True).click()
    page.keyboard.press("ArrowDown")
    expect(raw.locator("[data-lit]")).to_have_text("/ways")
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_contain_text("path")
    expect(board.details.locator("[data-lit]")).to_have_count(6)


def test_the_example_names_the_address_of_this_server(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={sent(server)}&tab=ways")
    expect(board.details.locator("p.note code")).to_have_text(f"curl '{server.origin}/-/echo?as=environ'")


@EVERY_SCREEN
def test_the_page_without_scripts_leads_from_each_value_to_its_piece(server: Running, open_page: Open) -> None:
    page, _ = open_page(java_script_enabled=False)
    page.goto(f"{server.origin}/-/exchanges/{sent(server)}")
    environ = page.get_by_role("region", name="WSGI environ")
    environ.get_by_role("link", name="probe/1.0").click()
    target = page.locator(":target")
    expect(target).to_contain_text("User-Agent")
    expect(target).to_contain_text("probe/1.0")


def test_what_is_against_the_specification_stands_above_the_scope(server: Running, open_page: Open) -> None:
    answer = server.raw(b"get /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    exchange_id = answer.partition(b"X-Echoscope-Id: ")[2].split()[0].decode()
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab=scope")
    table = board.details.get_by_role("table", name="Against the ASGI specification")
    expect(table).to_contain_text("scope.method")
    link = table.get_by_role("link", name="The HTTP method name, uppercased.")
    assert (link.get_attribute("href") or "").startswith("https://asgi.readthedocs.io/en/latest/specs/www.html#")
