"""The scripts that run in Redis: `scripts/*.lua`, each with what it may do.

Each script states its flags in a first line (`#!lua`), so a server without memory refuses it before it begins and never
in its middle. Scripts that give memory back may run even then.
"""

from hashlib import sha1
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "scripts"
_LOG: Final = (_FOLDER / "log.lua").read_text(encoding="utf-8")


class Script:
    """A script by its name, its text and its digest, by which the server knows it."""

    def __init__(self, name: str, *, flags: str = "", reads: bool = False) -> None:
        first = f"#!lua flags={'no-writes' if reads else flags}" if reads or flags else "#!lua"
        text = (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")
        self.name = name
        self.text = "\n".join([first, text] if reads else [first, _LOG, text])
        self.digest = sha1(self.text.encode()).hexdigest()


BEGIN: Final = Script("begin")
PUT: Final = Script("put")
DELETE: Final = Script("delete", flags="allow-oom")
CLEAR: Final = Script("clear", flags="allow-oom")
PIN: Final = Script("pin")
UNPIN: Final = Script("unpin", flags="allow-oom")
NOTE: Final = Script("note")
REPACK: Final = Script("repack", flags="allow-oom")
PLACES: Final = Script("places", reads=True)
STATUS: Final = Script("status", reads=True)
PINS: Final = Script("pins", reads=True)
