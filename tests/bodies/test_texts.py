"""Charsets, pictures and hex: what bytes look like."""

import codecs
import json

import orjson
import pytest

from echoscope.insight.bodies.charsets import decode
from echoscope.insight.bodies.hexdump import hexdump
from tests.told import read_image

XML = '<?xml version="1.0" encoding="iso-8859-15"?>€'

TOLD = {
    "nothing": ("é".encode(), None, "é", "utf-8", "default"),
    "latin-1": (b"\xe9", "latin-1", "é", "iso8859-1", "content-type"),
    "mark of utf-8": (b"\xef\xbb\xbfa", "latin-1", "a", "utf-8", "bom"),
    "mark of utf-16": (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), None, "é", "utf-16-le", "bom"),
    "utf-16 without mark": ("é".encode("utf-16-le"), "utf-16", "é", "utf-16-le", "content-type"),
    "xml": (XML.encode("iso-8859-15"), None, XML, "iso8859-15", "content"),
    "japanese": ("テスト".encode("shift_jis"), "Shift_JIS", "テスト", "shift_jis", "content-type"),
}
NONE = ("punycode", "unicode_escape", "rot13", "base64", "idna", "undefined", "utf-7", "x" * 500, "a\0b", "é")
ANY = ("utf-8", "utf-16", "utf-32", "iso2022_jp", "gb18030", "big5hkscs", "euc_kr", "cp932", "koi8-u", "cp874")


@pytest.mark.parametrize("told", TOLD)
def test_the_charset_is_the_one_that_is_told(told: str) -> None:
    content, declared, text, name, source = TOLD[told]
    decoded, charset = decode(content, declared, is_cut=False)
    assert (decoded, charset.name, charset.source, charset.detail) == (text, name, source, None)


@pytest.mark.parametrize("name", NONE, ids=ascii)
def test_what_is_no_charset_of_texts_is_not_used(name: str) -> None:
    text, charset = decode(b"abc", name, is_cut=False)
    assert (text, charset.name, charset.source) == ("abc", "utf-8", "default")
    assert charset.detail == f"{name[:40]!r} is no charset that is known here."


def test_bytes_that_do_not_fit_are_replaced_and_counted() -> None:
    text, charset = decode(b"a\xffb\xfe", None, is_cut=False)
    assert text == "a\ufffdb\ufffd"
    assert charset.detail == "2 places do not fit utf-8; each is shown as \ufffd."


@pytest.mark.parametrize(
    ("content", "label", "decoded", "name"),
    [
        (b"\x93a\x94", "iso-8859-1", "\u201ca\u201d", "cp1252"),
        (b"\x80", "latin1", "\u20ac", "cp1252"),
        (b"\x80", "iso-8859-9", "\u20ac", "cp1254"),
    ],
)
def test_control_characters_show_what_a_label_means(content: bytes, label: str, decoded: str, name: str) -> None:
    text, charset = decode(content, label, is_cut=False)
    assert (text, charset.name, charset.source) == (decoded, name, "content-type")
    assert charset.detail is not None
    assert charset.detail.endswith(f"which browsers read as {name}.")


def test_a_character_that_was_cut_at_the_end_is_no_fault() -> None:
    text, charset = decode("aé".encode()[:-1], None, is_cut=True)
    assert (text, charset.detail) == ("a", None)


@pytest.mark.parametrize("name", ANY)
def test_no_charset_fails_on_any_bytes(name: str) -> None:
    for content in (bytes(range(256)), bytes(range(255, -1, -1)), b"\x1b$B\xff\x00"):
        text, charset = decode(content, name, is_cut=False)
        assert json.loads(orjson.dumps(text)) == text  # no half of a surrogate pair, which no JSON can hold
        assert charset.name


IMAGES = {
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (3).to_bytes(4, "big") + (5).to_bytes(4, "big"), "image/png", 3, 5),
    "gif": (b"GIF89a\x03\x00\x05\x00", "image/gif", 3, 5),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x05\x00\x03", "image/jpeg", 3, 5),
    "bmp": (b"BM" + bytes(16) + (3).to_bytes(4, "little") + (-5).to_bytes(4, "little", signed=True), "image/bmp", 3, 5),
    "webp": (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", None, None),
    "short png": (b"\x89PNG\r\n\x1a\n", "image/png", None, None),
    "short jpeg": (b"\xff\xd8\xff\xe0\x00\x00", "image/jpeg", None, None),
}


@pytest.mark.parametrize("name", IMAGES)
def test_pictures_are_told_by_their_first_bytes(name: str) -> None:
    content, media_type, width, height = IMAGES[name]
    image = read_image(content)
    assert image is not None
    assert (image["media_type"], image["width"], image["height"]) == (media_type, width, height)
    assert image["data_url"].startswith(f"data:{media_type};base64,")


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", b"%PDF-1.7"])
def test_what_may_hold_script_is_no_picture(content: bytes) -> None:
    assert read_image(content) is None


def test_hex_stands_in_lines_of_sixteen() -> None:
    assert hexdump(bytes(range(0x28, 0x3A))) == (
        "00000000  28 29 2a 2b 2c 2d 2e 2f  30 31 32 33 34 35 36 37  ()*+,-./01234567\n"
        "00000010  38 39                                             89"
    )
    assert hexdump(b"\x00\x1f\x7f\xff").endswith("  ····")
    assert hexdump(b"") == ""
