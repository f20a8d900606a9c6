"""What stands in the files, and how they are asked for."""

import csv
import gzip
import io
import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from echoscope.exchange.document import document
from echoscope.exchange.facts import Facts
from echoscope.exchange.model import Carriage, Event, Exchange, Inside, LogLine, RouteMatch
from echoscope.exchange.sides import request_of
from echoscope.files.csv import Csv
from echoscope.files.har import writing as har
from echoscope.files.json_lines.writing import JsonLines
from echoscope.files.reading import read
from tests.captures import MARKUP
from tests.conftest import Serve
from tests.exchanges import made_exchange
from tests.servers import Running


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def entry(**changes: Any) -> dict[str, Any]:
    return dict(json.loads(har.entry(1, made_exchange(**changes))))


def test_a_har_body_that_is_no_text_is_base64() -> None:
    posted = entry(body=b"\xc3", headers=[[b"content-type", b"text/plain"]])["request"]["postData"]
    assert posted == {"mimeType": "text/plain", "params": [], "text": "ww==", "_encoding": "base64"}


def test_har_header_values_are_latin_1() -> None:
    assert entry(headers=[[b"x", b"caf\xe9"]])["request"]["headers"] == [{"name": "x", "value": "caf\u00e9"}]


def test_a_har_response_is_told_without_its_compression(server: Running) -> None:
    content = json.loads(server.client.get("/gzip").content)
    (made,) = json.loads(server.client.get("/-/api/export.har?q=path:/gzip").content)["log"]["entries"]
    told = made["response"]["content"]
    assert json.loads(told["text"])["gzipped"] is content["gzipped"] is True
    assert told["size"] == len(told["text"].encode())
    assert told["compression"] == told["size"] - made["response"]["bodySize"]


@pytest.mark.parametrize("name", ["gzip", "GZIP", "identity, x-gzip"])
def test_a_har_response_is_undone_however_its_coding_is_written(name: str) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-encoding", name.encode())]}
    packed = gzip.compress(b"hello")
    events = [Event("send", 1, 0, start), Event("send", 2, len(packed), {"type": "http.response.body", "body": packed})]
    response = json.loads(har.entry(1, replace(made_exchange(), events=events)))["response"]
    assert (response["content"]["text"], response["content"]["size"]) == ("hello", 5)


def test_a_har_entry_without_an_answer_has_status_0() -> None:
    response = entry(status=None)["response"]
    assert (response["status"], response["statusText"], response["content"]["size"]) == (0, "", 0)


@pytest.mark.parametrize("host", ["evil\r\nX: 1", "a b", "a/b", ""], ids=repr)
def test_a_har_address_is_one_whatever_the_host(host: str) -> None:
    url = entry(headers=[[b"host", host.encode()]], raw_path=b"/a b\xff", query_string=b"q=<>")["request"]["url"]
    assert url.partition("://")[2].endswith("/a%20b%FF?q=<>")
    assert not {" ", "\r", "\n"} & set(url)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


@pytest.mark.parametrize("value", ['=HYPERLINK("http://evil")', "+1", "-1", "@x", "\uff1d1"])
def test_a_csv_cell_is_no_formula(server: Running, value: str) -> None:
    server.client.get("/", headers=[(b"x", value.encode()), (b"user-agent", value.encode())])
    content = server.client.get("/-/api/export.csv").content
    (row,) = rows(content)
    assert row["header x"] == row["header user-agent"] == f"'{value}"
    assert (b'"\'=HYPERLINK(""http://evil"")"' in content) == value.startswith("=H")


def test_spaces_do_not_hide_a_formula() -> None:
    file = Csv()
    file.begin([])
    assert b",'  =1," in file.item(1, made_exchange(body=b"  =1"), None)


def test_csv_lines_end_as_rfc_4180_says(server: Running) -> None:
    server.client.post("/", content=b'a,"b"\nc')
    answer = server.client.get("/-/api/export.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert b'"a,""b""\nc"' in answer.content
    assert answer.content.endswith(b"\r\n")
    assert rows(answer.content)[0]["request_body"] == 'a,"b"\nc'


def test_csv_cells_are_bounded() -> None:
    file = Csv()
    file.begin([])
    (row,) = csv.reader([file.item(1, made_exchange(body=b"x" * 100_000), "n" * 100_000).decode()])
    assert max(map(len, row)) == 32_000


def test_the_html_file_needs_nothing_else_and_allows_no_script(server: Running) -> None:
    server.client.post("/", content=MARKUP.encode(), headers={"x": MARKUP})
    answer = server.client.get("/-/api/export.html")
    page = answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="echoscope.html"'
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "<script" not in page
    assert 'http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-' in page
    assert page.rstrip().endswith("</html>")


def test_the_html_file_shows_bodies_in_the_way_they_can_be_read(server: Running) -> None:
    server.client.post("/", content=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    server.client.post("/", content=gzip.compress(b'{"a":[1]}'), headers={"content-encoding": "gzip"})
    server.client.post("/", content=b"\x00\xff")
    page = server.client.get("/-/api/export.html").text
    assert '<img src="data:image/png;base64,iVBOR' in page
    assert "&#34;a&#34;: [\n    1\n  ]" in page
    assert "00000000  00 ff" in page


def test_notes_go_along(server: Running) -> None:
    exchange_id = server.client.get("/").headers["x-echoscope-id"]
    server.client.put(f"/-/api/exchanges/{exchange_id}/note", json={"note": "=see <here>"})
    assert server.client.get("/-/api/export.har").json()["log"]["entries"][0]["comment"] == "=see <here>"
    assert server.client.get("/-/api/export.jsonl").json()["note"] == "=see <here>"
    assert rows(server.client.get("/-/api/export.csv").content)[0]["note"] == "'=see <here>"
    assert "=see &lt;here&gt;" in server.client.get("/-/api/export.html").text


def test_the_selection_the_search_and_the_limit_choose(server: Running) -> None:
    ids = [server.client.get(f"/{name}").headers["x-echoscope-id"] for name in "abc"]

    def exported(**parameters: str) -> list[str]:
        lines = server.client.get("/-/api/export.jsonl", params=parameters).text.splitlines()
        return [json.loads(line)["id"] for line in lines]

    assert exported() == ids
    assert exported(ids=f"{ids[2]},{ids[0]},gone,{ids[0]}") == [ids[0], ids[2]]
    assert exported(q="path:/b") == [ids[1]]
    assert exported(limit="2") == ids[1:]
    assert exported(q="path:/nothing") == []


def test_a_pinned_exchange_can_be_exported_when_it_has_left_the_log(server: Running) -> None:
    exchange_id = server.client.get("/").headers["x-echoscope-id"]
    server.client.put(f"/-/api/exchanges/{exchange_id}/pin")
    server.client.delete("/-/api/exchanges")
    assert server.client.get(f"/-/api/export.jsonl?ids={exchange_id}").json()["id"] == exchange_id


@pytest.mark.parametrize(
    ("address", "status", "detail"),
    [
        ("export.zip", 404, "The format must be har or jsonl or csv or html, not 'zip'."),
        ("export.har?ids=gone", 404, "None of these exchanges is kept."),
        ("export.har?limit=0", 400, "limit must be a whole number, 1 or more, not '0'."),
        ("export.har?reveal=yes", 400, "reveal must be 0 or 1, not 'yes'."),
        ("export.har?ids=" + ",".join(map(str, range(1001))), 400, "At most 1,000 ids can be given, not 1,001."),
    ],
)
def test_what_cannot_be_exported_is_said(server: Running, address: str, status: int, detail: str) -> None:
    answer = server.client.get(f"/-/api/{address}")
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_a_body_that_was_cut_says_so_in_each_file(serve: Serve) -> None:
    server = serve(kept_body_bytes=10)
    server.client.post("/", content=b"0123456789abcdef")
    posted = server.client.get("/-/api/export.har").json()["log"]["entries"][0]["request"]
    assert posted["bodySize"] == 16
    assert posted["postData"]["comment"] == "Only the first 10 of 16 bytes were kept."
    assert "only the first 10 B were kept" in server.client.get("/-/api/export.html").text


@pytest.mark.parametrize(
    ("charset", "body", "told"),
    [
        ("windows-1251", b"\xcf\xf0\xe8", {"text": "\u041f\u0440\u0438"}),
        ("windows-1251", "\u041f".encode(), {"text": "\u0420\u045f"}),
        ("windows-1251", b"\x98", {"text": "mA==", "_encoding": "base64"}),
        ("utf-16", b"\xff\xfea\0", {"text": "\ufeffa"}),
        ("nonsense", b"\xe9", {"text": "6Q==", "_encoding": "base64"}),
    ],
)
def test_a_text_in_another_charset_is_told_as_unicode_where_it_is_one(
    charset: str, body: bytes, told: dict[str, str]
) -> None:
    headers = [[b"content-type", f"text/plain; charset={charset}".encode()]]
    posted = entry(headers=headers, body=body)["request"]["postData"]
    assert {key: posted[key] for key in told} == told
    assert posted.keys() & {"_encoding"} == told.keys() & {"_encoding"}
    assert ("The bytes were sent in" in posted.get("comment", "")) == (charset != "nonsense")


def test_a_har_says_whether_a_body_still_has_its_coding(server: Running) -> None:
    server.client.post("/x", content=gzip.compress(b"a"), headers={"content-encoding": "gzip"})
    server.client.get("/gzip")
    posted, made = json.loads(server.client.get("/-/api/export.har").content)["log"]["entries"]
    assert posted["request"]["postData"]["_isCoded"] is True
    assert made["response"]["content"]["_isCoded"] is False
    assert "_isCoded" not in posted["response"]["content"]


def test_a_compressed_body_that_was_cut_says_both(serve: Serve) -> None:
    server = serve(kept_body_bytes=30)
    server.client.get("/gzip")
    content = server.client.get("/-/api/export.har").json()["log"]["entries"][0]["response"]["content"]
    assert content["_isCoded"] is True
    assert content["comment"].startswith("Only the first 30 of ")
    assert "The gzip data ends before its end." in content["comment"]


def test_header_names_are_told_as_they_came_where_that_is_known() -> None:
    wire = b"GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-b: 2\r\nX-a: 3\r\n\r\n"
    headers = [[b"host", b"h"], [b"x-a", b"1"], [b"x-b", b"2"], [b"x-a", b"3"]]
    exchange = msgspec.structs.replace(made_exchange(headers=headers), wire=wire)
    told = json.loads(har.entry(1, exchange))["request"]["headers"]
    assert [header["name"] for header in told] == ["Host", "X-A", "x-b", "X-a"]
    assert [header["value"] for header in told] == ["h", "1", "2", "3"]


def test_json_lines_keep_the_head_as_it_came() -> None:
    exchange = msgspec.structs.replace(
        made_exchange(), wire=b"GET /\xff HTTP/1.1\r\n\r\n", facts=Facts(reason="x"), is_derived=True
    )
    (imported,) = read(JsonLines().item(1, exchange, None))
    assert imported.exchange is not None
    assert (imported.exchange.wire, imported.exchange.facts) == (exchange.wire, Facts(reason="x"))
    assert imported.exchange.is_derived


def test_json_lines_keep_how_a_request_came() -> None:
    tls, http2 = {"version": "TLSv1.3", "server_name": None}, {"settings": {"ENABLE_PUSH": 0}, "frames": {"HEADERS": 1}}
    carriage = Carriage(
        "ab12-3", 2, 1_795_338_000_123_456_000, True, tls, http2, 3, b"0\r\n\xff\r\n", [100], "client",
        1_795_338_001_000_000_000,
    )  # fmt: skip
    (imported,) = read(JsonLines().item(1, msgspec.structs.replace(made_exchange(), carriage=carriage), None))
    assert imported.exchange is not None
    assert imported.exchange.carriage == carriage


def seen_inside() -> Exchange:
    """An exchange of an app of one's own that failed, seen from before and behind middleware that adds a header."""
    route = RouteMatch("/orders/{number}", "shop:order", {"number": 7})
    line = LogLine(250_000, "WARNING", "shop", "order =7", "shop.py:12", None)
    behind = made_exchange(status=500, headers=[(b"x-a", b"1"), (b"x-bytes", b"\xff")])
    inside = Inside(400_000, route, [line], 3, msgspec.structs.replace(behind, error="KeyError: 7"))
    return msgspec.structs.replace(made_exchange(state="error", status=500), error="KeyError: 7", inside=inside)


def test_a_har_keeps_what_was_seen_inside_an_app() -> None:
    exchange = seen_inside()
    file = har.BEGIN + har.entry(1, exchange) + har.END
    told = json.loads(file)["log"]["entries"][0]["_inside"]
    assert (told["worked_ms"], told["route"]["template"]) == (1.1, "/orders/{number}")
    assert [change["name"] for change in told["changes"]] == ["x-a", "x-bytes"]
    (imported,) = read(file)
    assert imported.exchange is not None
    assert document(1, imported.exchange).inside == document(1, exchange).inside
    assert imported.exchange.error == exchange.error
    assert imported.exchange.scope == exchange.scope


@pytest.mark.parametrize(
    "changes",
    [{"_state": "other"}, {"_inside": {"logs": [{"at_ms": "now"}]}}, {"_inside": [1]}, {"_outside": {"scope": 1}}],
    ids=["of another program", "broken", "no object", "nothing to compare with"],
)
def test_what_was_not_seen_inside_an_app_costs_no_entry(changes: dict[str, Any]) -> None:
    one = json.loads(har.entry(1, seen_inside())) | changes
    (imported,) = read(json.dumps({"log": {"entries": [one]}}).encode())
    assert imported.exchange is not None
    assert imported.exchange.inside is None


def test_a_csv_tells_route_exception_and_time_of_an_app() -> None:
    file = Csv()
    lines = file.begin([]) + file.item(1, seen_inside(), None) + file.item(2, made_exchange(), None)
    failed, plain = rows(lines)
    assert (failed["route"], failed["error"], failed["worked_ms"]) == ("/orders/{number}", "KeyError: 7", "1.1")
    assert (plain["route"], plain["error"], plain["worked_ms"]) == ("", "", "")


def test_everything_is_exported_however_much_it_is(serve: Serve) -> None:
    server = serve(max_exchanges="1200")
    lines = b"".join(JsonLines().item(1, made_exchange(f"b-{number}"), None) for number in range(1_100))
    server.client.post("/-/api/import", content=lines)
    for extension, count in (("har", b'"startedDateTime"'), ("csv", b"\r\n"), ("html", b"<article"), ("jsonl", b"\n")):
        content = server.client.get(f"/-/api/export.{extension}").content
        assert content.count(count) - (extension == "csv") == 1_100
    ids = [json.loads(line)["id"] for line in server.client.get("/-/api/export.jsonl?limit=1050").text.splitlines()]
    assert ids == [f"b-{number}" for number in range(50, 1_100)]


def test_the_size_of_a_websocket_is_not_that_of_a_body() -> None:
    assert request_of(made_exchange(type="websocket", method=None)).size == 0
