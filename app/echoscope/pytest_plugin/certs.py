"""The certificate of `httpbin_secure`: made once for a process, before or after its server, and removed with it."""

import atexit
from functools import cache

from ..server.certificates import Certificate, self_signed


@cache
def certificate() -> Certificate:
    """For localhost, 127.0.0.1 and ::1; it vouches for itself."""
    made = self_signed()
    atexit.register(made.__exit__, None, None, None)
    return made.__enter__()


def where() -> str:
    """The path of the PEM file that a client must trust."""
    return str(certificate().certfile)
