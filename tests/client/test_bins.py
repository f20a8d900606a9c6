"""The typed client and bins: making them, saying what they answer, and looking into their logs."""

from collections.abc import Iterator
from typing import Any

import pytest

from echoscope.client import (
    Answer,
    AnswerBytes,
    Answers,
    AsyncClient,
    Client,
    EchoscopeError,
    Full,
    NotAllowed,
    NotKept,
    Refused,
    Rule,
)
from tests.conftest import Serve
from tests.servers import Running

TOKEN = "a-token-of-more-than-16"


@pytest.fixture
def local(serve: Serve) -> Iterator[tuple[Running, Client]]:
    server = serve()
    with Client(server.origin) as client:
        yield server, client


@pytest.fixture
def public(serve: Serve) -> Running:
    return serve(profile="public", token=TOKEN)


def test_a_bin_is_made_looked_at_and_deleted(local: tuple[Running, Client]) -> None:
    server, client = local
    made = client.create_bin("hooks")
    assert (made.name, made.maker, made.key) == ("hooks", "operator", None)
    assert made.url == f"{server.origin}/~hooks/"
    server.client.post("/~hooks/orders", content=b"abc")
    one = client.bin("hooks")
    assert (one.exchanges, one.head, one.has_answers, one.signature) == (1, 1, False, None)
    listed = client.bins()
    assert ([other.name for other in listed.items], listed.max_bins) == (["hooks"], 1000)
    client.delete_bin("hooks")
    with pytest.raises(NotKept, match="There is no such bin"):
        client.bin("hooks")


ANSWERS = Answers(
    rules=[Rule(method="POST", json={"type": "ping"}, answers=[Answer(body="{{ json.id }}")])],
    answers=[
        Answer(status=503, headers=[("x-a", "1"), ("x-a", "2")], times=2),
        Answer(body=AnswerBytes.of(b"\xff\x00")),
    ],
)


def test_what_is_answered_is_set_in_structs_or_as_json_has_it(local: tuple[Running, Client]) -> None:
    server, client = local
    client.create_bin("hooks")
    definition = client.set_answers("hooks", ANSWERS)
    assert definition["answers"][1] == {"body": {"base64": "/wA="}}
    assert client.answers("hooks") == definition
    ping = server.client.post("/~hooks/", json={"type": "ping", "id": "é7"})
    assert ping.text == "é7"
    answers = [server.client.get("/~hooks/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers.get_list("x-a") == ["1", "2"]
    assert answers[2].content == b"\xff\x00"
    assert client.set_answers("hooks", definition) == definition
    preview = client.preview("hooks", ANSWERS, ping.headers["x-echoscope-id"])
    assert (preview.rule, preview.status, preview.body) == (0, 200, "é7")
    client.forget_answers("hooks")
    assert client.answers("hooks") == {}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (Answers(answers=[Answer(status=99)]), "answers[0].status"),
        (Answers(rules=[Rule(path="a")]), "rules[0].path"),
        ({"answers": [{"nope": 1}]}, "answers[0]"),
        (Answers(answers=[Answer(body="{{ nope }}")]), "answers[0].body"),
    ],
    ids=["status", "path", "unknown", "look-up"],
)
def test_answers_that_cannot_be_used_say_where(
    local: tuple[Running, Client], answers: Answers | dict[str, Any], reason: str
) -> None:
    _, client = local
    client.create_bin("hooks")
    with pytest.raises(Refused) as refused:
        client.set_answers("hooks", answers)
    assert refused.value.status == 400
    assert refused.value.detail.startswith(reason)


def test_a_preset_is_taken_as_it_is(local: tuple[Running, Client]) -> None:
    server, client = local
    client.create_bin("hooks")
    (slack,) = [preset for preset in client.presets() if preset.id == "slack"]
    client.set_answers("hooks", slack.answers)
    assert server.client.post("/~hooks/", json={"type": "url_verification", "challenge": "xyz"}).text == "xyz"


def test_a_signature_is_set_and_its_secret_is_never_told(local: tuple[Running, Client]) -> None:
    _, client = local
    client.create_bin("hooks")
    assert client.signature("hooks") is None
    signature = client.set_signature("hooks", "hmac", "hunter2-hunter2", {"header": "x-sig"})
    assert (signature.scheme, signature.options) == ("hmac", {"header": "x-sig"})
    assert client.signature("hooks") == signature == client.bin("hooks").signature
    client.forget_signature("hooks")
    assert client.signature("hooks") is None
    assert {"github", "stripe", "hmac"} <= {scheme.id for scheme in client.signature_schemes()}
    with pytest.raises(Refused, match="nope"):
        client.set_signature("hooks", "nope", "x")


def test_a_visitor_s_key_opens_one_bin_and_the_token_opens_all(public: Running) -> None:
    with Client(public.origin, "") as visitor, Client(public.origin, TOKEN) as operator:
        made = visitor.create_bin()
        assert made.key
        public.client.post(f"/~{made.name}/hooks?token=hunter2")
        with visitor.at_bin(made.name, made.key) as own, operator.at_bin(made.name) as its:
            for client in (own, its):
                assert [one.path for one in client.list().items] == [f"/~{made.name}/hooks"]
                assert client.bin(made.name).exchanges == 1
                assert client.signature_schemes()
            with pytest.raises(NotAllowed, match="operator token"):
                own.bins()
            key = own.renew_key(made.name)
            with pytest.raises(NotKept, match="or this is not its key"):
                own.list()
        with visitor.at_bin(made.name, key) as own:
            assert own.wait(after=0, timeout_s=0).exchange.method == "POST"
        with pytest.raises(NotAllowed, match="key of this bin"):
            visitor.bin(made.name)
        with pytest.raises(NotAllowed, match="visitor"):
            visitor.create_bin("hooks")
        assert [one.name for one in operator.bins().items] == [made.name]


def test_names_that_are_none_or_taken_are_refused(local: tuple[Running, Client]) -> None:
    _, client = local
    client.create_bin("hooks")
    with pytest.raises(Full, match="There is a bin 'hooks' already"):
        client.create_bin("hooks")
    with pytest.raises(Refused, match="1 to 64 letters"):
        client.create_bin("a/b")
    for name in ("a/b", "..", "é", " "):
        with pytest.raises(EchoscopeError):
            client.bin(name)


@pytest.mark.parametrize("place", ["/~hooks", "/~hooks/", "/~hooks/a/b", "/-/bins/hooks", "/-/bins/hooks/exchanges/x"])
def test_the_addresses_of_a_bin_name_its_log(local: tuple[Running, Client], place: str) -> None:
    server, _ = local
    server.client.get("/main")
    server.client.get("/~hooks/in-a-bin")
    with Client(server.origin + place) as client:
        assert [one.path for one in client.list().items] == ["/~hooks/in-a-bin"]
        assert client.url == f"{server.origin}/-/bins/hooks"


async def test_it_is_the_same_in_an_event_loop(public: Running) -> None:
    async with AsyncClient(public.origin, TOKEN) as client:
        made = await client.create_bin("hooks", key="a-key-of-more-than-16")
        assert made.key == "a-key-of-more-than-16"
        assert [one.name for one in (await client.bins()).items] == ["hooks"]
        definition = await client.set_answers("hooks", ANSWERS)
        assert await client.answers("hooks") == definition
        async with client.at_bin("hooks", made.key) as own:
            assert (await own.list()).items == []
            assert (await own.bin("hooks")).has_answers
        assert (await client.set_signature("hooks", "github", "hush")).scheme == "github"
        assert await client.signature("hooks") is not None
        await client.forget_signature("hooks")
        await client.forget_answers("hooks")
        assert (await client.presets())[0].id == "slack"
        assert await client.signature_schemes()
        assert await client.renew_key("hooks") != made.key
        await client.delete_bin("hooks")
        with pytest.raises(NotKept):
            await client.bin("hooks")
