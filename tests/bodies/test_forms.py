"""Forms and multipart bodies are read in order, within bounds, as far as they go."""

import time

import pytest

from echoscope.insight.bodies.multipart import MAX_PARTS
from tests.told import read_form, read_multipart


def test_form_fields_keep_order_repeats_and_bytes() -> None:
    assert read_form(b"b=2&a=%C3%A9+x&b=&c&=d&%ff=%fe&&a%3Db=1%262")["fields"] == [
        ("b", "2"), ("a", "é x"), ("b", ""), ("c", ""), ("", "d"),
        ({"base64": "/w=="}, {"base64": "/g=="}), ("a=b", "1&2"),
    ]  # fmt: skip


def test_a_form_is_bounded() -> None:
    read = read_form(b"a=1&" * 1_500)
    assert (len(read["fields"]), read["omitted"]) == (1_000, 500)


def part(head: bytes, content: bytes) -> bytes:
    return b"--X\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


SENT_AS = "multipart/form-data; boundary=X"
FILE = b'Content-Disposition: form-data; name="file"; filename="C:\\dir\\a%22b.txt"\r\nContent-Type: text/plain'
IMAGE = b"content-disposition: form-data; name=\"\xc3\xa9\"; filename*=UTF-8''na%C3%AFve.png"
JSON = b"Content-Disposition: form-data; name=json"
PARTS = part(FILE, b"hello") + part(IMAGE, b"\x89PNG\r\n\x1a\n") + part(JSON, b'{"a":1}') + b"--X--\r\n"


def test_parts_have_names_file_names_sizes_and_kinds() -> None:
    read = read_multipart(PARTS, SENT_AS)
    assert (read["boundary"], read["complete"], read["detail"]) == ("X", True, None)
    first, second, third = read["parts"]
    assert (first["name"], first["filename"], first["content_type"]) == ("file", 'C:\\dir\\a"b.txt', "text/plain")
    assert (first["content"], first["size"], first["kind"], first["complete"]) == ("hello", 5, "text", True)
    assert first["headers"][1] == ("Content-Type", "text/plain")
    assert (second["name"], second["filename"], second["kind"]) == ("é", "naïve.png", "image")
    assert (third["name"], third["kind"]) == ("json", "json")


MALFORMED = {
    "no boundary": (PARTS, "multipart/form-data", "The Content-Type names no boundary.", 0),
    "other boundary": (
        PARTS,
        "multipart/form-data; boundary=Y",
        "It is malformed: the boundary 'Y' of the Content-Type does not occur in it; its first line is '--X'.",
        0,
    ),
    "boundary too long": (PARTS, f"multipart/form-data; boundary={'X' * 300}", "It is malformed:", 0),
    "without end": (PARTS[:-8], SENT_AS, "It ends without the last boundary.", 3),
    "in a header": (PARTS[:160], SENT_AS, "It ends without the last boundary.", 2),
    "long header": (b"--X\r\nA: " + b"x" * 9_000, SENT_AS, "It is malformed: Maximum header size", 1),
    "many headers": (b"--X\r\n" + b"A: b\r\n" * 50, SENT_AS, "It is malformed: Maximum header count", 1),
    "bytes": (bytes(range(256)), SENT_AS, "It is malformed:", 0),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_multipart_gives_its_parts_up_to_there(name: str, caplog: pytest.LogCaptureFixture) -> None:
    content, content_type, detail, count = MALFORMED[name]
    read = read_multipart(content, content_type)
    assert read["detail"].startswith(detail)
    assert (len(read["parts"]), read["complete"]) == (count, False)
    assert not caplog.records


ALLOWED = {
    "text before the first boundary": b"preamble\r\n--X\r\n%b\r\n\r\nhi\r\n--X--",
    "text behind the last boundary": b"--X\r\n%b\r\n\r\nhi\r\n--X--\r\nepilogue\r\n--X\r\n\r\nno part",
    "padding": b"--X \t\r\n%b\r\n\r\nhi\r\n--X-- \r\n",
    "lines that end with line feeds": b"--X\n%b\n\nhi\n--X--\n",
    "an empty line first": b"\r\n--X\r\n%b\r\n\r\nhi\r\n--X--",
}
NAMED = b'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize("case", ALLOWED)
def test_what_readers_must_take_is_taken(case: str) -> None:
    read = read_multipart(ALLOWED[case] % NAMED, SENT_AS)
    assert (read["complete"], read["detail"]) == (True, None)
    assert [(part["name"], part["content"], part["complete"]) for part in read["parts"]] == [("a", "hi", True)]


def test_a_header_over_several_lines_is_read_and_remarked() -> None:
    read = read_multipart(part(b'Content-Disposition: form-data;\r\n\tname="a"\r\nX-A: b', b"hi") + b"--X--", SENT_AS)
    assert read["detail"] == "A header of a part goes over several lines, which some servers refuse in forms."
    assert [(part["name"], part["content"], len(part["headers"])) for part in read["parts"]] == [("a", "hi", 2)]


def test_parts_without_headers_and_without_content_are_parts() -> None:
    read = read_multipart(b"--X\r\n\r\nhi\r\n--X\r\n--X\r\n\r\n\r\n--X\r\n" + NAMED + b"\r\n\r\n\r\n--X--", SENT_AS)
    assert [(part["name"], part["content"]) for part in read["parts"]] == [
        (None, "hi"),
        (None, ""),
        (None, ""),
        ("a", ""),
    ]
    assert read["complete"]


CODED = {
    "base64": (b"Content-Transfer-Encoding: BASE64", b"Y2Fm\r\nw6k=", "caf\u00e9", "base64", True, None),
    "broken base64": (b"content-transfer-encoding: base64", b"Y2Fm!", "Y2Fm!", "base64", False, "This is not base64."),
    "quoted": (
        b"Content-Transfer-Encoding: quoted-printable",
        b"caf=C3=A9=\r\n!",
        "caf\u00e9!",
        "quoted-printable",
        True,
        None,
    ),
    "unknown": (b"Content-Transfer-Encoding: x-uue", b"a", "a", "x-uue", False, "It cannot be undone here."),
}


@pytest.mark.parametrize("case", CODED)
def test_a_transfer_encoding_of_a_part_is_undone_or_remarked(case: str) -> None:
    head, content, decoded, name, undone, detail = CODED[case]
    (made,) = read_multipart(part(NAMED + b"\r\n" + head, content) + b"--X--", SENT_AS)["parts"]
    assert (made["content"], made["size"]) == (decoded, len(content))
    assert made["coding"] == {"name": name, "undone": undone, "detail": detail}


def test_a_part_has_a_charset_of_its_own_and_its_json_as_a_tree() -> None:
    latin = part(NAMED + b"\r\nContent-Type: text/plain; charset=iso-8859-1", b"caf\xe9")
    tree = part(NAMED + b"\r\nContent-Type: application/json", b'{"a":1}')
    first, second = read_multipart(latin + tree + b"--X--", SENT_AS)["parts"]
    assert (first["content"], first["charset"], first["kind"], first["json"]) == (
        "caf\u00e9",
        "iso8859-1",
        "text",
        None,
    )
    assert (second["charset"], second["json"]["value"]) == (None, {"members": [("a", {"number": "1"})]})


HOSTILE = {
    "boundaries": b"--X\r\n" * 52_000,
    "almost boundaries": b"\r\n--X-" * 37_000,
    "line ends": b"--X\r\n" + b"\r\n" * 131_000,
    "padding": b"--X" + b" " * 262_000,
    "folds": b"--X\r\nA: b" + b"\r\n c" * 60_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_multipart_takes_little_time(case: str) -> None:
    began = time.process_time()
    read_multipart(HOSTILE[case], SENT_AS)
    assert time.process_time() - began < 1


def test_a_form_is_read_in_its_charset() -> None:
    assert read_form(b"a=caf%E9&%e9=1", "iso-8859-1")["fields"] == [("a", "caf\u00e9"), ("\u00e9", "1")]
    assert read_form(b"a=caf%C3%A9", "utf-8")["fields"] == [("a", "caf\u00e9")]


def test_json_in_a_field_of_a_form_is_read() -> None:
    read = read_form(b"token=x&payload=%7B%22ok%22%3Atrue%7D&list=[1]&no={a}&empty=")
    assert read["json"] == [
        {"field": 1, "value": {"members": [("ok", True)]}, "notes": []},
        {"field": 2, "value": [{"number": "1"}], "notes": []},
    ]


def test_a_header_that_was_cut_by_us_is_not_blamed_on_the_client() -> None:
    cut = b"--X\r\n\r\na\r\n--X\r\nContent-Dispo"
    assert read_multipart(cut, SENT_AS, is_cut=True)["detail"] == "Only its beginning was kept."
    whole = read_multipart(cut + b"\r\n\r\nb\r\n--X--", SENT_AS)
    assert whole["detail"] == "It is malformed: a line among the headers of a part has no colon."
    assert [part["content"] for part in whole["parts"]] == ["a", "b"]


def test_a_body_that_was_cut_by_us_is_not_blamed_on_the_client() -> None:
    assert read_multipart(PARTS[:-8], SENT_AS, is_cut=True)["detail"] == "Only its beginning was kept."


def test_parts_are_bounded() -> None:
    content = part(JSON, b"x" * 70_000) * (MAX_PARTS + 5) + b"--X--\r\n"
    read = read_multipart(content, SENT_AS)
    assert len(read["parts"]) == MAX_PARTS
    assert read["detail"] == "Only the first 64 parts are shown."
    assert (read["parts"][0]["shown"], read["parts"][0]["size"]) == (65_536, 70_000)
