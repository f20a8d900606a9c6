"""Bodies to their end: whole parts, cut JSON, markup, streams, and the messages of a session while they come."""

import json
import re
import zlib
from base64 import b64decode
from pathlib import Path

from playwright.sync_api import expect
from websockets.sync.client import connect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.test_detail import details, sent, session_id
from tests.eventually import eventually
from tests.servers import Running

pytestmark = EVERY_SCREEN


def large_png() -> bytes:
    """A picture of 300 × 300 pixels that takes more than 64 KiB: its rows are no pattern."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    noise = bytearray(b64decode("iVBORw0KGgo="))
    state = 1
    rows = bytearray()
    for _ in range(300):
        rows.append(0)
        for _ in range(300):
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            rows.append(state >> 16 & 0xFF)
    header = (300).to_bytes(4) * 2 + b"\x08\x00\x00\x00\x00"
    noise += chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    return bytes(noise)


def test_a_large_picture_in_a_form_is_shown_and_saved_whole(server: Running, open_page: Open) -> None:
    content = large_png()
    assert len(content) > 66_000
    answer = server.client.post("/up", files=[("photo", ("me.png", content, "image/png")), ("note", (None, b"hi"))])
    part = details(open_page, server, "body", answer.headers["x-echoscope-id"])
    expect(part.get_by_role("img", name="picture")).to_have_js_property("naturalWidth", 300)
    with part.page.expect_download() as downloading:
        part.get_by_role("button", name=re.compile("Save this part")).first.click()
    assert downloading.value.suggested_filename == "me.png"
    assert Path(downloading.value.path()).read_bytes() == content


def test_json_that_is_cut_is_a_tree_with_its_cut(server: Running, open_page: Open) -> None:
    body = json.dumps({"list": list(range(60_000)), "end": True}).encode()
    assert len(body) > 300_000
    part = details(open_page, server, "body", sent(server, content=body, content_type="application/json"))
    expect(part.get_by_role("treeitem").first).to_contain_text("$")
    expect(part).to_contain_text("cut here")
    expect(part.locator(".problem")).to_have_count(0)
    expect(part).to_contain_text("as far as it is kept")


def test_the_place_of_an_error_is_marked_and_what_is_too_deep_is_not_called_wrong(
    server: Running, open_page: Open
) -> None:
    part = details(open_page, server, "body", sent(server, content=b'{"a": oops}', content_type="application/json"))
    expect(part.locator("mark")).to_have_text("o")
    expect(part.locator(".problem")).to_contain_text("Not JSON")
    deep = sent(server, content=b"[" * 100 + b"]" * 100, content_type="application/json")
    part.page.goto(f"{server.origin}/-/?tab=body&id={deep}")
    expect(part.locator(".remark")).to_have_text("JSON deeper than 64 levels is not laid out.")
    expect(part.locator(".problem")).to_have_count(0)


def test_xml_is_indented(server: Running, open_page: Open) -> None:
    part = details(
        open_page, server, "body", sent(server, content=b"<a><b>1</b><c/></a>", content_type="application/xml")
    )
    assert part.locator("pre").text_content() == "<a>\n  <b>1</b>\n  <c/>\n</a>"
    part.get_by_role("button", name="Source").click()
    assert part.locator("pre").text_content() == "<a><b>1</b><c/></a>"


def test_graphql_is_shown_as_its_document_and_its_variables(server: Running, open_page: Open) -> None:
    query = "query Orders($first: Int!) {\n  orders(first: $first) { id }\n}"
    made = server.client.post("/graphql", json={"query": query, "variables": {"first": 10}}).headers["x-echoscope-id"]
    part = details(open_page, server, "body", made)
    expect(part.locator("body-view")).to_contain_text("query Orders")
    assert part.locator("pre").text_content() == query
    expect(part.get_by_role("treeitem")).to_have_text(["variables: {1}", "first: 10"])
    part.get_by_role("button", name="JSON", exact=True).click()
    expect(part.get_by_role("treeitem").first).to_contain_text("$: {2}")
    part.get_by_role("tab", name="Overview").click()
    expect(part.locator("body-glance pre").first).to_have_text(f'{query}\n\n{{\n  "first": 10\n}}')
    part.page.goto(f"{server.origin}/-/exchanges/{made}")
    assert [part.page.locator("pre").nth(at).text_content() for at in (0, 1)] == [query, '{\n  "first": 10\n}']


def test_an_event_stream_is_read_by_its_events(server: Running, open_page: Open) -> None:
    made = server.client.get("/sse?count=3&duration=0").headers["x-echoscope-id"]
    part = details(open_page, server, "response", made)
    expect(part.locator(".stream > li")).to_have_count(3)


def test_json_in_a_form_field_is_laid_out(server: Running, open_page: Open) -> None:
    form = "application/x-www-form-urlencoded"
    body = b"payload=%7B%22a%22%3A%20%7B%22b%22%3A%201%7D%7D"
    part = details(open_page, server, "body", sent(server, content=body, content_type=form))
    part.get_by_text("JSON in it").click()
    expect(part.locator("pre")).to_have_text('{\n  "a": {\n    "b": 1\n  }\n}')


def test_messages_are_found_shown_as_json_and_named_by_who_closed(server: Running, open_page: Open) -> None:
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        for text in ('{"kind": "ping"}', '{"kind": "pong"}', "plain"):
            socket.send(text)
            socket.recv()
        socket.close(1001, "bye")
    part = details(open_page, server, "events", session_id(server, "/chat"))
    expect(part.get_by_role("tab", name=re.compile("Messages"))).to_be_visible()
    expect(part.get_by_role("tab", name=re.compile("^Body"))).to_be_hidden()
    part.get_by_role("searchbox", name="Find in the messages").fill("PING")
    expect(part.locator(".events details")).to_have_count(2)
    expect(part).to_contain_text("2 found")
    part.locator(".events summary").first.click()
    expect(part.locator(".events pre")).to_have_text('{\n  "kind": "ping"\n}')
    part.get_by_role("tab", name="Overview").click()
    expect(part).to_contain_text("by the client: 1001, going away")
    expect(part).to_contain_text("3 messages")


def test_an_open_session_is_followed_at_its_end_and_keeps_what_is_selected(server: Running, open_page: Open) -> None:
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        for number in range(60):
            socket.send(f"message {number}")
            socket.recv()
        eventually(lambda: server.client.get("/-/api/exchanges?q=path:/chat").json()["items"])
        part = details(open_page, server, "events", session_id(server, "/chat"))
        panel = part.get_by_role("tabpanel")
        expect(part.locator(".events")).to_contain_text("message")
        panel.evaluate("panel => { panel.scrollTop = panel.scrollHeight; }")
        last = part.locator(".events .glance").last
        last.evaluate("node => getSelection().selectAllChildren(node)")
        before = part.page.evaluate("getSelection().toString()")
        for number in range(60, 64):
            socket.send(f"message {number}")
            socket.recv()
        expect(part.locator(".events")).to_contain_text("message 63")
        at_end = "panel => panel.scrollTop + panel.clientHeight >= panel.scrollHeight - 4"
        assert panel.evaluate(at_end)
        assert part.page.evaluate("getSelection().toString()") == before


def test_without_scripts_parts_are_named_and_json_is_laid_out(server: Running, open_page: Open) -> None:
    files = [("photo", ("me.png", large_png()[:200], "image/png")), ("note", ("n.txt", b"<b>hi</b>", "text/plain"))]
    made = server.client.post("/up", files=files).headers["x-echoscope-id"]
    page, _ = open_page(java_script_enabled=False)
    page.goto(f"{server.origin}/-/exchanges/{made}")
    expect(page.get_by_role("heading", name="photo me.png")).to_be_visible()
    expect(page.get_by_text("<b>hi</b>", exact=True)).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Save the request’s body").click()
    assert b"<b>hi</b>" in Path(downloading.value.path()).read_bytes()
    made = server.client.post("/json", json={"a": [1, 2]}).headers["x-echoscope-id"]
    page.goto(f"{server.origin}/-/exchanges/{made}")
    assert page.locator("pre").first.text_content() == '{\n  "a": [\n    1,\n    2\n  ]\n}'
