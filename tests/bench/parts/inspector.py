"""The inspector in a browser: what its page weighs, when it shows, how soon it obeys, and how it stands a flood.

The browser shares the load's core. Elapsed times are for quiet machines; bytes, requests and computed times are not
disturbed by other programs.
"""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUMS
from tests.browser.work import PAINTED, WATCH_TASKS, Work

from ..bench import Bench
from ..errors import BenchError
from ..filling import LARGE, fill
from ..pace import paced
from ..programs import echoscope
from ..report import Figure, Wanted
from ..servers import Server

RATE = 1_000
KEPT = 200
"""Exchanges that are there when the page is first opened."""

SEARCHED = 50_000
EVERY = 5_000
"""How far apart the exchanges stand that are searched for."""

TIMES = 5
TIMEOUT_MS = 60_000.0

CLICK = """([index, text]) => new Promise((resolve) => {
  const panel = document.querySelector("#panel");
  const begun = performance.now();
  const look = () => {
    if (!panel.textContent.includes(text)) return false;
    resolve(performance.now() - begun);
    return true;
  };
  const observer = new MutationObserver(() => look() && observer.disconnect());
  observer.observe(panel, { childList: true, subtree: true, characterData: true });
  document.querySelectorAll(".rows .row")[index].click();
  look();
})"""
"""From the click on a row until the panel holds a text."""

SEARCH = """([query, text]) => new Promise((resolve) => {
  const field = document.querySelector("input[type=search]");
  const times = {};
  const begun = performance.now();
  const look = () => {
    const note = (name, is) => { if (is) times[name] ??= performance.now() - begun; };
    note("progress", !document.querySelector("#foot progress").hidden);
    const links = [...document.querySelectorAll(".rows .row:not(.gap) .path a")];
    note("hit", links.length > 0 && links.every((link) => link.title.includes(text)));
    const isDone = /^[\\d,]+ found$/.test(document.querySelector("#foot span").textContent);
    note("done", isDone && "hit" in times);
    if ("done" in times) resolve(times);
    else setTimeout(look, 4);
  };
  field.value = query;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  look();
})"""
"""From the end of typing until the first hit is a row, progress is to be seen, and all is found."""


def figures(bench: Bench) -> list[Figure]:
    with _browser() as browser:
        return [*_cold(bench, browser), *_clicks(bench, browser), *_flood(bench, browser), *_search(bench, browser)]


@contextmanager
def _browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if executable is None:
        raise BenchError(f"a browser is needed: {' or '.join(CHROMIUMS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser, server: Server, path: str = "/-/") -> Iterator[Page]:
    """A page in a profile that has nothing yet, live and with its rows."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.add_init_script(WATCH_TASKS)
    page.goto(server.origin + path)
    page.wait_for_selector("connection-state [data-state=live], connection-state[data-state=live]")
    yield page
    context.close()


def _cold(bench: Bench, browser: Browser) -> list[Figure]:
    bench.say(f"inspector: opened {TIMES} times with {KEPT} exchanges")
    weights, requests, paints = [], [], []
    with bench.serve(echoscope("--max-exchanges", "1000")) as server:
        for number in range(KEPT):
            httpx.get(f"{server.origin}/items/{number}", trust_env=False)
        for _ in range(TIMES):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            sizes: list[int] = []
            session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
            page.goto(server.origin + "/-/")
            page.wait_for_selector(".rows .row")
            page.wait_for_load_state("networkidle")
            paints.append(float(page.evaluate(PAINTED)))
            weights.append(sum(sizes) / 1000)
            requests.append(float(len(sizes)))
            context.close()
    return [
        Figure("inspector", "first visit, over the wire", "kB", weights, Wanted(at_most=90)),
        Figure("inspector", "first visit", "requests", requests, Wanted(at_most=40)),
        Figure("inspector", "first contentful paint", "ms", paints, Wanted(at_most=250)),
    ]


def _clicks(bench: Bench, browser: Browser) -> list[Figure]:
    bench.say("inspector: clicks")
    sizes = {"1.4 kB of JSON": 40, "150 kB of JSON": 4_300}
    found: dict[str, list[float]] = {name: [] for name in sizes}
    with bench.serve(echoscope()) as server:
        for name, items in sizes.items():
            for number in range(TIMES):
                body = {"mark": f"{name} {number}", "items": [{"id": item, "name": "a book"} for item in range(items)]}
                httpx.post(f"{server.origin}/orders", json=body, trust_env=False)
        with _page(browser, server, "/-/?tab=body") as page:
            page.wait_for_function(f"document.querySelectorAll('.rows .row').length >= {len(sizes) * TIMES}")
            for at, name in enumerate(reversed(sizes)):
                for number in range(TIMES):
                    index = at * TIMES + number
                    text = f"{name} {TIMES - 1 - number}"
                    found[name].append(float(page.evaluate(CLICK, [index, text])))
                    page.wait_for_timeout(400)  # what is fetched behind it
    return [
        Figure("inspector", f"click to body, {name}", "ms", values, Wanted(at_most=100) if "1.4" in name else None)
        for name, values in found.items()
    ]


def _flood(bench: Bench, browser: Browser) -> list[Figure]:
    seconds = 30.0 if bench.plan.paced_s >= 10 else bench.plan.paced_s
    bench.say(f"inspector: {RATE:,} requests a second for {seconds:g} s")
    with bench.serve(echoscope(*LARGE)) as server, _page(browser, server) as page:
        failures: list[Exception] = []
        with Work(page) as work:
            load = threading.Thread(target=_paced, args=(server.port, seconds, failures))
            load.start()
            while load.is_alive():
                page.wait_for_timeout(100)
        if failures:
            raise BenchError(f"the load failed: {failures[0]!r}")
    return [
        Figure("inspector", "flood: longest task of the page", "CPU ms", [work.longest_ms], Wanted(at_most=50)),
        Figure("inspector", "flood: longest task by the clock", "ms", [work.longest_by_the_clock_ms]),
        Figure("inspector", "flood: the page's main thread", "share", [work.computed_ms / 1000 / seconds]),
    ]


def _paced(port: int, seconds: float, failures: list[Exception]) -> None:
    """In a thread of its own: in that of the browser's client no loop can run."""
    try:
        asyncio.run(paced(port, RATE, seconds))
    except Exception as error:
        failures.append(error)


def _search(bench: Bench, browser: Browser) -> list[Figure]:
    bench.say(f"inspector: searches through {SEARCHED:,} exchanges")
    with bench.serve(echoscope(*LARGE)) as server:
        for number in range(SEARCHED // EVERY):
            fill(server, (number + 1) * EVERY)
            httpx.post(f"{server.origin}/needle/{number}", content=b"a needle in hay", trust_env=False)
        kept = int(server.info()["exchanges"])
        times = []
        for _ in range(TIMES):
            with _page(browser, server) as page:
                page.wait_for_selector(".rows .row")
                page.wait_for_load_state("networkidle")
                times.append(page.evaluate(SEARCH, ["needle", "/needle/"]))
    names = {"hit": "first hit", "progress": "progress to be seen", "done": "all of it"}
    wanted = {"hit": Wanted(at_most=200), "progress": Wanted(at_most=200), "done": None}
    return [
        Figure("inspector", f"a word in {kept:,} exchanges, {title}", "ms", [one[name] for one in times], wanted[name])
        for name, title in names.items()
        if all(name in one for one in times)
    ]
