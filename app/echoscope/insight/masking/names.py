"""The words that give a secret away, and how a name is read: one list for every place in which names stand.

A name is decoded (percent-escapes, `\\u` escapes of JSON) and taken apart into words, so that `accessToken`,
`access_token`, `Access-Token`, `access.token`, `user[access_token]` and `user%5Baccess_token%5D` are one name. What it
names stands at its end: `reset_token` is a token, `token_type` is a type. `keyword`, `author` and `passenger` only
contain such a word.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

_KEYS: Final = (
    r"access|account|admin|aes|api|app|application|auth|authorization|bot|consumer|customer|deploy|decryption|encryption"
    r"|functions?|hmac|integration|license|master|preshared|private|root|rsa|secret|security|server|service|session"
    r"|shared|signing|ssh|storage|subscription|symmetric|webhook|write"
)
_CODES: Final = (
    r"2fa|auth|authentication|authorization|backup|device|login|mfa|otp|recovery|security|sms|totp|verification"
)

_ENDS: Final = re.compile(
    r"(?:tokens?|secrets?|passwords?|passwd|passphrases?|passcodes?|pwd|credentials?|signatures?|cookies?|jwts?"
    rf"|authorization|authentication|(?:{_KEYS})keys?|(?:{_CODES})codes?|sessionids?|sessid|samlresponse"
    r"|(?:jwt|client|saml)assertion|(?:code|oauth)verifier|connectionstring|secretkeybase|secretid)\Z"
)
"""Ends of names without the spaces between their words: `accesstoken` says as much as `access_token`, and header names
reach an ASGI app in lower case. No other English word ends so."""

_LAST_WORDS: Final = frozenset(
    ["auth", "bearer", "csrf", "cvc", "cvv", "hmac", "otp", "pass", "pin", "psk", "session", "sid", "totp", "xsrf"]
)
"""Short ones, which other words end in (`compass`, `spin`): they count as a word of their own."""

_PARAMETERS: Final = frozenset(["code", "key", "sig"])
"""Whole names of parameters; elsewhere, as in JSON, they name anything."""

_QUALIFIERS: Final = re.compile(
    r"\d+|sha-?\d+|md5|ed25519|hex|b64|base64|hash|pem|value|confirm|confirmation|again|repeat|hint|old|new|encoded"
)
"""Words behind the one that counts: `password_confirmation`, `X-Shopify-Hmac-Sha256`, `tokens[0]`."""

_COUNTED: Final = frozenset({
    "accepted", "audio", "cached", "completion", "image", "input", "limit", "max", "min", "n", "new", "num", "output",
    "predicted", "prediction", "prompt", "reasoning", "rejected", "remaining", "reset", "text", "thinking", "total",
    "used",
})  # fmt: skip
"""What stands before tokens that are counted, as the APIs of language models count them."""

_HEADERS: Final = re.compile(
    rb"x-auth(?:-.*)?|x-forwarded-client-cert|cf-access-.*|x-goog-iap-.*|x-amzn-oidc-data|x-ms-client-principal|dpop",
    re.IGNORECASE,
)
"""Headers that hold secrets, although their names do not say so."""

_INNOCENT_HEADERS: Final = re.compile(rb"(?:access-control|accept)-.*", re.IGNORECASE)
"""Headers whose values are names and flags: `Access-Control-Allow-Credentials: true`."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z0-9]+|[A-Z]")
_ESCAPE: Final = re.compile(rb"\\+u00([0-7][0-9a-fA-F])")
_LONGEST: Final = 128
"""Bytes of a name that are looked at, its last ones."""


def is_secret_header(name: bytes) -> bool:
    """Whether the values of this header are secrets."""
    if _HEADERS.fullmatch(name):
        return True
    return is_secret_name(name) and not _INNOCENT_HEADERS.fullmatch(name)


def is_secret_name(name: bytes) -> bool:
    """Whether a value of this name is a secret, in whatever place."""
    return _is_secret(name[-_LONGEST:])


def is_secret_parameter(name: bytes) -> bool:
    """The same in queries and forms, where also `key`, `sig` and `code` hold secrets."""
    return _is_secret_parameter(name[-_LONGEST:])


@lru_cache(maxsize=4096)
def _is_secret(name: bytes) -> bool:
    words = [word.lower() for word in _WORDS.findall(_decoded(name))]
    while len(words) > 1 and _QUALIFIERS.fullmatch(words[-1]):
        words.pop()
    if not words:
        return False
    last = words[-1] if _QUALIFIERS.fullmatch(words[-1]) else words[-1].rstrip("0123456789")
    if last == "tokens" and not _COUNTED.isdisjoint(words[-2:-1]):
        return False
    return last in _LAST_WORDS or _ENDS.search("".join(words[:-1]) + last) is not None


@lru_cache(maxsize=4096)
def _is_secret_parameter(name: bytes) -> bool:
    return _is_secret(name) or _decoded(name).lower() in _PARAMETERS


def _decoded(name: bytes) -> str:
    """Twice, since what is passed on may have been encoded again."""
    if b"%" in name:
        name = unquote_to_bytes(unquote_to_bytes(name))
    if b"\\" in name:
        name = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), name)
    return name.decode("latin-1")
