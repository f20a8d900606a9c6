"""The reasons why a request is not read to its end."""

from typing import Final

NO_ROOM: Final = "More bodies are on their way than this service takes at once."


class BodyTooLarge(Exception):
    """The request body is over the limit; what of it is read is thrown away."""


class ClientGone(Exception):
    """The client left before its request was whole."""


class NoRoom(Exception):
    """All requests together have as much on its way as they may."""
