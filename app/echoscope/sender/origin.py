"""Whom requests are sent to: scheme, host and port, and nothing else (RFC 6454)."""

import re
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec

_HOST: Final = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+", re.ASCII)


class Origin(msgspec.Struct, frozen=True):
    """`host`: a name or an address, an IPv6 one without brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `http://localhost:3000`. Raises ValueError for what is more than an origin, or none."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"{text!r} is no origin such as http://localhost:3000: {error}.") from error
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or "") or port == 0:
            raise ValueError(f"{text!r} is no origin such as http://localhost:3000.")
        if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError(
                f"{text!r} is more than an origin such as http://localhost:3000: requests keep their path."
            )
        return cls(parts.scheme, parts.hostname or "", port or (443 if parts.scheme == "https" else 80))

    @property
    def authority(self) -> str:
        """What stands in `Host`: without the port that the scheme has anyway."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"
