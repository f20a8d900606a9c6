"""Exchanges as bytes, for stores that keep them elsewhere than in memory.

What is kept as its own bytes goes as such: taking it apart is for whoever looks at it, as in memory.
"""

from typing import Final

from ..exchange.model import Exchange, decode_head, encode, encode_head
from ..exchange.wire import Wire, is_encoded_wire
from .store import Captured, Encoded, Kept

FORM: Final = 4
"""The number of the form, which is another one whenever an older or a newer Echoscope could not read it: a store that
processes of both share holds a log for each."""

LARGE: Final = 8 << 10
"""Bytes in stored form beyond which a store keeps the whole of an exchange elsewhere, by its id: a page of 50 exchanges
with bodies of 256 KiB would otherwise move 25 MiB to show 50 lines."""


def encoded(exchange: Captured, buffer: bytearray) -> bytes:
    """The stored form. `buffer`: of whoever encodes often."""
    return encode(exchange, buffer) if isinstance(exchange, Exchange) else exchange.encode(buffer)


def outline(data: bytes) -> bytes:
    """The head of an exchange in its stored form."""
    return encode_head(Wire.decode(data).head if is_encoded_wire(data) else decode_head(data))


def whole(exchange_id: str, data: bytes) -> Kept:
    """The exchange of a stored form."""
    return Wire.decode(data) if is_encoded_wire(data) else Encoded(exchange_id, data)
