"""XML over several lines, for reading: nothing is parsed but tags, nothing is expanded, and no fault is an error."""

import re
from typing import Final

MAX_CHARACTERS: Final = 256 << 10
MAX_INDENT: Final = 20
"""Levels that are indented; deeper ones stand below each other, or the spaces would be most of it."""

_TOKEN: Final = re.compile(
    r"""<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)|<(?:[^<>"']|"[^"]*"|'[^']*')*+>|<?[^<]+|<""",
    re.DOTALL,
)
_ELEMENT: Final = re.compile(r"<[^!?/]")


def indented_xml(text: str) -> str | None:
    """The text with each element on a line of its own, two spaces deeper for each level; None for what is too long.

    What stands between a tag and its end stays on their line; white space around other text goes.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    tokens = [token for token in _TOKEN.findall(text) if token.strip()]
    lines: list[str] = []
    depth = position = 0
    while position < len(tokens):
        token = tokens[position]
        is_end = token.startswith("</")
        depth = max(0, depth - is_end)
        line = "  " * min(depth, MAX_INDENT) + token.strip()
        if _ELEMENT.match(token) and token.endswith(">") and not token.endswith("/>"):
            following = tokens[position + 1 : position + 3]
            length = next((place for place, other in enumerate(following) if other.startswith("<")), 2)
            if length < len(following) and following[length].startswith("</"):
                line += "".join(following[: length + 1])
                position += length + 1
            else:
                depth += 1
        lines.append(line)
        position += 1
    return "\n".join(lines)
