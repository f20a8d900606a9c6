"""What came of each request of a check, and how it is printed: for people, and as JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import asdict

from ...insight.conformance import Breach, documents

MAX_NAMES: Final = 3
"""How many requests are named beside a breach."""


class CannotStart(Exception):
    """There is nothing to check: an app or a server that is not known, or does not start. The text says why."""


class Outcome(msgspec.Struct, frozen=True):
    """`name`: of the request. `said`: how it was answered, in a few words. `breaches`: what was wrong; of a middleware
    or an app `whose` names it, one for each breach, empty where there is nothing to name."""

    name: str
    said: str
    breaches: Sequence[Breach] = ()
    whose: Sequence[str] = ()


class Report:
    """The outcomes of one check. `subject`: what was checked, as it is called in the first line.

    What is wrong in the same place of several requests is told once, in the words of the first.
    """

    def __init__(self, subject: str, outcomes: Sequence[Outcome]) -> None:
        self.subject = subject
        self.outcomes = outcomes
        self.groups: dict[tuple[str, str, str, str], tuple[Breach, list[str]]] = {}
        for outcome in outcomes:
            names = [*outcome.whose, *[""] * (len(outcome.breaches) - len(outcome.whose))]
            for breach, whose in zip(outcome.breaches, names, strict=True):
                key = (breach.rule, breach.by, _place(breach), whose)
                _, requests = self.groups.setdefault(key, (breach, []))
                if outcome.name not in requests:
                    requests.append(outcome.name)

    def count(self, level: str) -> int:
        return sum(breach.level == level for breach, _ in self.groups.values())

    def text(self) -> str:
        """Some lines for each thing that is wrong, then how each request was answered, then the sum."""
        lines = [f"{self.subject} against the ASGI specification:", ""]
        for (*_, whose), (breach, requests) in self.groups.items():
            who = f"{breach.by} ({whose})" if whose else breach.by
            named = ", ".join(requests[:MAX_NAMES]) + (", …" if len(requests) > MAX_NAMES else "")
            lines += [
                f"{breach.level}: {breach.where}, by the {who}",
                f"    {breach.why}",
                f"    The specification: {breach.sentence.text}",
                f"    {breach.sentence.link.partition(':~:')[0]}",
                f"    in {len(requests)} of {len(self.outcomes)} requests: {named}",
                "",
            ]
        lines += [f"  {outcome.name:<{self._width()}}  {outcome.said}" for outcome in self.outcomes]
        return "\n".join([*lines, "", self._sum(), ""])

    def json(self) -> str:
        """`subject`, `requests` with what came of each, and `breaches` as the API has them, each with its requests."""
        breaches: list[dict[str, Any]] = []
        for (*_, whose), (breach, requests) in self.groups.items():
            breaches.append(asdict(documents([breach])[0]) | {"whose": whose or None, "requests": requests})
        answers = [{"name": outcome.name, "said": outcome.said} for outcome in self.outcomes]
        document = {"subject": self.subject, "requests": answers, "breaches": breaches}
        return json.dumps(document, indent=2, ensure_ascii=True) + "\n"

    def _width(self) -> int:
        return max((len(outcome.name) for outcome in self.outcomes), default=0)

    def _sum(self) -> str:
        errors, warnings = self.count("error"), self.count("warning")
        if not errors and not warnings:
            return f"Nothing is against the specification, in {len(self.outcomes)} requests."
        advice = f", {warnings} against its advice" if warnings else ""
        return f"{errors} against the specification{advice}, in {len(self.outcomes)} requests."


def _place(breach: Breach) -> str:
    """Where it is, whichever line of a list."""
    return re.sub(r"(?<=headers)\[\d+\]", "", breach.where)
