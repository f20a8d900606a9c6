"""AWS Signature Version 4: of a canonical form of the request, by a key that is derived from the secret.

The form is AWS's, "Create a signed AWS API request" in the IAM user guide: method, path, sorted query, the signed
headers, their names, and the digest of the body. For S3 the path is taken as it was sent; for other services it is
normalised (RFC 3986, section 6.2.2.3, and no slash twice), and its segments are encoded once more. What is signed piece
by piece (`STREAMING-…`) is checked as far as its head.
"""

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

from .delivery import Delivery
from .scheme import Claim, Missing, Options

ALGORITHM: Final = "AWS4-HMAC-SHA256"

LASTS_S: Final = 900
"""How long the signature of a request counts that is not in its query."""

_UNRESERVED: Final = "-_.~"
_AUTHORIZATION: Final = re.compile(r"AWS4-HMAC-SHA256\s+(.*)", re.DOTALL)


def read(delivery: Delivery, options: Options) -> Claim:
    authorization = delivery.value("authorization") or ""
    match = _AUTHORIZATION.match(authorization.strip())
    if match is not None:
        pairs = (part.strip().partition("=") for part in match[1].split(","))
        told = {name: value for name, _, value in pairs}
        stamp = delivery.value("x-amz-date") or ""
        is_in_query = False
    else:
        pairs_of_query = dict(parse_qsl(delivery.query.decode("latin-1"), keep_blank_values=True))
        if pairs_of_query.get("X-Amz-Algorithm") != ALGORITHM:
            raise Missing(f"Neither Authorization nor X-Amz-Algorithm in the query says {ALGORITHM}.")
        told = {name.removeprefix("X-Amz-"): value for name, value in pairs_of_query.items()}
        stamp, is_in_query = told.get("Date", ""), True
    scope = told.get("Credential", "").split("/")[-4:]
    signature, names = told.get("Signature", ""), told.get("SignedHeaders", "").lower().split(";")
    if len(scope) < 4 or not signature or not names[0]:
        raise Missing("Credential, SignedHeaders or Signature is missing.")
    at_s = _seconds(stamp)
    if at_s is None:
        raise Missing("There is no x-amz-date in the form 20150830T123600Z.")

    def is_of(key: bytes, body: bytes, url: str) -> bool:
        request = _canonical(delivery, body, url, names, scope[2], is_in_query)
        text = "\n".join([ALGORITHM, stamp, "/".join(scope), sha256(request).hexdigest()])
        return hmac.compare_digest(_signed(key, scope, text), signature.lower())

    signs_body = _payload(delivery, None, is_unsigned=is_in_query and scope[2] == "s3") is None
    return Claim(is_of, at_s, signs_body, signs_url=True, lasts_s=_lasts_s(told) if is_in_query else LASTS_S)


def _canonical(delivery: Delivery, body: bytes, url: str, names: list[str], service: str, is_in_query: bool) -> bytes:
    parts = urlsplit(url)
    path = parts.path or "/"
    query = sorted(
        (quote(unquote_to_bytes(name), safe=_UNRESERVED), quote(unquote_to_bytes(value), safe=_UNRESERVED))
        for name, _, value in (pair.partition("=") for pair in parts.query.split("&") if pair)
        if not (is_in_query and name == "X-Amz-Signature")
    )
    values = [parts.netloc if name == "host" else ",".join(map(_trimmed, delivery.values(name))) for name in names]
    return "\n".join(
        [
            delivery.method,
            path if service == "s3" else quote(_normalised(path), safe="/" + _UNRESERVED),
            "&".join(f"{name}={value}" for name, value in query),
            "".join(f"{name}:{value}\n" for name, value in zip(names, values, strict=True)),
            ";".join(names),
            _payload(delivery, body, is_unsigned=is_in_query and service == "s3") or "",
        ]
    ).encode("utf-8", "replace")


def _normalised(path: str) -> str:
    """The path without `.`, `..` and empty segments."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    end = "/" if segments and path.endswith("/") else ""
    return "/" + "/".join(segments) + end


def _payload(delivery: Delivery, body: bytes | None, *, is_unsigned: bool) -> str | None:
    """What stands for the body: its digest, or the word that says that it is not signed; None without `body` where the
    digest does. `is_unsigned`: unless the request says otherwise, as where S3 is asked with a signature in the
    query."""
    said = delivery.value("x-amz-content-sha256")
    if said is not None and not re.fullmatch("[0-9a-f]{64}", said):
        return said
    if said is None and is_unsigned:
        return "UNSIGNED-PAYLOAD"
    return None if body is None else sha256(body).hexdigest()


def _signed(key: bytes, scope: list[str], text: str) -> str:
    derived = b"AWS4" + key
    for step in scope:
        derived = hmac.digest(derived, step.encode("utf-8", "replace"), "sha256")
    return hmac.digest(derived, text.encode("utf-8", "replace"), "sha256").hex()


def _lasts_s(told: dict[str, str]) -> float:
    text = told.get("Expires", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else LASTS_S


def _trimmed(value: str) -> str:
    return re.sub(" +", " ", value.strip())


def _seconds(stamp: str) -> float | None:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
