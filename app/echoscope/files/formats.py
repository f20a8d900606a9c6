"""The formats that exchanges are written in, one exchange after the other so that a download can be streamed."""

from typing import Final, Protocol

from ..exchange.model import Exchange, ExchangeHead
from .csv import Csv
from .har.writing import Har
from .json_lines.writing import JsonLines


class Format(Protocol):
    """A kind of file. `begin` may look at all heads; then `item` gives each exchange, with what people put on it, in a
    process of its own where that takes long. `separator`: stands between two."""

    media_type: str
    separator: bytes

    def begin(self, heads: list[tuple[int, ExchangeHead]]) -> bytes: ...

    def item(self, seq: int, exchange: Exchange, note: str | None, *, pinned: bool = False) -> bytes: ...

    def end(self) -> bytes: ...


FORMATS: Final[dict[str, type[Format]]] = {"har": Har, "jsonl": JsonLines, "csv": Csv}
"""Formats by the extension of their files."""
