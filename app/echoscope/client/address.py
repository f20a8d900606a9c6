"""Where an Echoscope is, and how it is asked: address, token, trust."""

import os
import re
import ssl
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

import httpx

from ..base.settings import is_loopback
from ..base.trust import unchecked
from .tls import for_threads

URL_VARIABLE: Final = "ECHOSCOPE_URL"
TOKEN_VARIABLE: Final = "ECHOSCOPE_TOKEN"
DEFAULT_URL: Final = "http://127.0.0.1:8000"

CONNECT_S: Final = 10.0
"""How long connecting may take, and each answer beyond what it is known to take."""

Verify = bool | ssl.SSLContext
"""How certificates are checked: as this machine does (True), not at all, or in a context of the caller's."""


class Address:
    """`url`: of the server, with the path under which a proxy serves it, if any; from `ECHOSCOPE_URL` when None, and
    `token` from `ECHOSCOPE_TOKEN`. `bin`: the name of a bin, whose log is then asked; the addresses of the bin and of
    its inspector name it too. Raises ValueError for what is no address, and for a token that cannot be sent.

    `site`: the server, whatever log of it is asked."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, bin: str | None = None, verify: Verify = True
    ) -> None:
        given = os.environ.get(URL_VARIABLE) or DEFAULT_URL if url is None else url
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{given!r} is not the address of an Echoscope, such as {DEFAULT_URL}.")
        if parts.username or parts.password:
            raise ValueError("The address of an Echoscope holds no user and password; it takes a token.")
        self._host = parts.hostname
        self._is_encrypted = parts.scheme == "https"
        root, named = _place(parts.path)
        bin = named if bin is None else bin
        site = f"{parts.scheme}://{parts.netloc}{root}"
        self.url = f"{site}/-/bins/{quote(bin, safe='')}" if bin else site
        self.site = site
        self._base = self.url if bin else f"{site}/-"
        self.token = os.environ.get(TOKEN_VARIABLE, "") if token is None else token
        if not (self.token.isascii() and self.token.isprintable()):
            raise ValueError("Only printable ASCII characters can be sent as a token.")
        self.verify = verify

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def _is_local(self) -> bool:
        """No proxy that the environment names stands between this machine and itself."""
        return is_loopback(self._host)

    @property
    def http_options(self) -> dict[str, Any]:
        """For a client of httpx. Redirects are not followed: the token is for this server. Where no certificate can
        come, neither from the server nor from a proxy, none is loaded to check it by."""
        has_certificate = self._is_encrypted or not self._is_local
        return {
            "headers": self.headers,
            "timeout": CONNECT_S,
            "verify": self.verify if has_certificate else unchecked(),
            "trust_env": not self._is_local,
        }

    def url_of(self, path: str, *, is_of_site: bool = False) -> str:
        """Of what the API has at `path`: that of the log, or that of the server."""
        return f"{self.site}/-/api/{path}" if is_of_site else f"{self._base}/api/{path}"

    def feed_url(self, params: dict[str, Any]) -> str:
        query = urlencode({name: value for name, value in params.items() if value not in (None, "")})
        return f"ws{self._base.removeprefix('http')}/live" + (f"?{query}" if query else "")

    @property
    def feed_options(self) -> dict[str, Any]:
        """For a connection of websockets."""
        options: dict[str, Any] = {
            "additional_headers": self.headers,
            "proxy": None if self._is_local else True,
            "open_timeout": CONNECT_S,
            "max_size": MAX_MESSAGE_BYTES,
            "compression": None,
        }
        if self._is_encrypted:
            options["ssl"] = for_threads(self._context())
        return options

    def _context(self) -> ssl.SSLContext:
        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        return ssl.create_default_context() if self.verify else unchecked()


MAX_MESSAGE_BYTES: Final = 64 << 20
"""A message of the feed holds up to 250 summaries, and a summary paths and queries as long as a request head."""


_PLACE: Final = re.compile(r"(?P<root>.*?)/*(?:/(?:~|-/bins/)(?P<bin>[^/]+)(?:/.*)?|/-(?:/.*)?)?")


def _place(path: str) -> tuple[str, str | None]:
    """The path under which an Echoscope is served, and the bin that an address on it names, if any."""
    match = _PLACE.fullmatch(path)
    assert match
    return match["root"], unquote(match["bin"]) if match["bin"] else None


def fault_words(error: Exception) -> str:
    """What became of a connection, for people."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "it does not answer in time"
    return _ERRNO.sub("", str(error)).rstrip(".") or type(error).__name__


_ERRNO: Final = re.compile(r"^\[Errno -?\d+\] ")
