"""A program for `test_shutdown`: serves on a free port, says where, and says what it hears of its end."""

import asyncio
import sys

from starlette.types import Receive, Scope, Send

from echoscope.server import serve
from tests.server.apps import answer, read_body


def say(line: str) -> None:
    print(line, flush=True)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()
    elif scope["path"] == "/slow":
        say("slow")
        await asyncio.sleep(0.5)
        await answer(send, 200, [], b"done")
    elif scope["path"] == "/pour":
        await answer(send, 200, [], *[bytes(65536)] * 1000)
    elif scope["path"] == "/never":
        say("never")
        await asyncio.Event().wait()
    else:
        await answer(send, 200, [], (await read_body(receive))[0])


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        say(message["type"])
        if message["type"] == "lifespan.shutdown" and "hang" in sys.argv:
            await asyncio.Event().wait()
        failed = "fail" in sys.argv
        await send({"type": f"{message['type']}.{'failed' if failed else 'complete'}"})
        if failed or message["type"] == "lifespan.shutdown":
            return


async def stopping() -> None:
    say("stopping")


def main() -> None:
    def started(urls: list[str]) -> None:
        say(" ".join(urls))

    grace_s = 60.0 if "patient" in sys.argv else 2.0
    serve(app, port=0, grace_s=grace_s, on_started=started, on_stopping=stopping)
    say("returned")


if __name__ == "__main__":
    main()
