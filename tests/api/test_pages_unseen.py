"""Pages without JavaScript write out what reorders or hides text, so that no name looks like another."""

import re

from tests.servers import Running

ODD = "/a%E2%80%AEgpj.exe%00%1B"
WRITTEN = r"/a\u202egpj.exe\x00\x1b"


def page(server: Running, path: str) -> str:
    return server.client.get(path, headers={"accept": "text/html"}).text


def test_a_path_cannot_turn_its_own_letters_around(server: Running) -> None:
    exchange_id = server.client.get(ODD, headers=[(b"x-name", "b\u202eb".encode())]).headers["x-echoscope-id"]
    pages = [page(server, "/-/"), page(server, f"/-/exchanges/{exchange_id}"), page(server, ODD)]
    for text in pages:
        assert WRITTEN in text
        assert "\u202e" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
    assert r"b\u202eb" in pages[1]
