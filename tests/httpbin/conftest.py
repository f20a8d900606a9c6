"""One Echoscope of each profile for all tests of the endpoints, on plain uvicorn, and a fresh client for each test."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from echoscope.base.settings import load
from echoscope.main import create_app
from tests.servers import NO_TLS, WAIT_S, Running


def running(**settings: Any) -> Running:
    return Running(create_app(load({}, **settings)), kind="httptools")


def client_of(server: Running) -> httpx.Client:
    return httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS)


@pytest.fixture(scope="session")
def local() -> Iterator[Running]:
    with running(profile="local", hostname="test-host") as server:
        yield server


@pytest.fixture(scope="session")
def public() -> Iterator[Running]:
    with running(profile="public", redirect_hosts="example.org", response_headers_deny="X-Mine") as server:
        yield server


@pytest.fixture
def client(local: Running) -> Iterator[httpx.Client]:
    """Without cookies from other tests; redirects are not followed unless a test says so."""
    with client_of(local) as made:
        yield made


@pytest.fixture
def stranger(public: Running) -> Iterator[httpx.Client]:
    """A client of the public profile."""
    with client_of(public) as made:
        yield made


def assert_problem(answer: httpx.Response, status: int, *words: str) -> None:
    """One error shape everywhere (RFC 9457), whose detail names what it is about."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert all(word in problem["detail"] for word in words), problem["detail"]
