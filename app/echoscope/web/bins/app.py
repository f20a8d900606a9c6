"""What stands at `/~NAME/…`: every request below a bin is recorded in the log of the bin, and answered as it says.

Plain ASGI. A request to a bin that is not there goes into the main log like any other, and is answered 404, whether the
bin has expired or never was; in the local profile the first request makes it.
"""

import math
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...base.apart import apart
from ...base.budget import Budget
from ...base.paths import RESERVED, segments
from ...base.settings import Settings
from ...base.threads import beside
from ...capture.recorder import Recorder
from ...exchange.answers import Answers
from ...exchange.model import ABORT, ID_KEY, PLACE_KEY
from ...http.forwarding import named
from ...log.log import Log
from ..endpoint.answers import Refused
from ..endpoint.request import Request, Shared
from ..endpoint.sending import send_reply
from ..endpoint.unread import NO_ROOM, BodyTooLarge, ClientGone, NoRoom
from ..problem import internal_error, problem
from ..visitors.rates import BURST, Rate
from ..visitors.robots import Unindexed
from .answers import choose, is_counted, nth
from .bin import NAME_RULE, Bin, is_name
from .catalogue import Bins, BinsFull, NameTaken
from .filling import filled
from .incoming import Incoming

T = TypeVar("T")

HEAVY_BYTES: Final = 16 << 10
"""A body longer than this is read, and an answer filled in, in a thread."""

MUCH_BYTES: Final = 128 << 10
"""A body longer than this is read in another process: one call into a parser of megabytes would hold the interpreter's
lock."""


class BinApp:
    """`echo`: answers where a bin says nothing. `shared`: of the httpbin endpoints. `main`: the log of requests that
    find no bin, which `outside` records."""

    def __init__(self, bins: Bins, echo: ASGIApp, shared: Shared, budget: Budget, main: Log) -> None:
        self._bins = bins
        self._echo = echo
        self._shared = shared
        self._settings: Settings = shared.settings
        self._budget = budget
        self._proxies = named(self._settings.trusted_proxies)
        self._rate = Rate(self._settings.rate_of_bin, burst=self._settings.rate_of_bin * BURST)
        self._recorders: dict[str, tuple[Log, Recorder]] = {}
        self.outside = self._recorder(self._no_bin, main)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = segments(scope["path"], scope.get("raw_path"), scope.get("root_path", ""))[0].removeprefix("~")
        one = await self._bins.find(name)
        if one is None and self._settings.effective_profile == "local" and is_name(name):
            try:
                one = await self._bins.create("use", name)
            except NameTaken:  # by another request just now
                one = await self._bins.find(name)
            except BinsFull as full:
                await _refuse(problem(503, str(full)), scope, receive, send)
                return
        if one is None:
            await self.outside(scope, receive, send)
            return
        wait_s = self._rate.take(one.name)
        if wait_s:
            detail = f"This bin takes {self._settings.rate_of_bin} requests a second."
            headers = {"retry-after": str(math.ceil(wait_s))}
            await _refuse(problem(429, detail, headers=headers), scope, receive, send)
            return
        await self._bins.touch(one)
        await self._recorder_of(one)(scope, receive, send)

    # Recording

    def _recorder_of(self, one: Bin) -> Recorder:
        log = self._bins.log(one)
        known = self._recorders.get(one.name)
        if known is None or known[0] is not log:
            if len(self._recorders) >= 2 * self._settings.max_bins:
                self._recorders.clear()
            known = self._recorders[one.name] = log, self._recorder(_Answering(self, one.name), log)
        return known[1]

    def _recorder(self, app: ASGIApp, log: Log) -> Recorder:
        settings = self._settings
        return Recorder(
            Unindexed(app) if settings.effective_profile == "public" else app,
            log,
            self._budget,
            kept_body_bytes=settings.kept_body_bytes,
            max_events=settings.max_events,
            failure_answer=internal_error,
            proxies=self._proxies,
        )

    # Answering

    async def _no_bin(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive, {}, self._shared)
            try:
                await request.skim()
            except ClientGone:
                return
            except BodyTooLarge:
                pass
        detail = f"There is no such bin. {NAME_RULE}"
        await _refuse(problem(404, detail), scope, receive, send)

    async def answer(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is being recorded."""
        one = await self._bins.find(name)
        scope = {**scope, PLACE_KEY: f"{RESERVED}bins/{name}/exchanges/"}
        if one is None or scope["type"] == "websocket" or _is_echoed(one.answers, scope):
            await self._echo(scope, receive, send)
            return
        request = Request(scope, receive, {}, self._shared)
        try:
            await self._answer(one, request, scope, send)
        except Refused as refused:
            await send_reply(refused.answer(), scope, send, [])
        except BodyTooLarge:
            detail = f"The request body is larger than the {self._shared.max_body_bytes} bytes that are taken."
            await problem(413, detail, headers={"connection": "close"})(scope, receive, send)
        except NoRoom:
            await problem(503, NO_ROOM, headers={"connection": "close", "retry-after": "1"})(scope, receive, send)
        except ClientGone:
            pass
        finally:
            request.close()

    async def _answer(self, one: Bin, request: Request, scope: Scope, send: Send) -> None:
        incoming = Incoming(scope, await request.body(), scope.get(ID_KEY, ""), one.signed)
        is_heavy = len(incoming.body) > HEAVY_BYTES or any(rule.signature for rule in one.answers.rules)
        rule, answers = await _worked(partial(choose, one.answers), incoming, is_heavy=is_heavy)
        answer = nth(answers, await self._bins.turn(one, rule) if is_counted(answers) else 1)
        if answer.delay:
            await (await request.pacer()).pause(answer.delay)
        if answer.echo and answer.fault is None:
            await self._echo(scope, _said_again(incoming.body), send)
            return
        if answer.fault in ("close", "reset", "hang"):
            if answer.fault == "hang":
                await (await request.pacer()).pause(self._settings.max_duration)
            await _break_off(scope, send, is_reset=answer.fault == "reset")
            return
        is_heavy = is_heavy or len(str(answer.body)) > HEAVY_BYTES
        reply = await _worked(partial(filled, answer, settings=self._settings), incoming, is_heavy=is_heavy)
        if reply is None:
            most = self._settings.max_bin_answer_bytes
            raise Refused(500, f"The answer of this bin became larger than the {most:,} bytes that it may have.")
        if answer.fault == "half":
            await _send_half(reply.status, reply.headers, reply.body, scope, send)
        else:
            await send_reply(reply, scope, send, [])


async def _worked(work: Callable[[Incoming], T], incoming: Incoming, *, is_heavy: bool) -> T:
    """The result of `work` on a request, done here, in a thread or, for a long body, in another process."""
    if len(incoming.body) > MUCH_BYTES:
        pieces = await apart(_work_apart, work, incoming, data=[incoming.body])
        worked: T = pickle.loads(b"".join(pieces))
        return worked
    return await beside(work, incoming) if is_heavy else work(incoming)


def _work_apart(work: Callable[[Incoming], Any], incoming: Incoming, body: bytes) -> bytes:
    incoming.body = body
    return pickle.dumps(work(incoming))


class _Answering:
    """The app of one bin, for its recorder."""

    def __init__(self, app: BinApp, name: str) -> None:
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app.answer(self._name, scope, receive, send)


def _is_echoed(answers: Answers, scope: Scope) -> bool:
    """Whether nothing is set for a request: a bin without answers, and a CORS preflight that no rule asks for."""
    if not answers.answers and not answers.rules:
        return True
    is_preflight = scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )
    return is_preflight and not any("OPTIONS" in rule.method.upper() for rule in answers.rules)


def _said_again(body: bytes) -> Receive:
    """A `receive` that gives a body that was read before."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def _break_off(scope: Scope, send: Send, *, is_reset: bool = False) -> None:
    """Break the answer off. Raises `Refused` where the server cannot."""
    if ABORT not in (scope.get("state") or {}):
        raise Refused(501, "This server cannot break a connection off on demand; echoscope serve can.")
    await send({"type": ABORT, "reset": is_reset})


async def _send_half(status: int, headers: list[tuple[bytes, bytes]], body: bytes, scope: Scope, send: Send) -> None:
    """The head, which promises all of the body, and half of it."""
    if ABORT not in (scope.get("state") or {}):
        await _break_off(scope, send)
    length = (b"content-length", b"%d" % max(2, len(body)))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _break_off(scope, send)


async def _refuse(response: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """A problem for a request; a handshake is refused."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await response(scope, receive, send)
