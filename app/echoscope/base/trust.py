"""TLS without trust: for where nobody can stand between, or where somebody asked for it."""

import ssl


def unchecked() -> ssl.SSLContext:
    """A context that takes any certificate, by the way that PEP 476 names. It loads none to check them by, which would
    take 20 ms."""
    return ssl._create_unverified_context()
