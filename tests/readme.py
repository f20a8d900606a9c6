"""The parts of the README that are made from the code. `python -m tests.readme` writes them anew."""

import re
from collections.abc import Callable
from pathlib import Path

from echoscope.httpbin.listing import markdown
from echoscope.settings import declared

README = Path(__file__).parents[1] / "README.md"


def settings_table() -> str:
    """A row for each setting, in the order of declaration."""
    rows = [
        f"| `{setting.option}` | `{setting.variable}` | {setting.kind.replace('|', ' ⏐ ')} "
        f"| {f'`{setting.default_text}`' if setting.default_text else ''} | {setting.help} |"
        for setting in declared()
    ]
    return "\n".join(["| option | variable | value | default | what |", "| --- | --- | --- | --- | --- |", *rows])


SECTIONS: dict[str, Callable[[], str]] = {"settings": settings_table, "endpoints": markdown}


def section(text: str, name: str) -> str:
    """What stands between the markers of a section."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found, f"README.md has no section {name!r}"
    return found[1].strip()


def rewritten(text: str) -> str:
    for name, make in SECTIONS.items():
        start, end = text.index(f"<!-- {name} -->"), text.index(f"<!-- /{name} -->")
        text = f"{text[:start]}<!-- {name} -->\n{make()}\n{text[end:]}"
    return text


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text()))
