"""Secrets in what the inspector reads: with `reveal=0` they are in none of it, with `reveal=1` in all of it."""

import json

import pytest
from websockets.sync.client import connect

from tests.servers import Running

SECRET = "hunter2-hunter2"


@pytest.fixture
def made(shared: Running) -> str:
    """An exchange with a secret in query, headers and body, which the answer repeats."""
    headers = {"authorization": f"Bearer {SECRET}", "cookie": f"sid={SECRET}"}
    answer = shared.client.post("/login", params={"token": SECRET}, data={"password": SECRET}, headers=headers)
    return str(answer.headers["x-echoscope-id"])


PLACES = [
    "",
    "/body/view?of=request",
    "/body/view?of=response",
    "/body/view?of=request&decode=0",
    "/headers?of=request",
    "/code/curl",
]


@pytest.mark.parametrize("place", PLACES)
def test_secrets_are_in_what_is_read_as_it_is_asked_for(shared: Running, made: str, place: str) -> None:
    address = f"/-/api/exchanges/{made}{place}"
    mark = "&" if "?" in place else "?"
    assert SECRET not in shared.client.get(f"{address}{mark}reveal=0").text
    assert SECRET in shared.client.get(f"{address}{mark}reveal=1").text


def test_a_body_says_whether_something_in_it_is_masked(shared: Running, made: str) -> None:
    view = f"/-/api/exchanges/{made}/body/view?of=request"
    assert shared.client.get(f"{view}&reveal=0").json()["masked"] is True
    assert shared.client.get(f"{view}&reveal=1").json()["masked"] is False
    plain = shared.client.post("/plain", content=b"nothing to hide").headers["x-echoscope-id"]
    assert shared.client.get(f"/-/api/exchanges/{plain}/body/view?reveal=0").json()["masked"] is False


@pytest.mark.parametrize("query", ["", "&q=path:/login"])
@pytest.mark.parametrize("reveal", [0, 1])
def test_the_feed_has_the_secrets_of_query_strings_on_demand(
    shared: Running, made: str, reveal: int, query: str
) -> None:
    with connect(shared.websocket_url(f"/-/live?after=0&reveal={reveal}{query}")) as feed:
        frames = ""
        while made not in frames:
            frames = str(feed.recv(timeout=5))
    item = next(item for item in json.loads(frames)["items"] if item["id"] == made)
    assert (SECRET in item["query_string"]) is bool(reveal)


def test_a_revealing_feed_goes_on_with_what_comes(shared: Running) -> None:
    with connect(shared.websocket_url("/-/live?reveal=1")) as feed:
        feed.recv(timeout=5)
        seqs = []
        for number in range(3):
            shared.client.get(f"/{number}", params={"token": SECRET})
            items = json.loads(feed.recv(timeout=5))["items"]
            seqs += [item["seq"] for item in items]
            assert SECRET in items[-1]["query_string"]
    assert seqs == list(range(seqs[0], seqs[0] + 3))


@pytest.mark.parametrize(
    "view", ["", "/headers", "/code", "/code/curl", "/ways", "/conformance", "/hops", "/wire", "/connection"]
)
def test_reveal_is_one_or_nothing(shared: Running, made: str, view: str) -> None:
    assert shared.client.get(f"/-/api/exchanges/{made}{view}?reveal=yes").status_code == 400
    answer = shared.client.get("/-/live?reveal=2", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "reveal must be 0 or 1, not '2'.")
