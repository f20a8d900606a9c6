"""The line of an exchange in the feed: its summary as JSON, made once, when the exchange is kept and somebody follows.

The seq, which only the log knows, is put in front when the line is sent.
"""

import msgspec

from .document import summarize
from .exchange import ExchangeHead
from .masking import mask_query

_encode = msgspec.json.Encoder().encode


def encode_line(head: ExchangeHead) -> bytes:
    """A summary with its secrets masked, as JSON."""
    return _encode(summarize(head, mask_query))


def line_with(seq: int, line: bytes) -> bytes:
    """The whole line, with its seq."""
    return b'{"seq":%d,%b' % (seq, line[1:])
