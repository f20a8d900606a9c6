"""A small shop behind middleware, for tests of what is seen inside it."""

import logging

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from echoscope import Echoscope

log = logging.getLogger("shop")


async def order(request: Request) -> Response:
    number = request.path_params["number"]
    log.warning("order <b>%s</b> is looked up", number)
    if number == 0:
        raise LookupError("there is no order 0")
    return PlainTextResponse("a book, " * 200)


def shop(prefix: str = "/-") -> Echoscope:
    routes = [Route("/orders/{number:int}", order), Route("/", lambda _: PlainTextResponse("welcome"))]
    return Echoscope(GZipMiddleware(Echoscope(Starlette(routes=routes))), prefix=prefix)
