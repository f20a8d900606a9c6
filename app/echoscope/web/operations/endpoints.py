"""The addresses by which an instance is asked how it does."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ..problem import DATA_HEADERS, problem
from .service import HEALTH, METRICS, READY, Operations


def routes(operations: Operations) -> list[BaseRoute]:
    async def ready(request: Request) -> Response:
        fault = await operations.readiness.fault()
        if fault is not None:
            return problem(503, fault, headers={"retry-after": "1"})
        return PlainTextResponse("ready\n", headers=DATA_HEADERS)

    async def metrics(request: Request) -> Response:
        """In the text format of Prometheus, or as OpenMetrics for who asks for that."""
        text, content_type = await operations.metrics().text(request.headers.get("accept", ""))
        return Response(text, headers={**DATA_HEADERS, "content-type": content_type})

    probes: list[BaseRoute] = [Route(HEALTH, _health), Route(READY, ready)]
    return [*probes, Route(METRICS, metrics)] if operations.has_figures else probes


async def _health(request: Request) -> Response:
    return PlainTextResponse("ok\n", headers=DATA_HEADERS)
