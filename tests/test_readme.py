"""The README: what it says of the code is made from the code, and its Quick start is two lines."""

import re

import pytest

from echoscope.settings import declared
from tests.readme import README, rewritten, section

TEXT = README.read_text(encoding="utf-8")


def chapter(title: str) -> str:
    """What stands below a heading, up to the next of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no chapter {title!r}"
    return found[2]


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    assert rewritten(TEXT) == TEXT, "python -m tests.readme writes it anew"


def test_the_settings_are_those_of_the_code_in_their_order() -> None:
    rows = re.findall(r"^\| `(--[\w-]+)` \| `(\w+)` \|(.*)$", section(TEXT, "settings"), re.MULTILINE)
    assert [(option, variable) for option, variable, _ in rows] == [
        (setting.option, setting.variable) for setting in declared()
    ]
    for (_, _, rest), setting in zip(rows, declared(), strict=True):
        assert setting.help in rest
        assert setting.default_text in rest


def test_the_quick_start_is_two_commands_of_one_line_each() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", chapter("Quick start"), re.MULTILINE | re.DOTALL)
    assert [len(text.splitlines()) for text in blocks] == [1, 1]


def test_every_fence_is_closed() -> None:
    assert len(re.findall(r"^```", TEXT, re.MULTILINE)) % 2 == 0


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT))))
def test_every_file_that_is_linked_to_is_there(target: str) -> None:
    assert (README.parent / target).exists()


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([^)]+)\)", TEXT))))
def test_every_chapter_that_is_linked_to_is_there(anchor: str) -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
