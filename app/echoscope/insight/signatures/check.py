"""Whether a request is signed with a secret and, where it is not, which of the usual mistakes would explain it.

Nothing that is told here holds the secret, or the signature that would have been right.
"""

import itertools
from collections.abc import Iterator
from typing import Final

from ...exchange.replies import Verdict
from .delivery import Delivery
from .keys import other_keys
from .scheme import TOLERANCE_S, Claim, Missing, Options, Scheme
from .schemes import SCHEMES, free_faults, key_of

MAX_SECRET_CHARACTERS: Final = 1_000
MAX_OPTION_CHARACTERS: Final = 1_000

MAX_TRIED_BYTES: Final = 64 << 20
"""How much is hashed at most in search of a mistake: some 200 ms."""


class BadScheme(ValueError):
    """A scheme, a secret or an option that cannot be used; says why, and names no secret."""


def check_settings(scheme_id: str, secret: str, options: Options) -> Scheme:
    """The scheme of this id. Raises `BadScheme` for what cannot be used."""
    scheme = SCHEMES.get(scheme_id)
    if scheme is None:
        raise BadScheme(f"scheme must be one of {', '.join(SCHEMES)}, not {scheme_id[:50]!r}.")
    if not secret.strip() or len(secret) > MAX_SECRET_CHARACTERS:
        raise BadScheme(f"secret must be a text of 1 to {MAX_SECRET_CHARACTERS:,} characters: the {scheme.secret}.")
    known = {option.name: option for option in scheme.options}
    for name, value in options.items():
        if name not in known:
            names = f"one of {', '.join(known)}" if known else "none"
            raise BadScheme(f"options of {scheme_id} are {names}, not {name[:50]!r}.")
        choices = known[name].choices
        if len(value) > MAX_OPTION_CHARACTERS or (choices and value and value not in choices):
            raise BadScheme(f"options.{name} must be {' or '.join(choices) or 'shorter'}, not {value[:50]!r}.")
    fault = free_faults(options) if scheme_id == "hmac" else None
    if fault:
        raise BadScheme(f"options.{fault}.")
    try:
        key_of(scheme, secret, options)
    except ValueError:
        raise BadScheme(f"secret must be the {scheme.secret}; this text cannot be one.") from None
    return scheme


def check(
    scheme_id: str, secret: str, delivery: Delivery, options: Options | None = None, *, explains: bool = True
) -> Verdict:
    """The verdict. Raises `BadScheme`. Takes up to some 200 ms where a mistake is looked for (`explains`)."""
    chosen = options or {}
    scheme = check_settings(scheme_id, secret, chosen)
    try:
        claim = scheme.read(delivery, chosen)
    except Missing as missing:
        advice = f"{scheme.title}: {scheme.signs}."
        return Verdict(scheme.id, "missing", str(missing), None, advice, scheme.reference)
    skew_s = None if claim.stamp_s is None else delivery.at_s - claim.stamp_s
    if delivery.is_cut and claim.signs_body:
        detail = "Only the beginning of the body was kept, and the signature is of all of it."
        advice = "Keep more (--kept-body-bytes), and have it sent again."
        return Verdict(scheme.id, "undecided", detail, None, advice, scheme.reference, skew_s)
    key = key_of(scheme, secret, chosen)
    try:
        is_valid = claim.is_of(key, delivery.body, delivery.url)
    except ImportError:
        detail = "Ed25519 needs the package cryptography: pip install 'echoscope[tls]'."
        return Verdict(scheme.id, "undecided", detail, reference=scheme.reference)
    if is_valid:
        return _valid(scheme, claim, skew_s)
    tried = _mistakes(scheme, secret, claim, delivery, key) if explains else iter(())
    mistake, detail, advice = next(tried, (None, _UNEXPLAINED, _ADVICE["secret"]))
    return Verdict(scheme.id, "invalid", detail, mistake, advice, scheme.reference, skew_s)


_UNEXPLAINED: Final = "The signature is of other bytes, or of another secret; none of the usual mistakes explains it."

_ADVICE: Final = {
    "body": "Check the signature over the bytes as they came, before anything reads or changes them.",
    "secret": "Compare the secret with the sender's: is it of this endpoint, and of test or live mode?",
    "url": "Take the address that the sender was given, not the one that reaches you behind a proxy.",
}


def _valid(scheme: Scheme, claim: Claim, skew_s: float | None) -> Verdict:
    if skew_s is None or -TOLERANCE_S <= skew_s <= claim.lasts_s:
        detail = "The signature is right, over the bytes as they came."
        return Verdict(scheme.id, "valid", detail, None, "", scheme.reference, skew_s)
    apart = f"{abs(skew_s):,.0f} seconds {'before' if skew_s > 0 else 'after'}"
    detail = f"The signature is right, but it is of another time: {apart} the request came."
    advice = (
        f"{scheme.title} and its libraries refuse what is more than some minutes apart. Have it sent anew, or set the "
        "clock."
    )
    return Verdict(scheme.id, "valid", detail, "time", advice, scheme.reference, skew_s)


def _mistakes(
    scheme: Scheme, secret: str, claim: Claim, delivery: Delivery, key: bytes
) -> Iterator[tuple[str, str, str]]:
    """What would have been valid: the mistake, what it is in a sentence, and what to do; one at a time, then two."""
    bodies = list(delivery.other_bodies()) if claim.signs_body else []
    keys = [one for one in other_keys(secret) if one[1] != key] if scheme.has_other_keys else []
    urls = list(delivery.other_urls()) if claim.signs_url else []
    left = MAX_TRIED_BYTES

    def is_of(tried_key: bytes, body: bytes, url: str) -> bool:
        nonlocal left
        left -= len(body) + 1_024
        return left > 0 and claim.is_of(tried_key, body, url)

    for how, other_key in keys:
        if is_of(other_key, delivery.body, delivery.url):
            yield "secret", f"It would be valid with the secret {how}.", _ADVICE["secret"]
    for how, url in urls:
        if is_of(key, delivery.body, url):
            yield "url", f"It would be valid for the address with {how}.", _ADVICE["url"]
    for how, body in bodies:
        if is_of(key, body, delivery.url):
            yield "body", f"It would be valid for the body {how}.", _ADVICE["body"]
    for (how, other_key), (change, body) in itertools.product(keys, bodies):
        if is_of(other_key, body, delivery.url):
            detail = f"It would be valid for the body {change}, and with the secret {how}."
            yield "body and secret", detail, f"{_ADVICE['body']} {_ADVICE['secret']}"
    for (change, body), (how, url) in itertools.product(bodies, urls):
        if is_of(key, body, url):
            detail = f"It would be valid for the body {change}, at the address with {how}."
            yield "body and url", detail, f"{_ADVICE['body']} {_ADVICE['url']}"
