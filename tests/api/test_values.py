"""Values for columns of the list, by the API."""

import pytest

from tests.servers import Running


def newest(server: Running) -> str:
    return str(server.client.get("/-/api/exchanges?limit=1").json()["items"][0]["id"])


def test_values_are_those_that_a_search_finds_in_the_order_in_which_they_are_asked_for(server: Running) -> None:
    headers = [("X-Event", "push"), ("X-A", "1"), ("x-a", "2"), ("Cookie", "theme=dark")]
    body = {"type": "hello", "user": {"name": "Ann"}, "list": [{"n": 1}, {"n": 2}]}
    server.client.post("/a?page=3", json=body, headers=headers)
    one = newest(server)
    server.client.get("/b")
    two = newest(server)
    of = ["preview", "header.X-A", "json.user.name", "json.list.n", "json.list.1.n", "query.page", "cookie.theme"]
    of += ["response.header.content-type", "json.none"]
    params = {"ids": f"{one},{two},{one},none", "of": of, "reveal": "1"}
    values = server.client.get("/-/api/values", params=params).json()["values"]
    assert values == {
        one: ["hello", "1, 2", "Ann", "1, 2", "2", "3", "dark", "application/json", None],
        two: [None, None, None, None, None, None, None, "application/json", None],
    }


def test_secrets_are_hidden_unless_they_are_wanted(server: Running) -> None:
    server.client.get("/a?token=s3cr3tvalue", headers={"authorization": "Bearer abcdefghij"})
    params = {"ids": newest(server), "of": ["header.authorization", "query.token"]}
    assert server.client.get("/-/api/values", params={**params, "reveal": "1"}).json()["values"][newest(server)] == [
        "Bearer abcdefghij",
        "s3cr3tvalue",
    ]
    hidden = server.client.get("/-/api/values", params=params).text
    assert "abcdefghij" not in hidden
    assert "s3cr3tvalue" not in hidden


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"of": "host"}, "not 'host'"),
        ({"of": "header."}, "not 'header.'"),
        ({"of": "path.x"}, "not 'path.x'"),
        ({"of": ["header.a"] * 11}, "At most 10"),
        ({"ids": ",".join(map(str, range(201)))}, "At most 200 ids"),
        ({"reveal": "yes"}, "reveal must be"),
    ],
)
def test_what_cannot_be_asked_for_is_named(shared: Running, params: dict[str, str], word: str) -> None:
    answer = shared.client.get("/-/api/values", params=params)
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_long_values_are_cut_for_a_column(server: Running) -> None:
    server.client.get("/a", headers={"x-long": "y" * 500})
    params = {"ids": newest(server), "of": "header.x-long"}
    assert server.client.get("/-/api/values", params=params).json()["values"][newest(server)] == ["y" * 200]
