"""The files below docs/ that are made from the code. `python -m tests.documents` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from echoscope.findings import RULES, link

DOCS = Path(__file__).parents[1] / "docs"

_FINDINGS = """\
# Findings

What Echoscope says of an exchange by itself, when somebody looks at it: in the dashboard, on the page of the exchange,
in the HTML report, and as `findings` in `GET /-/api/exchanges/ID`. Each has a level, a title, why it is said, what to
do, and where that is written. A rule that is not sure says nothing, and none repeats a secret. A finding may have
another level than its rule where the case is graver, or milder.

- `error`: something did not work, or cannot.
- `warning`: it will fail for somebody.
- `note`: worth knowing, no fault.
"""


def findings() -> str:
    """A table for each group of rules, in their order."""
    parts = [_FINDINGS]
    for group, rules in RULES.items():
        rows = [f"| `{rule.name}` | {rule.level} | {rule.summary} | {_linked(rule.reference)} |" for rule in rules]
        parts.append(
            "\n".join([f"## {group}\n", "| rule | level | when | reference |", "| --- | --- | --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def _linked(reference: str) -> str:
    address = link(reference)
    if address is None:
        return reference
    return f"[{reference.split('/')[2] if reference.startswith('https://') else reference}]({address})"


FILES: dict[str, Callable[[], str]] = {"findings.md": findings}

if __name__ == "__main__":
    for name, make in FILES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
