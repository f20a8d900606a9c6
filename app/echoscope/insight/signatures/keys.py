"""Secrets as keys: the bytes that a text stands for, and other bytes that it may have been taken for."""

import binascii
from base64 import b64decode
from collections.abc import Iterator

PREFIX = "whsec_"


def as_text(secret: str) -> bytes:
    return secret.encode("utf-8", "replace")


def as_base64(secret: str) -> bytes:
    """The bytes of base64 in either alphabet, padded or not. Raises ValueError."""
    text = secret.strip().replace("-", "+").replace("_", "/")
    return b64decode(text + "=" * (-len(text) % 4), validate=True)


def as_hex(secret: str) -> bytes:
    """Raises ValueError."""
    return binascii.unhexlify(secret.strip())


def other_keys(secret: str) -> Iterator[tuple[str, bytes]]:
    """Other bytes that a secret may have been taken for, each with the mistake that does so."""
    bare = secret.strip().removeprefix(PREFIX)
    texts = [("as the text that it is", secret)]
    if secret.strip() != secret:
        texts.append(("without the white space around it", secret.strip()))
    if bare != secret.strip():
        texts.append((f"without {PREFIX}", bare))
    for taken, text in texts:
        yield taken, as_text(text)
    for name, decode in (("decoded from base64", as_base64), ("decoded from hex", as_hex)):
        for text in dict.fromkeys((bare, secret.strip())):
            try:
                yield name, decode(text)
            except ValueError:
                continue
    yield "with a line break at its end", as_text(secret.rstrip("\n") + "\n")
