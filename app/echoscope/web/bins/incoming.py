"""A request to a bin, as rules match it and bodies are filled in from it."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from ...base.paths import local_path
from ..endpoint.forms import MAX_FIELDS, parse_form
from .json_text import JsonText
from .signed import Signed

_NOT_SENT: Final = frozenset(("body", "is_signed", "headers", "query", "form", "cookies", "json"))


class Incoming:
    """`path`: below the bin, with its slash, decoded. What cannot be read counts as not there."""

    def __init__(
        self, scope: Mapping[str, Any], body: bytes = b"", exchange_id: str = "", signed: Signed | None = None
    ) -> None:
        self.method: str = scope.get("method") or "GET"
        self.full_path = local_path(scope["path"], scope.get("root_path", ""))
        self.path = "/" + self.full_path.removeprefix("/~").partition("/")[2]
        self.query_string: bytes = scope.get("query_string", b"")
        self.raw_headers: list[tuple[bytes, bytes]] = [(name, value) for name, value in scope.get("headers", ())]
        self.scheme: str = scope.get("scheme", "http")
        self.body = body
        self.id = exchange_id
        self._raw_path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
        self._signed = signed

    def __getstate__(self) -> dict[str, Any]:
        """The request for another process, without the body, which travels by itself, and without what was read so
        far."""
        return {name: value for name, value in vars(self).items() if name not in _NOT_SENT}

    @property
    def secret(self) -> str:
        """The secret of the bin's sender, "" where none is known."""
        return self._signed.secret if self._signed else ""

    @cached_property
    def is_signed(self) -> bool:
        """Whether the request is signed with that secret, whenever that was."""
        if self._signed is None:
            return False
        from ...insight.signatures import Delivery, check

        target = self._raw_path + b"?" + self.query_string if self.query_string else self._raw_path
        delivery = Delivery(self.method, self.scheme, target, self.raw_headers, self.body, time.time())
        signed = self._signed
        return check(signed.scheme, signed.secret, delivery, signed.options, explains=False).status == "valid"

    @cached_property
    def headers(self) -> dict[str, str]:
        """By lower-case name, repeats joined (RFC 9110, section 5.3)."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in self.raw_headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return headers

    @cached_property
    def query(self) -> dict[str, str]:
        """The first value of each name."""
        return _first_values(self.query_string)

    @cached_property
    def form(self) -> dict[str, str]:
        """The first value of each field of a form, in either of its types; without files."""
        form = parse_form(self.headers.get("content-type", "").encode(), self.body)
        return dict(reversed(form.fields)) if form else {}

    @cached_property
    def cookies(self) -> dict[str, str]:
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name: value for name, is_pair, value in pairs if is_pair}

    @cached_property
    def json(self) -> JsonText:
        """The body as JSON, whatever type it is said to be."""
        return JsonText(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


def _first_values(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
