"""The fixtures of the pytest plugin, in test suites of their own that are run as processes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import clean_environment

INI = """
[pytest]
filterwarnings =
    error
    ignore::urllib3.exceptions.InsecureRequestWarning
"""

SUITE = """
import asyncio
import threading
from functools import partial

import httpx
import pytest
import requests

get, post = (partial(call, verify=False) for call in (httpx.get, httpx.post))  # loading certificates takes long


def test_what_is_sent_is_there(echoscope):
    post(echoscope.url + "/hooks?id=7", json={"paid": True}, headers={"x-a": "1"})
    (exchange,) = echoscope.exchanges
    assert (exchange.method, exchange.path, exchange.json()) == ("POST", "/hooks", {"paid": True})
    found = echoscope.assert_received("post", "/hooks", json={"paid": True}, headers={"X-A": "1"}, query={"id": "7"})
    assert found == exchange
    assert echoscope.assert_received(path="/h*", content=b'{"paid":true}', count=1) == exchange
    assert echoscope.wait("method:POST") == exchange


def test_each_test_begins_with_nothing(echoscope):
    assert echoscope.exchanges == []
    get(echoscope.join("/x"))
    assert [one.path for one in echoscope.exchanges] == ["/x"]


def test_answers_are_as_the_test_says(echoscope):
    echoscope.respond("/hooks/*", status=503, times=2)
    done = echoscope.respond("/hooks/*", json={"ok": True}, headers={"X-Rate": "9"})
    echoscope.respond("/text", method="post", text="h\\u00e9", status=201)
    echoscope.respond("/bytes", content=b"\\xff", headers=[("content-type", "image/x"), ("x-b", "1"), ("x-b", "2")])
    echoscope.respond("/none", status=204)
    assert [get(echoscope.url + "/hooks/1").status_code for _ in range(3)] == [503, 503, 200]
    answer = get(echoscope.url + "/hooks/2")
    assert (answer.json(), answer.headers["x-rate"]) == ({"ok": True}, "9")
    assert answer.headers["content-type"] == "application/json"
    assert done.used == 2
    assert post(echoscope.url + "/text").text == "h\\u00e9"
    assert get(echoscope.url + "/text").json()["path"] == "/text"
    assert get(echoscope.url + "/bytes").headers.get_list("x-b") == ["1", "2"]
    assert get(echoscope.url + "/none").status_code == 204
    assert len(echoscope.exchanges) == 8


def test_answers_are_forgotten_behind_a_test(echoscope):
    assert get(echoscope.url + "/hooks/1").json()["path"] == "/hooks/1"


@pytest.mark.parametrize("bad", [{"json": 1, "text": "x"}, {"status": 99}, {"times": 0}, {"path": "x"}])
def test_what_cannot_be_answered_is_refused(echoscope, bad):
    with pytest.raises(ValueError):
        echoscope.respond(**bad)


def test_what_is_on_its_way_is_waited_for(echoscope):
    threading.Timer(0.2, get, (echoscope.url + "/later",)).start()
    assert echoscope.wait("path:/later").path == "/later"
    threading.Timer(0.2, get, (echoscope.url + "/last",)).start()
    echoscope.assert_received("GET", "/last", timeout_s=10)
    first = echoscope.wait()
    assert echoscope.wait(after=first).path == "/last"
    assert echoscope.wait(after=first.seq).path == "/last"
    assert echoscope.wait("path:/later", after=0) == first
    with pytest.raises(AssertionError, match="Nothing"):
        echoscope.wait(after=echoscope.client.place(), timeout_s=0)


def test_in_an_event_loop_of_the_test(echoscope):
    async def run():
        async with httpx.AsyncClient(verify=False) as client:
            sending = asyncio.create_task(client.get(echoscope.url + "/a"))
            assert (await echoscope.wait_async("path:/a")).path == "/a"
            await echoscope.assert_received_async("GET", "/a")
            await sending

    asyncio.run(run())


def test_httpbin(httpbin):
    assert requests.get(httpbin.url + "/get").json()["url"] == httpbin + "/get"
    assert httpbin.join("/status/418").endswith("/status/418")
    assert (httpbin.host, httpbin.url) == ("127.0.0.1", f"http://127.0.0.1:{httpbin.port}")


def test_httpbin_over_tls(httpbin_secure, httpbin_ca_bundle):
    for host in ("127.0.0.1", "localhost"):
        assert requests.get(f"https://{host}:{httpbin_secure.port}/get", verify=httpbin_ca_bundle).ok
    assert requests.get(httpbin_secure.url + "/get").json()["url"].startswith("https://")
    assert httpx.get(httpbin_secure.url + "/get", verify=True).status_code == 200


def test_tls_that_is_not_trusted(httpbin_secure):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(httpbin_secure.url)


def test_both(httpbin_both):
    assert requests.get(httpbin_both + "/get", verify=False).ok


@pytest.mark.usefixtures("class_based_httpbin", "class_based_httpbin_secure")
class TestClass:
    def test_it(self):
        assert self.httpbin.url.startswith("http:")
        assert self.httpbin_secure.url.startswith("https:")
"""

FAILING = """
from functools import partial

import httpx

get, post = (partial(call, verify=False) for call in (httpx.get, httpx.post))


def test_nothing_came(echoscope):
    echoscope.assert_received("POST", "/hooks", timeout_s=0)


def test_another_came(echoscope):
    get(echoscope.url + "/x\\x1b[31m".replace("\\x1b", "%1b"))
    post(echoscope.url + "/hooks?id=8", json={"paid": False, "id": 7}, headers={"x-a": "2"})
    echoscope.assert_received(
        "POST", "/hooks", json={"paid": True, "id": 7}, headers={"x-a": "1", "x-b": "1"}, query={"id": "7"}, timeout_s=0
    )


def test_too_many_came(echoscope):
    for _ in range(3):
        get(echoscope.url + "/hooks")
    echoscope.assert_received("GET", "/hooks", count=2)


def test_a_wait_in_vain(echoscope):
    get(echoscope.url + "/x")
    echoscope.wait("path:/hooks", timeout_s=0.05)


def test_the_body_is_no_json(echoscope):
    post(echoscope.url + "/hooks", content=b"{")
    echoscope.assert_received(json={}, timeout_s=0)
"""


ONLY_OURS = ("-p", "echoscope.pytest_plugin")
AMONG_OTHERS = ("-p", "no:faker", "-o", "asyncio_default_fixture_loop_scope=function")
"""Ours is found by its entry point, as those of all packages that are installed: to import them takes longer than most
suites here."""


def pytest_run(
    folder: Path, suite: str, *options: str, plugins: tuple[str, ...] = ONLY_OURS, **variables: str
) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    (folder / "pytest.ini").write_text(INI)
    if plugins != AMONG_OTHERS:
        variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins, *options],
        capture_output=True,
        text=True,
        env=clean_environment() | variables,
        timeout=180,
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize(
    "plugins", [AMONG_OTHERS, (*ONLY_OURS, "-p", "xdist", "-n", "2")], ids=["among other plugins", "xdist"]
)
def test_a_suite_passes_with_all_fixtures(tmp_path: Path, plugins: tuple[str, ...]) -> None:
    ended = pytest_run(tmp_path, SUITE, plugins=plugins)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "16 passed" in ended.stdout


def test_a_failure_says_what_came_and_how_it_differs(tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, FAILING, "--tb=short")
    told = re.sub(r"^E  +", "", ended.stdout, flags=re.MULTILINE)
    assert "5 failed" in told
    assert "AssertionError: No request came at all. Expected was:\n    POST /hooks\n" in ended.stdout.replace(
        "E   ", ""
    )
    plain = "\n".join(line.removeprefix("E").strip() for line in ended.stdout.splitlines())
    for line in (
        "The closest of 2 that came is POST /hooks?id=8, but for:",
        "query id: '8' instead of '7'",
        "header x-a: '2' instead of '1'",
        "header x-b: missing instead of '1'",
        '-  "paid": true',
        '+  "paid": false',
        r"Came: GET /x\x1b[31m",
        "AssertionError: 3 requests matched instead of 2. Expected was:",
        "AssertionError: Nothing that 'path:/hooks' finds came within 0.05 s. Came: GET /x",
        "json: the body is none: '{'",
    ):
        assert line in plain, plain
    assert "receiver.py" not in ended.stdout.split("test_a_wait_in_vain")[0]


def test_nothing_is_imported_before_a_test_asks(tmp_path: Path) -> None:
    suite = (
        "import sys\n\n\ndef test_it():\n    assert not {'starlette', 'httpx', 'echoscope.main'} & set(sys.modules)\n"
    )
    ended = pytest_run(tmp_path, suite)
    assert ended.returncode == 0, ended.stdout


def test_suites_that_import_from_pytest_httpbin_are_led_here(tmp_path: Path) -> None:
    suite = """
import pytest_httpbin.certs
import requests
from pytest_httpbin import certs, use_class_based_httpbin
from pytest_httpbin.serve import Server


def test_it(httpbin, httpbin_secure):
    assert isinstance(httpbin, Server)
    assert requests.get(httpbin_secure.url + "/get", verify=pytest_httpbin.certs.where()).ok
    assert certs.where() == pytest_httpbin.certs.where()


@use_class_based_httpbin
class TestClass:
    def test_it(self):
        assert self.httpbin.url
"""
    ended = pytest_run(tmp_path, suite, "-p", "echoscope.pytest_plugin.instead")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 passed" in ended.stdout


ALONE = """
import re
import socket

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

client = httpx.Client(verify=False)


def test_its_front_page_is_one_and_the_same(httpbin):
    page = client.get(httpbin.url + "/?password=secret")
    assert page.headers["content-type"].startswith("text/html")
    assert "httpbin.org" in page.text and "HTTP Request &amp; Response Service" in page.text
    assert "password" not in page.text and "secret" not in page.text
    assert {"/get", "/headers", "/forms/post", "/image/png"} <= set(re.findall('<a href="([^"]+)"', page.text))
    again = client.get(httpbin.url + "/")
    assert again.text == page.text
    assert {**again.headers, "date": ""} == {**page.headers, "date": ""}


def test_what_is_no_endpoint_is_not_found(httpbin):
    for path in ("/nothing", "/-/", "/~bin/", "/get/"):
        answer = client.get(httpbin.url + path)
        assert (answer.status_code, answer.reason_phrase) == (404, "NOT FOUND")
    assert client.post(httpbin.url + "/").status_code == 405


def test_a_field_that_was_asked_for_is_written_as_it_was(httpbin):
    with socket.create_connection((httpbin.host, httpbin.port)) as connection:
        connection.sendall(b"GET /response-headers?foo=bar HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
        head = connection.makefile("rb").read().partition(b"\\r\\n\\r\\n")[0]
    assert {b"foo: bar", b"Content-Type: application/json"} <= set(head.split(b"\\r\\n"))


def test_no_answer_names_an_exchange(httpbin):
    assert not {"x-echoscope-id", "link"} & set(client.get(httpbin.url + "/get").headers)


def test_websockets(httpbin):
    address = httpbin.url.replace("http", "ws")
    with connect(address + "/websocket/echo", proxy=None) as session:
        session.send("hello")
        assert session.recv() == "hello"
    with pytest.raises(InvalidStatus) as refused:
        connect(address + "/nothing", proxy=None)
    assert refused.value.response.status_code == 403
"""


def test_the_fixtures_are_httpbin_and_nothing_more(tmp_path: Path) -> None:
    """What suites rely on that know pytest-httpbin."""
    ended = pytest_run(tmp_path, ALONE)
    assert ended.returncode == 0, ended.stdout + ended.stderr


WITHOUT_PACKAGES = """
import sys

import pytest


def test_the_server_needs_neither(echoscope, httpbin, monkeypatch, request):
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(pytest.fail.Exception, match=r"needs the package httpx: pip install 'echoscope\\[pytest\\]'"):
        echoscope.exchanges
    with pytest.raises(pytest.fail.Exception, match="needs the package httpx"):
        echoscope.assert_received()
    with pytest.raises(pytest.fail.Exception, match="needs the package httpx"):
        echoscope.wait()
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for name in ("httpbin_secure", "httpbin_ca_bundle"):
        with pytest.raises(pytest.fail.Exception, match="package cryptography: pip install"):
            request.getfixturevalue(name)
"""


def test_a_package_that_is_missing_is_told_when_it_is_needed(tmp_path: Path) -> None:
    ended = pytest_run(tmp_path, WITHOUT_PACKAGES)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_certificate_can_be_trusted_before_a_suite_begins(tmp_path: Path) -> None:
    suite = """
import requests


def test_it(httpbin_secure):
    assert requests.get(httpbin_secure.url + "/get").ok
"""
    command = [sys.executable, "-m", "echoscope.pytest_plugin.certs"]
    environment = clean_environment() | {"TMPDIR": str(tmp_path)}
    made = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout.strip()
    assert Path(made).with_suffix(".key").stat().st_mode & 0o077 == 0
    ended = pytest_run(tmp_path, suite, REQUESTS_CA_BUNDLE=made)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert Path(made).exists()
