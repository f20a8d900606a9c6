"""What a scheme of signing is: which headers it reads, what it signs, and how that is checked with a secret."""

import hmac
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ...exchange.replies import Option
from .delivery import Delivery
from .keys import as_text

TOLERANCE_S: Final = 300
"""What the vendors' libraries allow between signing and checking."""

Options = dict[str, str]


class Missing(Exception):
    """The request has no signature of this scheme. The text says what is missing or cannot be read."""


class Claim(msgspec.Struct, frozen=True):
    """The signature that a request carries. `is_of(key, body, url)`: whether it is the signature of these.

    `stamp_s`: when it was signed, where that is part of it. `signs_body`, `signs_url`: what goes into it.
    `lasts_s`: how long it counts.
    """

    is_of: Callable[[bytes, bytes, str], bool]
    stamp_s: float | None = None
    signs_body: bool = True
    signs_url: bool = False
    lasts_s: float = TOLERANCE_S


class Scheme(msgspec.Struct, frozen=True):
    """`secret`: what its vendor calls the secret. `signs`: in short, what is signed and where that stands.
    `key`: the bytes of a secret; raises ValueError for a text that is none."""

    id: str
    title: str
    secret: str
    signs: str
    reference: str
    read: Callable[[Delivery, Options], Claim]
    key: Callable[[str], bytes] = as_text
    options: tuple[Option, ...] = ()
    has_other_keys: bool = True


def keyed(algorithm: str, signatures: Sequence[bytes], message: Callable[[bytes, str], bytes]) -> Callable[..., bool]:
    """The `is_of` of an HMAC (RFC 2104): whether one of the signatures is that of the message."""

    def is_of(key: bytes, body: bytes, url: str) -> bool:
        digest = hmac.digest(key, message(body, url), algorithm)
        return any(hmac.compare_digest(digest, signature) for signature in signatures)

    return is_of
