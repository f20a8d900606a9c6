"""Digest access authentication (RFC 7616), as pure functions: header texts in, header texts and verdicts out.

Nonces are proofs: whoever has the key can tell its own from others without keeping them.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from hashlib import algorithms_available, md5, new, sha256, sha512
from typing import Final, Literal

import msgspec

Qop = Literal["auth", "auth-int"]

ALGORITHMS: Final[dict[str, Callable[[bytes], str]]] = {
    "MD5": lambda data: md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: sha256(data).hexdigest(),
    "SHA-512": lambda data: sha512(data).hexdigest(),
}
"""RFC 7616 has MD5, SHA-256 and SHA-512-256; SHA-512 is httpbin's."""

if "sha512_256" in algorithms_available:  # OpenSSL's, and not in every build of it
    ALGORITHMS["SHA-512-256"] = lambda data: new("sha512_256", data).hexdigest()

SESSION: Final = "-sess"
"""Behind a hash: the secret is hashed once more with the nonces of both sides (RFC 7616, section 3.4.2)."""

NAMES: Final = (*ALGORITHMS, *(name + SESSION for name in ALGORITHMS))
"""The algorithms that a challenge may name."""

_PAIR: Final = re.compile(r'\s*([A-Za-z][A-Za-z*-]{0,30})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(?:,|$)')
_ESCAPE: Final = re.compile(r"\\(.)")

_NONCE_BYTES: Final = 16


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """An `Authorization` of the scheme Digest (section 3.4). `qop` and what goes with it: empty in RFC 2069's form."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""
    nc: str = ""
    cnonce: str = ""


def parse_credentials(header: str) -> Credentials | None:
    """None for another scheme, and for credentials that lack a part or have one twice."""
    scheme, _, rest = header.partition(" ")
    pairs = _pairs(rest) if scheme.lower() == "digest" else None
    try:
        return msgspec.convert(pairs, Credentials)
    except msgspec.ValidationError:
        return None


def _pairs(text: str) -> dict[str, str] | None:
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if not match or match[1].lower() in pairs:
            return None
        quoted, token = match[2], match[3]
        pairs[match[1].lower()] = token if quoted is None else _ESCAPE.sub(r"\1", quoted)
        position = match.end()
    return pairs


def expected_response(given: Credentials, username: str, password: str, method: str, body: bytes) -> str | None:
    """What `response` must be (section 3.4.1); None when the credentials name what is not known here."""
    name = given.algorithm.lower()
    algorithm = ALGORITHMS.get(name.removesuffix(SESSION).upper())
    if algorithm is None or given.qop not in ("", "auth", "auth-int"):
        return None

    def digest(*parts: str) -> str:
        return algorithm(":".join(parts).encode())

    secret = digest(username, given.realm, password)
    if name.endswith(SESSION):
        secret = digest(secret, given.nonce, given.cnonce)
    what = [method, given.uri, algorithm(body)] if given.qop == "auth-int" else [method, given.uri]
    if not given.qop:
        return digest(secret, given.nonce, digest(*what))
    return digest(secret, given.nonce, given.nc, given.cnonce, given.qop, digest(*what))


def is_right(given: Credentials, username: str, password: str, method: str, body: bytes) -> bool:
    """Whether the credentials prove that their sender knows the password of `username`."""
    expected = expected_response(given, username, password, method, body)
    return given.username == username and expected is not None and _is_same(given.response, expected)


def challenge(realm: str, nonce: str, offered: tuple[Qop, ...], algorithm: str, *, is_stale: bool) -> str:
    """A `WWW-Authenticate` (section 3.3)."""
    opaque = secrets.token_hex(16)
    return (
        f'Digest realm="{realm}", nonce="{nonce}", opaque="{opaque}", qop="{", ".join(offered)}", '
        f"algorithm={algorithm}, stale={'true' if is_stale else 'false'}"
    )


def make_nonce(key: bytes) -> str:
    fresh = secrets.token_hex(_NONCE_BYTES)
    return fresh + _proof(key, fresh)


def is_own_nonce(key: bytes, nonce: str) -> bool:
    fresh, proof = nonce[: 2 * _NONCE_BYTES], nonce[2 * _NONCE_BYTES :]
    return _is_same(proof, _proof(key, fresh))


def _proof(key: bytes, fresh: str) -> str:
    return hmac.new(key, fresh.encode(), sha256).hexdigest()[: 2 * _NONCE_BYTES]


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
