"""A real browser: the system's Chromium, driven by playwright. Pages that break their policy or fail are failures."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Playwright, ViewportSize, expect, sync_playwright

from tests.conftest import Serve
from tests.programs import command_for, missing
from tests.servers import WAIT_S, Running

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SCREENS: dict[str, ViewportSize] = {
    "desktop": {"width": 1200, "height": 800},
    "phone": {"width": 390, "height": 844},
}
EVERY_SCREEN = pytest.mark.parametrize("screen", SCREENS, indirect=True)
"""For tests of what must be possible on each."""

expect.set_options(timeout=WAIT_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A key that is pressed between two frames can be lost on a busy machine: once more, in a new page.

    Reruns are counted in the summary, so that a test that needs them often is seen.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=2))


class Watch:
    """What went wrong in a page: script errors, and what the browser wrote to its console, breaches of policy too."""

    def __init__(self, page: Page) -> None:
        self._found: list[str] = []
        self._expected: list[str] = []
        page.on("pageerror", lambda error: self._found.append(f"error: {error}"))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("dialog", self._dismiss)

    def expects(self, pattern: str) -> None:
        """Not to be held against the page: a test makes it happen."""
        self._expected.append(pattern)

    def problems(self) -> list[str]:
        return [text for text in self._found if not any(re.search(pattern, text) for pattern in self._expected)]

    def _dismiss(self, dialog: Dialog) -> None:
        self._found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._found.append(f"{kind}: {text}")


Open = Callable[..., tuple[Page, Watch]]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed before other packages begin: while it is open no event loop can run in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_executable(playwright), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def _executable(playwright: Playwright) -> str:
    own = playwright.chromium.executable_path
    found = next(filter(None, map(which, CHROMIUMS)), own)
    return found if Path(found).exists() else missing("chromium", command_for("chromium"))


@pytest.fixture
def screen(request: pytest.FixtureRequest) -> ViewportSize:
    return SCREENS[getattr(request, "param", "desktop")]


@pytest.fixture
def open_page(browser: Browser, screen: ViewportSize) -> Iterator[Open]:
    """Opens pages, each in a profile of its own with these options, and holds them to having no problem."""
    opened: list[Watch] = []
    contexts = []

    def new(**options: Any) -> tuple[Page, Watch]:
        context = browser.new_context(**{"viewport": screen, **options})
        context.set_default_timeout(WAIT_S * 1000)
        contexts.append(context)
        page = context.new_page()
        opened.append(Watch(page))
        return page, opened[-1]

    yield new
    problems = [problem for watch in opened for problem in watch.problems()]
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()
