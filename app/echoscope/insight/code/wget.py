"""For GNU Wget (1.15 and later, of 2014), as one command."""

import re
from typing import Final

from . import shell
from .sending import WITH_CONTENT, Sending, joined

_OPTIONS: Final = "--no-config --no-hsts --tries=1 --max-redirect=0 --content-on-error -qO-"
"""One request, its answer on standard output whatever the status, and nothing that a file of the user's adds."""

_METHOD: Final = re.compile(r"[A-Z0-9-]+")
_ADDED: Final = (b"accept", b"accept-encoding")


def write(sending: Sending) -> str:
    """The command, or only a comment for a method that Wget does not take. A body that is no word of a shell comes from
    a file, since Wget reads none from its input."""
    if not _METHOD.fullmatch(sending.method.upper()):
        return shell.comments(["Wget cannot send this method."])
    headers = joined(sending.headers)
    parts = [
        f"wget {_OPTIONS} --method={shell.word(sending.method.upper().encode())} {shell.word(sending.url.encode())}"
    ]
    parts += [f"--header={shell.word(name + b': ' + value)}" for name, value in headers.items()]
    if not sending.has(b"user-agent"):
        parts.append("--user-agent=''")
    before = after = ""
    if sending.body and shell.is_word(sending.body):
        parts.append(f"--body-data={shell.word(sending.body)}")
    elif sending.body:
        before, after = f'body=$(mktemp)\n{shell.printed(sending.body)} >"$body"\n', 'rm "$body"\n'
        parts.append('--body-file="$body"')
    elif sending.has_length:
        parts.append("--body-data=''")
    remarks = _remarks(sending, len(headers))
    return f"{shell.comments(remarks)}{before}{shell.continued(parts)}\n{after}"


def _remarks(sending: Sending, distinct: int) -> list[str]:
    remarks = list(sending.remarks)
    if not sending.is_capitals:
        remarks.append("Wget sends the method in capitals.")
    if distinct < len(sending.headers):
        remarks.append("Wget sends a header once: repeated ones are joined here.")
    added = [name.decode() for name in _ADDED if not sending.has(name)]
    if (sending.body or sending.has_length) and not sending.has(b"content-type"):
        added.append("content-type")
    if sending.lacks_length and sending.method.upper() in WITH_CONTENT:
        added.append("content-length")
    if added:
        remarks.append(f"Wget adds headers that were not there: {', '.join(added)}.")
    if not sending.is_plain or "%" in sending.target:
        remarks.append("Wget may write this address in another way.")
    return remarks
