"""The JSON API: what is kept, as a list and one by one."""

import hashlib
import json
from typing import Any

import pytest

from tests import wire
from tests.conftest import Serve
from tests.servers import Running

API = "/-/api/exchanges"


def send(server: Running, *paths: str) -> list[str]:
    """One request for each path; the ids of the exchanges."""
    return [server.client.get(path).headers["x-echoscope-id"] for path in paths]


def listed(server: Running, **query: Any) -> dict[str, Any]:
    answer = server.client.get(API, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def paths(page: dict[str, Any]) -> list[str]:
    return [item["path"] for item in page["items"]]


def test_an_empty_log_is_an_empty_list(server: Running) -> None:
    found = listed(server)
    assert found == {"epoch": found["epoch"], "oldest": 1, "head": 0, "items": [], "next": None}


def test_who_has_an_answer_finds_the_exchange(server: Running) -> None:
    for number in range(50):
        exchange_id = server.client.get(f"/{number}").headers["x-echoscope-id"]
        assert server.client.get(f"{API}/{exchange_id}").json()["path"] == f"/{number}"


def test_the_newest_comes_first(server: Running) -> None:
    send(server, "/1", "/2", "/3")
    found = listed(server)
    assert paths(found) == ["/3", "/2", "/1"]
    assert [item["seq"] for item in found["items"]] == [3, 2, 1]
    assert (found["oldest"], found["head"], found["next"]) == (1, 3, None)


def test_a_summary_says_what_a_list_shows(server: Running) -> None:
    headers = {"user-agent": "me/1", "content-type": "text/x"}
    server.client.post("/a%20b?x=1&y=%C3%A9", content=b"hello", headers=headers)
    (item,) = listed(server)["items"]
    sent_bytes, duration, started, client = (
        item.pop(key) for key in ("sent_bytes", "duration_ms", "started_at", "client")
    )
    assert item == {
        "seq": 1,
        "id": item["id"],
        "state": "done",
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/a b",
        "query_string": "x=1&y=%C3%A9",
        "status": 200,
        "is_event_stream": False,
        "received_bytes": 5,
        "content_type": "text/x",
        "user_agent": "me/1",
    }
    assert sent_bytes > 100
    assert 0 < duration < 10_000
    assert started.endswith("Z")
    assert len(started) == len("2026-11-22T09:00:00.123456Z")
    assert client.startswith("127.0.0.1:")


def test_pages_follow_each_other_without_a_hole_or_a_repeat(server: Running) -> None:
    send(server, *(f"/{number}" for number in range(1, 26)))
    seen, before = [], None
    for _ in range(10):
        page = listed(server, limit=7, **({"before": before} if before else {}))
        seen += paths(page)
        before = page["next"]
        if before is None:
            break
    assert seen == [f"/{number}" for number in range(25, 0, -1)]


def test_pages_stay_where_they_were_while_more_comes(server: Running) -> None:
    send(server, "/1", "/2", "/3", "/4")
    first = listed(server, limit=2)
    send(server, "/5")
    assert paths(listed(server, limit=2, before=first["next"])) == ["/2", "/1"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, ["/5", "/4"]),
        ({"limit": 5}, ["/5", "/4", "/3", "/2", "/1"]),
        ({"before": 3}, ["/2", "/1"]),
        ({"before": 1}, []),
        ({"before": 0}, []),
        ({"before": 99}, ["/5", "/4", "/3", "/2", "/1"]),
        ({"after": 3}, ["/5", "/4"]),
        ({"after": 5}, []),
        ({"after": 99}, []),
        ({"after": 1, "before": 4}, ["/3", "/2"]),
        ({"after": 0, "limit": 1}, ["/5"]),
        ({"q": "path:/3"}, ["/3"]),
        ({"q": "path:/3", "before": 3}, []),
        ({"q": "-path:/3", "limit": 3}, ["/5", "/4", "/2"]),
        ({"q": "   "}, ["/5", "/4", "/3", "/2", "/1"]),
        ({"q": ""}, ["/5", "/4", "/3", "/2", "/1"]),
    ],
    ids=str,
)
def test_what_part_of_the_list_is_given(server: Running, query: dict[str, Any], expected: list[str]) -> None:
    send(server, "/1", "/2", "/3", "/4", "/5")
    assert paths(listed(server, **query)) == expected


def test_a_search_goes_on_over_pages(server: Running) -> None:
    send(server, *(f"/{'even' if number % 2 == 0 else 'odd'}/{number}" for number in range(1, 21)))
    first = listed(server, q="path:/even", limit=6)
    second = listed(server, q="path:/even", limit=6, before=first["next"])
    assert paths(first) + paths(second) == [f"/even/{number}" for number in range(20, 0, -2)]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("method:POST", ["/post"]),
        ("body:needle", ["/post"]),
        ("header.x-foo:bar", ["/get"]),
        ("size:>5b method:POST", ["/post"]),
        ('"a needle"', ["/post"]),
        ("type:websocket", []),
    ],
)
def test_the_search_language_is_spoken(server: Running, q: str, expected: list[str]) -> None:
    server.client.post("/post", content="hay with a needle")
    server.client.get("/get", headers={"x-foo": "bar"})
    assert paths(listed(server, q=q)) == expected


BAD_NUMBERS = ["", "abc", "-1", "1.5", "1e3", " 1", "+1", "٣", "²", "0x10", "99999999999999999999", "9" * 5_000]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", value) for value in (*BAD_NUMBERS, "0", "1001")],
        *[("before", value) for value in BAD_NUMBERS],
        *[("after", value) for value in BAD_NUMBERS],
        ("q", "status:abc"),
        ("q", '"open'),
        ("q", "x" * 2_000),
        ("reveal", "yes"),
    ],
    ids=lambda value: value[:20] or "empty",
)
def test_what_cannot_be_read_is_refused_in_one_sentence(shared: Running, name: str, value: str) -> None:
    answer = shared.client.get(API, params={name: value})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert name in problem["detail"] or name == "q"
    assert len(problem["detail"]) < 400


def test_a_body_stands_once_in_a_document_unless_it_is_asked_for(server: Running) -> None:
    server.client.post("/status/200", content=b"once upon a time")
    for path in (f"/{listed(server)['items'][0]['id']}", "/wait?after=0"):
        told = server.client.get(API + path)
        whole = server.client.get(API + path + ("&" if "?" in path else "?") + "bodies=1")
        assert (told.text.count("once upon a time"), whole.text.count("once upon a time")) == (1, 2)
        body, with_content = (one.json().get("exchange", one.json())["request"]["body"] for one in (told, whole))
        assert with_content == {**body, "content": "once upon a time"}


def test_a_document_shows_everything_that_passed(server: Running) -> None:
    headers = {"user-agent": "me", "x-bytes": b"\xff", "accept": "*/*"}
    answer = server.client.post("/a?x=1", content=b"\x00\xff", headers=headers)  # type: ignore[arg-type]
    found = server.client.get(f"{API}/{answer.headers['x-echoscope-id']}?bodies=1").json()
    assert ["x-bytes", {"base64": "/w=="}] in found["scope"]["headers"]
    assert "echoscope.exchange_id" not in found["scope"]
    assert found["request"]["body"] == {
        "size": 2,
        "kept": 2,
        "truncated": False,
        "content": {"base64": "AP8="},
        "sha256": hashlib.sha256(b"\x00\xff").hexdigest(),
    }
    assert found["response"]["status"] == 200
    assert found["response"]["body"]["content"] == answer.text
    assert ["content-type", "application/json"] in found["response"]["headers"]
    assert [(event["channel"], event["type"]) for event in found["events"]] == [
        ("receive", "http.request"),
        ("send", "http.response.start"),
        ("send", "http.response.body"),
    ]
    assert (found["events_omitted"], found["error"]) == (0, None)
    (item,) = listed(server)["items"]
    assert found.items() >= item.items()


def test_a_body_is_given_as_it_came_for_saving_and_never_for_running(server: Running) -> None:
    body = b"<html><script>1</script>\x00\xff"
    headers = {"content-type": "text/html"}
    exchange_id = server.client.post("/", content=body, headers=headers).headers["x-echoscope-id"]
    answer = server.client.get(f"{API}/{exchange_id}/body")
    assert answer.content == body
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{exchange_id}.request.bin"'
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_body_of_the_answer_is_given_too(server: Running) -> None:
    answer = server.client.post("/echo", content=b"x")
    address = f"{API}/{answer.headers['x-echoscope-id']}/body"
    assert server.client.get(address, params={"of": "response"}).content == answer.content
    assert server.client.get(address, params={"of": "request"}).content == b"x"
    assert server.client.get(address, params={"of": "neither"}).status_code == 400


def test_no_body_is_an_empty_body(server: Running) -> None:
    (exchange_id,) = send(server, "/")
    answer = server.client.get(f"{API}/{exchange_id}/body")
    assert (answer.status_code, answer.content) == (200, b"")


def test_deleting_one_leaves_the_others(server: Running) -> None:
    ids = send(server, "/1", "/2", "/3")
    assert server.client.delete(f"{API}/{ids[1]}").json() == {"deleted": 4}
    assert paths(listed(server)) == ["/3", "/1"]
    assert server.client.get(f"{API}/{ids[1]}").status_code == 404
    assert server.client.delete(f"{API}/{ids[1]}").status_code == 404


def test_clearing_leaves_nothing(server: Running) -> None:
    ids = send(server, "/1", "/2", "/3")
    assert server.client.delete(API).json() == {"cleared": 4}
    found = listed(server)
    assert (found["items"], found["oldest"], found["head"]) == ([], 4, 4)
    assert server.client.get(f"{API}/{ids[0]}").status_code == 404
    send(server, "/5")
    assert [item["seq"] for item in listed(server)["items"]] == [5]


@pytest.mark.parametrize(
    "exchange_id", ["unknown", "a%00b", "%ff", "..%2f..", "%22%3E%3Cscript%3E", "1", "x" * 5_000, "a%0ab"]
)
@pytest.mark.parametrize("place", ["", "/body"])
def test_what_is_not_kept_is_404_in_the_one_shape(shared: Running, exchange_id: str, place: str) -> None:
    answer = shared.client.get(f"{API}/{exchange_id}{place}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_made_room_is_404(serve: Serve) -> None:
    server = serve(max_exchanges=2)
    ids = send(server, "/1", "/2", "/3")
    assert server.client.get(f"{API}/{ids[0]}").status_code == 404
    assert paths(listed(server)) == ["/3", "/2"]


def test_info_says_where_it_stands(serve: Serve) -> None:
    server = serve(max_exchanges=7, max_bytes="1MiB", max_subscribers=3, kept_body_bytes="2KiB")
    send(server, "/1", "/2")
    found = server.client.get("/-/api/info").json()
    assert found["name"] == "Echoscope"
    assert (found["profile"], found["oldest"], found["head"], found["exchanges"]) == ("local", 1, 2, 2)
    assert (found["max_exchanges"], found["max_bytes"], found["kept_body_bytes"]) == (7, 1 << 20, 2_048)
    assert (found["subscribers"], found["max_subscribers"]) == (0, 3)
    assert 0 < found["bytes"] < 1 << 20
    assert 0 <= found["uptime_s"] < 600
    assert found["epoch"] == listed(server)["epoch"]
    assert "token" not in json.dumps(found).lower()


def test_nothing_below_the_reserved_prefix_is_recorded(server: Running) -> None:
    for path in ("/-/", "/-", API, "/-/api/info", "/-/health", "/-/nothing", "/-/exchanges/x", "/-/static/x", "/-//"):
        server.client.get(path)
    assert listed(server)["head"] == 0


def test_the_log_is_bounded_by_bytes(serve: Serve) -> None:
    server = serve(max_bytes="100KiB")
    for _ in range(30):
        server.client.post("/echo", content=b"x" * 10_000)
    found = server.client.get("/-/api/info").json()
    assert found["bytes"] <= 100 << 10
    assert 1 < found["exchanges"] < 10
    assert found["head"] == 30


def test_masked_parameters_are_revealed_on_request(server: Running) -> None:
    send(server, "/hook?token=S1&x=1")
    assert "S1" not in json.dumps(listed(server))
    assert "S1" in json.dumps(listed(server, reveal=1))


def test_many_ask_at_once_while_more_comes(server: Running) -> None:
    """What is asked in the middle of a flood is consistent: no hole, no repeat, falling."""
    requests = [wire.request(target=f"/{number}", close=number == 499) for number in range(500)]
    with server.connect() as connection:
        connection.sendall(b"".join(requests))
        for _ in range(20):
            seqs = [item["seq"] for item in listed(server, limit=1_000)["items"]]
            assert seqs == list(range(len(seqs), 0, -1))
        connection.shutdown(1)


def test_the_page_does_not_wait_for_a_slow_search(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoscope.web.inspector.app._PAGE_S", 0)
    server.client.post("/a", content=b"x" * 100_000)
    page = server.client.get("/-/?q=nothing-like-this", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "This search takes long" in page.text
    assert "Nothing that is kept matches" not in page.text.split("<noscript>")[1]


def test_a_search_is_text_and_never_a_pattern_that_runs_for_long(server: Running) -> None:
    hostile = "/" + "a" * 5_000 + "!"
    for path in (hostile, "/(a%2B)%2B$"):
        server.client.get(path)
    for q, found in (('"(a+)+$"', 1), ('path:"(a+)+$"', 1), ('path:"^(a|a)*$"', 0), ("path:*a*a*a*a*a*a*a*a*a*b", 0)):
        answer = server.client.get("/-/api/exchanges", params={"q": q})
        assert (answer.status_code, len(answer.json()["items"])) == (200, found), q
