"""Fixtures for pytest: a real Echoscope in the process of the tests, and the httpbin endpoints, TLS included.

`echoscope` is for what your code sends: `.url` to send to, `.respond()` to say what it gets, `.assert_received()` and
`.wait()` for what came. `httpbin`, `httpbin_secure` and `httpbin_both` take the place of those of pytest-httpbin.

Nothing is imported before a test asks for a fixture.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .receiver import Receiver
    from .serving import Served


@contextmanager
def _collecting_later() -> Iterator[None]:
    """For imports: while two hundred modules are made, the garbage collector would look through all objects of pytest
    again and again, for a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@pytest.fixture(scope="session")
def _echoscope_server() -> Iterator[Receiver]:
    """One server for all tests of a process: starting it takes longer than most tests."""
    with _collecting_later():
        from .receiver import receiving

    with receiving() as receiver:
        yield receiver


@pytest.fixture
def echoscope(_echoscope_server: Receiver) -> Receiver:
    """A server that records what this test sends to it and answers as this test says."""
    _echoscope_server.begin()
    return _echoscope_server


@pytest.fixture(scope="session")
def httpbin() -> Iterator[Served]:
    """The httpbin endpoints over HTTP."""
    with _collecting_later():
        from .serving import httpbin_server

    with httpbin_server() as server:
        yield server


@pytest.fixture(scope="session")
def httpbin_secure() -> Iterator[Served]:
    """The httpbin endpoints over TLS; `httpbin_ca_bundle` makes clients trust the certificate."""
    from .serving import httpbin_server

    _certificate()
    with httpbin_server(is_secure=True) as server:
        yield server


@pytest.fixture(scope="session", params=["http", "https"])
def httpbin_both(request: pytest.FixtureRequest) -> Served:
    """Both of them: a test that takes it runs twice."""
    server: Served = request.getfixturevalue("httpbin" if request.param == "http" else "httpbin_secure")
    return server


@pytest.fixture
def httpbin_ca_bundle(monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of the certificate of `httpbin_secure`, which requests and httpx trust for the time of the test."""
    certificate = _certificate()
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, certificate)
    return certificate


def _certificate() -> str:
    """Its path. Who has not the package that makes it is told so, and not where that was noticed."""
    from ..server.certificates import TlsError
    from .certs import where

    try:
        return where()
    except TlsError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="class")
def class_based_httpbin(request: pytest.FixtureRequest, httpbin: Served) -> None:
    """For classes of unittest: `self.httpbin`."""
    request.cls.httpbin = httpbin


@pytest.fixture(scope="class")
def class_based_httpbin_secure(request: pytest.FixtureRequest, httpbin_secure: Served) -> None:
    """For classes of unittest: `self.httpbin_secure`."""
    request.cls.httpbin_secure = httpbin_secure
