"""Sending a captured request again: the same bytes, in the same order, to one origin and nowhere else.

`outgoing` makes the bytes, without a socket; `send` brings them to an `Origin` and reads the answer.
"""

from .connection import Answer, NoAnswer, NotReached, SendFault, send
from .origin import Origin
from .outgoing import CannotSend, Outgoing, outgoing

__all__ = [
    "Answer",
    "CannotSend",
    "NoAnswer",
    "NotReached",
    "Origin",
    "Outgoing",
    "SendFault",
    "outgoing",
    "send",
]
