"""What is tried to keep everybody else waiting, by its name."""

from typing import Final

from . import http1, http2, inspector, websockets
from .load import Load

LOADS: Final[dict[str, Load]] = {**http1.LOADS, **http2.LOADS, **websockets.LOADS, **inspector.LOADS}
