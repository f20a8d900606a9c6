"""Echoscope around a WSGI app: what passes is what passes without it, and what was seen inside it."""

import io
import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import httpx
import pytest

from echoscope.wsgi import Echoscope
from tests.eventually import eventually
from tests.servers import HOST, NO_TLS, WAIT_S, read_all

Start = Callable[..., Any]
log = logging.getLogger("shop")


class Closing:
    """Pieces of an answer, with a `close` that is noticed."""

    closed = 0

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        Closing.closed += 1


def app(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Each path another way to answer."""
    text = [("Content-Type", "text/plain"), ("X-Case", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    source = environ["wsgi.input"]
    match environ["PATH_INFO"]:
        case "/list":
            log.warning("listed")
            start_response("200 OK", text)
            return [b"hello"]
        case "/pieces":
            start_response("207 Some words", text)
            return Closing(b"one", b"", b"two")
        case "/echo":
            body = source.read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [*text, ("Content-Length", str(len(body)))])
            return iter([body])
        case "/lines":
            lines = [source.readline(100) for _ in range(3)]
            start_response("200 OK", text)
            return [b"|".join(lines)]
        case "/writes":
            write = start_response("200 OK", text)
            write(b"written ")
            return [b"and given"]
        case "/again":
            start_response("200 OK", text)
            try:
                raise ValueError("too late")
            except ValueError as error:
                start_response("503 Never mind", text, (type(error), error, error.__traceback__))
            return [b"sorry"]
        case "/fails":
            raise ValueError("as it wants")
        case "/breaks":
            start_response("200 OK", [*text, ("Content-Length", "9")])
            return breaks()
    start_response("404 Not Found", text)
    return []


def breaks() -> Iterator[bytes]:
    yield b"half"
    raise ValueError("as it wants")


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None: ...


class Served:
    """An app on the server of the standard library, which calls an app as PEP 3333 has it and no more."""

    def __init__(self, app: Any) -> None:
        self._server = make_server(HOST, 0, app, handler_class=Quiet)
        self._server.base_environ["wsgi.errors"] = io.StringIO()
        self.port = self._server.server_port
        self.origin = f"http://{HOST}:{self.port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "Served":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(WAIT_S)
        self._server.server_close()

    def raw(self, request: bytes) -> bytes:
        with socket.create_connection((HOST, self.port), timeout=WAIT_S) as connection:
            connection.sendall(request)
            return read_all(connection)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.origin + path, trust_env=False, timeout=WAIT_S, **options, verify=NO_TLS)

    def document(self, path: str) -> dict[str, Any]:
        """The newest exchange with this path, once it has ended."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            items = self.get("/-/api/exchanges").json()["items"]
            found[:] = [item for item in items if item["path"] == path and item["state"] != "open"]
            return bool(found)

        eventually(is_there)
        document: dict[str, Any] = self.get(f"/-/api/exchanges/{found[0]['id']}?bodies=1").json()
        return document


REQUESTS = {
    "list": b"GET /list HTTP/1.1\r\nHost: a\r\n\r\n",
    "pieces": b"GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD": b"HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n",
    "body": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\x00\xffabc",
    "lines": b"POST /lines HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na\nbb\nccc\n",
    "write": b"GET /writes HTTP/1.1\r\nHost: a\r\n\r\n",
    "another answer": b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n",
    "failure": b"GET /fails HTTP/1.1\r\nHost: a\r\n\r\n",
    "half an answer": b"GET /breaks HTTP/1.1\r\nHost: a\r\n\r\n",
    "empty": b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
}


def dateless(answer: bytes) -> bytes:
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"Date:"))


@pytest.mark.parametrize("data", REQUESTS.values(), ids=REQUESTS)
def test_the_bytes_of_an_answer_are_those_of_the_app_alone(data: bytes) -> None:
    answers = []
    for one in (app, Echoscope(app), Echoscope(Echoscope(app))):
        with Served(one) as server:
            answers.append(dateless(server.raw(data)))
    assert answers[0]
    assert answers[1:] == [answers[0]] * 2


@pytest.mark.parametrize(("path", "status"), [("/list", 200), ("/pieces", 207), ("/none", 404)])
def test_the_wrapper_keeps_to_the_specification(path: str, status: int) -> None:
    """The validator of the standard library stands on either side of it."""
    inner: Any = validator(app)
    with Served(validator(Echoscope(inner))) as server:
        assert server.get(path).status_code == status
        assert server.document(path)["error"] is None


def test_what_an_answer_has_to_close_is_closed() -> None:
    before = Closing.closed
    with Served(Echoscope(app)) as server:
        server.get("/pieces")
        eventually(lambda: Closing.closed == before + 1)


@pytest.mark.parametrize(
    ("data", "path", "expected"),
    [
        (REQUESTS["list"], "/list", ("done", 200, "hello", "")),
        (REQUESTS["pieces"], "/pieces", ("done", 207, "onetwo", "")),
        (REQUESTS["body"], "/echo", ("done", 200, {"base64": "AP9hYmM="}, {"base64": "AP9hYmM="})),
        (REQUESTS["lines"], "/lines", ("done", 200, "a\n|bb\n|ccc\n", "a\nbb\nccc\n")),
        (REQUESTS["write"], "/writes", ("done", 200, "written and given", "")),
        (REQUESTS["another answer"], "/again", ("done", 503, "sorry", "")),
        (REQUESTS["half an answer"], "/breaks", ("error", 200, "half", "")),
        (REQUESTS["empty"], "/none", ("done", 404, "", "")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exchange_has_what_passed(data: bytes, path: str, expected: tuple[Any, ...]) -> None:
    with Served(Echoscope(app)) as server:
        server.raw(data)
        made = server.document(path)
    assert made["type"] == "http"
    content = made["request"]["body"]["content"]
    assert (made["state"], made["status"], made["response"]["body"]["content"], content) == expected
    names = [name for name, _ in made["response"]["headers"]]
    assert names[:4] == ["Content-Type", "X-Case", "Set-Cookie", "Set-Cookie"]


@pytest.mark.parametrize(("length", "state"), [("5", "done"), ("6", "disconnected")])
def test_an_answer_is_whole_when_it_has_all_its_bytes_though_nobody_asks_for_more(length: str, state: str) -> None:
    def hello(environ: dict[str, Any], start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", length)])
        yield b"hello"
        yield b""

    wrapper = Echoscope(hello)
    environ: dict[str, Any] = {"PATH_INFO": "/hello"}
    setup_testing_defaults(environ)
    answer: Any = wrapper(environ, lambda *_: None)
    assert next(iter(answer)) == b"hello"
    answer.close()
    with Served(wrapper) as server:
        (item,) = server.get("/-/api/exchanges").json()["items"]
        assert (item["path"], item["state"]) == ("/hello", state)


def test_a_failure_has_its_traceback_and_is_the_servers_to_see() -> None:
    with Served(Echoscope(app)) as server:
        assert server.get("/fails").status_code == 500
        made = server.document("/fails")
    assert (made["state"], made["status"]) == ("error", None)
    assert made["error"].endswith("ValueError: as it wants\n")


def test_log_records_belong_to_their_exchange() -> None:
    with Served(Echoscope(app)) as server:
        for _ in range(2):
            server.get("/list")
        made = server.document("/list")
    assert [line["message"] for line in made["inside"]["logs"]] == ["listed"]


def test_once_a_client_has_its_answer_its_exchange_is_in_the_log() -> None:
    with Served(Echoscope(app)) as server:
        for number in range(20):
            httpx.post(f"{server.origin}/echo", content=b"x", trust_env=False, verify=NO_TLS)
            assert len(server.get("/-/api/exchanges").json()["items"]) == number + 1


def test_middleware_is_seen_from_both_sides() -> None:
    def meddling(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response("201 Created", [*headers, ("X-Served-By", "me")], *more)

        return inner({**environ, "HTTP_X_USER": "ann"}, start)

    inner = Echoscope(app)
    with Served(Echoscope(meddling)) as server:
        assert server.get("/list").status_code == 201
        made = server.document("/list")
    changes = {
        (change["where"], change["name"]): (change["before"], change["after"]) for change in made["inside"]["changes"]
    }
    assert changes == {
        ("request header", "x-user"): (None, "ann"),
        ("status", "status"): (200, 201),
        ("response header", "x-served-by"): (None, "me"),
    }


@pytest.mark.parametrize("how", ["paused", "off"])
def test_an_app_that_is_not_recorded_gets_the_very_objects_of_the_server(how: str) -> None:
    seen: list[Any] = []

    def takes(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        seen.extend((environ, start_response))
        return seen

    wrapper = Echoscope(takes, enabled=how != "off")
    wrapper.recording = False
    given: list[Any] = [{"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, lambda *_: None]
    assert wrapper(*given) is seen
    assert [a is b for a, b in zip(seen, given, strict=True)] == [True, True]


def test_while_the_outer_one_of_two_is_paused_the_inner_one_notices_nothing_either() -> None:
    seen: list[Any] = []

    def takes(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        seen.append(environ)
        return []

    wrapper = Echoscope(Echoscope(takes))
    wrapper.recording = False
    environ: dict[str, Any] = {"PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    wrapper(environ, lambda *_: None)
    assert seen[0] is environ


@pytest.mark.parametrize("prefix", ["/-", "/debug"])
def test_the_inspector_is_below_its_prefix(prefix: str) -> None:
    with Served(Echoscope(app, prefix=prefix)) as server:
        server.get("/list")
        page = server.get(f"{prefix}/", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert f'href="{prefix.removesuffix("/-")}/-/static/' in page.text
        (one,) = server.get(f"{prefix}/api/exchanges").json()["items"]
        assert one["path"] == "/list"
        assert server.get(f"{prefix}/live", headers={"accept": "text/event-stream"}).status_code == 501


def test_what_the_wrapper_does_not_have_the_app_has() -> None:
    assert Echoscope(app).__name__ == "app"


@pytest.mark.parametrize("is_multiprocess", [True, False])
def test_several_processes_are_told_that_each_has_a_log_of_its_own(is_multiprocess: bool) -> None:
    wrapper, errors = Echoscope(app), io.StringIO()
    for _ in range(2):
        environ: dict[str, Any] = {"PATH_INFO": "/list", "wsgi.errors": errors}
        setup_testing_defaults(environ)
        wrapper({**environ, "wsgi.multiprocess": is_multiprocess}, lambda *_: None)
    assert errors.getvalue().count("each process of this server keeps its own log") == is_multiprocess


async def asgi(scope: Any, receive: Any, send: Any) -> None: ...


def test_an_asgi_app_is_refused() -> None:
    with pytest.raises(TypeError) as error:
        Echoscope(asgi)  # type: ignore[arg-type]
    assert str(error.value) == "the function asgi is an app of ASGI: echoscope.Echoscope wraps it"
