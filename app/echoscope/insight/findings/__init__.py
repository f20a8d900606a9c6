"""What is odd about a request or its answer, why, and the setting that mends it.

`findings` goes through the table of `rules` when somebody looks. Nothing is changed, fetched or verified, no clock is
asked: times are told relative to the request. A rule says nothing where it is not sure, and never repeats a secret.
"""

import logging
from itertools import islice
from time import monotonic, thread_time
from typing import Final

from ...exchange.model import Exchange
from .facts import Facts
from .finding import Finding, Level, Remark, Where, link
from .rules import RULES, Rule

__all__ = ["RULES", "Finding", "Level", "Rule", "Where", "findings", "link"]

logger = logging.getLogger(__name__)

MAX_FINDINGS: Final = 100
MAX_OF_A_RULE: Final = 8
BUDGET_S: Final = 1.0
"""After so much CPU time of its thread no further rule is asked. All of them take milliseconds, a large body tens."""

_ORDER: Final = {"error": 0, "warning": 1, "note": 2}


def findings(exchange: Exchange) -> list[Finding]:
    """The findings, the gravest first, then in the order of the table.

    Never raises: a rule that fails is logged and left out. Takes up to some tens of milliseconds.
    """
    remarks: list[Finding] = []
    try:
        facts = Facts(exchange)
    except Exception:
        logger.exception("Exchange %s cannot be read.", exchange.id)
        return remarks
    started_at, deadline = monotonic(), thread_time() + BUDGET_S
    for rule in (rule for rules in RULES.values() for rule in rules):
        is_late = monotonic() - started_at > BUDGET_S and thread_time() > deadline  # the second asks the system
        if is_late or len(remarks) >= MAX_FINDINGS:
            logger.warning("The findings of exchange %s were cut at the rule %s.", exchange.id, rule.name)
            break
        try:
            remarks += _of(rule, facts)
        except Exception:
            logger.exception("The rule %s failed for exchange %s.", rule.name, exchange.id)
    return sorted(remarks, key=lambda finding: _ORDER[finding.level])


def _of(rule: Rule, facts: Facts) -> list[Finding]:
    return [_finding(rule, remark) for remark in islice(rule.function(facts), MAX_OF_A_RULE)]


def _finding(rule: Rule, remark: Remark) -> Finding:
    level, reference = remark.level or rule.level, remark.reference or rule.reference
    return Finding(rule.name, level, remark.title, remark.why, remark.advice, reference, remark.where, link(reference))
