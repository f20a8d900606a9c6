"""For curl (7.55 and later, of 2017), as one command."""

import re
from typing import Final

from . import shell
from .sending import Sending

_CODING: Final = re.compile(rb"\b(?:gzip|deflate|br|zstd)\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))|\*", re.IGNORECASE)
"""A coding that an answer may have, and that curl would undo."""


def write(sending: Sending) -> str:
    """The command. Headers that curl would add on its own are taken away, so that what arrives is what arrived."""
    parts = [f"curl {' '.join([*_options(sending), *_address(sending)])}"]
    parts += [f"-H {shell.word(_line(name, value))}" for name, value in sending.headers]
    parts += [f"-H '{name}:'" for name in _unwanted(sending)]
    if sending.has_empty_body:
        parts.append("--data-raw ''")
    elif sending.body and shell.is_word(sending.body):
        parts.append(f"--data-raw {shell.word(sending.body)}")
    elif sending.body:
        parts[0] = f"{shell.printed(sending.body)} | {parts[0]}"
        parts.append("--data-binary @-")
    return shell.comments(sending.remarks) + shell.continued(parts) + "\n"


def _options(sending: Sending) -> list[str]:
    """The method, unless curl would choose it, and what keeps curl from acting on parts of the answer or address."""
    has_data = bool(sending.body) or sending.has_length
    options = []
    if sending.method == "HEAD" and not has_data:
        options.append("--head")
    elif sending.method != ("POST" if has_data else "GET"):
        options.append(f"-X {shell.word(sending.method.encode())}")
    if sending.method == "HEAD" and has_data:
        options.append("--ignore-content-length")
    if sending.method != "HEAD" and any(
        name.lower() == b"accept-encoding" and _CODING.search(value) for name, value in sending.headers
    ):
        options.append("--compressed")
    return options


def _address(sending: Sending) -> list[str]:
    """curl reads brackets as ranges, resolves dots and writes escapes in upper case, unless it is told not to."""
    if sending.is_plain and not sending.has_lower_escapes:
        return [shell.word(sending.url.encode())]
    return ["--request-target", shell.word(sending.target.encode()), shell.word(f"{sending.origin}/".encode())]


def _line(name: bytes, value: bytes) -> bytes:
    """A semicolon stands for an empty value; a colon alone would take the header away."""
    return name + b": " + value if value.strip(b" \t") else name + b";"


def _unwanted(sending: Sending) -> list[str]:
    added = ["accept", "user-agent"]
    if sending.body or sending.has_length:
        added += ["content-type", "expect"] if len(sending.body) > 1_000 else ["content-type"]
    return [name for name in added if not sending.has(name.encode())]
