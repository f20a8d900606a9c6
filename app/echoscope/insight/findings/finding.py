"""What a rule says: what is odd, why, what mends it, and where it stands."""

import re
from typing import Final

import msgspec

from ...exchange.replies import Finding, Level, Where

__all__ = ["Finding", "Level", "Remark", "Where", "link", "seen", "spelled"]


class Remark(msgspec.Struct, frozen=True):
    """What a rule says. `level` and `reference` are given where they are other than those of the rule."""

    title: str
    why: str
    advice: str = ""
    where: Where | None = None
    level: Level | None = None
    reference: str | None = None


_RFC: Final = re.compile(r"RFC (\d+)(?:, section ([\d.]+)|, appendix ([A-Z][\d.]*))?")


def link(reference: str) -> str | None:
    """The address of a reference: of an RFC the page of its editor; None for what is no address."""
    if match := _RFC.fullmatch(reference):
        number, section, appendix = match.groups()
        place = f"#section-{section}" if section else f"#appendix-{appendix}" if appendix else ""
        return f"https://www.rfc-editor.org/rfc/rfc{number}{place}"
    return reference if reference.startswith("https://") else None


_SPELLED: Final = {
    "content-md5": "Content-MD5",
    "etag": "ETag",
    "te": "TE",
    "www-authenticate": "WWW-Authenticate",
    "x-amz-content-sha256": "X-Amz-Content-SHA256",
}


def spelled(name: str) -> str:
    """A field's name as it is mostly written."""
    return _SPELLED.get(name) or name.title()


def seen(text: str, most: int = 60) -> str:
    """A value as it is quoted in a sentence: one line, not long, without characters that cannot be seen."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)
