"""What of the documents is made from the code. `python -m tests.documents` writes it anew.

Some files below docs/ are made as a whole; in others it is what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from echoscope.base.settings import declared
from echoscope.insight.findings import RULES, link
from echoscope.web.httpbin.listing import markdown
from tests.servers import echoscope

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"

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


def settings() -> str:
    """A row for each setting, in the order of declaration."""
    rows = [
        f"| `{setting.option}` | `{setting.variable}` | {setting.kind.replace('|', ' ⏐ ')} "
        f"| {f'`{setting.default_text}`' if setting.default_text else ''} | {setting.help} |"
        for setting in declared()
    ]
    return "\n".join(["| option | variable | value | default | what |", "| --- | --- | --- | --- | --- |", *rows])


def api() -> str:
    """A row for each operation of the JSON API, from its OpenAPI document."""
    with echoscope() as server:
        document = server.client.get("/-/api/openapi.json").json()
    rows = [
        f"| `{method.upper()} {path[1:]}{_query(operation)}`{_wants(operation)} | {_gives(operation)} "
        f"| {operation['description'].replace('|', '⏐')} |"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    return "\n".join(["| request, and its body | answer | what |", "| --- | --- | --- |", *rows])


def _query(operation: dict[str, Any]) -> str:
    """The parameters, each with its default."""
    parameters = [(one["name"], one["schema"].get("default", "")) for one in operation.get("parameters", ())]
    pairs = [f"{name}={f'{default:g}' if isinstance(default, float) else default}" for name, default in parameters]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _wants(operation: dict[str, Any]) -> str:
    """The struct of the body, or the media type of what is no JSON."""
    if "requestBody" not in operation:
        return ""
    ((media_type, content),) = operation["requestBody"]["content"].items()
    return f", `{content['schema']['$ref'].rpartition('/')[2] if content else media_type}`"


def _gives(operation: dict[str, Any]) -> str:
    """The names of the structs, or the media type of what is no JSON."""
    names = []
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            schema = content.get("schema", {})
            refs = [one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [schema]) if "$ref" in one]
            names += [f"`{name}`" for name in refs] or [f"`{media_type}`"]
        if "content" not in response and status.isdigit():
            names.append(status)
    return ", ".join(names)


FILES: dict[str, Callable[[], str]] = {"findings.md": findings}

SECTIONS: dict[str, Callable[[], str]] = {"settings": settings, "api": api, "endpoints": markdown}
"""By the name of the section, which is in the file of that name."""

NAMES = (*FILES, *(f"{name}.md" for name in SECTIONS))
"""Of the files that are made, or have a section that is."""


def section(name: str, file: str | None = None) -> str:
    """What stands between the markers of a section."""
    text = (DOCS / (file or f"{name}.md")).read_text(encoding="utf-8")
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert match, f"the documents have no section {name!r}"
    return match[1].strip()


def with_section(text: str, name: str, content: str) -> str:
    """A document in which this section is written anew."""
    start, end = text.index(f"<!-- {name} -->"), text.index(f"<!-- /{name} -->")
    return f"{text[:start]}<!-- {name} -->\n{content.strip()}\n{text[end:]}"


@cache
def current() -> dict[str, str]:
    """Every document that is made from the code, as it should be, by its name."""
    whole = {name: make() for name, make in FILES.items()}
    parts = {
        f"{name}.md": with_section((DOCS / f"{name}.md").read_text(encoding="utf-8"), name, make())
        for name, make in SECTIONS.items()
    }
    return whole | parts


if __name__ == "__main__":
    for name, text in current().items():
        (DOCS / name).write_text(text, encoding="utf-8")
