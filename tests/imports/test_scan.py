"""Values of a JSON text are found by short steps, wherever a step ends."""

import json
import re
from typing import Any

import pytest

from echoscope.files import scan

STEP = scan._STEP

VALUES: dict[str, bytes] = {
    "a long text": b'"' + b"a" * (3 * STEP) + b'"',
    "a text of escapes": b'"' + b"\\u00e9\\\\" * (STEP // 4) + b'"',
    "a text of quotes": b'"' + b'\\"[{' * STEP + b'"',
    "a long number": b"1" * (2 * STEP),
    "many numbers": b"[" + b"0," * (2 * STEP) + b"0]",
    "spaces": b"[" + b" " * (2 * STEP) + b"]",
    "brackets": b"[" * STEP + b"]" * STEP,
    "many texts": b"[" + b'"]","[",' * STEP + b'"a"]',
    "a long name": b'{"' + b"n" * (2 * STEP) + b'":{"a":1}}',
}


class _Watched:
    """A pattern that takes no more than a step at once."""

    def __init__(self, pattern: "re.Pattern[bytes]") -> None:
        self._pattern = pattern
        self.steps = 0

    def match(self, content: bytes, start: int, end: int) -> Any:
        return self._step(self._pattern.match, content, start, end)

    def finditer(self, content: bytes, start: int, end: int) -> Any:
        return self._step(self._pattern.finditer, content, start, end)

    def _step(self, look: Any, content: bytes, start: int, end: int) -> Any:
        assert end - start <= STEP
        self.steps += 1
        return look(content, start, end)


@pytest.mark.parametrize("name", VALUES)
def test_no_step_is_long(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = {key: _Watched(value) for key, value in vars(scan).items() if isinstance(value, re.Pattern)}
    for key, pattern in patterns.items():
        monkeypatch.setattr(scan, key, pattern)
    value = VALUES[name]
    assert scan.value_at(value + b",", 0)[:2] == (0, len(value))
    assert sum(pattern.steps for pattern in patterns.values()) >= len(value) // STEP


@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("name", VALUES)
def test_items_and_members_are_the_same_wherever_a_step_ends(name: str, before: int) -> None:
    value = VALUES[name]
    padding = b" " * (STEP - len(value) % STEP + before - 2)
    text = b"\xef\xbb\xbf" + padding + b'{"log": ' + value + padding + b', "entries":[' + value + b"," + value + b"]}"
    (log, log_at), (entries, entries_at) = scan.members(text, scan.first(text))
    assert (log, entries) == (b'"log"', b'"entries"')
    assert text[log_at:].startswith(value)
    assert [text[start:end] for start, end, _ in scan.items(text, entries_at)] == [value, value]


@pytest.mark.parametrize("text", [b'"' + b"a" * (2 * STEP), b"[" + b"0," * STEP, b"," * (2 * STEP), b""])
def test_what_has_no_end_is_malformed(text: bytes) -> None:
    with pytest.raises(scan.Malformed):
        scan.value_at(text, 0)


def test_objects_and_arrays_are_counted_across_steps() -> None:
    text = json.dumps([{"a": []}] * STEP).encode()
    assert scan.value_at(text, 0).values == 1 + 2 * STEP


def test_lines_begin_behind_their_blanks() -> None:
    text = b"\xef\xbb\xbf  {a}\r\n" + b" " * (2 * STEP) + b"\n\t{b}\n\n\xef\xbb\xbf{c}"
    assert [(number, text[start:end].rstrip()) for number, start, end in scan.lines(text)] == [
        (1, b"{a}"),
        (3, b"{b}"),
        (5, b"{c}"),
    ]
