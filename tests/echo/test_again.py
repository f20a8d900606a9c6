"""What a client asks again is answered from what is known of it, with the echo that a newcomer gets."""

import itertools

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import NO_TLS

TARGETS = ["/a?b", "/a?b", "/a?b", "/a?c", "/a", "/a", "/a%20", "/a%20", "/?a", "/?a", "/" + "long" * 2000, "/a?b"]
BODIES = [("GET", b""), ("GET", b""), ("POST", b"one"), ("POST", b"two"), ("POST", b""), ("GET", b"")]


@pytest.mark.parametrize("options", [{}, {"asgi_only": "true"}], ids=["directly", "by ASGI"])
def test_an_echo_is_the_same_whatever_the_connection_has_asked_before(serve: Serve, options: dict[str, str]) -> None:
    server = serve(**options)

    def echo(client: httpx.Client, method: str, target: str, body: bytes) -> dict[str, object]:
        answer = client.request(method, target, content=body, headers={"content-length": str(len(body))})
        document: dict[str, object] = answer.json()
        return {**document, "client": None}

    with httpx.Client(base_url=server.origin, trust_env=False, verify=NO_TLS) as regular:
        for target, (method, body) in itertools.product(TARGETS, BODIES):
            with httpx.Client(base_url=server.origin, trust_env=False, verify=NO_TLS) as newcomer:
                asked = (method, target, body)
                assert echo(regular, *asked) == echo(newcomer, *asked)
