"""Sending a captured request again: the same bytes, in the same order, to one address and nowhere else.

`outgoing` makes the bytes of a request that is repeated, `Draft` and `Message` those of one that may be edited before,
both without a socket; `send` brings them to an `Address` and reads the answer.
"""

from .address import Address, AddressError, is_listed, parse_address, parse_origin
from .connection import Answer, NoAnswer, NotReached, SendFault, answer_events, send
from .message import Draft, Message, MessageError, draft_of
from .outgoing import CannotSend, Outgoing, outgoing

__all__ = [
    "Address",
    "AddressError",
    "Answer",
    "CannotSend",
    "Draft",
    "Message",
    "MessageError",
    "NoAnswer",
    "NotReached",
    "Outgoing",
    "SendFault",
    "answer_events",
    "draft_of",
    "is_listed",
    "outgoing",
    "parse_address",
    "parse_origin",
    "send",
]
