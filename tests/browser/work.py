"""What the main thread of a page does: measured by the time for which it computes, which no other program disturbs."""

import json
from typing import Any, Self

from playwright.sync_api import Browser, Page

WATCH_TASKS = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask" });
"""

PAINTED = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) resolve(paint.startTime);
  }).observe({ type: "paint", buffered: true });
})"""


class Work:
    """What a page's main thread does while this is entered: all that it computes, and its longest task."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.computed_ms = self.longest_ms = self.longest_by_the_clock_ms = 0.0

    def __enter__(self) -> Self:
        self._page.evaluate("window.tasks.length = 0")
        self._browser.start_tracing(categories=["toplevel"])
        self._before = self._computed_s()
        return self

    def __exit__(self, *failure: object) -> None:
        self.computed_ms = (self._computed_s() - self._before) * 1000
        events = json.loads(self._browser.stop_tracing())["traceEvents"]
        self.longest_ms = max(main_thread_tasks_us(events)) / 1000
        tasks: list[float] = self._page.evaluate("window.tasks")
        self.longest_by_the_clock_ms = max(tasks, default=0.0)
        print(f"longest task: {self.longest_ms:.0f} ms; by the clock over 50 ms: {[round(task) for task in tasks]}")

    @property
    def _browser(self) -> Browser:
        browser = self._page.context.browser
        assert browser is not None
        return browser

    def _computed_s(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        found: float = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
        return found


def main_thread_tasks_us(events: list[dict[str, Any]]) -> list[float]:
    """What a page's main thread did in a trace: the time that it computed for each task, in microseconds.

    The trace is of the whole browser, where renderers of pages that were closed may still be ending: the page that is
    measured is the one that computed most.
    """
    names = {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"}
    tasks: dict[tuple[int, int], list[float]] = {}
    for event in events:
        thread = event["pid"], event["tid"]
        if "tdur" in event and names.get(thread) == "CrRendererMain":
            tasks.setdefault(thread, []).append(event["tdur"])
    return max(tasks.values(), key=sum)
