"""For HTTPie (3 and later), as one command."""

import re
from itertools import groupby
from typing import Final

from ...exchange.sides import Pairs
from ..bodies.charsets import is_utf8
from . import shell
from .sending import Sending

_METHOD: Final = re.compile("[A-Za-z]+")
_ESCAPE: Final = re.compile(rb"\\[:;=@]")
_ADDED: Final = (b"accept", b"accept-encoding", b"user-agent")


def write(sending: Sending) -> str:
    """The command, or only a comment for a method that HTTPie does not take."""
    if not _METHOD.fullmatch(sending.method):
        return shell.comments(["HTTPie cannot send this method."])
    headers = [(name, value) for name, value in sending.headers if _can_send(name, value)]
    items = [_item(name, value) for name, value in headers]
    items += [f"{name.decode()}:".encode() for name in _ADDED if not sending.has(name)]
    if sending.body and not sending.has(b"content-type"):
        items.append(b"content-type:")
    command = f"http{_stdin(sending)} --path-as-is {sending.method} {shell.word(sending.url.encode())}"
    parts = [command, *map(shell.word, items)]
    if sending.body and shell.is_word(sending.body):
        parts.append(f"--raw {shell.word(sending.body)}")
    elif sending.body:
        parts[0] = f"{shell.printed(sending.body)} | {parts[0]}"
    return shell.comments(_remarks(sending, len(sending.headers) - len(headers))) + shell.continued(parts) + "\n"


def _stdin(sending: Sending) -> str:
    return "" if sending.body and not shell.is_word(sending.body) else " --ignore-stdin"


def _can_send(name: bytes, value: bytes) -> bool:
    """HTTPie sends values as UTF-8, and has no way to write a backslash before one of its separators."""
    return is_utf8(value) and name[:1].isalnum() and not _ESCAPE.search(value)


def _item(name: bytes, value: bytes) -> bytes:
    """A header item. `:=` and `:@` would be other items: the second one reads a file."""
    value = value.strip(b" \t")
    if not value:
        return name + b";"
    return name + b":" + (b"\\" if value[:1] in b"=@" else b"") + value


def _has_parted_repeats(headers: Pairs) -> bool:
    """Whether other headers stand between those of one name."""
    runs = [name for name, _ in groupby(name.lower() for name, _ in headers)]
    return len(runs) > len(set(runs))


def _remarks(sending: Sending, left_out: int) -> list[str]:
    remarks = list(sending.remarks)
    if left_out:
        remarks.append(f"Headers left out, since HTTPie cannot send their values: {left_out}.")
    is_counted = sending.method.upper() not in ("GET", "HEAD", "OPTIONS")
    if sending.lacks_length and is_counted:
        remarks.append("HTTPie adds a header that was not there: content-length.")
    if sending.has_empty_body and not is_counted:
        remarks.append("HTTPie leaves out a header that was there: content-length.")
    if not sending.is_capitals:
        remarks.append("HTTPie sends the method in capitals.")
    if _has_parted_repeats(sending.headers):
        remarks.append("HTTPie sends repeated headers one behind the other, at the place of the first.")
    if not sending.is_plain or "%" in sending.target:
        remarks.append("HTTPie may write the escapes in this address in another way.")
    return remarks
