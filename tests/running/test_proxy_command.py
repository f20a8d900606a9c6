"""`echoscope proxy URL` as a command: it serves, and what is wrong with its arguments is one line."""

from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.running.commands import serving, told

PROXY = ("proxy", "--port", "0")


def test_a_server_is_stood_in_front_of(tmp_path: Path, serve: Serve) -> None:
    behind = serve()
    with serving(tmp_path, *PROXY, f"localhost:{behind.port}", "--prefix", "/watch") as (command, client):
        assert f"in front of http://localhost:{behind.port}" in command.output
        assert client.get("/-/api/info").status_code == 401, "the one behind answers, and sees that a proxy asks"
        assert client.post("/orders?q=1", content=b"hello").json()["query_string"] == "q=1"
        newest, *_ = client.get("/watch/api/exchanges").json()["items"]
        whole = client.get(f"/watch/api/exchanges/{newest['id']}").json()
        assert whole["inside"]["inner"]["scope"]["server"] == ["localhost", behind.port]
        assert command.stop() == 0


MISTAKES = {
    "ftp://localhost": "'ftp://localhost' begins with ftp: it must begin with http: or https:.",
    "http://localhost/?q=1": "'http://localhost/?q=1' has a query or a fragment",
    "http://": "'http://' names no host",
    "3000 --http 3": "Invalid value for '--http': '3' is not one of 'auto', '1.1', '2'.",
    "3000 --prefix nothing": "prefix: 'nothing' cannot be used",
    "3000 --keyfile key.pem": "--keyfile: 'key.pem' cannot be used without --certfile",
    "3000 --certfile nothing.pem": "the certificate nothing.pem cannot be read: No such file",
    "": "Missing argument 'URL'.",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, arguments: str) -> None:
    code, output = told(tmp_path, *PROXY, *arguments.split())
    assert code == 2
    assert output.count("\n") == 1, output
    assert output.startswith(f"echoscope: {MISTAKES[arguments]}"), output
