"""Findings in the dashboard, and that a browser's own requests have none."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.dashboard import Dashboard
from tests.eventually import eventually
from tests.servers import Running

REQUESTS = """async () => {
  const form = new FormData();
  form.append("title", "naïve");
  form.append("file", new Blob(["a,b"], {type: "text/csv"}), "a.csv");
  await fetch("/items?q=" + encodeURIComponent("a b&c=100%"));
  await fetch("/items", {method: "POST", body: JSON.stringify({a: 1}), headers: {"Content-Type": "application/json"}});
  await fetch("/items", {method: "POST", body: new URLSearchParams({a: "1", b: "x y"})});
  await fetch("/items", {method: "PUT", body: form});
  await fetch("/items/1", {method: "DELETE"});
  await fetch("/items", {method: "HEAD"});
  navigator.sendBeacon("/collect", "t=1");
  const socket = new WebSocket("ws://" + location.host + "/chat");
  await new Promise((resolve) => { socket.onmessage = resolve; });
  await new Promise((resolve) => { socket.onclose = resolve; socket.close(1000); });
}"""


def exchanges(server: Running) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.client.get("/-/api/exchanges").json()["items"]
    return items


def test_requests_of_a_browser_have_no_findings(server: Running, open_page: Open) -> None:
    page, _ = open_page()
    page.goto(f"{server.origin}/hello?a=1")
    page.evaluate(REQUESTS)
    eventually(lambda: "/collect" in {item["path"] for item in exchanges(server)})
    eventually(lambda: all(item["state"] == "done" for item in exchanges(server)))
    assert {item["method"] for item in exchanges(server)} == {"GET", "POST", "PUT", "DELETE", "HEAD", None}
    for item in exchanges(server):
        document = server.client.get(f"/-/api/exchanges/{item['id']}").json()
        assert document["findings"] == [], (item["method"], item["path"])


def test_a_finding_is_shown_with_what_to_do_and_a_link_to_its_source(server: Running, open_page: Open) -> None:
    headers = {"content-type": "application/json"}
    answer = server.client.post("/a//b", content=b'{"a": 1,}', headers=headers)
    exchange_id = answer.headers["x-echoscope-id"]
    page, _ = open_page()
    board = Dashboard(page).open(server, f"/-/?id={exchange_id}&tab=overview")
    found = board.details.get_by_role("list", name="Findings").get_by_role("listitem")
    expect(found).to_have_count(2)
    expect(found.first).to_have_attribute("data-level", "error")
    expect(found.first).to_contain_text("error: The request is not valid JSON")
    expect(found.first).to_contain_text("line 1, column 9.")
    expect(found.first.get_by_text("Remove the comma before the closing bracket.")).to_be_visible()
    source = found.first.get_by_role("link", name="RFC 8259, section 2")
    expect(source).to_have_attribute("href", "https://www.rfc-editor.org/rfc/rfc8259#section-2")
    expect(found.last).to_have_attribute("data-level", "note")
    page.goto(f"{server.origin}/-/exchanges/{exchange_id}")
    expect(page.get_by_role("list", name="Findings").get_by_role("listitem")).to_have_count(2)
