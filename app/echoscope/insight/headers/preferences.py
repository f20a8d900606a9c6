"""What a client prefers: the Accept family, in the order of its q-values (RFC 9110, section 12.4.2)."""

import re
from typing import Final

from ...http.fields import split, with_parameters
from .meaning import Context, Meaning, Row, counted, table

_QUALITY: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


def accept(value: str, context: Context) -> Meaning | None:
    """A list of choices, the most wanted first; equal ones stay in their order."""
    choices = [_choice(part) for part in split(value)]
    if not choices:
        return None
    ordered = sorted(choices, key=lambda choice: -choice[0])
    rows: list[Row] = [(name, f"{quality:g}", remark) for quality, name, remark in ordered]
    wanted = [name for quality, name, _ in ordered if quality > 0]
    summary = (
        f"{wanted[0]} first, of {counted(len(rows), 'choice')}" if len(wanted) > 1 else ", ".join(wanted) or "nothing"
    )
    return table(summary, "Wanted, by q", rows)


def _choice(part: str) -> tuple[float, str, str]:
    name, parameters = with_parameters(part)
    qualities = [text for key, text in parameters if key == "q"]
    others = "".join(f";{key}={text}" for key, text in parameters if key != "q")
    if not qualities:
        return 1.0, name + others, ""
    if not _QUALITY.fullmatch(qualities[0]):
        return 0.0, name + others, f"q={qualities[0][:20]} makes no sense"
    quality = float(qualities[0])
    return quality, name + others, "" if quality else "not wanted"
