"""Pins and notes over the API. That a store keeps them is its contract's to say."""

import pytest

from tests.conftest import Serve


def test_pins_and_notes_over_the_api(serve: Serve) -> None:
    client = serve(max_exchanges=1).client
    exchange_id = client.get("/first?token=s3cret").headers["x-echoscope-id"]
    one = f"/-/api/exchanges/{exchange_id}"
    assert client.get(one).json()["pinned"] is False
    assert client.put(f"{one}/pin").json() == {"id": exchange_id, "pinned": True, "note": None}
    assert client.put(f"{one}/note", json={"note": "<b>é"}).json()["note"] == "<b>é"
    client.get("/second")
    assert client.delete("/-/api/exchanges").status_code == 200
    document = client.get(one).json()
    assert (document["path"], document["pinned"], document["note"]) == ("/first", True, "<b>é")
    pins = client.get("/-/api/pins").json()
    assert [(item["id"], item["pinned"], item["note"]) for item in pins["items"]] == [(exchange_id, True, "<b>é")]
    assert (pins["exchanges"], pins["max_exchanges"], pins["max_bytes"]) == (1, 100, 16_777_216)
    assert pins["notes"] == {exchange_id: "<b>é"}
    assert client.get(f"/-/exchanges/{exchange_id}").status_code == 200
    assert client.get(f"{one}/body").status_code == 200
    assert client.delete(f"{one}/pin").json()["pinned"] is False
    assert client.get(one).status_code == 404


def test_the_pin_of_a_deleted_exchange_goes_too(serve: Serve) -> None:
    client = serve().client
    exchange_id = client.get("/").headers["x-echoscope-id"]
    one = f"/-/api/exchanges/{exchange_id}"
    client.put(f"{one}/pin")
    client.put(f"{one}/note", json={"note": "x"})
    assert client.delete(one).json() == {"deleted": 2}
    assert client.get(one).status_code == 404
    assert client.get("/-/api/pins").json()["notes"] == {}


def test_a_pin_whose_exchange_has_left_the_log_can_be_deleted(serve: Serve) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}"
    client.put(f"{one}/pin")
    client.delete("/-/api/exchanges")
    assert client.delete(one).json() == {"deleted": 3}
    assert client.delete(one).status_code == 404


def test_the_hundred_and_first_pin_is_refused(serve: Serve) -> None:
    client = serve().client
    ids = [client.get("/").headers["x-echoscope-id"] for _ in range(101)]
    answers = [client.put(f"/-/api/exchanges/{exchange_id}/pin") for exchange_id in ids]
    assert [answer.status_code for answer in answers] == [200] * 100 + [409]
    assert answers[-1].json()["detail"] == "At most 100 exchanges can be pinned. Unpin another one first."


@pytest.mark.parametrize(
    ("content", "status"),
    [
        *((b"", 400), (b"text", 400), (b"{}", 400), (b'{"note": 5}', 400)),
        *((b'{"note": "\\ud800"}', 400), (b" " * 40_000, 413)),
    ],
)
def test_a_note_that_cannot_be_read_is_refused(serve: Serve, content: bytes, status: int) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}"
    answer = client.put(f"{one}/note", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "address"), [("PUT", "pin"), ("DELETE", "pin"), ("PUT", "note")])
def test_another_site_can_neither_pin_nor_note(serve: Serve, method: str, address: str) -> None:
    client = serve().client
    one = f"/-/api/exchanges/{client.get('/').headers['x-echoscope-id']}/{address}"
    answer = client.request(method, one, json={"note": "x"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
