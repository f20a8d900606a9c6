"""The bytes of the request for a pipe into netcat, or into openssl over TLS: no client stands between."""

import re
from typing import Final

from . import shell
from .sending import Sending

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_IP: Final = re.compile(r"[0-9.]+|\[.*\]")
"""No name for Server Name Indication (RFC 6066, section 3)."""


def write(sending: Sending) -> str:
    """The command, or only a comment for a method that is none (RFC 9110, section 9.1). The connection ends with the
    answer, so that the program does."""
    if not _TOKEN.fullmatch(sending.method):
        return shell.comments(["This method cannot be sent."])
    scheme, _, authority = sending.origin.partition("://")
    lines = [f"{sending.method} {sending.target} HTTP/1.1".encode(), b"host: " + authority.encode()]
    lines += [name + b": " + value for name, value in sending.headers]
    if sending.body or sending.has_length:
        lines.append(b"content-length: %d" % len(sending.body))
    lines += [b"connection: close", b""]
    commands = ["printf " + shell.printf_format(line + b"\r\n") for line in lines]
    if sending.body:
        commands.append(shell.printed(sending.body))
    remarks = [*sending.remarks, "Connection: close is added, so that the program ends with the answer."]
    block = "".join(f"  {command}\n" for command in commands)
    return f"{shell.comments(remarks)}{{\n{block}}} | {_program(scheme, authority)}\n"


def _program(scheme: str, authority: str) -> str:
    host, _, port = authority.rpartition(":") if re.search(r":\d+$", authority) else (authority, "", "")
    port = port or ("443" if scheme == "https" else "80")
    if scheme == "https":
        name = [] if _IP.fullmatch(host) else [f"-servername {shell.word(host.encode())}"]
        return " ".join(["openssl s_client -quiet -connect", shell.word(f"{host}:{port}".encode()), *name])
    return f"nc {shell.word(host.strip('[]').encode())} {port}"
