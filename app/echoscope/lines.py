"""The line of an exchange in the feed: its summary as JSON, made once, when the exchange is kept and somebody follows.

The seq, which only the log knows, is put in front when the line is sent.
"""

import orjson

from .document import summary
from .exchange import ExchangeHead
from .masking import mask_summary

_SEQ = b'{"seq":0'


def encode_line(head: ExchangeHead) -> bytes:
    """A summary with its secrets masked, as JSON from behind its `seq` to its end."""
    return orjson.dumps(mask_summary(summary(0, head))).removeprefix(_SEQ)


def line_with(seq: int, line: bytes) -> orjson.Fragment:
    """The whole line, for `orjson.dumps` to put into a message as it is."""
    return orjson.Fragment(b'{"seq":%d%b' % (seq, line))
