"""What docs/architecture.md says of the code is so: its floors, its files, and how few of them a change touches."""

import re
from pathlib import Path

import pytest

from tests.test_structure import FLOORS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "app/echoscope"
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

MOST_FILES = 4
"""How many files an everyday change touches, besides those that are generated: places in the code, and one test."""


def rows(heading: str) -> list[list[str]]:
    """The table below a heading, without its head."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 2
    return lines[2:]


def paths(text: str) -> list[str]:
    """What is named as a file or a folder."""
    names = re.findall(r"`([\w./-]+)`", text)
    return [name for name in names if ("/" in name or re.search(r"\.(?:py|js|json|md)$", name)) and name[0] != "/"]


WAYS = {what: (where, how) for what, where, how in rows("How to add")}


def test_the_floors_stand_in_their_order_with_their_rooms() -> None:
    assert [floor.strip("`/") for floor, *_ in rows("Floors")] == [*FLOORS]
    for floor, what, _ in rows("Floors"):
        for room in paths(what):
            assert (PACKAGE / floor.strip("`") / room).is_dir(), room


@pytest.mark.parametrize("path", sorted({*paths(TEXT[TEXT.index("## The way") :])}))
def test_every_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).exists() or (PACKAGE / path).exists()


@pytest.mark.parametrize("what", WAYS)
def test_an_everyday_change_touches_few_files(what: str) -> None:
    where, how = WAYS[what]
    assert len(WAYS) == len(rows("How to add"))
    assert len(paths(where)) < MOST_FILES
    assert paths(how)
