"""What counts as a secret, told by names, and what stands for it in headers and query strings."""

import hmac
import re
import secrets
from functools import lru_cache
from typing import Final, TypeVar

_HEADERS: Final = re.compile(
    rb"""(?:proxy-)?authorization|cookie|set-cookie|(?:.*-)?api-?key|x-auth(?:-.*)?|(?:.*[-_])?(?:token|secret|password)
    |.*signature.*|x-forwarded-client-cert|cf-access-.*|x-goog-iap-.*""",
    re.VERBOSE | re.IGNORECASE,
)
WORDS: Final = rb"token|secret|password|passwd|passphrase|pwd|api[_-]?key|signature|credential"
_PARAMETERS: Final = rb"(?:[\w.-]{0,40}[_.-])?(?:%b)|key|sig|code" % WORDS
_PARAMETER_NAME: Final = re.compile(_PARAMETERS, re.IGNORECASE)
_PARAMETER: Final = re.compile(rb"(?<![^&;])((?:%b)=)([^&;]+)" % _PARAMETERS, re.IGNORECASE)
_PARAMETER_IN_TEXT: Final = re.compile(rb"(?<![^?&;\s\"'>])((?:%b)=)([^&;\s\"'<>\\#]+)" % _PARAMETERS, re.IGNORECASE)

_key = secrets.token_bytes(32)


def use_key(key: bytes) -> None:
    """Tell secrets apart by this key from now on: processes that share a log share it too."""
    global _key
    _key = key


T = TypeVar("T", bytes, str)


def is_secret_header(name: bytes) -> bool:
    """Whether the values of this header are secrets."""
    return _HEADERS.fullmatch(name) is not None


def mark(secret: bytes) -> str:
    """What stands for a secret: the same for the same secret, until the next start. Safe in any place of a request."""
    return "redacted-" + hmac.digest(_key, secret, "sha256").hex()[:8]


def mask_query(query: T) -> T:
    """A query string, or a form, without the values of secret parameters."""
    if isinstance(query, str):
        return mask_query(query.encode()).decode()
    if b";" not in query:  # as nearly always, and names are remembered: quicker than the pattern
        for pair in query.split(b"&"):
            if _is_secret_parameter(pair.partition(b"=")[0]):
                break
        else:
            return query
    return _PARAMETER.sub(lambda match: match[1] + mark(match[2]).encode(), query)


@lru_cache(maxsize=1024)
def _is_secret_parameter(name: bytes) -> bool:
    return _PARAMETER_NAME.fullmatch(name) is not None


def parameter_values(query: bytes) -> list[bytes]:
    """The values of secret parameters, as they were sent."""
    return [match[2] for match in _PARAMETER.finditer(query)]


def mask_header(name: bytes, value: bytes) -> bytes:
    """A header's value without its secrets; the scheme of credentials and the names of cookies stay."""
    if not is_secret_header(name):
        return _PARAMETER_IN_TEXT.sub(lambda match: match[1] + mark(match[2]).encode(), value)
    match name.lower():
        case b"cookie":
            return b";".join(map(_mask_pair, value.split(b";")))
        case b"set-cookie":
            pair, semicolon, attributes = value.partition(b";")
            return _mask_pair(pair) + semicolon + attributes
        case b"authorization" | b"proxy-authorization" if b" " in value.strip():
            scheme, _, credentials = value.strip().partition(b" ")
            return scheme + b" " + mark(credentials.strip()).encode()
        case _:
            return mark(value).encode() if value else value


def _mask_pair(pair: bytes) -> bytes:
    name, equals, value = pair.partition(b"=")
    value = value.strip(b' \t"')
    return name + equals + mark(value).encode() if value else pair
