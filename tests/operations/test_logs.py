"""Lines for logs: one JSON object for each request, without secrets and without control bytes."""

import json
import logging
import re
import socket
import sys

import httpx
import pytest

from echoscope.web.operations.logs import JsonFormatter, TextFormatter, request_line
from tests.cli.program import started
from tests.exchanges import made_exchange, plain_exchange
from tests.servers import NO_TLS

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]")
HOSTILE = ["\x1b[2J", "a\nb", "\r\n{}", "\x00", "\x7f", "\x9b2J", "\u202e", "\u2028", "\ud83d", '"}', "é"]


def test_a_server_writes_one_line_for_each_request() -> None:
    with started("--log-format", "json") as program:
        with httpx.Client(
            base_url=program.origin, headers={"authorization": "Bearer hush-hush"}, verify=NO_TLS
        ) as client:
            sent = [client.get(f"/{number}?token=hush-hush").headers["x-echoscope-id"] for number in range(3)]
            client.post("/body", content=b"hush-hush")
        program.stop()  # what is not written yet is, before it ends
    lines = [json.loads(line) for line in program.printed.splitlines()]
    requests = [line for line in lines if "id" in line]
    assert [line["id"] for line in requests][:3] == sent
    assert [line["path"] for line in requests] == ["/0", "/1", "/2", "/body"]
    assert requests[3] | {"time": "", "id": "", "duration_ms": 0, "client": ""} == {
        "time": "",
        "id": "",
        "state": "done",
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/body",
        "status": 200,
        "duration_ms": 0,
        "received_bytes": 9,
        "sent_bytes": requests[3]["sent_bytes"],
        "client": "",
    }
    assert "hush" not in program.printed
    assert [line["level"] for line in lines if "level" in line] == ["info"] * 3


def test_quiet_holds_for_them_too() -> None:
    with started("--log-format", "json", "--quiet") as program:
        httpx.get(program.origin + "/x", verify=NO_TLS)
        program.stop()
    assert '"path"' not in program.printed


def test_what_is_refused_is_logged_too() -> None:
    with started("--log-format", "json") as program:
        address = program.origin.removeprefix("http://").partition(":")
        with socket.create_connection((address[0], int(address[2]))) as connection:
            connection.sendall(b"GET /\x1b[2J HTTP/1.1\r\nHost: a b\r\n\r\n")
            connection.recv(1000)
        program.read_until(r'"state": "refused"')


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_nothing_that_a_client_chose_breaks_a_line_or_acts_on_a_terminal(text: str) -> None:
    for head in (made_exchange(path=f"/{text}", method=text, client=[text, 1]).head, plain_exchange(target="/%1b%0a")):
        line = request_line(head)
        assert line.endswith("\n")
        assert line.isascii()
        assert not CONTROLS.search(line[:-1])
        json.loads(line)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])
def test_our_own_messages_do_not_either(formatter: logging.Formatter, text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.LogRecord("echoscope", logging.ERROR, "x.py", 1, "got %s", (text,), sys.exc_info())
    written = formatter.format(record)
    assert not CONTROLS.search(written)
    assert "ValueError" in written
    first = written.split("\n")[0]
    assert "got" in first
    if isinstance(formatter, JsonFormatter):
        assert first == written
        assert json.loads(written)["message"] == f"got {text}"


def test_a_long_path_is_cut() -> None:
    assert len(request_line(plain_exchange(target="/" + "a" * 30_000))) < 2_000
