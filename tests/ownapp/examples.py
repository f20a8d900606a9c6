"""The examples of docs/own-app.md, each on a real server in a process of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.documents import DOCS
from tests.eventually import eventually
from tests.ports import free_port
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems.process import Process, environment, python

TEXT = (DOCS / "own-app.md").read_text(encoding="utf-8")


def examples(chapter: str) -> dict[str, str]:
    """The code below each heading of a chapter."""
    found = re.search(rf"^## {chapter}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, chapter
    return dict(re.findall(r"^### (.+?)\n.*?^```python\n(.*?)^```$", found[1], re.MULTILINE | re.DOTALL))


class Shop:
    """A running example, and what its inspector says."""

    def __init__(self, process: Process, origin: str) -> None:
        self.process = process
        self.client = httpx.Client(base_url=origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS)

    def order(self, number: object) -> httpx.Response:
        """Over a connection of its own: servers close one after an exception."""
        return self.client.get(f"/orders/{number}", headers={"connection": "close"})

    def exchanges(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.client.get("/-/api/exchanges").json()["items"]
        return items

    def document(self, path: str) -> dict[str, Any]:
        """The newest exchange with this path, once it has ended."""
        eventually(lambda: any(item["path"] == path and item["state"] != "open" for item in self.exchanges()))
        one = next(item for item in self.exchanges() if item["path"] == path)
        document: dict[str, Any] = self.client.get(f"/-/api/exchanges/{one['id']}").json()
        return document


@contextmanager
def running(code: str, folder: Path, *command: str, **variables: str) -> Iterator[Shop]:
    """`command` after `python -m`, with `{port}` where its port goes; the app is `shop:app`."""
    (folder / "shop.py").write_text(code, encoding="utf-8")
    port = free_port()
    env = environment(**variables)
    env["PYTHONPATH"] += f":{folder}"
    with Process(python("-m", *(word.format(port=port) for word in command)), env, is_gentle=False) as process:
        process.wait_until_listening((HOST, port))
        shop = Shop(process, f"http://{HOST}:{port}")
        with shop.client:
            yield shop
