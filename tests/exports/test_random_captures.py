"""500 random exchanges go through every export, every reading and every language, and come back."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
import pytest

from echoscope.base.settings import load
from echoscope.exchange.document import Plain
from echoscope.exchange.model import Exchange
from echoscope.exchange.sides import side_of
from echoscope.files.reading import read
from echoscope.insight.code import languages_of, write
from echoscope.insight.masking import mask
from echoscope.main import create_app
from tests.captures import captures
from tests.servers import Running
from tests.stores import put
from tests.told import document, read_headers, view

COUNT = 500


@pytest.fixture(scope="module")
def made() -> list[Exchange]:
    return captures(COUNT)


@pytest.fixture(scope="module")
def server(made: list[Exchange]) -> Iterator[Running]:
    app = create_app(load({}))

    async def fill() -> None:
        for exchange in made:
            await put(app.logs.main, exchange)

    with Running(app) as running:
        running.run(fill())
        yield running


Download = Callable[[str, str], bytes]


@pytest.fixture(scope="module")
def download(server: Running) -> Download:
    """Gives a file by its extension, with secrets for `reveal` 1; each is made once."""

    @cache
    def fetch(extension: str, reveal: str) -> bytes:
        answer = server.client.get(f"/-/api/export.{extension}", params={"reveal": reveal})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="echoscope.{extension}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        return answer.content

    return fetch


@pytest.mark.parametrize("reveal", ["0", "1"])
def test_har_is_json_with_an_entry_for_each(download: Download, made: list[Exchange], reveal: str) -> None:
    content = download("har", reveal)
    assert content.isascii()
    entries = json.loads(content, parse_constant=pytest.fail)["log"]["entries"]
    assert [entry["_id"] for entry in entries] == [exchange.id for exchange in made]
    for entry in entries:
        check_entry(entry)


def check_entry(entry: dict[str, Any]) -> None:
    """What HAR 1.2 demands of every entry."""
    assert entry.keys() >= {"startedDateTime", "time", "request", "response", "cache", "timings"}
    assert entry["request"].keys() >= {"method", "url", "httpVersion", "cookies", "headers", "queryString", "bodySize"}
    assert entry["response"].keys() >= {
        "status",
        "statusText",
        "httpVersion",
        "cookies",
        "headers",
        "content",
        "bodySize",
    }
    assert entry["response"]["content"].keys() >= {"size", "mimeType"}
    assert all(span >= 0 for span in entry["timings"].values())
    assert sum(entry["timings"].values()) == pytest.approx(entry["time"])


@pytest.mark.parametrize("reveal", ["0", "1"])
def test_csv_has_a_row_for_each_and_no_formula(download: Download, made: list[Exchange], reveal: str) -> None:
    content = download("csv", reveal)
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    assert [row[0] for row in rows[1:]] == [exchange.id for exchange in made]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝＋－＠")]


def test_json_lines_come_back_as_they_were(download: Download, made: list[Exchange]) -> None:
    content = download("jsonl", "1")
    for exchange, imported in zip(made, read(content), strict=True):
        assert imported.fault is None
        assert imported.exchange is not None
        expected = document(1, exchange)
        expected["state"] = "disconnected" if exchange.state == "open" else exchange.state
        assert as_json(document(1, imported.exchange)) == as_json(expected)


def as_json(made: Plain) -> Any:
    return orjson.loads(orjson.dumps(made))


class Seen(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


ELEMENTS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "main",
        "div",
        "time",
        "a",
        "bdi",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "article", "span", "pre", "details", "summary", "img"),
    *("ul", "li", "b", "br"),
}


@pytest.mark.parametrize("reveal", ["0", "1"])
def test_html_has_only_our_own_markup(download: Download, made: list[Exchange], reveal: str) -> None:
    page = download("html", reveal).decode()
    seen = Seen()
    seen.feed(page)
    assert {tag for tag, _ in seen.found} <= ELEMENTS
    assert [attributes["id"] for tag, attributes in seen.found if tag == "article"] == [one.id for one in made]
    for tag, attributes in seen.found:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("src") or "data:image/").startswith("data:image/")
        assert tag != "meta" or "refresh" not in (attributes.get("http-equiv") or "").lower()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "49" not in [line for line in page.splitlines() if "{{ 7*7 }}" in line]


def test_no_export_tells_a_secret(download: Download) -> None:
    for extension in ("har", "jsonl", "csv", "html"):
        assert b"hunter2" not in download(extension, "0")
        assert b"hunter2" in download(extension, "1")


def test_every_reading_gives_json(made: list[Exchange]) -> None:
    for exchange in made:
        for of in ("request", "response"):
            side = side_of(exchange, of)
            if side is not None:
                orjson.dumps(view(side))
                orjson.dumps(view(side, undo_coding=False))
                orjson.dumps(read_headers(exchange, of))
        masked = mask(exchange)
        assert [event.size for event in masked.events] == [event.size for event in exchange.events]
        orjson.dumps(document(1, masked))


def test_every_language_writes_every_capture(made: list[Exchange]) -> None:
    for exchange in made:
        for language in languages_of(exchange.scope["type"]):
            code = write(exchange, language.id, "http://127.0.0.1:8000")
            assert language.id == "raw" or code.isascii()
            if language.syntax == "python":
                compile(code, language.id, "exec")


def test_har_comes_back_but_for_single_events(download: Download, made: list[Exchange]) -> None:
    imported = list(read(download("har", "1")))
    assert [one.number for one in imported] == list(range(1, COUNT + 1))
    assert not [one.fault for one in imported if one.fault is not None]
    for exchange, one in zip(made, imported, strict=True):
        assert one.exchange is not None
        assert one.exchange.started_ns == exchange.started_ns
        assert one.exchange.status == exchange.status
        for key in {"query_string", "raw_path"} & exchange.scope.keys():
            assert unquote_to_bytes(one.exchange.scope[key]) == unquote_to_bytes(exchange.scope[key])
