"""Bodies: what the Content-Type, the Content-Encoding, the charset and the digests say, and what the bytes are.

Both sides are looked at alike. A body that was cut, that is still coming or that masking withheld is left alone.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from hashlib import md5, sha256, sha512
from typing import Final

from msgspec import UNSET

from ...http.fields import parameter
from ..bodies.charsets import decode, is_utf8
from ..bodies.images import image_type
from ..bodies.json_tree import looks_like_json, read_json
from ..bodies.kinds import TEXTUAL, kind_by_content
from ..bodies.multipart import take_apart
from ..headers.meaning import counted
from .facts import Facts, HttpMessage
from .fields import messages
from .finding import Remark, seen, spelled

_MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x7fELF", "a program"),
    (b"\x00asm", "application/wasm"),
    (b"OggS\x00", "audio/ogg"),
)
_COMPRESSED: Final = {"application/gzip": "gzip", "application/zstd": "zstd"}
_SAME_IMAGES: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "image/vnd.microsoft.icon": "image/x-icon",
    "image/ico": "image/x-icon",
}
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
"""Types of pictures that always begin with their signature."""

_PART: Final = re.compile(rb"--([^\r\n]{1,70})\r?\nContent-Disposition:", re.IGNORECASE)
_WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "TRACE", "DELETE"})


def _signature(content: bytes) -> str | None:
    """The type that the first bytes name beyond doubt."""
    return image_type(content) or next((name for magic, name in _MAGIC if content.startswith(magic)), None)


def contradicted_type(facts: Facts) -> Iterator[Remark]:
    """A Content-Type that the bytes contradict."""
    for message in messages(facts):
        said, content = message.media_type, message.plain
        if said is None or not message.is_readable or not content:
            continue
        kind, signature = message.kind_said, _signature(content)
        same = _SAME_IMAGES.get(said, said)
        where = message.header("content-type")
        if same in _IMAGES and signature != same:
            looks = f"are {signature}" if signature else "do not begin as such a picture does"
            yield Remark(
                f"The {message.of} is not {said}",
                f"Content-Type says {said}, but the bytes {looks} (the first are {content[:8].hex(' ')}).",
                f"Send Content-Type: {signature or 'application/octet-stream'}, or the picture's own bytes and not its "
                "base64.",
                where,
            )
        elif said == "application/pdf" and b"%PDF-" not in content[:1024]:
            yield Remark(
                f"The {message.of} is no PDF",
                f"Content-Type says {said}, but %PDF- is not among the first bytes, which are {content[:8].hex(' ')}.",
                "Send the file's bytes as they are, not its base64 or its path.",
                where,
            )
        elif kind in TEXTUAL and signature and signature not in _COMPRESSED:
            yield Remark(
                f"The {message.of} is not {said}",
                f"Content-Type says {said}, but the bytes are {signature}.",
                f"Send Content-Type: {signature if '/' in signature else 'application/octet-stream'}.",
                where,
            )
        elif (match := _PART.match(content)) and kind in ("json", "form", "text", "xml", "html"):
            boundary = match[1].decode("latin-1")
            yield Remark(
                f"The {message.of} is multipart, and is not sent as such",
                f"Content-Type says {said}, but the body begins with a boundary, --{seen(boundary)}.",
                f"Send Content-Type: multipart/form-data; boundary={seen(boundary)}: mostly that means not to set "
                "the header, since the client does.",
                where,
            )
        elif kind in ("form", "text", "html", "xml") and looks_like_json(content) and _is_json(content):
            yield from _json_as(message, str(kind))


def _json_as(message: HttpMessage, kind: str) -> Iterator[Remark]:
    where = message.header("content-type")
    if kind == "text":
        if message.media_type == "text/plain":
            yield Remark(
                f"The {message.of} is JSON, sent as plain text",
                f"Content-Type is {seen(message.content_type)}: fetch() sends it for a body that is a string, and "
                "navigator.sendBeacon too.",
                "Send Content-Type: application/json where the receiver is to read it as JSON.",
                where,
                "note",
            )
        return
    how = ", as curl -d and requests data= do unless told otherwise" if kind == "form" else ""
    yield Remark(
        f"The {message.of} is JSON, sent as {'a form' if kind == 'form' else kind.upper()}",
        f"Content-Type is {seen(message.content_type)}{how}, but the body is JSON: a server that goes by the header "
        "finds no fields in it.",
        "Send Content-Type: application/json. curl: --json DATA, or -H 'Content-Type: application/json'; "
        "requests and "
        "httpx: json=."
        if message.of == "request"
        else "Answer with Content-Type: application/json.",
        where,
    )


def _is_json(content: bytes) -> bool:
    return read_json(content.decode("utf-8", "replace")).has_value


def json_invalid(facts: Facts) -> Iterator[Remark]:
    """What is sent as JSON and is none, with its position."""
    for message in messages(facts):
        error = message.json.error if message.json is not None else UNSET
        if error is UNSET or error.position is None or _signature(message.plain) or _PART.match(message.plain):
            continue  # other rules say what it is
        if _is_lines(message.plain):
            yield Remark(
                f"The {message.of} is JSON Lines, sent as JSON",
                f"Each line is a JSON text of its own; a reader of {message.media_type} stops after the first.",
                "Send Content-Type: application/x-ndjson, or one array.",
                message.header("content-type"),
                "note",
                "https://github.com/ndjson/ndjson-spec",
            )
            continue
        mark = 3 if message.plain.startswith(b"\xef\xbb\xbf") else 0
        start = mark + len(message.text[: error.position].encode("utf-8", "surrogatepass"))
        looks = kind_by_content(message.plain)
        hint = f" The body looks like {_LOOKS[looks]}." if looks in _LOOKS else ""
        yield Remark(
            f"The {message.of} is not valid JSON",
            f"{error.detail}, line {error.line}, column {error.column}.{hint}",
            _advice_on_json(message.text, error.position),
            message.body(start, start + 1),
        )


_LOOKS: Final = {"form": "a form", "html": "an HTML page", "xml": "XML"}


def _advice_on_json(text: str, position: int) -> str:
    """What is wrong most often at such a place."""
    rest, before = text[position : position + 8], text[:position].rstrip()
    if rest[:1] == "'":
        return 'JSON has double quotes only. In a Windows shell write \\" for each; in Python use json.dumps, not str.'
    if rest.startswith(("True", "False", "None")):
        return "That is Python: use json.dumps, which writes true, false and null."
    if before.endswith(",") and rest[:1] in ("}", "]"):
        return "Remove the comma before the closing bracket."
    if rest.startswith(("undefined", "NaN")):
        return "Use JSON.stringify: it writes null for what JSON does not have."
    return "Let a library write it: json.dumps, JSON.stringify, jq -n."


def _is_lines(content: bytes) -> bool:
    lines = content.strip().split(b"\n", 2)[:2]
    return len(lines) == 2 and all(map(_is_json, lines))


def json_oddities(facts: Facts) -> Iterator[Remark]:
    """What some readers of JSON take, and others do not."""
    for message in messages(facts):
        for note in message.json.notes if message.json is not None else ():
            if "is no JSON" in note:
                word = note.partition(" ")[0]
                yield Remark(
                    f"{word} is no JSON",
                    f"The {message.of} has {word} for a number. Python writes it; JSON.parse and most others refuse "
                    "it.",
                    "Write null, or a text. Python: json.dumps(…, allow_nan=False) tells where it comes from.",
                    message.body(),
                    "error",
                    "RFC 8259, section 6",
                )
            elif "repeats a key" in note:
                yield Remark(
                    "An object repeats a key",
                    f"In the JSON of the {message.of} a name stands twice in one object; which value counts depends "
                    "on the reader.",
                    "Make names unique: look for a template or a merge that adds the key again.",
                    message.body(),
                    reference="RFC 8259, section 4",
                )
            elif "half of a character" in note:
                yield Remark(
                    "A text in the JSON holds half of a character",
                    f"An escape such as \\ud83d stands alone in the {message.of}: it has no form in UTF-8, and "
                    "readers replace or refuse it.",
                    "Cut texts by characters, not by UTF-16 units.",
                    message.body(),
                    reference="RFC 8259, section 8.2",
                )
        if message.json is not None and message.plain.startswith(b"\xef\xbb\xbf"):
            yield Remark(
                "The JSON begins with a byte order mark",
                f"The first three bytes of the {message.of} are ef bb bf; a sender must not add them, and many "
                "readers fail.",
                "Write UTF-8 without it: Python encoding='utf-8', not 'utf-8-sig'; PowerShell -Encoding utf8NoBOM.",
                message.body(0, 3),
                reference="RFC 8259, section 8.1",
            )


def empty_json(facts: Facts) -> Iterator[Remark]:
    """A type and no body, where one belongs."""
    request = facts.request
    is_empty = request.size == 0 and facts.has_all_of("receive")
    if is_empty and facts.method in ("POST", "PUT", "PATCH") and request.kind_said == "json":
        yield Remark(
            "The request is sent as JSON and is empty",
            f"Content-Type is {seen(request.content_type)}, and the body has no bytes: strict servers answer 400.",
            "Send {} or null, or no Content-Type.",
            request.header("content-type"),
        )


def body_on_get(facts: Facts) -> Iterator[Remark]:
    """A body on a method that gives it no meaning."""
    if facts.method in _WITHOUT_CONTENT and facts.exchange.received_bytes and not facts.is_websocket:
        section = {"GET": "9.3.1", "HEAD": "9.3.2", "DELETE": "9.3.5", "TRACE": "9.3.8"}[facts.method]
        yield Remark(
            f"A {facts.method} with a body",
            f"{facts.exchange.received_bytes:,} bytes came with it. They have no meaning by the standard: caches, "
            "proxies and servers may drop them or refuse the request.",
            "Put the values into the query, or use POST (curl -d makes a POST by itself; -X GET undoes that).",
            facts.request.body(),
            "note" if facts.method == "DELETE" else None,
            f"RFC 9110, section {section}",
        )


def no_type(facts: Facts) -> Iterator[Remark]:
    """A body of which nothing says what it is."""
    request = facts.request
    if facts.exchange.received_bytes and not facts.is_websocket and not request.has("content-type"):
        yield Remark(
            "The body has no Content-Type",
            f"{facts.exchange.received_bytes:,} bytes came and nothing says what they are; the receiver has to guess.",
            "Send Content-Type, application/octet-stream if nothing better fits.",
            request.body(),
        )


def no_response_type(facts: Facts) -> Iterator[Remark]:
    """An answer of which nothing says what it is."""
    response = facts.response
    if response and response.size and not response.has("content-type") and facts.status not in (204, 304):
        yield Remark(
            "The answer has no Content-Type",
            f"{response.size:,} bytes were sent and nothing says what they are: browsers guess, and may run a script.",
            "Send Content-Type, and X-Content-Type-Options: nosniff beside it.",
            level="warning",
        )


def contradicted_charset(facts: Facts) -> Iterator[Remark]:
    """A charset that is not known, that the bytes do not fit, or that is missing where it is needed."""
    for message in messages(facts):
        declared = parameter(message.content_type, "charset")
        content = message.plain
        if message.kind_said not in TEXTUAL or not message.is_readable or not content:
            continue
        _, charset = decode(content, declared, is_cut=False, is_json=message.kind_said == "json")
        where = message.header("content-type")
        if declared and charset.detail and "no charset" in charset.detail:
            yield Remark(
                f"The charset of the {message.of} is not known",
                f"Content-Type says charset={seen(declared)}; it is read as {charset.name} here.",
                "Send charset=utf-8.",
                where,
                "note",
            )
        elif charset.detail and "not fit" in charset.detail:
            if not declared and message.kind_said in ("html", "css", "xml", "javascript"):
                continue  # it may say so in itself
            said = f"says charset={seen(declared)}" if declared else "names no charset, so UTF-8 is assumed"
            yield Remark(
                f"The {message.of} does not fit its charset",
                f"Content-Type {said}, but {charset.detail[0].lower()}{charset.detail[1:]}",
                "Encode the text as UTF-8 and say charset=utf-8, or name the charset that it is in.",
                where,
                None if declared or message.kind_said in ("json", "ndjson") else "note",
            )
        elif message.kind_said == "json" and charset.name not in ("utf-8", "ascii") and not is_utf8(content):
            yield Remark(
                f"The JSON of the {message.of} is not UTF-8",
                f"It is in {charset.name}; JSON between systems is UTF-8, whatever a charset says, and readers fail.",
                "Encode it as UTF-8; application/json needs no charset.",
                where,
                reference="RFC 8259, section 8.1",
            )
        elif declared and charset.source == "bom" and not _is_same_charset(declared, charset.name):
            yield Remark(
                f"The charset of the {message.of} is not the one of its first bytes",
                f"Content-Type says charset={seen(declared)}, the byte order mark {charset.name}; browsers believe "
                "the mark.",
                "Leave the mark out, or say the same.",
                where,
            )
        elif (
            charset.name in ("iso8859-1", "cp1252", "ascii") and declared and not content.isascii() and is_utf8(content)
        ):
            yield Remark(
                f"The {message.of} looks like UTF-8, sent as {seen(declared)}",
                f"Content-Type says charset={seen(declared)}, and all of its other bytes make UTF-8 characters: "
                "readers see Ã¤ for ä.",
                "Say charset=utf-8.",
                where,
            )


def _is_same_charset(declared: str, name: str) -> bool:
    plain = declared.lower().replace("_", "-").strip("\"' ")
    return (
        plain == name
        or plain.replace("utf8", "utf-8") == name
        or (plain in ("utf-16", "utf-32") and name.startswith(plain))
    )


def multipart(facts: Facts) -> Iterator[Remark]:
    """Boundaries: none named, none in the body, none at the end; and what else cannot be read."""
    request = facts.request
    if not (request.media_type or "").startswith("multipart/") or not request.size:
        return
    boundary = parameter(request.content_type, "boundary")
    where = request.header("content-type")
    if not boundary:
        yield Remark(
            "The Content-Type names no boundary",
            f"It is {seen(request.content_type)}: without the boundary no part can be found.",
            "Do not set Content-Type by hand where a library makes the body: fetch() with FormData, requests "
            "files= and curl -F write it with the boundary.",
            where,
        )
    elif not request.is_readable:
        return
    elif b"--" + boundary.encode("utf-8", "surrogateescape") not in request.plain:
        yield Remark(
            "The boundary does not occur in the body",
            f"Content-Type says boundary={seen(boundary)}, but no line of the body is --{seen(boundary)}.",
            "Do not set Content-Type by hand where a library makes the body: it has a boundary of its own.",
            where,
        )
    else:
        read = take_apart(request.plain, request.content_type)
        is_of_ours = re.search("(?i)first|header (?:count|size)|maximum", read.detail or "") is not None
        if read.detail and not read.complete and not is_of_ours:
            yield Remark(
                "The multipart body cannot be read to its end",
                f"{seen(read.detail, 200)} {counted(len(read.parts), 'part')} came before that.",
                "Each part begins with --BOUNDARY and the body ends with --BOUNDARY--, lines with CR LF.",
                request.body(),
                "warning",
            )


def compressed_silently(facts: Facts) -> Iterator[Remark]:
    """Compressed bytes under a type of text, without a Content-Encoding that says so, or beneath another one."""
    for message in messages(facts):
        coding = _COMPRESSED.get(_signature(message.plain) or "")
        if coding is None or message.kind_said not in TEXTUAL:
            continue
        first = f"the first bytes{' after decoding' if message.codings else ''} are {message.plain[:4].hex(' ')}"
        if not message.codings:
            yield Remark(
                f"The {message.of} is {coding}, and does not say so",
                f"Content-Type says {message.media_type}, {first}, those of {coding}; Content-Encoding is missing.",
                f"Send Content-Encoding: {coding}, or a type of its own such as application/{coding}.",
                message.header("content-type"),
            )
        elif message.coding is not None and message.coding.state == "whole":
            yield Remark(
                f"The {message.of} was compressed twice",
                f"Content-Encoding says {', '.join(message.codings)}, and {first}, those of {coding} once more.",
                "Compress it once: the app and a proxy or a library both do it.",
                message.header("content-encoding"),
            )


def not_as_coded(facts: Facts) -> Iterator[Remark]:
    """A Content-Encoding that the bytes contradict."""
    for message in messages(facts):
        undone = message.coding
        if "aws-chunked" in message.codings:
            continue  # which S3 names first, and undoes first
        if undone is None or not facts.is_recorded or not message.is_whole or not message.content.strip(b"*"):
            continue
        if undone.state in ("failed", "cut"):
            signature, hint = _signature(message.content), ""
            if undone.state == "failed" and (signature or message.content[:64].isascii()):
                hint = f" The bytes are {signature or 'text'}."
            yield Remark(
                f"The {message.of} is not what its Content-Encoding says",
                f"Content-Encoding is {', '.join(undone.names)}. {undone.detail}{hint}",
                "Compress the body, or remove the header: it came with a body that something in between had "
                "unpacked, or that was compressed twice.",
                message.header("content-encoding"),
            )


def wrong_digest(facts: Facts) -> Iterator[Remark]:
    """Digests of the body that are those of another one."""
    request, known = facts.request, facts.exchange.received_sha256
    if not request.is_whole or known != sha256(request.content).hexdigest():
        return
    for name, algorithm, said in _digests(request):
        own = {"md5": md5, "sha-256": sha256, "sha-512": sha512}[algorithm](request.content).digest()
        if said is not None and len(said) == len(own) and said != own:
            yield Remark(
                f"{spelled(name)} is not the digest of this body",
                f"The {algorithm} of the {request.size:,} bytes that came is another: the body was changed on its "
                "way, or the digest is of another form of it.",
                "Compute it over the bytes that are sent, after compression and with their line ends.",
                request.header(name),
            )


def _digests(request: HttpMessage) -> Iterator[tuple[str, str, bytes | None]]:
    """Header, algorithm and digest; None for one that cannot be read."""
    if value := request.value("content-md5"):
        yield "content-md5", "md5", _base64(value)
    for part in request.members("content-digest"):
        algorithm, _, value = part.partition("=")
        if algorithm.strip().lower() in ("sha-256", "sha-512") and value.strip().startswith(":"):
            yield "content-digest", algorithm.strip().lower(), _base64(value.strip().strip(":"))
    value = request.value("x-amz-content-sha256") or ""
    if re.fullmatch(r"[0-9a-f]{64}", value):
        yield "x-amz-content-sha256", "sha-256", bytes.fromhex(value)


def _base64(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def grpc(facts: Facts) -> Iterator[Remark]:
    """gRPC over a version of HTTP that cannot carry it."""
    kind = facts.request.media_type or ""
    if re.fullmatch(r"application/grpc(\+\w+)?", kind) and facts.http_version in ("1.0", "1.1"):
        yield Remark(
            "gRPC came over HTTP/1.1",
            f"Content-Type is {kind} and the version {facts.http_version}: gRPC needs HTTP/2 up to the server, with "
            "its trailers.",
            "nginx: grpc_pass grpc://app; Caddy: reverse_proxy h2c://app; or use gRPC-Web.",
            facts.request.header("content-type"),
        )
