"""Sending on what arrives, one request after the other, in the order of the log."""

import asyncio
import ssl
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from rich.text import Text

from ..assembly.replaying.captured import exchanges
from ..base.figures import milliseconds
from ..base.terminal import safe
from ..client import AsyncClient, Gap, NotKept, Summary
from ..files.reading import ImportFault
from ..sender import Address, Answer, CannotSend, NotReached, Outgoing, SendFault, outgoing, send
from .printing import line, say, status, tell
from .watching import gap_words

if TYPE_CHECKING:
    from ..client import News
    from ..client.calls import Start

AGAIN_S: Final = 0.5
"""How long to wait before a server that was away is tried again."""

MOST_REMEMBERED: Final = 10_000
"""Ids of exchanges that were sent on, so that none is sent twice when the log begins anew."""


class Forwarder:
    """`keeps_host`: send the `Host` that came. `is_below_bin`: send the path below the bin. `timeout_s`: for each
    answer. `retry_s`: how long a target that is not there is tried. `context`: for a target of `https`, where it is not
    the usual one."""

    def __init__(
        self,
        client: AsyncClient,
        origin: Address,
        *,
        keeps_host: bool,
        is_below_bin: bool,
        timeout_s: float,
        retry_s: float,
        context: ssl.SSLContext | None,
    ) -> None:
        self._client = client
        self._origin = origin
        self._keeps_host = keeps_host
        self._is_below_bin = is_below_bin
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._context = context
        self._sent: OrderedDict[str, None] = OrderedDict()

    async def run(self, q: str, start: "Start") -> None:
        feed = self._client.follow(q, after=start, on_drop=lambda fault: tell(f"{fault} Trying again …"))
        tell(f"what arrives at {self._client.url} goes on to {self._origin}; Ctrl-C stops")
        place = None
        try:
            async for news in feed:
                await self._take(news)
                place = feed.place
        finally:
            if place is not None:
                tell(f"--after {place.seq} --epoch {place.epoch} goes on from here")

    async def _take(self, news: "News") -> None:
        if isinstance(news, Gap) and news.reason != "superseded":
            tell(gap_words(news))
        if not isinstance(news, Summary) or news.state == "open" or news.id in self._sent:
            return
        say(Text.assemble(line(news), "  →  ", await self._outcome(news.id)))
        self._sent[news.id] = None
        if len(self._sent) > MOST_REMEMBERED:
            self._sent.popitem(last=False)

    async def _outcome(self, exchange_id: str) -> Text:
        """Send one request on; gives what became of it, in words. A failure ends no other request."""
        try:
            file = b"".join([piece async for piece in self._client.export(ids=[exchange_id], reveal=True)])
            (exchange,) = exchanges(file)
            request = outgoing(
                exchange, self._origin.authority, keeps_host=self._keeps_host, is_below_bin=self._is_below_bin
            )
            answer = await self._answer(request)
        except NotKept:
            return Text("not sent: it has left the log", "yellow")
        except (CannotSend, ImportFault) as reason:
            return Text(f"not sent: {safe(str(reason))}", "yellow")
        except SendFault as reason:
            return Text(safe(str(reason)), "red")
        return Text.assemble(status(answer.status), f"  {milliseconds(answer.took_s * 1000)}")

    async def _answer(self, request: Outgoing) -> Answer:
        """The answer of a server that may be away for a while. A request is tried again only while none of it was sent,
        so it arrives once."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._retry_s
        while True:
            try:
                return await send(request, self._origin, timeout_s=self._timeout_s, context=self._context)
            except NotReached:
                if loop.time() >= ends_at:
                    raise
                await asyncio.sleep(AGAIN_S)
