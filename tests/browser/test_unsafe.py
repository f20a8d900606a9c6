"""Answers that clients compose freely run their scripts, and never with the eyes of the operator."""

import json
from base64 import urlsafe_b64encode
from urllib.parse import quote

import pytest

from tests.browser.conftest import Open
from tests.conftest import Serve
from tests.servers import Running

TOKEN = "a-token-of-the-operator"

SCRIPT = """<!doctype html><title>begun</title><script>
const tries = {
  fetch: async () => (await fetch("/-/api/exchanges")).text(),
  credentials: async () => (await fetch("/-/api/exchanges", { credentials: "include" })).text(),
  request: () => new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.onload = () => done(request.responseText);
    request.onerror = () => fail(new Error("failed"));
    request.open("GET", "/-/api/exchanges");
    request.send();
  }),
  feed: () => new Promise((done, fail) => {
    const socket = new WebSocket(`ws://${location.host}/-/live?after=0`);
    socket.onmessage = (message) => done(message.data);
    socket.onerror = () => fail(new Error("failed"));
  }),
  frame: () => new Promise((done, fail) => {
    const frame = document.createElement("iframe");
    frame.onload = () => { try { done(frame.contentDocument.body.textContent); } catch (error) { fail(error); } };
    frame.src = "/-/api/exchanges";
    document.body.append(frame);
  }),
  cookie: async () => document.cookie || Promise.reject(new Error("none")),
  storage: async () => localStorage.length,
  worker: async () => (await navigator.serviceWorker.register("/base64/MQ==?content-type=text/javascript")).scope,
};
(async () => {
  const got = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { got[name] = String(await attempt()); } catch (error) { got[name] = null; }
  }
  document.title = JSON.stringify(got);
})();
</script><body>"""

ADDRESSES = {
    "base64": "/base64/{code}?content-type=text/html",
    "mix": "/mix/h=Content-Type:text%2Fhtml/h=Service-Worker-Allowed:%2F/b64={code}",
    "its own policy": "/mix/h=Content-Type:text%2Fhtml/b64={code}"
    "/h=Content-Security-Policy:sandbox%20allow-same-origin%20allow-scripts",
}


@pytest.mark.parametrize("profile", ["local", "public"])
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_a_link_to_a_script_reads_nothing_of_the_log(serve: Serve, open_page: Open, address: str, profile: str) -> None:
    server = serve(unsafe_responses=True, profile=profile, token=TOKEN)
    page, watch = open_page()
    watch.expects("")
    page.goto(f"{server.origin}/-/login#token={quote(TOKEN)}" if profile == "public" else f"{server.origin}/-/")
    page.wait_for_url(f"{server.origin}/-/")
    operator = page.evaluate("async () => (await fetch('/-/api/exchanges')).status")
    assert operator == 200
    page.goto(server.origin + address.format(code=quote(code(server))))
    page.wait_for_function("document.title.startsWith('{')")
    got = json.loads(page.title())
    assert set(got) == {"fetch", "credentials", "request", "feed", "frame", "cookie", "storage", "worker"}
    assert [name for name, value in got.items() if value is not None] == []


def code(server: Running) -> str:
    """The script, in Base64; and something in the log that it could read."""
    server.client.get("/secret")
    return urlsafe_b64encode(SCRIPT.encode()).decode()
