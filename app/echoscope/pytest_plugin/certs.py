"""The certificate of `httpbin_secure`: made once for a process, before or after its server, and removed with it.

Suites that must trust it before they begin are told so: `REQUESTS_CA_BUNDLE=$(python -m echoscope.pytest_plugin.certs)`
makes one that stays, and it is the one of the server then.
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ..server.certificates import Certificate, self_signed


@cache
def certificate() -> Certificate:
    """For localhost, 127.0.0.1 and ::1; it vouches for itself."""
    bundle = Path(os.environ.get("REQUESTS_CA_BUNDLE", ""))
    key = bundle.with_name("localhost.key") if bundle.name == "localhost.pem" else None
    if key is not None and key.exists():
        return Certificate(bundle, key)
    one_for_the_run = self_signed()
    atexit.register(one_for_the_run.__exit__, None, None, None)
    return one_for_the_run.__enter__()


def where() -> str:
    """The path of the PEM file that a client must trust."""
    return str(certificate().certfile)


def make_lasting() -> Path:
    """The same of one that stays when this process has ended."""
    with self_signed() as (certfile, _):
        folder = shutil.copytree(certfile.parent, tempfile.mkdtemp(prefix="echoscope-httpbin-"), dirs_exist_ok=True)
        return Path(folder, certfile.name)


if __name__ == "__main__":
    print(make_lasting())
