"""Sending a recorded request again: as it was or edited, to the server that recorded it or to another one.

`upstream`: a connection as an ASGI app, so that what another server answers is recorded as any exchange is. `sender`:
which exchange goes where, and what became of it. The bytes and the address are those of the room `sender`.
"""

from .sender import Sender, Sent
from .upstream import Here, SendError

__all__ = ["Here", "SendError", "Sender", "Sent"]
