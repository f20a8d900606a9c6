"""One instance of each profile for a module: who may see what does not depend on what was seen before."""

from collections.abc import Iterator

import pytest

from tests.servers import Running, echoscope

TOKEN = "operator-token-of-these-tests"
SECRET = "a-secret-that-was-sent"
"""Recorded by each instance: no answer to a stranger may contain it."""


@pytest.fixture(scope="module")
def local() -> Iterator[Running]:
    with echoscope() as running:
        running.client.get(f"/{SECRET}")
        yield running


@pytest.fixture(scope="module")
def public() -> Iterator[Running]:
    with echoscope(profile="public", token=TOKEN, rate=100_000, max_wrong_tokens=100_000) as running:
        running.client.get(f"/{SECRET}")
        yield running


@pytest.fixture(scope="module")
def cookie(public: Running) -> str:
    return signed_in(public)


def signed_in(server: Running) -> str:
    """The header value with which a signed-in browser comes back."""
    answer = server.client.post("/-/login", data={"token": TOKEN})
    assert answer.status_code == 303
    server.client.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]
