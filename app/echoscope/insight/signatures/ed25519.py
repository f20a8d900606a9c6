"""Ed25519 signatures (RFC 8032) as Discord makes them, over the time and the body; checked with the public key."""

from .delivery import Delivery
from .keys import as_hex
from .scheme import Claim, Missing, Options

KEY_BYTES = 32


def key(secret: str) -> bytes:
    """Raises ValueError."""
    data = as_hex(secret)
    if len(data) != KEY_BYTES:
        raise ValueError(f"a public key has {2 * KEY_BYTES} hex digits")
    return data


def read(delivery: Delivery, options: Options) -> Claim:
    header, stamp_header = "x-signature-ed25519", "x-signature-timestamp"
    value, stamp = delivery.value(header), delivery.value(stamp_header)
    if value is None or stamp is None:
        raise Missing(f"There is no {header if value is None else stamp_header}.")
    try:
        signature = as_hex(value)
    except ValueError:
        raise Missing(f"{header} holds no hex digits.") from None
    start = stamp.encode()
    at_s = float(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else None
    return Claim(lambda public, body, url: is_signed(public, signature, start + body), at_s)


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Raises ImportError where the package cryptography is missing."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
