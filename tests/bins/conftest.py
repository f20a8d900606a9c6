"""Bins as their users see them, in either profile."""

from collections.abc import Iterator

import httpx
import pytest

from tests.servers import Running, echoscope

TOKEN = "operator-token-of-these-tests"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def local() -> Iterator[Running]:
    with echoscope() as running:
        yield running


@pytest.fixture(scope="module")
def public() -> Iterator[Running]:
    """With limits that no test reaches: those have tests of their own."""
    limits = {"rate": 100_000, "max_wrong_tokens": 100_000, "max_new_bins": 1_000}
    with echoscope(profile="public", token=TOKEN, **limits) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_cookies(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cookies that a test was given are not the next one's."""
    yield
    if "public" in request.fixturenames:
        request.getfixturevalue("public").client.cookies.clear()


def paths(server: Running, name: str, headers: dict[str, str] | None = None) -> list[str]:
    """What is in the log of a bin, the oldest first."""
    answer = server.client.get(f"/-/bins/{name}/api/exchanges", headers=headers)
    assert answer.status_code == 200, answer.text
    return [item["path"] for item in answer.json()["items"]][::-1]


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def told(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All of an answer but its date."""
    return answer.status_code, [pair for pair in answer.headers.multi_items() if pair[0] != "date"], answer.content
