"""Authorization: Basic (RFC 7617), Bearer (RFC 6750) with JSON Web Tokens (RFC 7519), Digest (RFC 7616).

A token is taken apart, never verified: nothing here knows a key.
"""

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from ...http.fields import split, unquoted
from ..bodies.json_tree import compact, read_json
from .meaning import Context, Meaning, Row, Section, table
from .moments import moment, relative

_TOKEN: Final = re.compile(r"[\w-]+(?:\.[\w-]*){2,4}", re.ASCII)

CLAIMS: Final = {
    "iss": "issuer",
    "sub": "subject",
    "aud": "audience",
    "exp": "expires",
    "nbf": "not before",
    "iat": "issued",
    "jti": "id of the token",
    "azp": "party it was issued to",
    "auth_time": "when the user signed in",
    "scope": "what it allows",
    "alg": "how it is signed",
    "kid": "which key",
    "typ": "type",
    "enc": "how it is encrypted",
}
"""The registered claims and header parameters (RFC 7515 and 7519), and the common ones of OpenID Connect."""

_ENCRYPTED: Final = CLAIMS | {"alg": "how its key is encrypted"}
"""The names for an encrypted token, in which `alg` has another meaning (RFC 7516, section 4.1.1)."""

_MOMENTS: Final = frozenset({"exp", "nbf", "iat", "auth_time"})


def authorization(value: str, context: Context) -> Meaning | None:
    """The meaning of credentials, by their scheme."""
    scheme, _, credentials = value.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "basic" if credentials:
            return _basic(credentials, context)
        case "bearer" | "dpop" | "jwt" if credentials:
            return token(credentials, context)
        case "digest":
            return _parameters("Digest", credentials, context, frozenset({"response"}))
        case "aws4-hmac-sha256":
            return _parameters("AWS Signature, version 4", credentials, context, frozenset({"Signature"}))
        case _:
            return stray_token(value, context)


def stray_token(value: str, context: Context) -> Meaning | None:
    """A JSON Web Token that stands in a header of any name, alone or behind a scheme; None for anything else."""
    text = value.strip().rpartition(" ")[2]
    return token(text, context) if is_web_token(text) else None


def is_web_token(text: str) -> bool:
    """Whether a text has the form of a JSON Web Token, with a header that can be read."""
    return _TOKEN.fullmatch(text) is not None and _json(text.partition(".")[0]) is not None


def token(text: str, context: Context) -> Meaning | None:
    """A bearer token: a JSON Web Token taken apart, anything else as what it is, opaque."""
    parts = text.split(".")
    header = _json(parts[0]) if _TOKEN.fullmatch(text) else None
    if header is None:
        return table("an opaque token", "Token", [("token", context.hide(text), f"{len(text)} characters")])
    is_encrypted = len(parts) == 5
    sections = [Section("Header", _claims(header, context, _ENCRYPTED if is_encrypted else CLAIMS))]
    if is_encrypted:
        sections.append(Section("Rest", [("content", context.hide(".".join(parts[1:])), "encrypted")]))
        return Meaning("an encrypted JSON Web Token", sections, ["Only its header can be read without the key."])
    claims = _json(parts[1])
    if claims is not None:
        sections.append(Section("Claims", _claims(claims, context, CLAIMS)))
    sections.append(Section("Signature", [("signature", context.hide(parts[2]) if parts[2] else "", "not verified")]))
    return Meaning(_summary(claims, context), sections, _notes(header, claims, parts))


def _basic(credentials: str, context: Context) -> Meaning | None:
    try:
        decoded = b64decode(credentials, validate=True).decode("utf-8", "backslashreplace")
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(":")
    rows: list[Row] = [
        ("user", user, ""),
        ("password", context.hide(password) if password else "", "" if password else "empty"),
    ]
    notes = ["Encoded, not encrypted: whoever sees the header has the password."]
    return table(
        f"user {user}", "Basic", rows, *notes, *([] if colon else ["There is no colon in it, so no password."])
    )


def _parameters(title: str, credentials: str, context: Context, secret: frozenset[str]) -> Meaning | None:
    rows: list[Row] = []
    for part in split(credentials):
        name, equals, text = part.partition("=")
        if equals:
            text = unquoted(text.strip())
            rows.append((name.strip(), context.hide(text) if name.strip() in secret else text, ""))
    return table(f"{title} credentials", title, rows) if rows else None


def _json(part: str) -> list[tuple[str, Any]] | None:
    """The members of a base64url part that is a JSON object."""
    try:
        content = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return None
    value = read_json(content.decode("utf-8", "replace")).value
    return value["members"] if isinstance(value, dict) and "members" in value else None


def _claims(members: list[tuple[str, Any]], context: Context, words: Mapping[str, str]) -> list[Row]:
    return [
        (name, value if isinstance(value, str) else compact(value), _claim(name, value, context, words))
        for name, value in members
    ]


def _claim(name: str, value: Any, context: Context, words: Mapping[str, str]) -> str:
    said = words.get(name, "")
    seconds = _seconds(value) if name in _MOMENTS else None
    when = None if seconds is None else moment(seconds, context.at_s)
    if when is None and seconds is not None and moment(seconds / 1000, context.at_s):
        when = "(milliseconds, where seconds are meant)"
    return f"{said} {when}" if when else said


def _seconds(value: Any) -> float | None:
    """A NumericDate (RFC 7519, section 2). It may be no time at all: `1e400` is a number of JSON, and so is `1e300`."""
    digits = value.get("number") if isinstance(value, dict) else None
    return float(digits) if digits and len(digits) <= 20 else None


def _summary(claims: list[tuple[str, Any]] | None, context: Context) -> str:
    said = dict(claims or [])
    subject = f" for {said['sub']}" if isinstance(said.get("sub"), str) else ""
    expires = _seconds(said.get("exp"))
    if expires is None or moment(expires, context.at_s) is None:
        return f"a JSON Web Token{subject}"
    verb = "expires" if expires > context.at_s else "expired"
    return f"a JSON Web Token{subject}, {verb} {relative(expires, context.at_s)}"


def _notes(header: list[tuple[str, Any]], claims: list[tuple[str, Any]] | None, parts: list[str]) -> list[str]:
    notes = ["The signature is not verified: anybody can write such a token."]
    algorithm = dict(header).get("alg")
    if (isinstance(algorithm, str) and algorithm.lower() == "none") or not parts[2]:
        notes.append("It is not signed.")
    if claims is None:
        notes.append("Its claims are no JSON object.")
    return notes
