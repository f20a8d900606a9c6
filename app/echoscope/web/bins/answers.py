"""Which of the answers of a bin a request gets, and what may be set as one.

Everything that somebody sets is checked when it is set, and a fault names its place: `rules[0].answers[1].status`.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from ...base.settings import Settings
from ...exchange.answers import Answer, AnswerBytes, Answers, Rule
from ...http.fields import media_type
from ..endpoint.answers import Refused
from ..endpoint.fields import MAX_BYTES, MAX_FIELDS, field_value, sendable_name
from ..endpoint.status import BODILESS
from ..httpbin.redirects import check_target
from ..typed import NotOfType, typed
from .incoming import Incoming
from .template import Template, TemplateError, json_path, json_text

MAX_RULES: Final = 50
MAX_ANSWERS: Final = 50
MAX_DEFINITION_BYTES: Final = 256 << 10
"""How much JSON the answers of one bin may be."""

MAX_VISITORS_DEFINITION_BYTES: Final = 32 << 10
"""The same of a visitor's bin, of which there may be many."""

MAX_PATTERN_CHARACTERS: Final = 500

OF_VISITORS: Final = frozenset({
    "application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/csv", "text/plain",
})  # fmt: skip
"""The types that a visitor's bin may answer with: a browser shows none of them as a page, so no page of a stranger's
stands under the operator's name."""

_SANDBOX_TYPES: Final = {"text/html": "html", "application/xhtml+xml": "html", "image/svg+xml": "html"}


def kind_of(answer: Answer) -> Literal["text", "json", "html"]:
    """How values are written into the body."""
    base = media_type(answer.content_type) or ""
    if base == "application/json" or base.endswith("+json"):
        return "json"
    return "html" if base in _SANDBOX_TYPES or base.endswith(("/xml", "+xml")) else "text"


def matches(rule: Rule, incoming: Incoming) -> bool:
    if rule.method and incoming.method.upper() not in (name.strip().upper() for name in rule.method.split(",")):
        return False
    if rule.path and not is_like(incoming.path, rule.path):
        return False
    if rule.signature and (rule.signature == "valid") is not incoming.is_signed:
        return False
    values = [
        *((incoming.headers.get(name.lower()), pattern) for name, pattern in rule.headers.items()),
        *((incoming.query.get(name), pattern) for name, pattern in rule.query.items()),
        *((json_text(incoming, path), pattern) for path, pattern in rule.json.items()),
    ]
    return all(value is not None and is_like(value, pattern) for value, pattern in values)


def choose(answers: Answers, incoming: Incoming) -> tuple[int | None, Sequence[Answer]]:
    """The number of the rule that matches, None for none, and the answers that follow."""
    for number, rule in enumerate(answers.rules):
        if matches(rule, incoming):
            return number, rule.answers
    return None, answers.answers


ECHO: Final = Answer(echo=True)


class BadAnswers(NotOfType):
    """Answers that cannot be used."""


def nth(answers: Sequence[Answer], number: int) -> Answer:
    """The answer to the request with this number, counted from 1."""
    for answer in answers[:-1]:
        if number <= answer.times:
            return answer
        number -= answer.times
    return answers[-1] if answers else ECHO


def is_counted(answers: Sequence[Answer]) -> bool:
    """Whether the number of a request decides."""
    return len(answers) > 1


def is_like(text: str, pattern: str) -> bool:
    """Whether a text is the pattern's, in which `*` stands for any text."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    last = others.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in others:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def read_answers(document: bytes, settings: Settings, *, is_strict: bool, is_visitors: bool, host: str) -> Answers:
    """Answers out of JSON. Raises `BadAnswers` for what cannot be used."""
    try:
        answers = typed(document, Answers)
    except NotOfType as fault:
        raise BadAnswers(fault.detail, fault.where) from None
    check(answers, settings, is_strict=is_strict, is_visitors=is_visitors, host=host)
    return answers


def check(answers: Answers, settings: Settings, *, is_strict: bool, is_visitors: bool, host: str) -> None:
    """Raises `BadAnswers`. `is_strict`: strangers may be among those who are answered. `is_visitors`: a stranger set
    them. `host`: ours, to which a redirect may lead."""
    if len(answers.rules) > MAX_RULES:
        raise BadAnswers(f"There are at most {MAX_RULES} rules, not {len(answers.rules)}.", "rules")
    for number, rule in enumerate(answers.rules):
        _check_rule(rule, f"rules[{number}]")
    for where, answer in _all(answers):
        _check(answer, where, settings)
        for number, (name, value) in enumerate(answer.fields):
            place = f"{where}.headers[{number}]"
            try:
                _check_header(name, value, place, settings, is_strict=is_strict, host=host)
            except Refused as refused:
                raise BadAnswers(refused.detail, place) from None
        if is_visitors and not settings.unsafe_responses and (media_type(answer.content_type) not in OF_VISITORS):
            types = ", ".join(sorted(OF_VISITORS))
            raise BadAnswers(
                f"A visitor's bin answers with one of these types: {types}, not {answer.content_type!r}.",
                f"{where}.headers",
            )


def _all(answers: Answers) -> Iterator[tuple[str, Answer]]:
    lists = [("answers", answers.answers)]
    lists += [(f"rules[{number}].answers", rule.answers) for number, rule in enumerate(answers.rules)]
    for where, listed in lists:
        if len(listed) > MAX_ANSWERS:
            raise BadAnswers(f"There are at most {MAX_ANSWERS} answers in a sequence, not {len(listed)}.", where)
        yield from ((f"{where}[{number}]", answer) for number, answer in enumerate(listed))


def _check_rule(rule: Rule, where: str) -> None:
    for name in filter(None, (name.strip() for name in rule.method.split(","))):
        if not (name.isascii() and name.replace("-", "").isalnum()):
            raise BadAnswers(f"A method is a word such as POST, not {name[:40]!r}.", f"{where}.method")
    if rule.path and rule.path[0] not in "/*":
        raise BadAnswers(f"A path begins with a slash or a *, not {rule.path[:40]!r}.", f"{where}.path")
    for kind in ("headers", "query", "json"):
        pairs: dict[str, str] = getattr(rule, kind)
        if len(pairs) > MAX_FIELDS:
            raise BadAnswers(f"A rule looks at {MAX_FIELDS} of them at most.", f"{where}.{kind}")
        if any(len(text) > MAX_PATTERN_CHARACTERS for pair in pairs.items() for text in pair):
            raise BadAnswers(f"A pattern has at most {MAX_PATTERN_CHARACTERS} characters.", f"{where}.{kind}")
    for path in rule.json:
        try:
            json_path(path)
        except TemplateError as error:
            raise BadAnswers(f"{str(error)[:1].upper()}{str(error)[1:]}.", f"{where}.json") from None


def _check(answer: Answer, where: str, settings: Settings) -> None:
    if answer.delay > settings.max_duration:
        most = f"{settings.max_duration:g}"
        raise BadAnswers(f"delay must be seconds between 0 and {most}, not {answer.delay:g}.", f"{where}.delay")
    if answer.fault == "half" and answer.status in BODILESS:
        raise BadAnswers(f"An answer with the status {answer.status} has no body to send half of.", f"{where}.fault")
    if answer.echo and (answer.headers or answer.body or answer.status != 200):
        raise BadAnswers("An echo has neither status nor headers nor a body of its own.", f"{where}.echo")
    if isinstance(answer.body, AnswerBytes):
        try:
            size = len(b64decode(answer.body.base64, validate=True))
        except ValueError:
            raise BadAnswers("base64 must be text in base64 (RFC 4648).", f"{where}.body.base64") from None
    else:
        size = len(answer.body.encode("utf-8", "replace"))
        _template(answer.body, kind_of(answer), f"{where}.body")
    if size > settings.max_bin_answer_bytes:
        raise BadAnswers(f"A body has at most {settings.max_bin_answer_bytes:,} bytes, not {size:,}.", f"{where}.body")
    if len(answer.fields) > MAX_FIELDS or sum(len(name) + len(value) for name, value in answer.fields) > MAX_BYTES:
        raise BadAnswers(
            f"At most {MAX_FIELDS} header fields of together {MAX_BYTES} bytes are sent.", f"{where}.headers"
        )


def _check_header(name: str, value: str, where: str, settings: Settings, *, is_strict: bool, host: str) -> None:
    """Raises `Refused` and `BadAnswers`. Where a redirect may lead is decided for strangers' sake."""
    lower = name.lower()
    lookups = _template(value, "text", where).lookups
    if lower == "location" and is_strict and not settings.unsafe_responses:
        if lookups:
            raise BadAnswers("In the public profile no value of a request says where a redirect leads.", where)
        check_target(value, host, settings.redirect_hosts)
    else:
        sendable_name(name, settings, is_strict=is_strict)
    if lower == "content-type" and lookups:
        raise BadAnswers("A content type takes no values of the request.", where)
    if not lookups:
        field_value(name, value)


def _template(text: str, kind: Any, where: str) -> Template:
    try:
        return Template(text, kind)
    except TemplateError as error:
        raise BadAnswers(f"{str(error)[:1].upper()}{str(error)[1:]}.", where) from None
