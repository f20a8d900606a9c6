"""Authentication: Basic (RFC 7617), Bearer (RFC 6750) and Digest, each with the name and password in the path."""

import hmac
import re
from base64 import b64decode
from typing import Final
from urllib.parse import unquote, urlsplit

from ..endpoint.answers import HTML, Answer, Refused, json_answer
from ..endpoint.forms import Pairs
from ..endpoint.parameters import shown, truth, whole_number
from ..endpoint.request import Request
from . import digest
from .cookies import cookies, set_cookies
from .digest import Credentials, Qop

REALM: Final = "Echoscope"

_COUNT: Final = re.compile(r"[0-9]{1,18}")


# Basic and Bearer


def basic(request: Request) -> Answer:
    if not _has_password(request):
        return Answer(status=401, headers=[HTML, (b"www-authenticate", b'Basic realm="Fake Realm"')])
    return _authenticated(request)


def hidden_basic(request: Request) -> Answer:
    """Does not say that a password would help."""
    if not _has_password(request):
        raise Refused(404, "There is nothing here.")
    return _authenticated(request)


def _authenticated(request: Request) -> Answer:
    return json_answer({"authenticated": True, "user": request.parameters["user"]})


def _has_password(request: Request) -> bool:
    """A name with a colon in it is nobody's: the first one ends the name (RFC 7617, section 2)."""
    scheme, _, encoded = (request.header(b"authorization") or "").partition(" ")
    try:
        given = b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
    except ValueError:  # also what is not ASCII
        return False
    user, password = request.parameters["user"], request.parameters["password"]
    return hmac.compare_digest(given, f"{user}:{password}".encode("utf-8", "replace")) and ":" not in user


def bearer(request: Request) -> Answer:
    """Any token will do, and the scheme in any case (RFC 9110, section 11.1)."""
    scheme, _, token = (request.header(b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return Answer(status=401, headers=[HTML, (b"www-authenticate", b"Bearer")])
    return json_answer({"authenticated": True, "token": token.strip()})


# Digest


async def digest_auth(request: Request) -> Answer:
    """httpbin's protocol around RFC 7616: its cookies count how often a nonce may still be used."""
    algorithm, count = _algorithm_and_count(request)
    needs_cookie = truth(request.option("require-cookie") or "false", "require-cookie")
    given = digest.parse_credentials(request.header(b"authorization") or "")
    jar = dict(cookies(request))
    again = [("stale_after", count), ("fake", "fake_value")]
    if given is None or (needs_cookie and not jar):
        return _challenge(request, algorithm, again)
    if needs_cookie and jar.get("fake") != "fake_value":
        missing = {"errors": ["missing cookie set on challenge"]}
        return json_answer(missing, set_cookies(request, again[1:]), 403)
    again.append(("last_nonce", given.nonce[:128]))
    if jar.get("last_nonce") == given.nonce or jar.get("stale_after") == "0":
        return _challenge(request, algorithm, again, is_stale=True)
    if not await _is_right(request, given, algorithm):
        return _challenge(request, algorithm, again)
    if not digest.is_own_nonce(request.shared.key(), given.nonce):
        return _challenge(request, algorithm, again, is_stale=True)
    spent = [("stale_after", _one_less(jar["stale_after"]))] if "stale_after" in jar else []
    answer = {"authenticated": True, "user": given.username}
    return json_answer(answer, set_cookies(request, [("fake", "fake_value"), *spent]))


def _algorithm_and_count(request: Request) -> tuple[str, str]:
    """The hash, and how often a nonce may be used: a number, or `never` for no end."""
    algorithm = request.parameters.get("algorithm", "MD5")
    count = request.parameters.get("stale_after", "never")
    if algorithm.isdigit() and "stale_after" not in request.parameters:  # as httpbin's own tests have it
        algorithm, count = "MD5", algorithm
    known = next((name for name in digest.NAMES if name.lower() == algorithm.lower()), None)
    if known is None:
        raise Refused(400, f"algorithm must be one of {', '.join(digest.NAMES)}, not {shown(algorithm)}.")
    return known, count if count == "never" else str(whole_number(count, "stale_after"))


def _one_less(count: str) -> str:
    return str(max(0, int(count) - 1)) if _COUNT.fullmatch(count) else "never"


def _offered(request: Request) -> tuple[Qop, ...]:
    match request.parameters["qop"]:
        case "auth":
            return ("auth",)
        case "auth-int":
            return ("auth-int",)
        case _:  # httpbin's: anything else means that the client may choose
            return ("auth", "auth-int")


async def _is_right(request: Request, given: Credentials, algorithm: str) -> bool:
    """Whether the credentials are for this address and right. RFC 2069's form, without a qop, counts as in httpbin."""
    if given.realm != REALM or given.algorithm.lower() != algorithm.lower() or not _is_target(request, given.uri):
        return False
    if given.qop and given.qop not in _offered(request):
        return False
    user, password = request.parameters["user"], request.parameters["password"]
    return digest.is_right(given, user, password, request.method, await request.body())


def _is_target(request: Request, uri: str) -> bool:
    """The request target, whatever was percent-encoded on the way here and whether or not its site is named."""
    try:
        site = urlsplit(uri)
    except ValueError:
        return False
    written = uri.removeprefix(f"{site.scheme}://{site.netloc}") if site.scheme else uri
    return unquote(written) == unquote(request.target)


def _challenge(request: Request, algorithm: str, again: Pairs, *, is_stale: bool = False) -> Answer:
    nonce = digest.make_nonce(request.shared.key())
    line = digest.challenge(REALM, nonce, _offered(request), algorithm, is_stale=is_stale)
    return Answer(status=401, headers=[HTML, (b"www-authenticate", line.encode()), *set_cookies(request, again)])
