"""The shapes of a finding: what is odd, why, what mends it, and where it stands."""

import re
from typing import Final, Literal

import msgspec

from ...exchange.sides import Of

Level = Literal["error", "warning", "note"]
"""`error`: something did not work, or cannot. `warning`: it will fail for somebody. `note`: worth knowing, no
fault."""

Part = Literal["header", "body", "path", "query", "event"]


class Where(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in an exchange.

    `index`: of the header line of its side, or of the event among the kept ones. `name`: the header's, in lower case.
    `start`, `end`: the range of bytes, in the body with its coding undone.
    """

    of: Of
    part: Part
    index: int | None = None
    name: str | None = None
    start: int | None = None
    end: int | None = None


class Remark(msgspec.Struct, frozen=True):
    """What a rule says. `level` and `reference` are given where they are other than those of the rule."""

    title: str
    why: str
    advice: str = ""
    where: Where | None = None
    level: Level | None = None
    reference: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """A remark about an exchange.

    `rule`: the name of the rule in `RULES`. `why`: one or two sentences with the values that were seen. `advice`: what
    to do, with the exact setting or header; empty where there is nothing to do. `reference`: a section of an RFC, or
    the address of official documentation.
    """

    rule: str
    level: Level
    title: str
    why: str
    advice: str
    reference: str
    where: Where | None


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
