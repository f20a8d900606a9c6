"""Where the files are that are checked here, and how one is made fit for a test."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def fitted(name: str, changes: Mapping[str, str]) -> str:
    """The text of a file below deploy/ in which addresses, ports and paths are a test's. Each must have been there."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return text
