"""The bytes of a request that is sent again.

What came is what goes: the same request line, the same header lines in their order, case and repetition, the same
body. Three things are made anew, since they concern one connection only (RFC 9110, section 7.6.1): fields that
`Connection` names and the other hop-by-hop fields are left out, the body is framed as one piece, by the length or as
one chunk, whichever it was, and for another server `Host` is that server's name (section 7.2). A request that was
refused has no form to keep to: to the server that refused it, its bytes go as they came.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ..exchange.model import Exchange
from ..exchange.sides import Pairs, request_of
from ..insight.code import raw
from ..insight.code.sending import connection_names
from ..insight.masking import mask, mask_headers, mask_query
from .address import Address

MAX_LINES: Final = 1_000
"""Of an edited head."""

_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+)(?: HTTP/1\.[01])?")
_FIELD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00\r\n]*")
_KEEPING: Final = (b"keep-alive", b"close")


class MessageError(ValueError):
    """A head that cannot be sent. Its text is one sentence that names the line and what is wrong with it."""


class Message(msgspec.Struct, frozen=True):
    """`line`: the request line. `fields`: the header lines as they are written. `body`: without chunks."""

    line: bytes
    fields: tuple[bytes, ...]
    body: bytes

    @property
    def method(self) -> bytes:
        return self.line.partition(b" ")[0]

    @property
    def pairs(self) -> Pairs:
        """The fields by their lower-case names, as an ASGI server hands them over."""
        return [(_name(line), line.partition(b":")[2].strip(b" \t")) for line in self.fields if b":" in line]

    @property
    def head(self) -> bytes:
        return b"\r\n".join([self.line, *self.fields, b"", b""])

    @property
    def is_chunked(self) -> bool:
        return any(_name(line) == b"transfer-encoding" for line in self.fields)

    @property
    def content(self) -> bytes:
        """The body as it is framed."""
        if not self.is_chunked:
            return self.body
        return (b"%x\r\n%b\r\n" % (len(self.body), self.body) if self.body else b"") + b"0\r\n\r\n"

    def to(self, address: Address | None) -> "Message":
        """The same for a connection of its own, to another server or, without an address, to the one that had it."""
        left_out, lines = connection_names(self.pairs), []
        length = b"Content-Length: %d" % len(self.body)
        is_framed = False
        for line in self.fields:
            name = _name(line)
            if name in (b"content-length", b"transfer-encoding"):
                if is_framed or (name == b"content-length" and self.is_chunked):
                    continue
                is_framed = True
                line = line.partition(b":")[0] + (b": chunked" if self.is_chunked else length[len("Content-Length") :])
            elif name == b"connection":
                line = _kept_connection(line)
            elif name == b"host" and address is not None:
                line = line.partition(b":")[0] + b": " + address.authority.encode()
            elif name in left_out:
                continue
            lines += [line] if line else []
        if self.body and not is_framed:
            lines.append(length)
        line = self.line if address is None else _with_prefix(self.line, address.path.encode())
        return Message(line, tuple(lines), self.body)


class Draft(msgspec.Struct, frozen=True):
    """A request as it can be edited.

    `head` and `body` are shown, with secrets or without; `body` is None where it is no text. `message` is what was
    sent, `shown_lines` its lines as they are shown. `size`: of the body, which may be longer than what is kept.
    """

    message: Message
    shown_lines: tuple[str, ...]
    body: str | None
    size: int

    @property
    def head(self) -> str:
        return "\n".join(self.shown_lines)

    @property
    def is_cut(self) -> bool:
        return len(self.message.body) < self.size

    def edited(self, head: str | None, body: str | None) -> Message:
        """The message with another head or another body; lines that are as they were shown stay as they were sent,
        and so does the body. Raises `MessageError`."""
        line, fields = (self.message.line, self.message.fields) if head is None else self._lines(head)
        content = self.message.body
        if body is not None and body != self._shown_body:
            content = _with_line_ends(body, content).encode("utf-8", "surrogateescape")
        return Message(line, fields, content)

    @property
    def _shown_body(self) -> str | None:
        """As a text field gives it back: with LF at the end of each line."""
        return None if self.body is None else self.body.replace("\r\n", "\n").replace("\r", "\n")

    def _lines(self, head: str) -> tuple[bytes, tuple[bytes, ...]]:
        sent: dict[str, list[bytes]] = {}
        for shown, line in zip(self.shown_lines, (self.message.line, *self.message.fields), strict=True):
            sent.setdefault(shown, []).append(line)
        lines = [text for text in head.replace("\r\n", "\n").split("\n") if text.strip()]
        if not 0 < len(lines) <= MAX_LINES:
            raise MessageError(
                f"A head has a request line, such as GET /path HTTP/1.1, and at most {MAX_LINES:,} lines."
            )
        first, *rest = [sent[text].pop(0) if sent.get(text) else text.encode("utf-8", "replace") for text in lines]
        match = _LINE.fullmatch(first.strip())
        if match is None and first != self.message.line:
            raise MessageError(f"{lines[0][:80]!r} is no request line: it is such as GET /path HTTP/1.1.")
        for text, line in zip(lines[1:], rest, strict=True):
            if not _FIELD.fullmatch(line) and line not in self.message.fields:
                raise MessageError(f"{text[:80]!r} is no header: a header is such as Name: value.")
        if match is not None and first != self.message.line:
            first = first.strip() if b" HTTP/1." in first else first.strip() + b" HTTP/1.1"
        return first, tuple(rest)


def draft_of(exchange: Exchange, *, reveal: bool) -> Draft:
    """The request of an exchange. Takes up to some 100 ms where secrets are to be hidden."""
    request, message = request_of(exchange), message_of(exchange)
    body, lines = request.content, (message.line, *message.fields)
    if not reveal:
        body = request_of(mask(exchange)).content
        lines = (_masked_line(message.line), *_masked_fields(exchange, message))
    return Draft(message, tuple(map(_text, lines)), _text_or_none(body), request.size)


def message_of(exchange: Exchange) -> Message:
    """What came, as it came where the server told; else as HTTP/1.1 writes it, in lower case."""
    if exchange.wire is not None:
        head, body = exchange.wire, request_of(exchange).content
    else:
        head, _, body = raw.write(exchange, "http://localhost").partition(b"\r\n\r\n")
        head = _below(head, (exchange.scope.get("root_path") or "").encode())
    line, *fields = (line.removesuffix(b"\r") for line in head.split(b"\n"))
    return Message(line, tuple(field for field in fields if field), body)


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].lower()


def _kept_connection(line: bytes) -> bytes:
    """A Connection field without the fields that it names; nothing where it names no more than these."""
    name, _, value = line.partition(b":")
    options = [option.strip() for option in value.split(b",")]
    kept = [option for option in options if option.lower() in _KEEPING]
    return line if kept == options else name + b": " + b", ".join(kept) if kept else b""


def _with_prefix(line: bytes, prefix: bytes) -> bytes:
    """The request line for a server below whose `prefix` the paths stand. Of a target in absolute form (RFC 9112,
    section 3.2.2) what stands behind the authority: the other server is not asked as a proxy."""
    method, _, rest = line.partition(b" ")
    if match := re.match(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*", rest):
        rest = rest[match.end() :]
        rest = rest if rest.startswith(b"/") else b"/" + rest
    return method + b" " + (prefix + rest if rest.startswith(b"/") else rest)


def _below(head: bytes, root_path: bytes) -> bytes:
    """A head whose target has the prefix no more that a server has put before the path."""
    method, _, rest = head.partition(b" ")
    if root_path and rest.startswith(root_path) and rest[len(root_path) :][:1] == b"/":
        return method + b" " + rest[len(root_path) :]
    return head


def _masked_line(line: bytes) -> bytes:
    target, mark, query = line.partition(b"?")
    query, space, version = query.rpartition(b" ") if b" HTTP/" in query else (query, b"", b"")
    return target + mark + mask_query(query) + space + version


def _masked_fields(exchange: Exchange, message: Message) -> Iterable[bytes]:
    """Each field with its value masked, where there was something to mask; a line that has no name is withheld."""
    named = [line for line in message.fields if b":" in line]
    values = iter(zip(message.pairs, mask_headers(exchange, message.pairs), strict=True)) if named else iter(())
    for line in message.fields:
        if b":" not in line:
            yield b"*" * len(line)
            continue
        (_, value), (_, masked) = next(values)
        yield line if masked == value else line.partition(b":")[0] + b": " + masked


def _text(line: bytes) -> str:
    return _text_or_none(line) or line.decode("latin-1")


def _text_or_none(data: bytes) -> str | None:
    """None for what is no text, or none that a text field could hold."""
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _with_line_ends(text: str, content: bytes) -> str:
    """With CRLF where all lines of the content before ended so: a text field knows LF alone."""
    is_crlf = b"\r\n" in content and content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    return text.replace("\r\n", "\n").replace("\n", "\r\n") if is_crlf else text
