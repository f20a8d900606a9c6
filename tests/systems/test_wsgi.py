"""Echoscope as a WSGI app on real servers: the environ as an answer, the recorder and the inspector behind it."""

import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache

import httpx
import pytest

from echoscope.web.inspector.systems import systems
from tests.eventually import eventually
from tests.ports import free_port
from tests.servers import HOST, NO_TLS, WAIT_S
from tests.systems.clients import Request
from tests.systems.process import ROOT, Process, environment, python
from tests.systems.wsgi import APP, EVENT_STREAM, FIELDS, WSGI_SYSTEMS, WsgiServer, WsgiSystem, wsgi_row
from tests.wire import reset

Start = Callable[[WsgiSystem], WsgiServer]


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Starts each server once."""
    with ExitStack() as until_the_end:

        @cache
        def started(system: WsgiSystem) -> WsgiServer:
            system.require()
            return until_the_end.enter_context(system.start())

        yield started


@pytest.fixture
def server(request: pytest.FixtureRequest, start: Start) -> WsgiServer:
    return start(request.param)


@pytest.fixture
def client(server: WsgiServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as made:
        yield made


def systems_where(condition: Callable[[WsgiSystem], bool]) -> pytest.MarkDecorator:
    found = [system for system in WSGI_SYSTEMS if condition(system)]
    return pytest.mark.parametrize("server", found, ids=lambda system: system.name, indirect=True)


EACH = systems_where(lambda system: True)
WITH_THREADS = systems_where(lambda system: system.has_threads)
WITHOUT_THREADS = systems_where(lambda system: not system.has_threads)
WITH_CHUNKS = systems_where(lambda system: system.name != "wsgiref")


@EACH
def test_any_path_answers_with_its_environ(server: WsgiServer) -> None:
    made = server.ask(Request("PUT", b"/caf%C3%A9?a=1&a=2", FIELDS))
    environ = made.json()
    assert (made.status, made.fields[b"content-type"]) == (200, b"application/json")
    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("PUT", "a=1&a=2")
    assert environ["PATH_INFO"] == "/caf\xc3\xa9"  # a character of latin-1 for each byte, as PEP 3333 has it
    assert environ["wsgi.version"] == [1, 0]
    assert environ["SERVER_PORT"] == str(server.port)


@EACH
def test_what_is_not_plain_data_appears_as_its_repr(server: WsgiServer) -> None:
    environ = server.ask(Request()).json()
    assert environ["wsgi.input"].startswith("<")
    assert environ["wsgi.errors"].startswith("<")
    assert environ["wsgi.file_wrapper"].startswith("<class ")


@EACH
def test_variables_of_the_process_are_left_out(server: WsgiServer) -> None:
    environ = server.ask(Request()).json()
    assert "PATH" not in environ
    assert "PYTHONPATH" not in environ


@EACH
def test_a_body_is_read_and_recorded_whole(server: WsgiServer, client: httpx.Client) -> None:
    body = bytes(range(256)) * 2_000
    made = client.post("/kept", content=body)
    assert made.json()["body"]["size"] == len(body)
    found = client.get(f"/-/api/exchanges/{made.headers['x-echoscope-id']}").json()
    assert (found["state"], found["method"], found["path"]) == ("done", "POST", "/kept")
    assert found["request"]["body"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert ["content-length", str(len(body))] in found["scope"]["headers"]


@WITH_CHUNKS
def test_a_body_without_a_length_is_read_too(server: WsgiServer) -> None:
    environ = server.ask(Request("POST", b"/", (), (b"hello", b"world"))).json()
    assert environ["body"] == {"size": 10, "truncated": False, "content": "helloworld"}


@EACH
def test_who_has_an_answer_finds_its_exchange(server: WsgiServer, client: httpx.Client) -> None:
    for number in range(20):
        exchange_id = client.get(f"/{number}").headers["x-echoscope-id"]
        newest = client.get("/-/api/exchanges?limit=1").json()["items"][0]
        assert (newest["id"], newest["path"]) == (exchange_id, f"/{number}")


@EACH
def test_a_browser_gets_the_environ_beside_the_scope(server: WsgiServer, client: httpx.Client) -> None:
    page = client.get("/caf%C3%A9", headers={"accept": "text/html", "x-evil": "<script>alert(1)</script>"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for expected in ("PATH_INFO", "/café", "/cafÃ©", "HTTP_X_EVIL", "x-evil", "wsgi.input"):
        assert expected in page.text
    assert "<script>" not in page.text
    turned = client.get("/a%E2%80%AEb", headers={"accept": "text/html"}).text
    assert r"/aâ\x80®b" in turned
    assert "\u202e" not in turned.replace("\\u202e", "").partition("<pre")[0]


@EACH
def test_endpoints_and_inspector_are_there(server: WsgiServer, client: httpx.Client) -> None:
    assert client.get("/status/418").status_code == 418
    assert client.head("/").content == b""
    dashboard = client.get("/-/", headers={"accept": "text/html"})
    assert dashboard.status_code == 200
    script = dashboard.text.partition('<script type="module" src="')[2].partition('"')[0]
    assert client.get(script).headers["content-type"].startswith("text/javascript")


@EACH
def test_a_body_over_the_limit_is_refused(server: WsgiServer, client: httpx.Client) -> None:
    made = client.post("/", content=bytes((16 << 20) + 1))
    assert (made.status_code, made.json()["status"]) == (413, 413)


@EACH
def test_a_websocket_is_refused_with_the_way_to_the_same_stream(server: WsgiServer, client: httpx.Client) -> None:
    made = client.get("/-/live", headers={"upgrade": "websocket", "connection": "upgrade"})
    assert (made.status_code, made.headers["content-type"]) == (501, "application/problem+json")
    assert "text/event-stream" in made.json()["detail"]


@WITHOUT_THREADS
def test_a_live_stream_does_not_take_the_only_thread(server: WsgiServer, client: httpx.Client) -> None:
    made = client.get("/-/live", headers=EVENT_STREAM)
    assert (made.status_code, made.headers["content-type"]) == (501, "application/problem+json")
    assert "gunicorn --threads 8" in made.json()["detail"]
    assert client.get("/").status_code == 200


@WITH_THREADS
def test_server_sent_events_tell_of_a_request(server: WsgiServer, client: httpx.Client) -> None:
    with client.stream("GET", "/-/live", headers=EVENT_STREAM) as stream:
        lines = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        assert next(lines)["type"] == "hello"
        exchange_id = server.ask(Request(target=b"/streamed")).fields[b"x-echoscope-id"].decode()
        (item,) = next(lines)["items"]
    assert (item["id"], item["path"]) == (exchange_id, "/streamed")


def subscribers(client: httpx.Client) -> int:
    return int(client.get("/-/api/info").json()["subscribers"])


@WITH_THREADS
def test_readers_hold_threads_so_there_may_be_two(server: WsgiServer, client: httpx.Client) -> None:
    eventually(lambda: subscribers(client) == 0)
    with ExitStack() as readers:
        for _ in range(2):
            readers.enter_context(client.stream("GET", "/-/live", headers=EVENT_STREAM))
        eventually(lambda: subscribers(client) == 2)
        refused = client.get("/-/live", headers=EVENT_STREAM)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert client.get("/").status_code == 200
    eventually(lambda: subscribers(client) == 0)


@WITH_THREADS
def test_a_reader_that_is_cut_off_gives_its_thread_back(server: WsgiServer, client: httpx.Client) -> None:
    eventually(lambda: subscribers(client) == 0)
    connection = socket.create_connection((HOST, server.port), timeout=WAIT_S)
    connection.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
    assert connection.recv(100)
    eventually(lambda: subscribers(client) == 1)
    reset(connection)
    eventually(lambda: subscribers(client) == 0)


@WITH_THREADS
def test_requests_at_once_do_not_wait_for_each_other(server: WsgiServer, client: httpx.Client) -> None:
    with socket.create_connection((HOST, server.port), timeout=WAIT_S) as slow:
        slow.sendall(b"GET /delay/3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        began = time.monotonic()
        assert client.get("/quick").status_code == 200
        assert time.monotonic() - began < 2.5


@WITH_THREADS
def test_many_threads_at_once_are_each_recorded_once(server: WsgiServer, client: httpx.Client) -> None:
    def send(number: int) -> str:
        body = b"%d" % number * 30_000
        made = httpx.post(
            f"{server.origin}/many/{number}", content=body, timeout=WAIT_S, trust_env=False, verify=NO_TLS
        )
        assert made.json()["body"]["size"] == len(body)
        return made.headers["x-echoscope-id"]

    with ThreadPoolExecutor(8) as senders:
        ids = list(senders.map(send, range(60)))
    items = client.get("/-/api/exchanges?limit=200").json()["items"]
    assert sorted(item["id"] for item in items if item["path"].startswith("/many/")) == sorted(ids)


@systems_where(lambda system: system.name.startswith("gunicorn"))
def test_a_client_that_leaves_within_its_body_is_recorded_as_gone(server: WsgiServer, client: httpx.Client) -> None:
    with socket.create_connection((HOST, server.port), timeout=WAIT_S) as connection:
        connection.sendall(b"POST /left HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_WR)
    eventually(lambda: ("/left", "disconnected") in ends(client))


def ends(client: httpx.Client) -> list[tuple[str, str]]:
    return [(item["path"], item["state"]) for item in client.get("/-/api/exchanges").json()["items"]]


@pytest.mark.parametrize("system", WSGI_SYSTEMS, ids=lambda system: system.name)
def test_the_table_of_differences_says_what_the_server_does(system: WsgiSystem) -> None:
    system.require()
    rows = next(table["rows"] for table in systems()["tables"] if table["id"] == "wsgi")
    assert wsgi_row(system) in rows


def test_processes_that_keep_logs_of_their_own_say_so() -> None:
    WSGI_SYSTEMS[0].require()
    port = free_port()
    command = python("-m", "gunicorn", "--no-control-socket", "--workers", "2", "--bind", f"{HOST}:{port}", APP)
    with Process(command, is_gentle=False) as process:
        process.wait_until_listening((HOST, port))
        assert (
            httpx.get(f"http://{HOST}:{port}/", trust_env=False, timeout=WAIT_S, verify=NO_TLS).json()[
                "wsgi.multiprocess"
            ]
            is True
        )
        found = process.wait_for("echoscope: (.*)")[1]
    assert found.endswith("start one process with threads: gunicorn --workers 1 --threads 8")


def test_a_mounted_app_keeps_its_prefix() -> None:
    program = (
        "import json, sys; from echoscope.wsgi import app\n"
        "from wsgiref.util import setup_testing_defaults\n"
        "environ = {'SCRIPT_NAME': '/app', 'PATH_INFO': '/-/health'}; setup_testing_defaults(environ)\n"
        "print(b''.join(app(environ, lambda status, headers: print(status))))"
    )
    made = run_program(program)
    assert made.stdout == "200 OK\nb'ok\\n'\n"


VALIDATED = """
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator
from echoscope.wsgi import app

for method, path, accept in [
    ("GET", "/", "*/*"), ("POST", "/x", "*/*"), ("HEAD", "/x", "*/*"), ("GET", "/page", "text/html"),
    ("GET", "/status/204", "*/*"), ("GET", "/stream-bytes/100000", "*/*"), ("GET", "/-/", "text/html"),
    ("GET", "/-/live", "text/event-stream"), ("GET", "/-/nothing", "*/*"), ("DELETE", "/-/api/exchanges", "*/*"),
]:
    body = b"hello" if method == "POST" else b""
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_ACCEPT": accept, "wsgi.input": io.BytesIO(body)}
    environ |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/plain", "QUERY_STRING": "", "SCRIPT_NAME": ""}
    setup_testing_defaults(environ)
    statuses = []
    def start_response(status, headers, exc_info=None):
        statuses.append(status)
        return lambda data: None
    answer = validator(app)(environ, start_response)
    size = sum(map(len, answer))
    answer.close()
    print(method, path, statuses[0][:3], size > 0)
"""


def test_everything_is_answered_as_pep_3333_has_it() -> None:
    made = run_program(VALIDATED)
    assert made.stderr == ""
    assert made.stdout.splitlines() == [
        "GET / 200 True",
        "POST /x 200 True",
        "HEAD /x 200 False",
        "GET /page 200 True",
        "GET /status/204 204 False",
        "GET /stream-bytes/100000 200 True",
        "GET /-/ 200 True",
        "GET /-/live 501 True",
        "GET /-/nothing 404 True",
        "DELETE /-/api/exchanges 200 True",
    ]


BROKEN_OFF = """
import io
from echoscope.wsgi import app
from wsgiref.util import setup_testing_defaults

environ = {"PATH_INFO": "/drip", "QUERY_STRING": "numbytes=50&duration=5"}
setup_testing_defaults(environ)
answer = iter(app(environ, lambda status, headers: print(status)))
print(next(answer))
answer.close()

def one() -> object:
    environ = {"PATH_INFO": "/-/api/exchanges"}
    setup_testing_defaults(environ)
    body = b"".join(app(environ, lambda status, headers: None))
    return __import__("json").loads(body)["items"][0]["state"]

import time
ends_at = time.monotonic() + 20
while (state := one()) == "open" and time.monotonic() < ends_at:
    time.sleep(0.05)
print(state)
"""


def test_an_answer_that_the_server_gives_up_is_a_client_that_left() -> None:
    assert run_program(BROKEN_OFF).stdout == "200 OK\nb'*'\ndisconnected\n"


def run_program(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = python("-c", program)
    return subprocess.run(
        command, cwd=ROOT, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False
    )


def test_a_setting_that_cannot_be_used_is_named_when_the_app_is_imported() -> None:
    made = run_program("import echoscope.wsgi", ECHOSCOPE_MAX_EVENTS="many")
    assert made.returncode == 1
    assert made.stderr.splitlines()[-1].endswith("ECHOSCOPE_MAX_EVENTS: 'many' cannot be used: it takes a whole number")
