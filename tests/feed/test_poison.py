"""Hostile requests do not stop the stream: after each of them every reader still gets what follows."""

from tests import wire
from tests.conftest import Serve
from tests.servers import Running

from .readers import Reader, data, reading, streaming

POISON = {
    "half a character in JSON": wire.request("POST", "/", body=b'{"a":"\\ud800"}', close=True),
    "no number": wire.request("POST", "/", body=b'{"a":NaN,"b":Infinity,"c":1e999}', close=True),
    "bytes that are no text": wire.request("POST", "/", body=bytes(range(256)), close=True),
    "a path that is no text": wire.request(target="/%ff%fe%00", close=True),
    "half a character in a path": wire.request(target="/%ed%a0%80", close=True),
    "a path with control characters": wire.request(target="/%0a%0d%1b%5d0;x%07", close=True),
    "a path that writes backwards": wire.request(target="/%e2%80%ae", close=True),
    "a query that is no text": wire.request(target=b"/?\xff\xfe=%ff", close=True),
    "header values that are no text": wire.request(
        headers=[b"X-A: \xff\xfe", b"Content-Type: \xff", b"User-Agent: \xed\xa0\x80"], close=True
    ),
    "markup everywhere": wire.request(
        target="/<script>?</script>", headers=["User-Agent: </script><img src=x>", "X'&Y: <b>"], close=True
    ),
    "a line break in disguise": wire.request(headers=["User-Agent: \u0085 \u00a0"], close=True),
    "separators of lines": wire.request(target="/%e2%80%a8%e2%80%a9", close=True),
    "a deep body": wire.request("POST", "/", body=b"[" * 100_000, close=True),
    "a number of many digits": wire.request("POST", "/", body=b"9" * 5_000, close=True),
    "a hundred headers": wire.request(headers=[f"X-{number}: 1" for number in range(95)], close=True),
    "a cookie of many": wire.request(headers=["Cookie: " + "; ".join(["a=b"] * 2_000)], close=True),
    "no host": wire.request(host=None, version="1.0"),
    "an unknown method": wire.request("PROPFIND", "/", close=True),
    "half a request": b"GET / HTTP/1.1\r\nHo",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


def test_each_poison_passes_and_every_marker_after_it_arrives(serve: Serve) -> None:
    server = serve()
    with reading(server) as reader, streaming(server) as events, reading(server, q="-body:nothing") as searching:
        next(events), next(events)
        for number, poison in enumerate(POISON.values()):
            swallow(server, poison)
            server.client.get(f"/marker/{number}")
            marked(reader, f"/marker/{number}")
            while f"/marker/{number}" not in str(data(next(events))):
                pass
            while f"/marker/{number}" not in str(searching.next()):
                pass
    assert reader.ledger.gaps == []
    assert len(reader.ledger.items) >= 2 * len(POISON) - 3


def swallow(server: Running, poison: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(poison)
        if poison.endswith(b"\r\n\r\n") or b"\r\n\r\n" in poison:
            assert connection.recv(12).startswith(b"HTTP/1.")


def marked(reader: Reader, path: str) -> None:
    """What was no request is refused when its connection is read: it may come behind the marker."""
    reader.until(lambda ledger: path in ledger.paths)


def test_poison_can_be_looked_at_in_every_way(serve: Serve) -> None:
    """As JSON, as a page, in the list, and as a download."""
    server = serve()
    for poison in POISON.values():
        swallow(server, poison)
    found = server.client.get("/-/api/exchanges").json()["items"]
    assert len(found) >= len(POISON) - 3
    for item in found:
        assert server.client.get(f"/-/api/exchanges/{item['id']}").json()["id"] == item["id"]
        page = server.client.get(f"/-/exchanges/{item['id']}", headers={"accept": "text/html"})
        assert page.status_code == 200, item
        for side in ("request", "response"):
            assert server.client.get(f"/-/api/exchanges/{item['id']}/body", params={"of": side}).status_code == 200
    assert server.client.get("/-/", headers={"accept": "text/html"}).status_code == 200
