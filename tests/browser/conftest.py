"""A real browser: the system's Chromium, driven by playwright. Pages that break their policy or fail are failures."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Playwright, ViewportSize, expect, sync_playwright

from tests.conftest import Serve
from tests.programs import command_for, missing
from tests.servers import WAIT_S, Running

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS = ("chromium-headless-shell", *CHROMIUMS)
"""The first is the same engine without the parts that draw windows; a visit costs it two thirds of the work."""

FLAGS = ["--no-sandbox", "--renderer-process-limit=1", "--js-flags=--no-opt"]
"""A process for each page takes a twentieth of the work, and no page lives so long that its scripts repay what it takes
to optimize them."""

MOST_VISITS = 40

SCREENS: dict[str, ViewportSize] = {
    "desktop": {"width": 1200, "height": 800},
    "phone": {"width": 390, "height": 844},
}
EVERY_SCREEN = pytest.mark.parametrize("screen", SCREENS, indirect=True)
"""For tests of what must be possible on each."""

VISIT = ("viewport", "permissions", "color_scheme", "reduced_motion")
"""What of a profile can be changed while it lives."""

MEDIA: dict[str, Any] = {"media": "null", "color_scheme": "light", "reduced_motion": "no-preference"}

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
        self._problems: list[str] = []
        self._expected: list[str] = []
        page.on("pageerror", lambda error: self._problems.append(f"error: {error}"))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("dialog", self._dismiss)

    def expects(self, pattern: str) -> None:
        """Not to be held against the page: a test makes it happen."""
        self._expected.append(pattern)

    def problems(self) -> list[str]:
        return [text for text in self._problems if not any(re.search(pattern, text) for pattern in self._expected)]

    def clear(self) -> None:
        self._problems.clear()
        self._expected.clear()

    def _dismiss(self, dialog: Dialog) -> None:
        self._problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._problems.append(f"{kind}: {text}")


class Tab:
    """A page in a profile of its own. Tests hand it on, since a new one costs four times the work of a visit."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self._context = browser.new_context(**options)
        self._context.set_default_timeout(WAIT_S * 1000)
        self.page = self._context.new_page()
        self.watch = Watch(self.page)
        self._devtools = self._context.new_cdp_session(self.page)

    def begin(self, viewport: ViewportSize, permissions: Sequence[str] = (), **media: Any) -> None:
        """Set what a visit may choose in a profile that was already there."""
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(**{**MEDIA, **media})
        self._context.grant_permissions(permissions)

    def forget(self) -> None:
        """Leave nothing of what a test did: no storage, no cookie, no history, no routes, no other page."""
        for page in self._context.pages:
            if page is not self.page:
                page.close()
        self.page.unroute_all()
        self.page.goto("about:blank")
        self._context.clear_cookies()
        self._context.clear_permissions()
        self._devtools.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
        self._devtools.send("Network.clearBrowserCache")
        self._devtools.send("Page.resetNavigationHistory")
        self.watch.clear()

    def close(self) -> None:
        self._context.close()


class Tabs:
    """The pages of a browser that wait for the next test, by what cannot be changed in their profile.

    Their process grows with each visit. After `MOST_VISITS` it ends with them.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[str, list[Tab]] = {}
        self._visits = 0

    def take(self, **options: Any) -> Tab:
        free = self._free.setdefault(repr(options), [])
        return free.pop() if free else Tab(self.browser, **options)

    def give_back(self, tab: Tab, **options: Any) -> None:
        tab.forget()
        self._free.setdefault(repr(options), []).append(tab)
        self._visits += 1
        if self._visits % MOST_VISITS == 0:
            for waiting in chain.from_iterable(self._free.values()):
                waiting.close()
            self._free = {}


Open = Callable[..., tuple[Page, Watch]]
HAS_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="package")
def tabs() -> Iterator[Tabs]:
    """Of one browser, closed before other packages begin: while it is open no event loop can run in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_executable(playwright), args=FLAGS)
        yield Tabs(chromium)
        chromium.close()


def _executable(playwright: Playwright) -> str:
    own = playwright.chromium.executable_path
    found = next(filter(None, map(which, HEADLESS)), own)
    return found if Path(found).exists() else missing(HEADLESS[0], command_for(HEADLESS[0]))


@pytest.fixture
def screen(request: pytest.FixtureRequest) -> ViewportSize:
    return SCREENS[getattr(request, "param", "desktop")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest.fixture
def open_page(request: pytest.FixtureRequest, tabs: Tabs, screen: ViewportSize) -> Iterator[Open]:
    """Opens pages, each in a profile that is empty, with these options, and holds them to having no problem.

    `own`: a page that nobody had before and nobody gets after, for a test that measures it or changes it for good.
    """
    begun: list[tuple[Tab, dict[str, Any] | None]] = []

    def new(*, own: bool = False, **options: Any) -> tuple[Page, Watch]:
        visit = {"viewport": screen} | {name: options.pop(name) for name in VISIT if name in options}
        tab = Tab(tabs.browser, **options) if own else tabs.take(**options)
        begun.append((tab, None if own else options))
        tab.begin(**visit)
        return tab.page, tab.watch

    yield new
    problems = [problem for tab, _ in begun for problem in tab.watch.problems()]
    for tab, options in begun:
        if options is None or problems or request.node.stash.get(HAS_FAILED, False):
            tab.close()
        else:
            tabs.give_back(tab, **options)
    assert problems == []


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()
