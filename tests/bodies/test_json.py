"""JSON is read without losing anything, and never fails."""

import json
import time
from typing import Any

import orjson
import pytest

from echoscope.insight.bodies.json_tree import compact, indented
from tests.told import read_json, read_lines, read_records

NODES: dict[str, Any] = {
    "12345678901234567890": {"number": "12345678901234567890"},
    "1e999": {"number": "1e999"},
    "-0.10": {"number": "-0.10"},
    "9" * 5000: {"number": "9" * 5000},
    '"a"': "a",
    "true": True,
    "null": None,
    "[]": [],
    "{}": {"members": []},
    '{"b":1,"a":[2],"b":3}': {"members": [("b", {"number": "1"}), ("a", [{"number": "2"}]), ("b", {"number": "3"})]},
    "NaN": {"number": "NaN"},
    "[-Infinity]": [{"number": "-Infinity"}],
    '"\\ud800"': "\\ud800",
    '"\\ud83d\\ude00"': "\U0001f600",
    '{"\\udfff": "\\u0000"}': {"members": [("\\udfff", "\0")]},
    "[" * 64 + "]" * 64: json.loads("[" * 64 + "]" * 64),
}


@pytest.mark.parametrize("text", NODES, ids=lambda text: text[:20])
def test_json_keeps_digits_order_and_repeats(text: str) -> None:
    read = read_json(text)
    assert read["value"] == NODES[text]
    orjson.dumps(read)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('{"a":1,"a":2}', "An object repeats a key; which one counts depends on the reader."),
        ("NaN", "NaN is no JSON; it is shown as it was sent."),
        ('"\\ud800"', "A text holds half of a character, which is shown as an escape."),
    ],
)
def test_what_readers_disagree_about_is_noted(text: str, note: str) -> None:
    assert read_json(text)["notes"] == [note]


@pytest.mark.parametrize(
    ("text", "detail", "line", "column"),
    [
        ("", "Expecting value", 1, 1),
        ('{\n  "a": tru\n}', "Expecting value", 2, 8),
        ("[1 2]", "Expecting ',' delimiter", 1, 4),
        ('{"a":1} x', "Extra data", 1, 9),
        ('"a', "Unterminated string starting at", 1, 1),
        ("[" * 65, "JSON deeper than 64 levels is not laid out", None, None),
        ("[" * 100_000, "JSON deeper than 64 levels is not laid out", None, None),
        ('{"a":' * 50_000, "JSON deeper than 64 levels is not laid out", None, None),
        (" " * 262_145, "JSON longer than 262,144 characters is not laid out", None, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_fault_has_its_place(text: str, detail: str, line: int | None, column: int | None) -> None:
    error = read_json(text)["error"]
    assert error["detail"].startswith(detail)
    assert (error["line"], error["column"]) == (line, column)


HOSTILE = ('"' * 262_143, "\\" * 262_144, '"\\' * 131_000, "[0" + ",0" * 131_000, '{"":' * 60_000)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:10])
def test_hostile_json_takes_little_time(text: str) -> None:
    began = time.thread_time()
    read_json(text)
    assert time.thread_time() - began < 2


def test_brackets_in_strings_are_no_depth() -> None:
    assert read_json(f'"{"[" * 1000}"')["value"] == "[" * 1000


def test_lines_are_read_one_by_one() -> None:
    read = read_lines('{"a":1}\n\nnope\n"x"\n')
    assert [line["line"] for line in read["lines"]] == [1, 3, 4]
    assert read["lines"][0]["value"] == {"members": [("a", {"number": "1"})]}
    assert read["lines"][1]["error"]["detail"] == "Expecting value"
    assert read_lines("1\n" * 1_500)["omitted"] == 500


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_only_a_line_feed_ends_a_line(inside: str) -> None:
    text = f'{{"a":"x{inside}y"}}\r\n{{"b":2}}\n' if inside > "\x1f" else f'{{"a":1}}{inside}\n{{"b":2}}'
    read = read_lines(text)
    assert [line["line"] for line in read["lines"]] == [1, 2]
    assert read["lines"][1]["value"] == {"members": [("b", {"number": "2"})]}
    if inside > "\x1f":
        assert read["lines"][0]["value"] == {"members": [("a", f"x{inside}y")]}


def test_records_have_separators_before_or_behind_them() -> None:
    values = [[{"number": "1"}], {"members": []}]
    for text in ("\x1e[1]\n\x1e{}\n", "[1]\x1e{}\x1e"):
        assert [line["value"] for line in read_records(text)["lines"]] == values


def test_a_tree_can_be_written_again() -> None:
    text = '{"a": [1.0, {}, "\u00e9", true], "a": null}'
    assert compact(read_json(text)["value"]) == '{"a": [1.0, {}, "\u00e9", true], "a": null}'
    assert indented(read_json('{"a":[1,{}],"b":{}}')["value"]) == '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {}\n}'
