"""A bin holds its sender's secret: each exchange says whether it is signed, and nothing ever says the secret."""

import logging

import pytest

from tests.conftest import Serve
from tests.servers import Running
from tests.signatures.vectors import JSON, hexed

from .conftest import OPERATOR, TOKEN, bearer
from .test_access import made

SECRET = "a-signing-secret-that-nobody-sees"
GITHUB = {"scheme": "github", "secret": SECRET}


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hexed(secret.encode(), body)}


def post(server: Running, body: bytes, headers: dict[str, str]) -> str:
    return server.client.post("/~hooks/x", content=body, headers=headers).headers["x-echoscope-id"]


def test_each_exchange_says_whether_it_is_signed(local: Running) -> None:
    before = post(local, JSON, signature(JSON))
    assert local.client.get(f"/-/bins/hooks/api/exchanges/{before}").json()["signature"] is None
    set_ = local.client.put("/-/api/bins/hooks/signature", json=GITHUB)
    assert set_.json() == {"scheme": "github", "options": {}, "has_secret": True}
    other = post(local, JSON + b"\n", signature(JSON))
    unsigned = post(local, JSON, {})
    told = [
        local.client.get(f"/-/bins/hooks/api/exchanges/{one}").json()["signature"] for one in (before, other, unsigned)
    ]
    assert [one["status"] for one in told] == ["valid", "invalid", "missing"]
    assert told[1]["mistake"] == "body"
    assert "without the line break" in told[1]["detail"]
    page = local.client.get(f"/-/bins/hooks/exchanges/{other}").text
    assert "It would be valid for the body without the line break at its end." in page


def test_a_secret_that_was_given_comes_back_on_no_way(local: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    local.client.get("/~hooks/")
    local.client.put("/-/api/bins/hooks/signature", json=GITHUB)
    one = post(local, JSON, signature(b"other"))
    for address in (
        "/-/api/bins", "/-/api/bins/hooks", "/-/api/bins/hooks/signature", "/-/api/bins/hooks/answers",
        "/-/bins/hooks/", "/-/bins/hooks/settings", f"/-/bins/hooks/exchanges/{one}",
        f"/-/bins/hooks/api/exchanges/{one}", "/-/bins/hooks/api/export.jsonl?reveal=1",
        "/-/bins/hooks/api/export.har?reveal=1", "/-/bins/hooks/api/export.html?reveal=1", "/-/bins", "/-/api/info",
    ):  # fmt: skip
        answer = local.client.get(address)
        assert answer.status_code == 200, address
        assert SECRET not in answer.text, address
    assert SECRET not in caplog.text


def test_it_can_be_taken_back(local: Running) -> None:
    local.client.get("/~hooks/")
    local.client.put("/-/api/bins/hooks/signature", json=GITHUB)
    assert local.client.delete("/-/api/bins/hooks/signature").json() is None
    one = post(local, JSON, signature(JSON))
    assert local.client.get(f"/-/bins/hooks/api/exchanges/{one}").json()["signature"] is None


@pytest.mark.parametrize("place", ["/x", "/~hooks/x"], ids=["main log", "bin"])
def test_one_exchange_can_be_checked_without_keeping_the_secret(local: Running, place: str) -> None:
    one = local.client.post(place, content=JSON, headers=signature(JSON)).headers["x-echoscope-id"]
    base = "/-/bins/hooks/api" if "~" in place else "/-/api"
    address = f"{base}/exchanges/{one}/signature"
    assert local.client.post(address, json=GITHUB).json()["status"] == "valid"
    assert local.client.post(address, json={**GITHUB, "secret": "another-one"}).json()["status"] == "invalid"
    assert local.client.get(f"{base}/exchanges/{one}").json()["signature"] is None


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"scheme": "nobody", "secret": "x"}, "scheme must be one of github"),
        ({"scheme": "github"}, "secret"),
        ({"scheme": "github", "secret": 5}, "secret: Expected"),
        ({"scheme": "github", "secret": "x", "options": {"a": "b"}}, "options of github are none"),
        ({"scheme": "github", "secret": "x", "more": 1}, "more"),
        ("x", "Expected"),
    ],
    ids=str,
)
def test_what_cannot_be_checked_is_refused(local: Running, wish: object, told: str) -> None:
    one = post(local, JSON, {})
    for method, address in (
        ("PUT", "/-/api/bins/hooks/signature"),
        ("POST", f"/-/bins/hooks/api/exchanges/{one}/signature"),
    ):
        answer = local.client.request(method, address, json=wish)
        assert answer.status_code == 400
        assert told in answer.json()["detail"]


def test_the_schemes_are_listed_with_their_options(local: Running) -> None:
    items = {item["id"]: item for item in local.client.get("/-/api/signatures").json()["items"]}
    assert {"github", "stripe", "slack", "shopify", "twilio", "standard-webhooks", "mailgun", "zoom", "discord"} < set(
        items
    )
    assert [option["name"] for option in items["hmac"]["options"]][:2] == ["header", "prefix"]


def test_only_the_key_of_a_bin_sets_its_secret(public: Running) -> None:
    name, key = made(public)
    address = f"/-/api/bins/{name}/signature"
    assert public.client.put(address, json=GITHUB).status_code == 401
    assert public.client.put(address, json=GITHUB, headers=bearer("k" * 43)).status_code == 404
    assert public.client.put(address, json=GITHUB, headers=bearer(key)).status_code == 200


def test_a_cut_body_decides_nothing(serve: Serve) -> None:
    server = serve(kept_body_bytes=100)
    server.client.get("/~hooks/")
    server.client.put("/-/api/bins/hooks/signature", json=GITHUB)
    one = post(server, b"x" * 101, signature(b"x" * 101))
    assert server.client.get(f"/-/bins/hooks/api/exchanges/{one}").json()["signature"]["status"] == "undecided"


def test_a_rule_may_ask_for_the_signature(serve: Serve) -> None:
    server = serve(profile="public", token=TOKEN, bin="hooks")
    rules = [
        {"signature": "invalid", "answers": [{"status": 401}]},
        {"signature": "valid", "answers": [{"status": 202}]},
    ]
    server.client.put("/-/api/bins/hooks/answers", json={"rules": rules}, headers=OPERATOR)
    assert server.client.post("/~hooks/", content=JSON, headers=signature(JSON)).status_code == 401
    server.client.put("/-/api/bins/hooks/signature", json=GITHUB, headers=OPERATOR)
    assert server.client.post("/~hooks/", content=JSON, headers=signature(JSON)).status_code == 202
    assert server.client.post("/~hooks/", content=JSON, headers=signature(JSON, "x")).status_code == 401
    assert server.client.post("/~hooks/", content=JSON).status_code == 401
