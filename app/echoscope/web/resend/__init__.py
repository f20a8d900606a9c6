"""Sending a recorded request again: as it was or edited, to the server that recorded it or to another one.

`message`: the bytes to send. `address`: where to, and who may. `upstream`: a connection as an ASGI app, so that what
another server answers is recorded as any exchange is. `sender`: all of it together.
"""

from .address import Address, AddressError, Here, is_listed, parse_address
from .message import Draft, Message, MessageError, draft_of
from .sender import Sender, Sent
from .upstream import SendError

__all__ = [
    "Address",
    "AddressError",
    "Draft",
    "Here",
    "Message",
    "MessageError",
    "SendError",
    "Sender",
    "Sent",
    "draft_of",
    "is_listed",
    "parse_address",
]
