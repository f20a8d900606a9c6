"""Every view, light and dark, held against axe-core's rules, and the dashboard against Lighthouse's."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect

from tests.browser.conftest import CHROMIUMS, Open
from tests.browser.dashboard import Dashboard
from tests.conftest import Serve
from tests.programs import NODE_PACKAGES, missing, require
from tests.servers import HOST, Running

MODULES = Path(__file__).parent / "node_modules"
LIGHTHOUSE_S = 180

OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES: dict[str, dict[str, Any]] = {"light": {}, "dark": OF_COLOURS}
"""With the rules that are tried: those that do not look at colours find in the dark what they find in the light."""

RUN = """async ([part, options]) => {
  const passing = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(passing.map((one) => one.finished));
  const { violations } = await axe.run(part ?? document, { resultTypes: ["violations"], preload: false, ...options });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" ")}`);
}"""
"""What fades in has its colours when it has done so. No rule that is tried asks for `preload`."""

GO = """(place) => {
  history.pushState(null, "", place);
  dispatchEvent(new PopStateEvent("popstate"));
}"""
"""To another place of the dashboard as the button back leads there: a page that is loaded needs the rules anew."""


def module(name: str) -> Path:
    """A file of an npm package; who has not installed them skips, by name."""
    path = MODULES / name
    return path if path.exists() else missing(f"npm package {name.split('/')[0]}", NODE_PACKAGES)


def traffic(server: Running, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """Exchanges of all kinds; gives the ids of a rich one and of a WebSocket session. `headers`: for who signs in."""
    for path in ("/status/302", "/status/404", "/status/503", "/gone?token=secret"):
        server.client.get(path, follow_redirects=False)
    rich = {"authorization": "Bearer e30.e30.x", "cookie": "a=1; b=2", "accept": "text/html;q=0.8, */*"}
    server.client.post("/hook", json={"id": 1})
    server.client.post("/hook", json={"id": 2, "list": [1, None, "x"]}, headers=rich)
    with connect(server.websocket_url("/chat")) as socket:
        socket.recv()
        socket.send("hello")
        socket.recv()
    items = server.client.get("/-/api/exchanges", headers=headers).json()["items"]
    return items[1]["id"], items[0]["id"]


def violations(page: Page, part: str | None = None) -> list[str]:
    """What breaks a rule in the page, or in the part that a selector names, in the light and in the dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(module("axe-core/axe.min.js").read_text())
    broken: list[str] = []
    for scheme, options in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        broken += [f"in the {scheme}: {text}" for text in page.evaluate(RUN, [part, options])]
    return broken


def opened(open_page: Open, width: int = 1200, expects: str = "404") -> Page:
    page, watch = open_page(bypass_csp=True, reduced_motion="reduce", viewport={"width": width, "height": 800})
    watch.expects("404")  # one of the pages says that there is none
    watch.expects(expects)
    return page


def test_the_rules_see_what_is_wrong(open_page: Open) -> None:
    page = opened(open_page)
    page.set_content("<main><img src='data:,'><p style='color: #eee; background: #fff'>faint</p></main>")
    found = " ".join(violations(page))
    assert "image-alt" in found
    assert "in the light: color-contrast" in found
    page.set_content(
        "<style>@media (prefers-color-scheme: dark) { p { color: #111; background: #000 } }</style><p>faint</p>"
    )
    assert any(text.startswith("in the dark: color-contrast") for text in violations(page))


def test_no_place_of_the_dashboard_violates_a_rule(server: Running, open_page: Open) -> None:
    rich, session = traffic(server)
    previous = server.client.get("/-/api/exchanges").json()["items"][2]["id"]
    server.client.put(f"/-/api/exchanges/{rich}/pin")
    server.client.put(f"/-/api/exchanges/{rich}/note", json={"note": "a note"})
    server.raw(b"\x16\x03\x01 no HTTP\r\n\r\n")
    refused = server.client.get("/-/api/exchanges?q=state:refused").json()["items"][0]["id"]
    page = opened(open_page, expects="400")  # one of them is a search that makes no sense
    main, found = page.locator("main"), {}
    for place, text in {
        "": "8 exchanges",
        "?pinned=1": "1 pinned",
        "?q=-method:POST+chat": "1 found",
        "?q=nothing-has-this": "Nothing that is kept",
        f"?id={previous}&with={rich}": "they part at byte",
        f"?id={session}&tab=events": "normal closure",
        f"?id={session}&tab=code": "It sends the request",
        f"?id={refused}&tab=overview": "None was sent",
        f"?id={refused}&tab=wire": "The exchanges of this connection",
    }.items():
        if place:
            page.evaluate(GO, f"/-/{place}")
        else:
            Dashboard(page).open(server)
        expect(main).to_contain_text(text)
        found[place] = violations(page)
    for place, text in {"?q=status:x": "must be a status", "?id=none": "no longer kept"}.items():
        Dashboard(page).open(server, f"/-/{place}")
        expect(main).to_contain_text(text)
        found[place] = violations(page)
    for tab in Dashboard(page).open_tabs(server, rich):
        found[tab] = violations(page, "exchange-detail")
    assert {place: problems for place, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [1200, 390])
def test_no_dialog_violates_a_rule(server: Running, open_page: Open, width: int) -> None:
    traffic(server)
    page = opened(open_page, width)
    board = Dashboard(page).open(server)
    expect(board.rows("/hook")).to_have_count(2)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"[?&]id="))
    found = {}
    for key in ("n", "e", "D", ",", "?", "R", "t", "T", "Control+k"):
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(1)
        found[key] = violations(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(page.locator("dialog :focus")).to_have_count(0)
    page.get_by_label("More actions").click()
    found["menu"] = violations(page)
    assert {key: problems for key, problems in found.items() if problems} == {}


def test_nothing_that_opens_violates_a_rule(server: Running, open_page: Open) -> None:
    rich, session = traffic(server)
    page = opened(open_page)
    board = Dashboard(page).open(server, f"/-/?id={rich}&tab=headers")
    found = {}
    page.keyboard.press("/")
    board.search.press_sequentially("s")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    found["suggestions"] = violations(page)
    board.search.fill("")
    page.keyboard.press("Escape")
    board.details.get_by_role("row", name="content-type").locator("bdi").click()
    expect(page.get_by_role("button", name="Only these")).to_be_visible()
    found["value"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Other pages").click()
    found["doors"] = violations(page)
    page.keyboard.press("Escape")
    board.rows("/hook").first.click()
    board.rows("/gone").click(modifiers=["ControlOrMeta"])
    expect(page.get_by_role("group", name="The chosen ones")).to_be_visible()
    found["several"] = violations(page)
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    found["undo"] = violations(page)
    page.keyboard.press("s")
    page.keyboard.press("x")
    page.keyboard.press("g")
    found["hidden and folded"] = violations(page)
    board.open(server, f"/-/?id={session}&tab=events")
    board.details.locator(".events summary").nth(2).click()
    found["messages"] = violations(page)
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_no_page_violates_a_rule(server: Running, open_page: Open) -> None:
    rich, session = traffic(server)
    page = opened(open_page)
    paths = [
        "/hello?a=1",
        f"/-/exchanges/{rich}",
        f"/-/exchanges/{session}",
        "/-/exchanges/none",
        "/-/login",
        "/-/endpoints",
        "/-/systems",
        "/-/bins",
        "/-/bins/hooks/",
        "/-/bins/hooks/settings",
        "/-/bins/hooks/delete",
        "/-/bins/hooks/login",
        "/-/nothing",
        "/forms/post",
    ]
    server.client.post("/-/api/bins", json={"name": "hooks"})
    found = {}
    for path in paths:
        page.goto(server.origin + path)
        found[path] = violations(page)
    server.client.delete("/-/api/exchanges")
    Dashboard(page).open(server)
    found["empty"] = violations(page)
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_a_page_that_lost_its_server_violates_no_rule(serve: Serve, open_page: Open) -> None:
    server = serve()
    traffic(server)
    page = opened(open_page, expects=r"WebSocket connection|ERR_CONNECTION")
    board = Dashboard(page).open(server)
    expect(board.rows("/hook")).to_have_count(2)
    server.stop()
    expect(board.state).to_contain_text("Offline")
    assert violations(page) == []
    server = serve(port=server.port)
    server.client.get("/new")
    expect(board.rows("/new")).to_have_count(1)
    assert violations(page) == []


def test_the_report_and_the_sessions_violate_no_rule(serve: Serve, open_page: Open) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile="public", token=token)
    traffic(server, headers={"authorization": f"Bearer {token}"})
    page = opened(open_page)
    page.goto(f"{server.origin}/-/login#token={token}")
    expect(page.locator("connection-state")).to_contain_text("Live")
    page.goto(f"{server.origin}/-/sessions")
    assert violations(page) == []
    page.set_content(server.client.get("/-/api/export.html", headers={"authorization": f"Bearer {token}"}).text)
    assert violations(page) == []


def test_without_javascript_no_page_violates_a_rule(server: Running, open_page: Open) -> None:
    traffic(server)
    page = opened(open_page)
    markup = server.client.get("/-/", headers={"accept": "text/html"}).text
    plain = markup.replace("<noscript>", "").replace("</noscript>", "").replace('type="module"', 'type="text/plain"')
    page.route("**/-/", lambda route: route.fulfill(body=plain, content_type="text/html"))
    page.goto(server.origin + "/-/")
    expect(page.get_by_role("heading", name="Exchanges")).to_be_visible()
    assert violations(page) == []


def test_lighthouse_gives_the_dashboard_everything_for_accessibility_and_best_practices(
    server: Running, tmp_path: Path
) -> None:
    traffic(server)
    report = tmp_path / "report.json"
    flags = f"--headless=new --no-sandbox --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE {HOST}'"
    options = ["--only-categories=accessibility,best-practices", "--preset=desktop", f"--chrome-flags={flags}"]
    output = ["--quiet", "--output=json", f"--output-path={report}"]
    subprocess.run(
        [require("node"), module("lighthouse/cli/index.js"), server.origin + "/-/", *options, *output],
        env={"CHROME_PATH": require(*CHROMIUMS), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CI": "1"},
        check=True,
        timeout=LIGHTHOUSE_S,
        capture_output=True,
    )
    read = json.loads(report.read_text())
    failed = [audit["title"] for audit in read["audits"].values() if audit["score"] is not None and audit["score"] < 1]
    assert {name: category["score"] for name, category in read["categories"].items()} == {
        "accessibility": 1,
        "best-practices": 1,
    }, failed
