"""Pictures that a browser can show: told by their first bytes, never by what a client says of them.

No SVG: it is a document that may hold script. Widths and heights stand in the first bytes of the simple formats;
of others they are None.
"""

import re
from base64 import b64encode
from typing import Final

import msgspec

_SIGNATURES: Final = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ("image/gif", re.compile(rb"GIF8[79]a")),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("image/avif", re.compile(rb"....ftypavi[fs]", re.DOTALL)),
    ("image/bmp", re.compile(rb"BM....\x00\x00\x00\x00", re.DOTALL)),
    ("image/x-icon", re.compile(rb"\x00\x00\x01\x00[\x01-\x20]\x00", re.DOTALL)),
)


def image_type(content: bytes) -> str | None:
    """The media type of a picture, None for anything else."""
    return next((name for name, signature in _SIGNATURES if signature.match(content)), None)


class ImageRead(msgspec.Struct, frozen=True):
    """A picture. `width`, `height`: in pixels, where they are known. `data_url`: all of it; None of a cut one."""

    media_type: str
    width: int | None
    height: int | None
    data_url: str | None


def read_image(content: bytes, *, is_cut: bool = False) -> ImageRead | None:
    """None for what is no picture."""
    media_type = image_type(content)
    if media_type is None:
        return None
    width, height = _dimensions(media_type, content)
    data_url = None if is_cut else f"data:{media_type};base64,{b64encode(content).decode()}"
    return ImageRead(media_type, width, height, data_url)


def _dimensions(media_type: str, content: bytes) -> tuple[int | None, int | None]:
    if media_type == "image/png" and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if media_type == "image/gif" and len(content) >= 10:
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if media_type == "image/bmp" and len(content) >= 26:
        height = int.from_bytes(content[22:26], "little", signed=True)
        return int.from_bytes(content[18:22], "little"), abs(height)
    if media_type == "image/jpeg":
        return _jpeg_dimensions(content)
    return None, None


def _jpeg_dimensions(content: bytes) -> tuple[int | None, int | None]:
    """From the first frame header (ITU T.81, B.2.2): segments are walked by their lengths."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(content[position + 5 : position + 7], "big")
            return int.from_bytes(content[position + 7 : position + 9], "big"), height
        position += 2 + max(2, int.from_bytes(content[position + 2 : position + 4], "big"))
    return None, None
