"""Forms and multipart bodies are read in order, within bounds, as far as they go."""

import pytest

from echoscope.bodies.forms import read_form
from echoscope.bodies.multipart import MAX_PARTS, read_multipart


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
    "other boundary": (PARTS, "multipart/form-data; boundary=Y", "It is malformed:", 0),
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


def test_a_body_that_was_cut_by_us_is_not_blamed_on_the_client() -> None:
    assert read_multipart(PARTS[:-8], SENT_AS, is_cut=True)["detail"] == "Only its beginning was kept."


def test_parts_are_bounded() -> None:
    content = part(JSON, b"x" * 70_000) * (MAX_PARTS + 5) + b"--X--\r\n"
    read = read_multipart(content, SENT_AS)
    assert len(read["parts"]) == MAX_PARTS
    assert read["detail"] == "Only the first 64 parts are shown."
    assert (read["parts"][0]["shown"], read["parts"][0]["size"]) == (65_536, 70_000)
