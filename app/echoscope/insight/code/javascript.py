"""For JavaScript: `fetch`, in a browser's console or a module of Node, and `WebSocket`."""

import re
from typing import Final

from .conversation import Conversation
from .literals import javascript_bytes, javascript_string
from .sending import WITH_CONTENT, Sending

_FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
_NORMALIZED: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""Methods that are written in capitals (WHATWG Fetch, section 2.2.1)."""

_ADDED_BY_NODE: Final = (b"accept", b"accept-encoding", b"accept-language", b"sec-fetch-mode", b"user-agent")
_CONDITIONS: Final = (b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since")
_OF_CONDITIONS: Final = (b"cache-control", b"pragma")
"""Headers with which fetch passes the cache by, and what it then adds (WHATWG Fetch, section 4.6)."""

_COUNTED_BY_NODE: Final = WITH_CONTENT | {"PROPFIND", "PROPPATCH", "QUERY"}
_SET_BY_BROWSERS: Final = re.compile(
    rb"""accept-charset|accept-encoding|access-control-request-.*|cookie2?|date|dnt|expect|origin|referer|via
    |user-agent|sec-.*|set-cookie""",
    re.VERBOSE,
)
"""Forbidden request headers (WHATWG Fetch, section 2.2.2), and the User-Agent, which some browsers keep."""

_CHANGED: Final = re.compile(r"['\"<>`|^\\{}#]|%2e", re.IGNORECASE)


def write_fetch(sending: Sending) -> str:
    """The call, or only a comment for what fetch refuses."""
    if sending.method.upper() in _FORBIDDEN_METHODS:
        return _comments(["fetch does not send this method."])
    headers = [(name, value) for name, value in sending.headers if name.lower() != b"expect"]
    items = "".join(
        f"    [{javascript_string(name.decode())}, {javascript_string(value.decode('latin-1'))}],\n"
        for name, value in headers
    )
    options = [f"method: {javascript_string(sending.method)}", f"headers: [\n{items}  ]" if items else "headers: []"]
    if sending.body and not _is_bodiless(sending):
        options.append(f"body: {javascript_bytes(sending.body)}")
    options.append('redirect: "manual"')
    body = "".join(f"  {option},\n" for option in options)
    return (
        f"{_comments(_remarks(sending))}"
        f"const response = await fetch({javascript_string(sending.url)}, {{\n{body}}});\n"
        "console.log(response.status, await response.text());\n"
    )


def write_websocket(conversation: Conversation) -> str:
    """The session with what the client said, in a browser's console or in Node 22 and later."""
    own = ["A browser sets the headers of a WebSocket itself."] if conversation.headers else []
    protocols = f", {_array(conversation.subprotocols)}" if conversation.subprotocols else ""
    sends = "".join(f"  websocket.send({_message(message)});\n" for message in conversation.messages)
    return (
        f"{_comments([*conversation.remarks, *own])}"
        f"const websocket = new WebSocket({javascript_string(conversation.url)}{protocols});\n"
        'websocket.binaryType = "arraybuffer";\n'
        "websocket.onmessage = (event) => console.log(event.data);\n"
        f"websocket.onopen = () => {{\n{sends}}};\n"
    )


def _array(texts: list[str]) -> str:
    return f"[{', '.join(map(javascript_string, texts))}]"


def _message(message: str | bytes) -> str:
    return javascript_string(message) if isinstance(message, str) else javascript_bytes(message)


def _sent_method(sending: Sending) -> str:
    return sending.method.upper() if sending.method.upper() in _NORMALIZED else sending.method


def _is_bodiless(sending: Sending) -> bool:
    return sending.method.upper() in ("GET", "HEAD")


def _remarks(sending: Sending) -> list[str]:
    remarks = list(sending.remarks)
    own = sorted({name.decode().lower() for name, _ in sending.headers if _SET_BY_BROWSERS.fullmatch(name.lower())})
    if own:
        remarks.append(f"Browsers set these headers themselves; Node sends them: {', '.join(own)}.")
    added = [name.decode() for name in _ADDED_BY_NODE if not sending.has(name)]
    if sending.lacks_length and _sent_method(sending) in _COUNTED_BY_NODE:
        added.append("content-length")
    if added:
        remarks.append(f"Node adds headers that were not there: {', '.join(added)}.")
    if sending.has_empty_body and _sent_method(sending) not in _COUNTED_BY_NODE:
        remarks.append("fetch leaves out a header that was there: content-length.")
    if any(map(sending.has, _CONDITIONS)) and not all(map(sending.has, _OF_CONDITIONS)):
        remarks.append("With a condition, cache-control and pragma are added too.")
    names = [name.lower() for name, _ in sending.headers]
    if len(set(names)) < len(names):
        remarks.append("fetch sends a header once: it joins repeated ones.")
    if names != sorted(names):
        remarks.append("fetch sends headers sorted by name.")
    if sending.has(b"expect"):
        remarks.append("fetch does not send expect.")
    if sending.method.upper() in _NORMALIZED and not sending.is_capitals:
        remarks.append("fetch sends this method in capitals.")
    if sending.body and _is_bodiless(sending):
        remarks.append("fetch sends no body with GET and HEAD: it is left out.")
    if not sending.is_plain or _CHANGED.search(sending.target):
        remarks.append("fetch may write this address in another way.")
    return remarks


def _comments(remarks: list[str]) -> str:
    return "".join(f"// {remark}\n" for remark in remarks)
