"""What clients send stays text in the browser, and what other sites try stays outside."""

from playwright.sync_api import Locator, Page, expect
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import Serve
from tests.echo.test_page import HOSTILE
from tests.servers import Running

from .conftest import EVERY_SCREEN, Open
from .dashboard import Dashboard

MARKUP = '<img src=x onerror="window.__pwned=1">'
OUR_OWN = "svg:not(.way-lines)"
"""The pictures of the page itself, without the lines between the four ways."""

COUNT = "() => document.querySelectorAll('img, iframe, object, embed, script:not([src]), [onerror], [onload]').length"


def is_unharmed(page: Page) -> bool:
    return bool(page.evaluate(f"window.__pwned === undefined && ({COUNT})() === 0"))


@EVERY_SCREEN
def test_hostile_data_creates_no_element(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    pictures = page.locator(OUR_OWN).count()
    server.raw(HOSTILE)
    server.client.post(
        f"/{MARKUP}",
        params={"q": MARKUP},
        content=f'{{"{MARKUP}": "{MARKUP.replace(chr(34), "")}"}}',
        headers={"content-type": "application/json", "user-agent": MARKUP, "x-a": MARKUP, "cookie": f"a={MARKUP}"},
    )
    server.client.post("/page", content=MARKUP, headers={"content-type": "text/html"})
    server.client.post("/svg", content="<svg onload=alert(1)>", headers={"content-type": "image/svg+xml"})
    expect(dashboard.rows()).to_have_count(4)
    for row in range(4):
        dashboard.show_list()
        dashboard.rows().nth(row).click()
        tabs = dashboard.details.get_by_role("tab")
        for number in range(tabs.count()):
            tabs.nth(number).click()
            expect(tabs.nth(number)).to_have_attribute("aria-selected", "true")
            expect(dashboard.details.get_by_role("tabpanel")).not_to_be_empty()
            assert is_unharmed(page)
    assert page.locator(OUR_OWN).count() == pictures


@EVERY_SCREEN
def test_what_is_long_or_written_from_the_right_leaves_the_rest_in_sight(open_page: Open, server: Running) -> None:
    value = ("word " * 800).strip()
    made = server.client.get("/%D7%A9%D7%9C%D7%95%D7%9D?" + "key=value&" * 200, headers={"x-long-token": value})
    page, _ = open_page()
    part = Dashboard(page).open(server, f"/-/?id={made.headers['x-echoscope-id']}").details
    heading = part.get_by_role("heading", level=2).first.locator("bdi")
    expect(heading).to_have_css("direction", "ltr")
    expect(part.get_by_role("button", name="Copy the address")).to_be_in_viewport()
    row = part.get_by_role("row", name="x-long-token").first
    assert height_of(row) < 200
    row.get_by_role("button", name="All 3,999 characters").click()
    expect(row.locator(".link")).to_have_count(0)
    assert height_of(row) > 500
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def height_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["height"]


@EVERY_SCREEN
def test_hostile_searches_create_no_element(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    for text in (MARKUP, f"path:{MARKUP.replace(' ', '')}", f'header.x:"{MARKUP.replace(chr(34), "")}"'):
        dashboard.search.fill(text)
        expect(page.locator("search-terms")).to_contain_text("img")
        assert is_unharmed(page)


@EVERY_SCREEN
def test_hostile_pages_without_the_dashboard_create_no_element(open_page: Open, server: Running) -> None:
    server.raw(HOSTILE)
    exchange_id = server.client.get(f"/{MARKUP}").headers["x-echoscope-id"]
    page, watch = open_page()
    watch.expects("404")
    for address in (f"/{MARKUP}?{MARKUP}", f"/-/exchanges/{exchange_id}", f"/-/exchanges/{MARKUP}"):
        answer = page.goto(server.origin + address)
        assert answer
        assert answer.headers["content-type"].startswith("text/html")
        assert is_unharmed(page)


def attacking_page(html: str = "<h1>Win a prize</h1>") -> ASGIApp:
    """A site that a user visits while the inspector runs on the same machine."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": f"<!doctype html><title>x</title>{html}".encode()})

    return app


@EVERY_SCREEN
def test_pages_of_other_origins_can_neither_read_nor_change_nor_listen(open_page: Open, serve: Serve) -> None:
    server, elsewhere = serve(), serve(attacking_page(), lifespan="off")
    server.client.get("/secret")
    page, watch = open_page()
    watch.expects(r"CORS|Access-Control|Failed to load resource|WebSocket connection")
    page.goto(elsewhere.origin)
    attempts = page.evaluate(
        """async (victim) => {
            const attempt = (options) =>
                fetch(victim + "/-/api/exchanges", options).then((r) => r.type, (error) => error.name);
            const read = await attempt({});
            const remove = await attempt({method: "DELETE"});
            await attempt({method: "POST", mode: "no-cors"});
            const listen = await new Promise((resolve) => {
                const socket = new WebSocket(victim.replace("http", "ws") + "/-/live?after=0");
                socket.onmessage = (event) => resolve(event.data);
                socket.onerror = () => resolve("refused");
            });
            const echo = await fetch(victim + "/open").then((r) => r.status, (error) => error.name);
            return [read, remove, listen, echo];
        }""",
        server.origin,
    )
    assert attempts == ["TypeError", "TypeError", "refused", 200]
    assert [item["path"] for item in server.client.get("/-/api/exchanges").json()["items"]] == ["/open", "/secret"]


@EVERY_SCREEN
def test_a_page_of_ours_cannot_be_framed(open_page: Open, serve: Serve) -> None:
    server = serve()
    elsewhere = serve(attacking_page(f'<iframe src="{server.origin}/-/"></iframe>'), lifespan="off")
    page, watch = open_page()
    watch.expects(r"frame-ancestors|X-Frame-Options")
    page.goto(elsewhere.origin)
    assert page.frames[1].url == "chrome-error://chromewebdata/"
