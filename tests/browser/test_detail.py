"""What the details of an exchange show: headers read out, bodies by their kind, messages, code."""

import gzip
import re
from base64 import b64decode

from playwright.sync_api import Locator, expect
from websockets.sync.client import connect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.browser.test_hostile import MARKUP, is_unharmed
from tests.servers import Running

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE1MTYyNDI2MjJ9.c2ln"
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC"
)

ORDER = b'{"id": 12345678901234567890, "lines": [{"sku": "A-1"}, {"sku": "B-2"}], "odd key": null}'


def details(open_page: Open, server: Running, tab: str, exchange_id: str, **options: object) -> Locator:
    page, _ = open_page(**CLIPBOARD, **options)
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab={tab}")
    expect(board.details.get_by_role("tabpanel")).not_to_be_empty()
    return board.details


def sent(server: Running, path: str = "/", content: bytes = b"", **headers: str) -> str:
    """The id of an exchange with this request; underscores in the names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return str(server.client.post(path, content=content, headers=named).headers["x-echoscope-id"])


def session_id(server: Running, path: str) -> str:
    items = server.client.get("/-/api/exchanges").json()["items"]
    return str(next(item["id"] for item in items if item["path"] == path))


def clipboard(part: Locator) -> str:
    return str(part.page.evaluate("navigator.clipboard.readText()"))


@EVERY_SCREEN
def test_a_header_unfolds_into_what_it_says(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "headers", sent(server, authorization=f"Bearer {TOKEN}"))
    row = part.get_by_role("row", name="authorization")
    row.get_by_text("a JSON Web Token for ada").click()
    expect(row.get_by_role("row", name="exp")).to_contain_text("expires 2018-01-18 02:30:22 UTC")
    expect(row).to_contain_text("not verified")


@EVERY_SCREEN
def test_headers_keep_their_order_and_are_grouped_by_meaning_on_demand(server: Running, open_page: Open) -> None:
    part = details(
        open_page, server, "headers", sent(server, if_none_match='"a"', x_forwarded_for="203.0.113.7, 10.0.0.2")
    )
    names = part.locator(".fields tbody th").all_inner_texts()
    assert names.index("if-none-match") < names.index("x-forwarded-for")
    part.get_by_role("button", name="By meaning").click()
    expect(part.get_by_role("heading", name="Proxies in between")).to_be_visible()
    expect(part.locator(".chain")).to_contain_text("203.0.113.7")


@EVERY_SCREEN
def test_a_json_tree_is_walked_by_keys_and_gives_its_paths(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "body", sent(server, content=ORDER, content_type="application/json"))
    tree = part.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(8)
    expect(tree).to_contain_text("12345678901234567890")
    tree.get_by_role("treeitem").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight"):
        tree.page.keyboard.press(key)
    expect(tree.get_by_role("treeitem", selected=True)).to_contain_text('sku: "B-2"')
    part.get_by_role("button", name="Copy the path").click()
    expect(part.locator("copy-button .word", has_text="Copied")).to_be_visible()
    assert clipboard(part) == "$.lines[1].sku"
    tree.page.get_by_role("treeitem", selected=True).focus()
    tree.page.keyboard.press("ArrowLeft")
    tree.page.keyboard.press("ArrowLeft")
    expect(tree.get_by_role("treeitem")).to_have_count(7)


@EVERY_SCREEN
def test_json_is_searched_by_key_and_value(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "body", sent(server, content=ORDER, content_type="application/json"))
    part.get_by_role("searchbox", name="Find in the JSON").fill("sku")
    expect(part.get_by_text("2 matches")).to_be_visible()
    expect(part.get_by_role("treeitem")).to_have_text(
        [re.compile(r"\$\.lines\[0\]\.sku"), re.compile(r"\$\.lines\[1\]")]
    )
    part.get_by_role("searchbox", name="Find in the JSON").fill("")
    expect(part.get_by_role("treeitem")).to_have_count(8)


@EVERY_SCREEN
def test_a_large_json_body_is_laid_out_a_hundred_rows_at_a_time(server: Running, open_page: Open) -> None:
    body = b"[" + b",".join(b"%d" % number for number in range(20_000)) + b"]"
    part = details(open_page, server, "body", sent(server, content=body, content_type="application/json"))
    expect(part.get_by_role("treeitem")).to_have_count(102)
    part.get_by_text("Show 100 of 19,900 more").click()
    expect(part.get_by_role("treeitem")).to_have_count(202)


@EVERY_SCREEN
def test_a_coding_is_undone_and_can_be_looked_at_as_it_was_sent(server: Running, open_page: Open) -> None:
    body = gzip.compress(b"squeezed text")
    part = details(
        open_page, server, "body", sent(server, content=body, content_encoding="gzip", content_type="text/plain")
    )
    expect(part.locator("pre")).to_have_text("squeezed text")
    expect(part.locator(".tools")).to_contain_text("gzip undone")
    part.get_by_role("button", name="As sent").click()
    expect(part.locator("pre")).to_contain_text("00000000  1f 8b 08")


@EVERY_SCREEN
def test_what_cannot_be_undone_says_so(server: Running, open_page: Open) -> None:
    broken = sent(server, content=b"no gzip", content_encoding="gzip", content_type="text/plain")
    expect(details(open_page, server, "body", broken).locator(".remark").first).to_contain_text("gzip")
    not_json = sent(server, content=b'{"a": oops}', content_type="application/json")
    expect(details(open_page, server, "body", not_json).locator(".problem")).to_contain_text("line 1, column 7")


@EVERY_SCREEN
def test_parts_of_a_form_have_names_sizes_and_previews(server: Running, open_page: Open) -> None:
    files = [("photo", ("me.png", PNG, "image/png")), ("notes", ("a.txt", b"some text", "text/plain"))]
    answer = server.client.post("/upload", files=files)
    part = details(open_page, server, "body", answer.headers["x-echoscope-id"])
    expect(part.locator(".part").first).to_contain_text("me.png")
    expect(part.locator(".part").first).to_contain_text("78 B")
    expect(part.get_by_role("img", name="picture")).to_have_js_property("naturalWidth", 10)
    expect(part.locator(".part").nth(1)).to_contain_text("some text")


@EVERY_SCREEN
def test_frames_are_filtered_by_direction_and_the_close_code_is_in_words(server: Running, open_page: Open) -> None:
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        socket.send(b"\x00\xff")
        socket.recv()
        socket.close(1001, "bye")
    part = details(open_page, server, "events", session_id(server, "/chat"))
    expect(part.locator(".events")).to_contain_text("1001, going away: the page was left or the server stops: bye")
    everything = part.locator(".events details").count()
    part.get_by_role("button", name="Sent").click()
    expect(part.locator(".events details")).to_have_count(everything - 3)
    part.get_by_role("button", name="Received").click()
    part.locator(".events details", has_text="receive").filter(has_text="00 ff").locator("summary").click()
    expect(part.locator(".events pre")).to_contain_text("00000000  00 ff")


@EVERY_SCREEN
def test_of_a_thousand_messages_the_first_and_last_are_rows(server: Running, open_page: Open) -> None:
    with connect(server.websocket_url("/many")) as socket:
        for number in range(600):
            socket.recv()
            socket.send(str(number))
    part = details(open_page, server, "events", session_id(server, "/many"))
    expect(part.locator(".events details")).to_have_count(100)
    part.get_by_role("button", name=re.compile("Show 100 of")).click()
    expect(part.locator(".events details")).to_have_count(200)


@EVERY_SCREEN
def test_code_is_written_in_each_language_and_copied(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "code", sent(server, "/order", b"{}", authorization="Bearer s3cret"))
    expect(part.locator("pre")).to_contain_text("curl")
    part.get_by_role("button", name="Python, httpx").click()
    expect(part.locator("pre")).to_contain_text("import httpx")
    expect(part.locator("pre")).to_contain_text("s3cret")
    part.get_by_role("button", name="Copy the code").click()
    expect(part.locator("copy-button .word", has_text="Copied")).to_be_visible()
    assert clipboard(part) == part.locator("pre").text_content()


@EVERY_SCREEN
def test_a_failure_and_a_cut_body_are_found_in_the_overview(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "overview", sent(server, content=b"x" * 400_000))
    expect(part.get_by_role("list", name="Findings")).to_contain_text("the first 262,144 bytes are kept")


@EVERY_SCREEN
def test_keys_of_the_scope_are_explained_with_a_link_to_the_specification(server: Running, open_page: Open) -> None:
    part = details(open_page, server, "scope", sent(server))
    part.get_by_text("raw_path", exact=True).click()
    expect(part.get_by_text("The path as its bytes came")).to_be_visible()
    link = part.locator("details[open] a")
    expect(link).to_have_attribute("href", re.compile("asgi.readthedocs.io.*#http-connection-scope"))


def test_every_tab_fits_a_page_of_320_pixels(server: Running, open_page: Open) -> None:
    exchange_id = sent(server, "/" + "long" * 60, ORDER + b"x" * 300, x_long="y" * 500, authorization=f"Bearer {TOKEN}")
    page, _ = open_page(viewport={"width": 320, "height": 640})
    board = Dashboard(page)
    for tab in board.open_tabs(server, exchange_id):
        wide = "panel => panel.scrollWidth - panel.clientWidth"
        assert board.details.get_by_role("tabpanel").evaluate(wide) == 0, tab
        assert page.evaluate("document.documentElement.scrollWidth") == 320, tab


def test_hostile_parts_frames_and_comparisons_create_no_element(server: Running, open_page: Open) -> None:
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        socket.send(MARKUP)
        socket.recv()
        socket.close(4000, MARKUP)
    files = [(MARKUP, (f"{MARKUP}.html", MARKUP.encode(), "text/html"))]
    parts = server.client.post("/up", files=files).headers["x-echoscope-id"]
    evil = sent(
        server,
        f"/{MARKUP}?a={MARKUP}",
        f'{{"{MARKUP[:9]}": "<svg onload=x>"}}'.encode(),
        content_type="application/json",
    )
    page = details(open_page, server, "body", parts).page
    expect(page.locator(".part")).to_contain_text("onerror")
    assert is_unharmed(page)
    for address in (
        f"?id={session_id(server, '/chat')}&tab=events",
        f"?id={parts}&with={evil}",
        f"?id={evil}&tab=code",
    ):
        page.goto(f"{server.origin}/-/{address}")
        expect(page.locator("#panel, compare-view").filter(visible=True)).to_contain_text("onerror")
        assert is_unharmed(page)


@EVERY_SCREEN
def test_without_scripts_the_page_of_an_exchange_reads_bodies_out_and_shows_code(
    server: Running, open_page: Open
) -> None:
    body = gzip.compress(b"squeezed text")
    exchange_id = sent(
        server, "/zip", body, content_encoding="gzip", content_type="text/plain", authorization="Bearer s3cret"
    )
    page, _ = open_page(java_script_enabled=False)
    page.goto(f"{server.origin}/-/exchanges/{exchange_id}?reveal=0")
    expect(page.get_by_text("squeezed text", exact=True)).to_be_visible()
    expect(page.get_by_text("gzip undone")).to_be_visible()
    expect(page.locator("section", has=page.get_by_role("heading", name="Code")).locator("pre")).to_contain_text(
        "redacted-"
    )
