"""Credentials: Basic (RFC 7617), Bearer (RFC 6750), JSON Web Tokens (RFC 7519). Nothing is verified or repeated."""

import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from ..headers.moments import moment
from .facts import Facts
from .finding import Remark, Where, seen

_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)
_ASSERTIONS: Final = ("x-amzn-oidc-data", "cf-access-jwt-assertion", "x-goog-iap-jwt-assertion")
_MASKED: Final = re.compile(r"redacted-[0-9a-f]{8}")
SKEW_S: Final = 60
"""How far two clocks may be apart before a token is said to come from the future."""

_MILLISECONDS: Final = 100_000_000_000
"""A NumericDate beyond it is a date of the year 5138, or one in milliseconds."""


class _Token:
    """A JSON Web Token taken apart, and where it stands."""

    def __init__(self, header: dict[str, Any], claims: dict[str, Any], signature: str, where: Where) -> None:
        self.header = header
        self.claims = claims
        self.signature = signature
        self.where = where

    def moment(self, claim: str) -> float | None:
        value = self.claims.get(claim)
        return (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e18
            else None
        )


def _object(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _tokens(facts: Facts) -> Iterator[_Token]:
    texts = []
    for index, value in enumerate(facts.request.values("authorization")):
        scheme, _, text = value.strip().partition(" ")
        if scheme.lower() in ("bearer", "dpop", "jwt"):
            texts.append((text.strip(), facts.request.header("authorization", index)))
    texts += [(facts.request.value(name) or "", facts.request.header(name)) for name in _ASSERTIONS]
    for text, where in texts:
        if not _TOKEN.fullmatch(text):
            continue
        head, body, signature = text.split(".")
        header, claims = _object(head), _object(body)
        if header is not None and claims is not None:
            yield _Token(header, claims, signature, where)


def jwt_expired(facts: Facts) -> Iterator[Remark]:
    """`exp` before the request (RFC 7519, section 4.1.4)."""
    for token in _tokens(facts):
        expires = token.moment("exp")
        if expires is not None and expires <= facts.at_s:
            yield Remark(
                "The token has expired",
                f"exp is {int(expires)}, {moment(expires, facts.at_s)}.",
                "Get a new token before it ends, with the refresh token or the client's credentials; if the time "
                "is wrong, look at the clocks.",
                token.where,
            )


def jwt_not_yet(facts: Facts) -> Iterator[Remark]:
    """`nbf` or `iat` after the request (RFC 7519, sections 4.1.5 and 4.1.6)."""
    for token in _tokens(facts):
        for claim in ("nbf", "iat"):
            begins = token.moment(claim)
            if begins is not None and facts.at_s + SKEW_S < begins < _MILLISECONDS:
                yield Remark(
                    "The token is not valid yet" if claim == "nbf" else "The token was issued in the future",
                    f"{claim} is {int(begins)}, {moment(begins, facts.at_s)}: the issuer's clock is ahead, or this "
                    "one behind.",
                    "Synchronise both clocks (timedatectl), and allow a leeway of a minute where tokens are checked.",
                    token.where,
                )
                break


def jwt_times(facts: Facts) -> Iterator[Remark]:
    """Times that are no NumericDate, which counts seconds."""
    for token in _tokens(facts):
        for claim in ("exp", "nbf", "iat"):
            value = token.claims.get(claim)
            if value is None:
                continue
            seconds = token.moment(claim)
            if seconds is not None and seconds < _MILLISECONDS:
                continue
            kind = "milliseconds, it seems" if seconds is not None else "no number"
            yield Remark(
                f"{claim} of the token is no time in seconds",
                f"It is {seen(json.dumps(value))}: {kind}. A check of it is wrong by centuries, or fails.",
                "Write seconds since 1970: JavaScript Math.floor(Date.now() / 1000), Python int(time.time()).",
                token.where,
            )
            break


def jwt_unsigned(facts: Facts) -> Iterator[Remark]:
    """`alg` none, or no signature."""
    for token in _tokens(facts):
        algorithm = token.header.get("alg")
        is_none = isinstance(algorithm, str) and algorithm.lower() == "none"
        if is_none or not token.signature:
            yield Remark(
                "The token is not signed",
                f"alg is {seen(json.dumps(algorithm))} and the signature "
                f"{'has text' if token.signature else 'is empty'}: anybody can write such a token.",
                'Accept only the algorithms that you expect: jwt.decode(token, key, algorithms=["RS256"]).',
                token.where,
            )


def jwt_audience(facts: Facts) -> Iterator[Remark]:
    """An audience that is the address of another server."""
    for token in _tokens(facts):
        audience = token.claims.get("aud")
        values = [value for value in (audience if isinstance(audience, list) else [audience]) if isinstance(value, str)]
        names = [urlsplit(value).hostname for value in values if re.match(r"https?://[\w.-]+", value)]
        if names and len(names) == len(values) and facts.hosts and not facts.hosts.intersection(filter(None, names)):
            yield Remark(
                "The token is for somebody else",
                f"aud is {seen(', '.join(values), 100)}, the request went to "
                f"{seen(', '.join(sorted(facts.hosts)))}. Whoever checks aud by its address refuses it; some name "
                "an API there that is no address.",
                "Ask for a token with this server as its audience (audience= or resource=), or set the audience "
                "expected.",
                token.where,
            )


def bearer_malformed(facts: Facts) -> Iterator[Remark]:
    """Credentials that are no token: a word that a program writes for nothing, two schemes, none."""
    for index, value in enumerate(facts.request.values("authorization")):
        where = facts.request.header("authorization", index)
        scheme, _, text = value.strip().partition(" ")
        text = text.strip()
        if scheme.lower() == "bearer" and text.lower() in ("", "null", "undefined", "none", "[object object]", "nan"):
            yield Remark(
                "Authorization has no token",
                f"After Bearer stands {seen(text)!r}: the client sent a variable that had no value.",
                "Look at where the client takes the token from, before the request is made.",
                where,
            )
        elif scheme.lower() == "bearer" and text.lower().startswith(("bearer ", '"', "'", "${", "{{", "<")):
            yield Remark(
                "The token has something around it",
                "After Bearer stands a second scheme, a quote or a placeholder that was not filled in.",
                "Send Authorization: Bearer, one space, and the token alone.",
                where,
            )
        elif not text and _TOKEN.fullmatch(scheme) and _object(scheme.split(".")[0]) is not None:
            yield Remark(
                "Authorization has a token and no scheme",
                "Its value is a JSON Web Token alone; a server that goes by the standard finds no scheme it knows.",
                "Send Authorization: Bearer, one space, and the token.",
                where,
            )


def basic_malformed(facts: Facts) -> Iterator[Remark]:
    """Basic credentials that are not base64 of a name, a colon and a password."""
    for index, value in enumerate(facts.request.values("authorization")):
        scheme, _, text = value.strip().partition(" ")
        text = text.strip()
        if scheme.lower() != "basic" or _MASKED.fullmatch(text):
            continue
        try:
            wrong = (
                ""
                if b":" in b64decode(text, validate=True)
                else "What is encoded has no colon, so there is no password."
            )
        except ValueError:
            wrong = "What stands after Basic is not base64."
        if wrong:
            yield Remark(
                "The Basic credentials cannot be read",
                wrong,
                "Encode name:password: curl -u name:password, requests auth=(name, password), printf '%s' "
                "name:password | base64.",
                facts.request.header("authorization", index),
            )


def in_clear(facts: Facts) -> Iterator[Remark]:
    """Credentials over a connection that anybody on the way can read."""
    if facts.scheme not in ("http", "ws") or facts.may_be_secure or facts.reach not in ("public", "private"):
        return
    if facts.is_local:
        return
    for index, value in enumerate(facts.request.values("authorization")):
        scheme = value.strip().partition(" ")[0]
        if scheme.lower() in ("basic", "bearer"):
            yield Remark(
                "Credentials came over plain HTTP",
                f"Authorization: {scheme.title()} came from {facts.peer} with the scheme {facts.scheme}: whoever is "
                "on the way can read and use it.",
                "Serve over TLS (echoscope --tls, uvicorn --ssl-certfile) or behind a proxy that does and sends "
                "X-Forwarded-Proto; then replace these credentials.",
                facts.request.header("authorization", index),
                "warning" if facts.reach == "public" else "note",
            )
