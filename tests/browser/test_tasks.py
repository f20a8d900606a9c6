"""What people come for, each task by mouse, by keys alone and on a phone.

A hand counts its steps: clicks, taps and chords of keys, not what is typed nor the Enter or the Save that ends typing.
By mouse and by tap no task takes more than three.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.eventually import eventually
from tests.servers import Running

MOST: Final = 3
CLIPBOARD: Final = {"permissions": ["clipboard-read", "clipboard-write"]}
FOCUSED: Final = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
PHONE: Final = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIGNATURE: Final = "sha256=849c08f1b621690a832cb89fe2e4409814c1ba3a9c3d5438813bcb677d0e98e6"
BODY: Final = {"action": "opened", "repository": "octo/hello"}
PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f0003860180"
    "5a347d6b0000000049454e44ae426082"
)


class Hand:
    """A person at one of the three: `way` is `mouse`, `keys` or `phone`."""

    def __init__(self, page: Page, server: Running, way: str) -> None:
        self.page = page
        self.server = server
        self.way = way
        self.board = Dashboard(page).open(server)
        self.steps = 0

    @property
    def is_keys(self) -> bool:
        return self.way == "keys"

    def click(self, *targets: Locator, **options: Any) -> None:
        for target in targets:
            self.steps += 1
            if self.way == "phone":
                target.tap(**options)
            else:
                target.click(**options)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.steps += 1
            self.page.keyboard.press(key)

    def type(self, text: str, *ends: str) -> None:
        self.page.keyboard.type(text)
        for key in ends:
            self.page.keyboard.press(key)

    def row(self, text: str) -> Locator:
        return self.board.rows(text).first

    def menu(self, name: str) -> None:
        """An item of the menu: two steps."""
        items = self.board.details
        self.click(items.get_by_label("More actions"), items.get_by_role("button", name=name).last)

    def tab_to(self, name: str) -> None:
        """Go by Tab to a control of this name, however far it is."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if name in str(self.page.evaluate(FOCUSED)):
                return
        raise AssertionError(f"Tab does not lead to {name!r}")

    @property
    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def copied(self, text: str) -> None:
        eventually(lambda: text in self.clipboard)

    def choose(self, path: str) -> None:
        """Go to an exchange by the palette."""
        self.keys("Control+k")
        self.page.get_by_role("combobox", name="Command").fill(f"exchange {path}")
        self.page.keyboard.press("Enter")
        expect(self.board.details).to_contain_text(path)


def newest(server: Running) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.client.get("/-/api/exchanges").json()["items"]
    return items


def body_of_the_newest(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "4")
    else:
        hand.click(hand.row("/hook"), hand.board.tab("Body"))
    expect(hand.board.details.get_by_role("tab", selected=True)).to_contain_text("Body")
    expect(hand.board.details).to_contain_text("octo/hello")


def signature_readable(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "3")
    else:
        hand.click(hand.row("/hook"), hand.board.tab("Headers"))
    expect(hand.board.details).to_contain_text(SIGNATURE)
    hand.board.tab("Code").click()
    expect(hand.board.details).to_contain_text(SIGNATURE)


def copy_a_header_value(hand: Hand) -> None:
    value = hand.board.details.get_by_role("row", name="x-hub-signature-256")
    if hand.is_keys:
        hand.keys("g", "3", "Enter")
        hand.tab_to("Copy the value of x-hub-signature-256")
        hand.keys("Enter")
    else:
        hand.click(hand.row("/hook"))
        if hand.way == "mouse":
            value.hover()
        hand.click(value.get_by_role("button", name=re.compile("Copy")))
    hand.copied(SIGNATURE)


def copy_the_json_body(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "b")
    else:
        hand.click(
            hand.row("/hook"), hand.board.tab("Body"), hand.board.details.get_by_role("button", name="Copy the body")
        )
    eventually(lambda: json.loads(hand.clipboard or "0") == BODY)


def working_curl(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "y")
    else:
        hand.click(hand.row("/hook"))
        hand.menu("Copy as curl")
    hand.copied(SIGNATURE)
    assert hand.clipboard.startswith("curl ")


def only_errors(hand: Hand) -> None:
    option = hand.page.get_by_role("option", name=re.compile("status:>=400"))
    if hand.is_keys:
        hand.keys("/", "Alt+ArrowDown", "Enter")
    else:
        hand.click(hand.board.search, option)
    expect(hand.board.rows()).to_have_count(1)
    expect(hand.board.rows("404")).to_have_count(1)


def by_text_in_the_body(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("/")
    else:
        hand.click(hand.board.search)
    hand.type("octo/hello")
    expect(hand.board.rows()).to_have_count(1)
    if hand.is_keys:
        hand.keys("Enter")
    else:
        hand.click(hand.row("/hook"))
    expect(hand.board.details).to_contain_text("POST /hook")
    expect(hand.board.tab("Body")).to_have_attribute("title", "Holds what you search for")


def compare_with_the_previous(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "C")
    else:
        hand.click(hand.row("/hook"))
        hand.menu("Compare with the previous")
    comparison = hand.page.get_by_role("region", name="Comparison")
    expect(comparison).to_contain_text("closed")
    expect(comparison).to_contain_text("opened")


def compare_any_two(hand: Hand) -> None:
    first, second = hand.row("/hook"), hand.row("/other")
    if hand.is_keys:
        hand.keys("g", "J", "J", "K", "c")
    elif hand.way == "mouse":
        hand.click(first)
        hand.click(second, modifiers=["ControlOrMeta"])
        hand.click(hand.board.button("Compare"))
    else:
        press_long(hand, first)
        hand.click(second, hand.board.button("Compare"))
    expect(hand.page).to_have_url(re.compile("id=.+&with=.+"))
    expect(hand.page.get_by_role("region", name="Comparison")).to_contain_text("POST /hook")


def press_long(hand: Hand, target: Locator) -> None:
    """Rest a finger on it, as the browser gets it from the system."""
    hand.steps += 1
    box = target.bounding_box()
    assert box
    point = {"x": box["x"] + 200, "y": box["y"] + box["height"] / 2}
    session = hand.page.context.new_cdp_session(hand.page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(hand.page.get_by_role("group", name="The chosen ones")).to_contain_text("1 exchange chosen")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def send_again(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "r")
    else:
        hand.click(hand.row("/hook"), hand.board.details.get_by_role("button", name="Send again").first)
    expect(hand.page.get_by_text("Sent again: 200 OK")).to_be_visible()
    assert [item["path"] for item in newest(hand.server)[:2]] == ["/hook", "/hook"]


def pin_it(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "p")
    elif hand.way == "mouse":
        hand.click(hand.row("/hook"), hand.board.details.get_by_role("button", name="Pin or unpin").first)
    else:
        hand.click(hand.row("/hook"))
        hand.menu("Pin or unpin")
    expect(hand.board.details.get_by_text("Pinned", exact=True)).to_be_visible()


def note_it(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "n")
    elif hand.way == "mouse":
        hand.click(hand.row("/hook"), hand.board.details.get_by_role("button", name="Write a note").first)
    else:
        hand.click(hand.row("/hook"))
        hand.menu("Write a note")
    expect(hand.page.get_by_role("textbox", name="Note on this exchange")).to_be_focused()
    hand.type("the third retry", "Control+Enter")
    expect(hand.board.details).to_contain_text("the third retry")


def share_a_link(hand: Hand) -> None:
    if hand.is_keys:
        hand.keys("g", "l")
    else:
        hand.click(
            hand.row("/hook"), hand.board.details.get_by_role("button", name="Copy the link to this exchange").first
        )
    hand.copied(newest(hand.server)[0]["id"])
    assert hand.clipboard.startswith(hand.server.origin)


def this_one_as_har(hand: Hand) -> None:
    with hand.page.expect_download() as download:
        if hand.is_keys:
            hand.keys("g", "e")
            hand.tab_to("HAR 1.2")
            hand.keys("Enter")
        else:
            hand.click(
                hand.row("/hook"), hand.board.tab("Code"), hand.board.details.get_by_role("link", name="Save as HAR")
            )
    entries = json.loads(download.value.path().read_bytes())["log"]["entries"]
    assert [entry["request"]["url"].endswith("/hook") for entry in entries] == [True]


def save_the_picture(hand: Hand) -> None:
    save = hand.board.details.get_by_role("button", name=f"Save this part, {len(PNG)} B")
    with hand.page.expect_download() as download:
        if hand.is_keys:
            hand.choose("/upload")
            hand.keys("4", "Enter")
            expect(save).to_be_visible()
            hand.tab_to(f"Save this part, {len(PNG)} B")
            hand.keys("Enter")
        else:
            hand.click(hand.row("/upload"), hand.board.tab("Body"), save)
    assert download.value.suggested_filename == "cat.png"
    assert download.value.path().read_bytes() == PNG


def pause_read_resume(hand: Hand) -> None:
    pause = hand.page.get_by_role("button", name="Pause", exact=True)
    if hand.is_keys:
        hand.keys("Space")
    else:
        hand.click(pause)
    hand.server.client.get("/late")
    expect(hand.board.state).to_contain_text("1 new")
    if hand.is_keys:
        hand.keys("g")
    else:
        hand.click(hand.row("/hook"))
    expect(hand.board.details).to_contain_text("POST /hook")
    if hand.is_keys:
        hand.keys("Space")
    else:
        hand.click(pause)
    expect(hand.board.state).to_contain_text("Live")


Task = Callable[[Hand], None]
TASKS: Final[list[Task]] = [
    body_of_the_newest,
    signature_readable,
    copy_a_header_value,
    copy_the_json_body,
    working_curl,
    only_errors,
    by_text_in_the_body,
    compare_with_the_previous,
    compare_any_two,
    send_again,
    pin_it,
    note_it,
    share_a_link,
    this_one_as_har,
    save_the_picture,
    pause_read_resume,
]
WAYS: Final = ["mouse", "keys", "phone"]


def traffic(server: Running) -> None:
    """The newest is the webhook that everybody asks about; before it an earlier attempt, and others."""
    server.client.post("/upload", files={"photo": ("cat.png", PNG, "image/png")})
    server.client.get("/status/404")
    server.client.post("/hook", json={**BODY, "action": "closed", "repository": "octo/else"})
    server.client.get("/other")
    server.client.post("/hook", json=BODY, headers={"x-hub-signature-256": SIGNATURE})


@pytest.fixture
def hand(request: pytest.FixtureRequest, server: Running, open_page: Open) -> Hand:
    traffic(server)
    page, _ = open_page(**CLIPBOARD, **(PHONE if request.param == "phone" else {}))
    hand = Hand(page, server, request.param)
    expect(hand.board.rows()).to_have_count(5)
    return hand


@pytest.mark.parametrize("hand", WAYS, indirect=True)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_it_can_be_done(task: Task, hand: Hand) -> None:
    task(hand)
    print(f"{task.__name__} by {hand.way}: {hand.steps} steps")
    assert hand.steps <= MOST or hand.is_keys


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_it_can_be_sent_to_the_server_that_is_being_mended(hand: Hand, serve: Serve) -> None:
    mended = serve()
    if hand.is_keys:
        hand.keys("g", "t")
    else:
        hand.click(hand.row("/hook"))
        hand.menu("Send to another address")
    expect(hand.page.get_by_label("To", exact=True)).to_be_focused()
    hand.type(str(mended.port), "Enter")
    expect(hand.page.get_by_text("answered: 200 OK")).to_be_visible()
    sent = mended.client.get(f"/-/api/exchanges/{newest(mended)[0]['id']}?bodies=1").json()
    assert ["x-hub-signature-256", SIGNATURE] in sent["scope"]["headers"]
    assert json.loads(sent["request"]["body"]["content"]) == BODY
    assert hand.steps <= MOST
