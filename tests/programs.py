"""Programs that tests use but Python does not bring along: a missing one skips its tests, and the reason says by which
command it is installed.

Where nothing may be skipped (`TESTS_SKIP_NOTHING=1`, as in continuous integration) a missing one is a failure.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

MAY_SKIP = os.environ.get("TESTS_SKIP_NOTHING", "") in ("", "0")

DEBIAN = {
    "buildah": "buildah",
    "chromium": "chromium",
    "chromium-headless-shell": "chromium-headless-shell",
    "curl": "curl",
    "mmdebstrap": "mmdebstrap",
    "nginx": "nginx-light",
    "node": "nodejs",
    "npm": "npm",
    "openssl": "openssl",
    "rackup": "ruby-actionpack",
    "redis-server": "redis-server",
    "runc": "runc",
    "systemd-analyze": "systemd",
    "wget": "wget",
}
"""Packages of Debian by the program that is wanted of them. `.ci/run` installs all of them."""

NODE_PACKAGES = "npm install --prefix tests/browser --no-save --no-package-lock"
PYTHON_PACKAGES = "pip install -e '.[test]'"


def require(*names: str) -> str:
    """The path of the first of these programs that is installed, on the PATH or beside this Python."""
    path = next(filter(None, map(_installed, names)), None)
    if path is None:
        missing(names[0], command_for(names[0]))
    return path


def command_for(name: str) -> str:
    """The command that installs a program."""
    package = DEBIAN.get(name)
    return f"apt-get install {package}" if package else PYTHON_PACKAGES


def missing(what: str, command: str) -> NoReturn:
    """Skip the test, or fail it where nothing may be skipped; `command` installs what is missing."""
    reason = f"{what} is missing: {command}"
    if MAY_SKIP:
        pytest.skip(reason)
    pytest.fail(f"{reason} (TESTS_SKIP_NOTHING is set)")


def _installed(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
