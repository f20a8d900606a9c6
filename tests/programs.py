"""Programs that tests use but Python does not bring along: a missing one skips its tests and is named.

Where nothing may be skipped (`TESTS_SKIP_NOTHING=1`, as in continuous integration) a missing one is a failure.
"""

import os
import shutil
from typing import NoReturn

import pytest

MAY_SKIP = os.environ.get("TESTS_SKIP_NOTHING", "") in ("", "0")


def require(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing(names[0])
    return path


def missing(what: str) -> NoReturn:
    if MAY_SKIP:
        pytest.skip(f"{what} is missing")
    pytest.fail(f"{what} is missing, and TESTS_SKIP_NOTHING is set")
