"""Two exchanges side by side."""

import gzip
import re

from playwright.sync_api import Locator, Page, expect
from websockets.sync.client import connect

from tests.browser.conftest import EVERY_SCREEN, Open
from tests.browser.dashboard import Dashboard
from tests.servers import Running


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


@EVERY_SCREEN
def test_what_differs_is_shown_by_part(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    expect(view).to_contain_text("after A")
    assert lines(view, "Query") == [["changed", "attempt", "attempt=1", "attempt=2"]]
    assert ["only in A", "x-first", "1", "–"] in lines(view, "Request headers")
    assert ["only in B", "x-second", "–", "b"] in lines(view, "Request headers")
    assert lines(view, "Request body") == [["changed", "$.id", "1", "2"], ["only in B", "$.new", "–", "[]"]]


@EVERY_SCREEN
def test_what_is_the_same_is_shown_on_demand(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    assert all("x-third" not in line for line in lines(view, "Request headers"))
    view.get_by_role("button", name="Only differences").click()
    assert ["same", "x-third", "same", "same"] in lines(view, "Request headers")
    assert ["same", "Method", "POST", "POST"] in lines(view, "Facts")


@EVERY_SCREEN
def test_a_comparison_ends_where_it_began(server: Running, open_page: Open) -> None:
    view = compared(open_page, server)
    view.get_by_role("button", name="Close the comparison").click()
    expect(view).to_be_hidden()
    expect(view.page).not_to_have_url(re.compile("with="))
    expect(view.page.get_by_role("region", name="Details")).to_be_visible()


def test_a_comparison_fits_a_page_of_320_pixels(server: Running, open_page: Open) -> None:
    view = compared(open_page, server, viewport={"width": 320, "height": 640})
    assert lines(view, "Query") == [["changed", "attempt", "attempt=1", "attempt=2"]]
    assert view.evaluate("view => view.scrollWidth - view.clientWidth") == 0


def pair(page: Page, server: Running, first: str, second: str) -> Locator:
    Dashboard(page).open(server, f"/-/?id={first}&with={second}")
    return page.get_by_role("region", name="Comparison")


def note(view: Locator, title: str) -> Locator:
    """What a part says of itself."""
    return view.locator("section", has=view.page.get_by_role("heading", name=title, exact=True)).locator(".note").first


def posted(server: Running, content: str | bytes, content_type: str = "application/json", path: str = "/") -> str:
    answer = server.client.post(path, content=content, headers={"content-type": content_type})
    return str(answer.headers["x-echoscope-id"])


def targeted(server: Running, target: str) -> str:
    """An exchange with exactly this target: a client would write it differently."""
    head = server.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return str(re.findall(rb"x-echoscope-id: (\S+)", head, re.IGNORECASE)[0].decode())


LONG = "x" * 300_000


BODIES = [
    (LONG + "a", LONG + "b", "the first 262,144 of 300,001 bytes are the same · the digests of the whole differ"),
    (LONG + "a", LONG + "a", "the first 262,144 of 300,001 bytes are the same · so are the digests of the whole"),
    (LONG + "a", LONG + "ab", "300,001 and 300,002 bytes"),
    ('{"a": 1, "b": 2}', '{"b":2,"a":1}', "the same JSON, written differently"),
    ("same", "same", "the same"),
]

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
NOT_ALL = "what is read of the content is the same, but not all of it is read"


def one_part(content: str, *headers: str) -> str:
    head = "\r\n".join(['Content-Disposition: form-data; name="a"', *headers])
    return f"--B\r\n{head}\r\n\r\n{content}\r\n"


READ_IN_PART: list[tuple[str, str | bytes, str | bytes, str]] = [
    (FORM, "a=1&" * 3_000 + "z=1", "a=1&" * 3_000 + "z=2", NOT_ALL),
    (PARTS, one_part("x" * 99_999 + "1") + "--B--", one_part("x" * 99_999 + "2") + "--B--", NOT_ALL),
    (PARTS, one_part("1") * 65 + "--B--", one_part("1") * 64 + one_part("2") + "--B--", NOT_ALL),
    (PARTS, one_part("1") + "--B--", "before\r\n" + one_part("1") + "--B--", "the same when read: sent in other bytes"),
    ("text/plain", b"a\xff", b"a\xfe", NOT_ALL),
    ("application/json", b'{"a":"\xff"}', b'{"a":"\xfe"}', NOT_ALL),
    ("application/xml", "<a><b/></a>", "<a> <b/></a>", "the same but for white space between tags"),
    (
        "text/plain",
        "x" * 262_144,
        "x" * 262_145,
        "262,144 and 262,145 bytes · the first 262,144 of 262,144 bytes are the same",
    ),
    (FORM, "a=x+y", "a=x%20y", "the same when read: sent in other bytes"),
]


def test_bodies_are_the_same_only_where_that_is_known(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    for first, second, said in BODIES:
        view = pair(page, server, posted(server, first), posted(server, second))
        expect(note(view, "Request body")).to_contain_text(said)


def test_what_is_read_in_part_is_not_called_the_same(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    for media_type, first, second, said in READ_IN_PART:
        view = pair(page, server, posted(server, first, media_type), posted(server, second, media_type))
        expect(note(view, "Request body"), f"{media_type} {first[:20]!r}").to_have_text(
            re.compile(re.escape(said) + "$")
        )


def test_content_that_a_view_cannot_hold_is_not_called_the_same(server: Running, open_page: Open) -> None:
    ids = []
    for end in (b"1", b"2"):
        content = gzip.compress(b"x" * (8 << 20) + end)
        headers = {"content-type": "text/plain", "content-encoding": "gzip"}
        ids.append(server.client.post("/", content=content, headers=headers).headers["x-echoscope-id"])
    page, _ = open_page()
    expect(note(pair(page, server, *ids), "Request body")).to_have_text(re.compile(NOT_ALL + "$"))


def test_headers_of_parts_are_compared(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    ids = [posted(server, one_part("1", *headers) + "--B--", PARTS) for headers in ([], ["X-Q: 1"])]
    assert lines(pair(page, server, *ids), "Request body") == [["changed", "a", "1 B · 1", "x-q: 1 · 1 B · 1"]]


QUERIES = [
    ("/q?a=%2F", "/q?a=/", "only the writing differs"),
    ("/q?a=x+y", "/q?a=x%20y", "only the writing differs"),
    ("/q?a", "/q?a=", "only the writing differs"),
    ("/q?a=%c3%a9", "/q?a=%C3%A9", "only the writing differs"),
    ("/q?" + "a=1&" * 449 + "z=1", "/q?" + "a=1&" * 449 + "z=2", "1 difference"),
]


def test_targets_are_compared_as_they_were_sent(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    for first, second, said in QUERIES:
        view = pair(page, server, targeted(server, first), targeted(server, second))
        expect(note(view, "Query"), f"{first[:20]} and {second[:20]}").to_have_text(said)


def test_paths_of_which_only_the_writing_differs_are_told_apart(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    view = pair(page, server, targeted(server, "/x%2Fy"), targeted(server, "/x/y"))
    assert ["only the writing differs", "Path as it was sent", "/x%2Fy", "/x/y"] in lines(view, "Facts")
    view = pair(page, server, targeted(server, "/%ff"), targeted(server, "/%fe"))
    assert ["changed", "Path as it was sent", "/%ff", "/%fe"] in lines(view, "Facts")


@EVERY_SCREEN
def test_the_messages_of_sessions_are_compared(server: Running, open_page: Open) -> None:
    ids = []
    for word in ("hello", "jello", b"jello"):
        with connect(server.websocket_url("/chat")) as socket:
            socket.recv()
            socket.send(word)
            socket.recv()
        items = server.client.get("/-/api/exchanges").json()["items"]
        ids.append(items[0]["id"])
    page, _ = open_page()
    view = pair(page, server, *ids[:2])
    assert ["changed", "received", "hello", "jello"] in lines(view, "Messages")
    view = pair(page, server, *ids[1:])
    assert ["only in A", "received", "jello", "–"] in lines(view, "Messages")
    assert ["only in B", "received (binary)", "–", "jello"] in lines(view, "Messages")


@EVERY_SCREEN
def test_forms_texts_and_arrays_are_compared_by_what_they_hold(server: Running, open_page: Open) -> None:
    form = "application/x-www-form-urlencoded"
    page, _ = open_page()
    view = pair(page, server, posted(server, "a=1&b=2", form), posted(server, "a=1&b=3", form))
    assert lines(view, "Request body") == [["changed", "b", "2", "3"]]
    view = pair(page, server, posted(server, "a\nb\nc", "text/plain"), posted(server, "a\nX\nc", "text/plain"))
    assert lines(view, "Request body") == [["changed", "line 2", "b", "X"]]
    view = pair(page, server, posted(server, "[1,2,3,4]"), posted(server, "[0,1,2,3,4]"))
    assert lines(view, "Request body") == [["only in B", "$[0]", "–", "0"]]


def test_what_is_hidden_is_not_called_the_same(server: Running, open_page: Open) -> None:
    form = "application/x-www-form-urlencoded"
    ids = [posted(server, f"password=secret-number-{number}", form) for number in (1, 2)]
    page, _ = open_page()
    view = pair(page, server, *ids)
    assert lines(view, "Request body") == [["changed", "password", "secret-number-1", "secret-number-2"]]
    view.page.keyboard.press("s")
    expect(note(view, "Request body")).to_contain_text("the same but for secrets, which are hidden")
