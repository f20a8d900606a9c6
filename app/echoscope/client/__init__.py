"""A typed client for an Echoscope that runs somewhere: list, get, wait, follow, files, pins and notes, bins.

    from echoscope.client import Client

    with Client("http://127.0.0.1:8000") as client:
        place = client.place()
        send_the_webhook()
        exchange = client.wait("method:POST path:/hooks", after=place, timeout_s=10).exchange
        assert exchange.json() == {"paid": True}

`AsyncClient` is the same for an event loop. Needs the extra `client` (httpx and websockets).
"""

from ..exchange.summary import Summary
from .asynchronous import AsyncClient, AsyncFeed
from .bins import Answer, AnswerBytes, Answers, Bin, BinList, NewBin, Preset, Preview, Rule, Scheme, Signature
from .errors import EchoscopeError, Full, NotAllowed, NotEchoscope, NothingCame, NotKept, Refused, Unreachable
from .shapes import (
    Awaited,
    Cleared,
    Deleted,
    Event,
    Exchange,
    Finding,
    Gap,
    Imported,
    Info,
    Marks,
    News,
    Page,
    Pins,
    Place,
    Verdict,
)
from .sync import Client, Feed

__all__ = [
    "Answer",
    "AnswerBytes",
    "Answers",
    "AsyncClient",
    "AsyncFeed",
    "Awaited",
    "Bin",
    "BinList",
    "Cleared",
    "Client",
    "Deleted",
    "EchoscopeError",
    "Event",
    "Exchange",
    "Feed",
    "Finding",
    "Full",
    "Gap",
    "Imported",
    "Info",
    "Marks",
    "NewBin",
    "News",
    "NotAllowed",
    "NotEchoscope",
    "NotKept",
    "NothingCame",
    "Page",
    "Pins",
    "Place",
    "Preset",
    "Preview",
    "Refused",
    "Rule",
    "Scheme",
    "Signature",
    "Summary",
    "Unreachable",
    "Verdict",
]
