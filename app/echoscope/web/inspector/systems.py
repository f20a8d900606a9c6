"""What servers make of the same request, measured: data for the inspector's page of differences.

Written by `python -m tests.systems.differences`, from the servers themselves; a test holds it to what they do.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

SYSTEMS_FILE: Final = Path(__file__).with_name("systems.json")


@cache
def systems() -> dict[str, Any]:
    """`versions`: of the servers that were measured. `tables`: each with `title`, `note`, `columns` (`title`,
    `explanation`, and the cells that are as `specified`, none where that is open) and `rows` of cells, in which code
    stands between backticks."""
    made: dict[str, Any] = orjson.loads(SYSTEMS_FILE.read_bytes())
    return made
