"""For PowerShell (7.4 and later), by Invoke-WebRequest.

Literals stand in single quotes, in which nothing but the quote is special; any other bytes come out of base64.
"""

import re
from base64 import b64encode
from typing import Final

from .sending import Sending, joined

_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]*")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "MERGE", "PATCH"})
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")
_OF_CONTENT: Final = re.compile(rb"content-.*|allow|expires|last-modified")
_ADDED: Final = (b"accept-encoding", b"user-agent")
_UNCOUNTED: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS"})
_LINE: Final = 1_000


def write(sending: Sending) -> str:
    """The command, or only a comment for a method that it does not take."""
    if not _TOKEN.fullmatch(sending.method):
        return _comments(["PowerShell cannot send this method."])
    headers = {name: value for name, value in joined(sending.headers).items() if _PRINTABLE.fullmatch(value)}
    lines = ["$request = @{", f"  Uri = {_quoted(sending.url)}", f"  {_method(sending.method)}"]
    if headers:
        lines.append("  Headers = [ordered]@{")
        lines += [f"    {_quoted(name.decode())} = {_quoted(value.decode())}" for name, value in headers.items()]
        lines.append("  }")
    if sending.body:
        lines.append(f"  Body = {_body(sending.body)}")
    lines += ["}", "Invoke-WebRequest @request -MaximumRedirection 0 -SkipHeaderValidation -SkipHttpErrorCheck"]
    return _comments(_remarks(sending, headers)) + "\n".join(lines) + "\n"


def _method(method: str) -> str:
    return f"Method = {_quoted(method)}" if method.upper() in _METHODS else f"CustomMethod = {_quoted(method)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _body(body: bytes) -> str:
    encoded = b64encode(body).decode()
    pieces = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    if _PRINTABLE.fullmatch(body):
        return _quoted(body.decode())
    literal = " +\n    ".join(map(_quoted, pieces))
    return f"[Convert]::FromBase64String({literal})"


def _remarks(sending: Sending, headers: dict[bytes, bytes]) -> list[str]:
    remarks, names = list(sending.remarks), {name.lower() for name, _ in sending.headers}
    if not sending.is_capitals:
        remarks.append("PowerShell sends the method in capitals.")
    if len(names) < len(sending.headers):
        remarks.append("PowerShell sends a header once: repeated ones are joined here.")
    if len(headers) < len(names):
        remarks.append(
            f"Headers left out, since PowerShell sends none but printable ASCII: {len(names) - len(headers)}."
        )
    added = [name.decode() for name in _ADDED if name not in names]
    if sending.body and sending.method.upper() == "POST" and b"content-type" not in names:
        added.append("content-type")
    if sending.lacks_length and sending.method.upper() not in _UNCOUNTED:
        added.append("content-length")
    if added:
        remarks.append(f"PowerShell adds headers that were not there: {', '.join(added)}.")
    if sending.has_empty_body and sending.method.upper() in _UNCOUNTED:
        remarks.append("PowerShell leaves out a header that was there: content-length.")
    if not sending.body and any(_OF_CONTENT.fullmatch(name) for name in names):
        remarks.append("PowerShell sends headers of a content only with a body.")
    if not sending.is_plain or "%" in sending.target:
        remarks.append("PowerShell may write this address in another way.")
    return remarks


def _comments(remarks: list[str]) -> str:
    return "".join(f"# {remark}\n" for remark in remarks)
