"""A bin as it is kept: who made it, what opens it, what it answers, and the secret of its sender.

The name stands in the address that is handed to third parties; the key, of which only the digest is kept, opens what
arrives there. One says nothing of the other.
"""

import hmac
import re
import secrets
from hashlib import sha256
from typing import Final

import msgspec

from ...base.settings import BIN_NAME, BIN_NAME_RULE
from ...exchange.answers import Answers
from ...exchange.replies import Maker
from .signed import Signed

NAME_RULE: Final = f"A bin's name has {BIN_NAME_RULE}."

_NAME: Final = re.compile(BIN_NAME)


class Bin(msgspec.Struct, frozen=True):
    """`created_at`, `used_at`: seconds since 1970; the latter may be a minute late. `revision`: new with each change of
    the answers, whose sequences then begin anew."""

    name: str
    maker: Maker
    created_at: float
    used_at: float
    key_digest: str = ""
    answers: Answers = Answers()
    revision: str = ""
    signed: Signed | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether it never expires."""
        return self.maker == "setting"

    def is_opened_by(self, key: str) -> bool:
        return bool(self.key_digest) and hmac.compare_digest(digest_of(key), self.key_digest)


def new_name() -> str:
    """A name that nobody guesses: 128 bits."""
    return secrets.token_hex(16)


def new_key() -> str:
    return secrets.token_urlsafe(32)


def digest_of(key: str) -> str:
    """A key has so many bits that a plain digest keeps it."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None
