"""What people are shown of captured data: coloured where there is a terminal, and nothing in it that acts on one.

Captured text comes in through `shown` alone, which writes out what a terminal would obey.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from ..base.figures import byte_size, milliseconds
from ..base.terminal import safe
from ..exchange.sides import Pairs, Side
from ..insight.bodies.json_tree import indented
from ..insight.bodies.view import view

if TYPE_CHECKING:
    from ..client import Exchange, Finding, Summary, Verdict
    from ..client.shapes import Body

STYLES: Final = {1: "blue", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}
"""By the first digit of a status."""

LEVELS: Final = {"error": "red", "warning": "yellow", "note": "blue"}

MAX_BODY_CHARACTERS: Final = 20_000
"""How much of a body is shown; `show --raw` gives all that is kept."""

MAX_HEX_LINES: Final = 32
MAX_PAYLOAD_CHARACTERS: Final = 200


@cache
def _console(*, is_error: bool = False) -> Console:
    return Console(stderr=is_error, soft_wrap=True, highlight=False, markup=False, emoji=False)


def say(text: Text | str) -> None:
    """Lines of the result."""
    _console().print(text)


def tell(text: str) -> None:
    """A line about the result, on standard error."""
    _console(is_error=True).print(Text(f"— {safe(text)}", style="dim"))


def shown(text: str, style: str = "") -> Text:
    """Captured text of one line."""
    return Text(safe(text.expandtabs(4)), style)


def lines(parts: Iterable[Text | None]) -> Text:
    """Those that there are, one below the other."""
    return Text("\n").join(part for part in parts if part is not None)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON in ASCII: no character in it acts on a terminal."""
    return json.dumps(plain(value), indent=indent).replace("\x7f", "\\u007f")


def plain(value: Any) -> Any:
    """Structs of the client as values for JSON."""
    return msgspec.to_builtins(value, enc_hook=_plain)


def _plain(value: Any) -> Any:
    """Headers, and bytes by the one rule for them."""
    if isinstance(value, bytes):
        from ..exchange.document import text

        return text(bytes(value))
    return [list(pair) for pair in value.multi_items()]


def write_bytes(content: bytes) -> None:
    """Bytes as they are; on a terminal, line by line, what it would obey is written out."""
    if sys.stdout.isatty():
        say(lines(shown(line) for line in content.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n")))
    else:
        sys.stdout.buffer.write(content)


# Exchanges


def line(summary: "Summary") -> Text:
    """Such as `09:41:07  POST     200   0.42 ms   1.2 kB  /hooks/stripe?id=7`."""
    at = datetime.fromisoformat(summary.started_at).astimezone().strftime("%H:%M:%S")
    return Text.assemble(
        (at, "dim"),
        f"  {safe(_method(summary)):<7}  ",
        status(summary.status),
        f"  {milliseconds(summary.duration_ms):>8}  {byte_size(summary.sent_bytes):>7}  ",
        shown(_target(summary)),
        ("" if summary.state == "done" else f"  {summary.state}", "dim"),
    )


def status(number: int | None) -> Text:
    return Text(str(number or "---"), f"bold {STYLES.get((number or 0) // 100, '')}".strip())


def headers(pairs: Iterable[tuple[bytes, bytes]], indent: str = "") -> Text | None:
    """A line for each field, in their order."""
    fields = [Text.assemble(indent, shown(_text(name), "cyan"), ": ", shown(_text(value))) for name, value in pairs]
    return lines(fields) if fields else None


def body(content: bytes, pairs: Pairs, size: int, indent: str = "") -> Text | None:
    """A body, read: its coding undone, JSON indented and coloured, other text line by line, the rest as a hex dump."""
    if not size:
        return None
    reading = view(Side(pairs, content, size), with_hex=True)
    tree = reading.json
    if tree is not None and tree.has_value:
        text = lines(shown(one) for one in _cut(indented(tree.value)))
        JSONHighlighter().highlight(text)
    elif reading.text is not None:
        text = lines(shown(one) for one in _cut(reading.text.replace("\r\n", "\n").removesuffix("\n")))
    else:
        rows = reading.hex.text.split("\n") if reading.hex else []
        text = Text("\n".join([*rows[:MAX_HEX_LINES], *(["…"] if len(rows) > MAX_HEX_LINES else [])]))
    notes = [Text(f"({note})", "dim") for note in reading.notes]
    coding = reading.coding
    if coding is not None and coding.detail:
        notes.append(Text(f"({coding.detail})", "dim"))
    block = lines([text, *notes])
    return lines(Text(indent) + one for one in block.split("\n", allow_blank=True)) if indent else block


def _cut(text: str) -> list[str]:
    left = len(text) - MAX_BODY_CHARACTERS
    more = [f"… {left:,} characters more"] if left > 0 else []
    return [*text[:MAX_BODY_CHARACTERS].split("\n"), *more]


def exchange(record: "Exchange") -> Text:
    """All that matters of an exchange: the request, the answer, what is odd, what people and programs said of it."""
    client = f"   from {record.client}" if record.client else ""
    parts = [
        line(record),
        shown(f"id {record.id}   seq {record.seq}{client}", "dim"),
        Text(),
        shown(f"{_method(record)} {_target(record)} HTTP/{record.http_version or '?'}", "bold"),
        *message(record.headers.raw, record.request.body),
    ]
    if record.response is not None:
        parts += [Text(), status(record.response.status), *message(record.response.headers.raw, record.response.body)]
    parts += websocket_messages(record)
    if record.signature is not None:
        parts += _verdict(record.signature)
    for finding in record.findings:
        parts += _finding(finding)
    for title, text in (("error", record.error), ("reason", record.reason), ("note", record.note)):
        if text:
            parts += [Text(), Text(title, "bold"), *(shown(one) for one in text.rstrip("\n").split("\n"))]
    return lines(parts)


def message(pairs: Pairs, content: "Body") -> list[Text]:
    """Headers and body, with an empty line between them."""
    fields, text = headers(pairs), body(content.content, pairs, content.size)
    return [*([fields] if fields else []), *([Text(), text] if text else [])]


def websocket_messages(record: "Exchange") -> list[Text]:
    """What was said in a session, a line for each message."""
    if record.type != "websocket":
        return []
    times = ((f"{milliseconds(event.at_ms):>9} {_ARROWS[event.channel]} ", event.message) for event in record.events)
    return [Text(), *(_said(place, message) for place, message in times)]


def websocket_lines(messages: Iterable[Any]) -> Text:
    """The same for what an app sent."""
    return lines(_said("← ", message) for message in messages)


_ARROWS: Final = {"receive": "→", "send": "←"}


def _said(place: str, message: Any) -> Text:
    payload = message.get("text") or message.get("bytes") or ""
    text = payload if isinstance(payload, str) else json_text(payload)
    cut = text if len(text) <= MAX_PAYLOAD_CHARACTERS else text[:MAX_PAYLOAD_CHARACTERS] + "…"
    return Text.assemble((place, "dim"), f"{message['type']:<22} ", shown(cut))


def _finding(finding: "Finding") -> list[Text]:
    title = Text.assemble((f"{finding.level:<9}", LEVELS[finding.level]), shown(finding.title, "bold"))
    return [Text(), title, *(shown(f"         {text}") for text in (finding.why, finding.advice) if text)]


VERDICTS: Final = {"valid": "green", "invalid": "red", "missing": "yellow", "undecided": "yellow"}


def _verdict(verdict: "Verdict") -> list[Text]:
    title = Text.assemble("signature  ", (verdict.status, VERDICTS[verdict.status]), shown(f"  {verdict.title}", "dim"))
    return [Text(), title, *(shown(f"           {text}") for text in (verdict.detail, verdict.advice) if text)]


def _method(summary: "Summary") -> str:
    """A WebSocket has none, and neither has a request that was refused before it told one."""
    return "WEBSOCKET" if summary.type == "websocket" else summary.method or "-"


def _target(summary: "Summary") -> str:
    return summary.path + (f"?{summary.query_string}" if summary.query_string else "")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
