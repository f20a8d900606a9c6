"""One Echoscope behind its two doors: two servers, of which one sends every request through ASGI."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.servers import Running, echoscope


class Doors(NamedTuple):
    """`direct` answers plain requests by a call, `asgi` none."""

    direct: Running
    asgi: Running


@pytest.fixture(scope="session")
def doors() -> Iterator[Doors]:
    with echoscope() as direct, echoscope(asgi_only=True) as asgi:
        yield Doors(direct, asgi)


Document = dict[str, Any]
