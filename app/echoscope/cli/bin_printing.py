"""What `echoscope bin` prints: tables for people, and JSON as the API has it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..base.figures import byte_size
from .printing import json_text, lines, say, shown, status, tell

if TYPE_CHECKING:
    from ..client import Bin, BinList, NewBin, Preset, Preview, Scheme, Signature


def print_new(made: "NewBin", *, as_json: bool) -> None:
    if as_json:
        say(json_text(made, indent=2))
        return
    key = [("key", made.key)] if made.key is not None else []
    say(_rows([("name", made.name), ("send to", made.url), ("look at", made.inspector), *key]))
    if made.key is not None:
        tell("the key is not shown again")


def print_list(bins: "BinList", *, as_json: bool) -> None:
    if as_json:
        _print_each(bins.items)
    elif bins.items:
        header = ("name", "kept", "bytes", "used", "made by", "answers", "signed")
        rows = [
            (
                one.name,
                f"{one.exchanges:,}",
                byte_size(one.bytes),
                _moment(one.used_at),
                one.maker,
                "its own" if one.has_answers else "echo",
                one.signature.scheme if one.signature else "",
            )
            for one in bins.items
        ]
        say(_table([header, *rows]))
    else:
        tell("there are no bins; `echoscope bin create` makes one")


def print_bin(one: "Bin", *, as_json: bool) -> None:
    if as_json:
        say(json_text(one, indent=2))
        return
    ending = _moment(one.expires_at) + ", if nothing comes" if one.expires_at else "never"
    rows = [
        ("name", one.name),
        ("send to", one.url),
        ("look at", one.inspector),
        ("made", f"{_moment(one.created_at)} by {one.maker}"),
        ("used", _moment(one.used_at)),
        ("expires", ending),
        ("keeps", f"{one.exchanges:,} of {one.head:,} exchanges, {byte_size(one.bytes)}"),
        ("answers", "its own" if one.has_answers else "echo"),
        ("signed", one.signature.scheme if one.signature else "not checked"),
    ]
    say(_rows(rows))


def print_answers(definition: dict[str, Any], *, as_json: bool) -> None:
    say(json_text(definition, indent=2) if as_json else lines(_sequences(definition)))


def _sequences(definition: dict[str, Any]) -> Iterator[Text]:
    rules, answers = definition.get("rules", []), definition.get("answers", [])
    for rule in rules:
        yield shown(f"where {_conditions(rule)}", "bold")
        yield from _sequence(rule.get("answers", []))
    if rules:
        yield Text("otherwise", "bold")
    yield from _sequence(answers)


def _conditions(rule: dict[str, Any]) -> str:
    parts = [f"{name} is {rule[name]}" for name in ("method", "path", "signature") if name in rule]
    for kind in ("headers", "query", "json"):
        parts += [f"{kind}.{name} is {pattern}" for name, pattern in rule.get(kind, {}).items()]
    return " and ".join(parts) or "anything comes"


def _sequence(answers: Sequence[dict[str, Any]]) -> Iterator[Text]:
    last = len(answers) - 1
    for number, answer in enumerate(answers):
        times = answer.get("times", 1)
        often = "" if last == 0 else "from then on" if number == last else "once" if times == 1 else f"{times:,} times"
        yield Text.assemble("  ", _answer(answer), (f"  {often}" if often else "", "dim"))
    if not answers:
        yield Text("  echo")


def _answer(answer: dict[str, Any]) -> Text:
    """Such as `200  content-type: text/plain  {{ json.challenge }}`."""
    if answer.get("echo"):
        return Text("echo")
    headers = answer.get("headers", [])
    pairs = headers.items() if isinstance(headers, dict) else headers
    body = answer.get("body", "")
    if isinstance(body, dict):
        body = f"{len(body['base64']) * 3 // 4:,} bytes"
    extras = [f"after {answer['delay']:g} s"] if answer.get("delay") else []
    extras += [f"fault: {answer['fault']}"] if answer.get("fault") else []
    words = [*extras, *(f"{name}: {value}" for name, value in pairs), body]
    return Text.assemble(status(answer.get("status", 200)), *(shown(f"  {word}") for word in words if word))


def print_preview(preview: "Preview", *, as_json: bool) -> None:
    if as_json:
        say(json_text(preview, indent=2))
        return
    answer: dict[str, Any] = {"echo": preview.echo, "delay": preview.delay, "fault": preview.fault}
    if preview.status is not None:
        answer["status"] = preview.status
    content = preview.body if isinstance(preview.body, str) else json_text(preview.body)
    by = "none of its rules matches" if preview.rule is None else f"rule {preview.rule + 1} matches"
    fields = [Text.assemble(shown(name, "cyan"), ": ", shown(value)) for name, value in preview.headers]
    body = [Text(), *(shown(one) for one in content.rstrip("\n").split("\n"))] if content else []
    say(lines([_answer(answer), *fields, *body]))
    for remark in (by, *preview.remarks):
        tell(remark)


def print_presets(presets: Sequence["Preset"], *, as_json: bool) -> None:
    if as_json:
        _print_each(presets)
    else:
        say(_table([("id", "title", "what it does"), *((one.id, one.title, one.about) for one in presets)]))


def print_signature(signature: "Signature | None", *, as_json: bool) -> None:
    if as_json:
        say(json_text(signature, indent=2))
    elif signature is None:
        tell("signatures are not checked; --scheme says how the sender signs")
    else:
        say(_rows([("scheme", signature.scheme), *signature.options.items()]))


def print_schemes(schemes: Sequence["Scheme"], *, as_json: bool) -> None:
    if as_json:
        _print_each(schemes)
        return
    rows = [(one.id, one.title, one.secret, ", ".join(option.name for option in one.options)) for one in schemes]
    say(_table([("id", "title", "the secret", "options"), *rows]))


def _print_each(items: Iterable[Any]) -> None:
    for item in items:
        say(json_text(item))


def _rows(rows: Iterable[tuple[str, str]]) -> Text:
    """A name and a value on each line."""
    return lines(Text.assemble(shown(f"{name:<8} ", "dim"), shown(value)) for name, value in rows)


def _table(rows: Sequence[tuple[str, ...]]) -> Text:
    """Columns as wide as what is in them; the first row is their heads."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    texts = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return lines(shown(text, "" if number else "dim") for number, text in enumerate(texts))


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")
