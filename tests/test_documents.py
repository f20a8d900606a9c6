"""The documents: what they say of the code is made from it, and what they link to is there."""

import re
from pathlib import Path

import pytest

from echoscope.base.settings import declared
from tests.documents import DOCS, NAMES, README, ROOT, current, section

PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *sorted((ROOT / "deploy").glob("*.md"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}

MOST_OF_README = 10 << 10


def chapter(title: str) -> str:
    """What stands in the README below a heading, up to the next of its level."""
    match = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", TEXTS["README.md"], re.MULTILINE | re.DOTALL)
    assert match, f"README.md has no chapter {title!r}"
    return match[2]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == current()[name], "python -m tests.documents writes it anew"


def test_the_settings_are_those_of_the_code_in_their_order() -> None:
    rows = re.findall(r"^\| `(--[\w-]+)` \| `(\w+)` \|(.*)$", section("settings"), re.MULTILINE)
    assert [(option, variable) for option, variable, _ in rows] == [
        (setting.option, setting.variable) for setting in declared()
    ]
    for (_, _, rest), setting in zip(rows, declared(), strict=True):
        assert setting.help in rest
        assert setting.default_text in rest


def test_the_quick_start_is_two_commands_of_one_line_each() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", chapter("Quick start"), re.MULTILINE | re.DOTALL)
    assert [len(text.splitlines()) for text in blocks] == [1, 1]


def test_the_readme_is_read_at_once() -> None:
    assert README.stat().st_size <= MOST_OF_README


def test_every_document_is_linked_to_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)", TEXTS["README.md"]))
    assert linked == {page.relative_to(ROOT).as_posix() for page in DOCS.glob("*.md")}


@pytest.mark.parametrize("name", TEXTS)
def test_every_fence_is_closed(name: str) -> None:
    assert len(re.findall(r"^ *```", TEXTS[name], re.MULTILINE)) % 2 == 0


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_document_links_to_is_there(name: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", TEXTS[name]):
        file = (ROOT / name).parent / target if target else ROOT / name
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), f"{target}#{anchor}"


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
