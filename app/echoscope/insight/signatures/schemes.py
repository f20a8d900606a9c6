"""The schemes of the vendors, as each documents its own, and a free one."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from ...exchange.replies import Option
from ...http.fields import media_type
from ..bodies.kinds import read_multipart
from . import ed25519, sigv4
from .delivery import Delivery
from .keys import PREFIX, as_base64, as_hex, as_text
from .scheme import Claim, Missing, Options, Scheme, keyed

MAX_FIELDS: Final = 1_000

_YEARS_S: Final = (946_684_800, 4_102_444_800)
"""Seconds since 1970 of the years 2000 to 2100; a number outside is no time in seconds."""

_FIELD: Final = re.compile(r"\{([a-z]+)(?::([\w-]+))?\}")
_DECODERS: Final[dict[str, Callable[[str], bytes]]] = {"hex": as_hex, "base64": as_base64}
_KEYS: Final[dict[str, Callable[[str], bytes]]] = {"text": as_text, **_DECODERS}


def _github(delivery: Delivery, options: Options) -> Claim:
    for header, algorithm in (("x-hub-signature-256", "sha256"), ("x-hub-signature", "sha1")):
        value = delivery.value(header)
        if value is not None:
            name, _, digits = value.strip().partition("=")
            if name != algorithm:
                raise Missing(f"{header} does not begin with {algorithm}=.")
            return Claim(keyed(algorithm, _all([digits], as_hex, header), _body))
    raise Missing("There is no X-Hub-Signature-256: no secret is set at the sender, or a proxy took it away.")


def _stripe(delivery: Delivery, options: Options) -> Claim:
    pairs = [part.strip().partition("=") for part in _needed(delivery, "stripe-signature").split(",")]
    stamp = next((value for name, _, value in pairs if name == "t"), "")
    signatures = [value for name, _, value in pairs if name == "v1"]
    if not stamp or not signatures:
        raise Missing("Stripe-Signature has no t= or no v1=.")
    is_of = keyed("sha256", _all(signatures, as_hex, "stripe-signature"), lambda body, _: stamp.encode() + b"." + body)
    return Claim(is_of, _seconds(stamp))


def _versioned(header: str, stamp_header: str) -> Callable[[Delivery, Options], Claim]:
    """Slack's and Zoom's: `v0=` and hex, of `v0:TIME:BODY`."""

    def read(delivery: Delivery, options: Options) -> Claim:
        value, stamp = _needed(delivery, header), _needed(delivery, stamp_header)
        version, _, digits = value.strip().partition("=")
        if version != "v0":
            raise Missing(f"{header} does not begin with v0=.")
        start = f"v0:{stamp}:".encode()
        return Claim(keyed("sha256", _all([digits], as_hex, header), lambda body, _: start + body), _seconds(stamp))

    return read


def _shopify(delivery: Delivery, options: Options) -> Claim:
    header = "x-shopify-hmac-sha256"
    return Claim(keyed("sha256", _all([_needed(delivery, header)], as_base64, header), _body))


def _twilio(delivery: Delivery, options: Options) -> Claim:
    """The address, and of a form its fields behind it; of another body its digest stands in the address."""
    header = "x-twilio-signature"
    signatures = _all([_needed(delivery, header)], as_base64, header)
    is_sha256 = "hmac_sha256" in (delivery.value("x-twilio-webhooks-signature-settings") or "").lower()
    is_form = (delivery.value("content-type") or "").lower().startswith("application/x-www-form-urlencoded")
    digest = dict(parse_qsl(delivery.query.decode("latin-1"))).get("bodySHA256")
    of_address = keyed(
        "sha256" if is_sha256 else "sha1",
        signatures,
        lambda body, url: (options.get("url") or url).encode("utf-8", "replace") + (_fields(body) if is_form else b""),
    )
    if digest is None or is_form:
        return Claim(of_address, signs_body=is_form, signs_url=True)

    def is_of(key: bytes, body: bytes, url: str) -> bool:
        return sha256(body).hexdigest() == digest.lower() and of_address(key, body, url)

    return Claim(is_of, signs_url=True)


def _standard(delivery: Delivery, options: Options) -> Claim:
    """Under either name of its headers: `v1` is an HMAC, `v1a` an Ed25519 signature, which a public key checks.
    Signatures of other versions are not looked at."""
    kind = "webhook" if delivery.value("webhook-signature") is not None else "svix"
    value = _needed(delivery, f"{kind}-signature")
    name, stamp = _needed(delivery, f"{kind}-id"), _needed(delivery, f"{kind}-timestamp")
    versions = [part.partition(",") for part in value.split()]
    hmacs, signatures = (
        _readable([written for version, _, written in versions if version == wanted], as_base64)
        for wanted in ("v1", "v1a")
    )
    if not hmacs and not signatures:
        raise Missing(f"{kind}-signature has no signature of the versions v1 and v1a that can be read.")
    start = f"{name}.{stamp}.".encode()
    is_keyed = keyed("sha256", hmacs, lambda body, _: start + body)

    def is_of(key: bytes, body: bytes, url: str) -> bool:
        if not key.startswith(_PUBLIC):
            return is_keyed(key, body, url)
        public = key.removeprefix(_PUBLIC)
        return any(ed25519.is_signed(public, signature, start + body) for signature in signatures)

    return Claim(is_of, _seconds(stamp))


def _mailgun(delivery: Delivery, options: Options) -> Claim:
    """The signature stands in the body, of JSON or a form, and is of its own time and token alone."""
    try:
        document = orjson.loads(delivery.body)
    except ValueError:
        document = dict(_form(delivery))
    told: Any = document.get("signature") if isinstance(document, dict) else None
    told = told if isinstance(told, dict) else document
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str | int) for key in _MAILGUN):
        raise Missing("The body has no timestamp, token and signature.")
    stamp, token, digits = (str(told[key]) for key in _MAILGUN)
    message = (stamp + token).encode()
    is_of = keyed("sha256", _all([digits], as_hex, "signature"), lambda body, url: message)
    return Claim(is_of, _seconds(stamp), signs_body=False)


_MAILGUN: Final = ("timestamp", "token", "signature")


def _free(delivery: Delivery, options: Options) -> Claim:
    header = (options.get("header") or "x-signature").lower()
    value = _needed(delivery, header).strip()
    prefix = options.get("prefix", "")
    if not value.startswith(prefix):
        raise Missing(f"{header} does not begin with {prefix}.")
    signatures = _all([value[len(prefix) :]], _DECODERS[options.get("encoding") or "hex"], header)
    parts, stamp_header = _FIELD.split(options.get("message") or "{body}"), options.get("timestamp", "")

    def message(body: bytes, url: str) -> bytes:
        texts = {
            "body": body,
            "url": url.encode("utf-8", "replace"),
            "method": delivery.method.encode(),
            "path": delivery.path,
            "query": delivery.query,
            "timestamp": (delivery.value(stamp_header.lower()) or "").encode(),
        }
        written = b""
        for index in range(0, len(parts) - 1, 3):
            name, argument = parts[index + 1], parts[index + 2]
            named = (delivery.value((argument or "").lower()) or "").encode() if name == "header" else texts[name]
            written += parts[index].encode() + named
        return written + parts[-1].encode()

    names = parts[1::3]
    return Claim(
        keyed(options.get("algorithm") or "sha256", signatures, message),
        _seconds(delivery.value(stamp_header.lower()) or "") if stamp_header else None,
        "body" in names,
        "url" in names,
    )


def free_faults(options: Options) -> str | None:
    """Why a free scheme cannot be used; None where it can."""
    for match in _FIELD.finditer(options.get("message") or ""):
        if match[1] not in ("body", "url", "method", "path", "query", "timestamp", "header") or (
            (match[1] == "header") != bool(match[2])
        ):
            return (
                "message holds {body}, {url}, {method}, {path}, {query}, {timestamp} and {header:NAME}, "
                f"not {match[0][:40]}"
            )
    if "{timestamp}" in (options.get("message") or "") and not options.get("timestamp"):
        return "timestamp must name the header that {timestamp} stands for"
    return None


# What they share


def _needed(delivery: Delivery, header: str) -> str:
    value = delivery.value(header)
    if value is None:
        raise Missing(f"There is no {header}.")
    return value


def _all(written: Sequence[str], decode: Callable[[str], bytes], header: str) -> list[bytes]:
    """Signatures as bytes, those that can be read. Raises `Missing` where there are none."""
    signatures = _readable(written, decode)
    if not signatures:
        raise Missing(f"{header} holds no signature that can be read.")
    return signatures


def _readable(written: Sequence[str], decode: Callable[[str], bytes]) -> list[bytes]:
    signatures = []
    for text in written:
        try:
            signatures.append(decode(text.strip()))
        except ValueError:
            continue
    return signatures


def _body(body: bytes, url: str) -> bytes:
    return body


def _seconds(text: str) -> float | None:
    """A time in seconds or milliseconds since 1970, or in RFC 3339."""
    text = text.strip()
    if re.fullmatch(r"\d{9,13}", text, re.ASCII):
        seconds = int(text) / (1000 if len(text) > 11 else 1)
        return seconds if _YEARS_S[0] < seconds < _YEARS_S[1] else None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return []


def _form(delivery: Delivery) -> list[tuple[str, str]]:
    """The fields of a form in either of its types, without files."""
    content_type = delivery.value("content-type") or ""
    if media_type(content_type) != "multipart/form-data":
        return _pairs(delivery.body)
    parts = read_multipart(delivery.body, content_type, is_cut=delivery.is_cut).parts
    return [(part.name, part.content) for part in parts if isinstance(part.name, str) and isinstance(part.content, str)]


def _fields(body: bytes) -> bytes:
    """Twilio's form of a form: names and values in the order of the names, nothing between them."""
    pairs = sorted(set(_pairs(body)))
    return "".join(name + value for name, value in pairs).encode("utf-8", "replace")


_PUBLIC: Final = b"whpk_"


def _whsec(secret: str) -> bytes:
    """A secret, or a public key, which keeps its prefix. Raises ValueError."""
    prefix = _PUBLIC.decode()
    if secret.strip().startswith(prefix):
        key = as_base64(secret.strip().removeprefix(prefix))
        if len(key) != ed25519.KEY_BYTES:
            raise ValueError(f"a public key has {ed25519.KEY_BYTES} bytes")
        return _PUBLIC + key
    return as_base64(secret.strip().removeprefix(PREFIX))


_URL: Final = Option("url", "Address as the sender knows it; empty for the one that was asked for")

# fmt: off
SCHEMES: Final = {scheme.id: scheme for scheme in (
    Scheme("github", "GitHub, Gitea, Meta", "webhook secret; of Meta the app secret",
           "HMAC-SHA256 in hex of the body, in X-Hub-Signature-256 behind sha256=",
           "https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries", _github),
    Scheme("stripe", "Stripe", "signing secret of the endpoint, whsec_…",
           "HMAC-SHA256 in hex of TIME.BODY, in Stripe-Signature as t=TIME,v1=HEX",
           "https://docs.stripe.com/webhooks", _stripe),
    Scheme("slack", "Slack", "signing secret of the app",
           "HMAC-SHA256 in hex of v0:TIME:BODY, in X-Slack-Signature behind v0=",
           "https://docs.slack.dev/authentication/verifying-requests-from-slack",
           _versioned("x-slack-signature", "x-slack-request-timestamp")),
    Scheme("shopify", "Shopify", "client secret of the app",
           "HMAC-SHA256 in base64 of the body, in X-Shopify-Hmac-SHA256",
           "https://shopify.dev/docs/apps/build/webhooks/subscribe/https", _shopify),
    Scheme("twilio", "Twilio", "auth token of the account",
           "HMAC-SHA1 in base64 of the address and the sorted fields of the form, in X-Twilio-Signature",
           "https://www.twilio.com/docs/usage/security", _twilio, options=(_URL,)),
    Scheme("standard-webhooks", "Standard Webhooks, Svix",
           "signing secret, whsec_ and base64, or public key, whpk_ and base64",
           "HMAC-SHA256 in base64 of ID.TIME.BODY, in Webhook-Signature (Svix-Signature) behind v1, (v1a: Ed25519)",
           "https://www.standardwebhooks.com/", _standard, key=_whsec),
    Scheme("mailgun", "Mailgun", "HTTP webhook signing key",
           "HMAC-SHA256 in hex of TIME and TOKEN, all three in the body",
           "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks", _mailgun),
    Scheme("zoom", "Zoom", "secret token of the app",
           "HMAC-SHA256 in hex of v0:TIME:BODY, in X-Zm-Signature behind v0=",
           "https://developers.zoom.us/docs/api/webhooks/",
           _versioned("x-zm-signature", "x-zm-request-timestamp")),
    Scheme("discord", "Discord", "public key of the application, 64 hex digits",
           "Ed25519 in hex of TIME and BODY, in X-Signature-Ed25519",
           "https://docs.discord.com/developers/interactions/receiving-and-responding", ed25519.read, ed25519.key,
           has_other_keys=False),
    Scheme("aws", "AWS Signature Version 4", "secret access key",
           "HMAC-SHA256 in hex of the canonical request, in Authorization or in the query",
           "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html", sigv4.read),
    Scheme("hmac", "HMAC, as you describe it", "secret",
           "What message says, in the header that you name", "RFC 2104", _free,
           options=(
               Option("header", "Header that holds the signature", "x-signature"),
               Option("prefix", "What stands before it, such as sha256="),
               Option("algorithm", "Digest", "sha256", ("sha256", "sha1", "sha512", "sha384", "md5")),
               Option("encoding", "How the signature is written", "hex", ("hex", "base64")),
               Option("key", "What the secret is", "text", ("text", "hex", "base64")),
               Option("message", "What is signed: {body}, {timestamp}, {url}, {method}, {path}, {query}, {header:NAME}",
                      "{body}"),
               Option("timestamp", "Header that holds the time of signing"),
           )),
)}
# fmt: on
"""By id."""


def key_of(scheme: Scheme, secret: str, options: Options) -> bytes:
    """The bytes of a secret. Raises ValueError."""
    if scheme.id == "hmac":
        return _KEYS[options.get("key") or "text"](secret)
    return scheme.key(secret)
