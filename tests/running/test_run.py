"""`echoscope run module:app`: an app served and watched without touching its code, and what is said of mistakes."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.eventually import eventually
from tests.running.commands import Command, ended, serving, told
from tests.servers import HOST

RUN = ("run", "--port", "0")


def test_an_app_is_served_and_what_it_receives_is_seen(tmp_path: Path) -> None:
    with serving(tmp_path, *RUN, "shop:app") as (command, client):
        assert client.get("/orders/7").text == "a book"
        (one,) = client.get("/-/api/exchanges").json()["items"]
        whole = client.get(f"/-/api/exchanges/{one['id']}").json()
        assert whole["inside"]["route"]["template"] == "/orders/{number:int}"
        assert client.get("/-/", headers={"accept": "text/html"}).status_code == 200
        command.wait_for(r"GET +200 .*/orders/7")
        assert command.stop() == 0
        assert "Stopped." in command.output


@pytest.mark.parametrize(
    ("arguments", "path", "text"),
    [
        (("shop",), "/orders/7", "a book"),
        (("shop:make", "--factory"), "/orders/7", "a book"),
        (("shop:Old",), "/", "old"),
        (("shop:wsgi",), "/", "over WSGI"),
        (("shop:app", "--prefix", "/debug"), "/orders/7", "a book"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_apps_are_found_and_served(tmp_path: Path, arguments: tuple[str, ...], path: str, text: str) -> None:
    with serving(tmp_path, *RUN, *arguments) as (_, client):
        assert client.get(path).text == text
        prefix = arguments[2] if "--prefix" in arguments else "/-"
        (one,) = client.get(f"{prefix}/api/exchanges").json()["items"]
        assert one["path"] == path


@pytest.mark.parametrize(
    ("options", "scheme", "version"),
    [
        (("--tls",), "https", "HTTP/1.1"),
        (("--tls", "--http2"), "https", "HTTP/2"),
        (("--http2",), "http", "HTTP/2"),
    ],
    ids=["TLS", "HTTP/2 over TLS", "HTTP/2 without TLS"],
)
def test_an_app_is_served_over_tls_and_http2(
    tmp_path: Path, options: tuple[str, ...], scheme: str, version: str
) -> None:
    with Command(tmp_path, *RUN, "shop:app", *options) as command:
        with command.client_of(http1="--http2" not in options, http2=True) as client:
            answer = client.get("/orders/7")
            assert (answer.text, answer.http_version) == ("a book", version)
            (one,) = client.get("/-/api/exchanges").json()["items"]
            whole = client.get(f"/-/api/exchanges/{one['id']}").json()
            assert (whole["scope"]["scheme"], f"HTTP/{one['http_version']}") == (scheme, version)
        assert command.stop() == 0


def test_an_app_may_be_in_another_folder(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "store.py").write_text("from shop import app as application\n", encoding="utf-8")
    (folder / "shop.py").write_text("async def app(scope, receive, send): ...\n", encoding="utf-8")
    with serving(tmp_path, *RUN, "store", "--app-dir", str(folder)) as (_, client):
        assert client.get("/-/api/info").status_code == 200


def test_the_command_turns_it_on_where_it_is_production_unless_somebody_says_no(tmp_path: Path) -> None:
    with serving(tmp_path, *RUN, "shop:app", APP_ENV="production") as (_, client):
        assert client.get("/-/api/info").status_code == 200
    with serving(tmp_path, *RUN, "shop:app", ECHOSCOPE_ENABLED="off") as (command, client):
        assert client.get("/-/api/info").status_code == 404
        assert "inspector" not in command.output


def test_a_request_that_is_turned_away_is_seen_too(tmp_path: Path) -> None:
    with serving(tmp_path, *RUN, "shop:app") as (_, client):
        with socket.create_connection((HOST, client.base_url.port or 0)) as connection:
            connection.sendall(b"NO SENSE\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
        (one,) = client.get("/-/api/exchanges").json()["items"]
    assert one["state"] == "refused"


MISTAKES = {
    "shopp:app": "there is no module 'shopp'; did you mean shop?",
    "warehouse:app": "there is no module 'warehouse' in {folder}, nor is one installed",
    "shop.inner:app": "there is no module 'shop.inner' in {folder}, nor is one installed",
    "shop:ap": "the module 'shop' has no 'ap'; did you mean 'app'?",
    "shop:nothing.at.all": "the module 'shop' has no 'nothing'",
    "shop:app.nothing": "a Starlette has no 'nothing'",
    "shop.py:app": "'shop.py:app' names no module: it is written as in an import, such as shop:app",
    "./shop:app": "'./shop:app' names no module: it is written as in an import, such as shop:app",
    ":app": "':app' names no module: it is written as in an import, such as shop:app",
    "os": "the module 'os' has none of 'app', 'application', 'asgi', 'api': name its app, as in os:app",
    "shop:number": "shop:number is an int, and no app: it cannot be called",
    "shop:make": "shop:make is the function make that takes no arguments: if it makes the app, say --factory",
    "shop:no_app": "shop:no_app is the function no_app, and no app: ASGI calls one with scope, receive and send",
    "shop:number --factory": "shop:number is an int, which makes no app: it cannot be called",
    "shop:wants --factory": "shop:wants is no factory: it cannot be called without arguments (wants() missing",
    "shop:app --prefix debug": "prefix: 'debug' cannot be used: it begins with a slash",
    "shop:app --max-exchanges 0": "max_exchanges: '0' cannot be used: it takes a whole number of 1 or more",
    "shop:app --token short": "token: the operator token cannot be used: too short: it must have 16 characters or more",
    "shop:app --host nowhere.invalid": "cannot listen on nowhere.invalid:0",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, arguments: str) -> None:
    code, output = told(tmp_path, *RUN, *arguments.split())
    assert code == 2
    assert output.count("\n") == 1, output
    assert output.startswith(f"echoscope: {MISTAKES[arguments].format(folder=tmp_path)}"), output


@pytest.mark.parametrize("arguments", ["shop", "shop:fails --factory"])
def test_the_failure_of_an_app_has_the_traceback_of_its_code_alone(tmp_path: Path, arguments: str) -> None:
    (tmp_path / "shop.py").write_text(
        "def fails():\n    raise LookupError('no settings')\n\n\nif __name__ == 'shop':\n    import sys\n"
        "    if '--factory' not in sys.argv:\n        fails()\n",
        encoding="utf-8",
    )
    code, output = told(tmp_path, *RUN, *arguments.split())
    assert code == 2
    assert output.rstrip().endswith("LookupError: no settings")
    assert output.count("File ") == output.count("shop.py")


def test_a_module_that_another_one_needs_is_no_mistake_in_the_name(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import warehouse\n", encoding="utf-8")
    code, output = told(tmp_path, *RUN, "shop:app")
    assert code == 2
    assert output.startswith("echoscope: the module 'shop' cannot be imported\n")
    assert "No module named 'warehouse'" in output


# Starting again


def write(folder: Path, text: str) -> None:
    (folder / "shop.py").write_text(text, encoding="utf-8")


def answering(word: str) -> str:
    return (
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        f"    await send({{'type': 'http.response.body', 'body': b'{word}'}})\n"
    )


def test_changed_code_is_served_at_the_same_address_and_nobody_is_refused(tmp_path: Path) -> None:
    write(tmp_path, answering("one"))
    with serving(tmp_path, *RUN, "shop", "--reload") as (command, client):
        assert client.get("/").text == "one"
        write(tmp_path, answering("two"))
        command.wait_for("Changed: shop.py. Starting again.")
        eventually(lambda: client.get("/", headers={"connection": "close"}).text == "two")
        assert client.get("/-/api/info").status_code == 200
        assert command.stop() == 0


def test_the_certificate_stays_the_same_when_code_changes(tmp_path: Path) -> None:
    write(tmp_path, answering("one"))
    with Command(tmp_path, *RUN, "shop", "--reload", "--tls") as command, command.client_of() as client:
        assert client.get("/").text == "one"
        write(tmp_path, answering("two"))

        def is_answered() -> bool:
            """A handshake that is under way when the server ends is broken off. Of a certificate that is not trusted
            nothing is ever answered."""
            with suppress(httpx.RemoteProtocolError, httpx.ReadError, httpx.ConnectError):
                return client.get("/", headers={"connection": "close"}).text == "two"
            return False

        eventually(is_answered)
        assert command.stop() == 0


def test_a_change_within_the_same_second_is_served(tmp_path: Path) -> None:
    """Of the same length too: by these two Python tells compiled code from another."""
    write(tmp_path, answering("one"))
    with serving(tmp_path, *RUN, "shop", "--reload") as (command, client):
        assert client.get("/").text == "one"
        times = (tmp_path / "shop.py").stat()
        write(tmp_path, answering("two"))
        os.utime(tmp_path / "shop.py", ns=(times.st_atime_ns, times.st_mtime_ns))
        eventually(lambda: client.get("/", headers={"connection": "close"}).text == "two")
        assert command.stop() == 0


def test_code_that_fails_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, answering("one"))
    with serving(tmp_path, *RUN, "shop", "--reload") as (command, client):
        write(tmp_path, "this is no Python\n")
        command.wait_for("SyntaxError")
        command.wait_for("It starts again with the next change")
        write(tmp_path, answering("three"))
        eventually(lambda: client.get("/", headers={"connection": "close"}).text == "three")
        assert command.stop(signal.SIGINT) == 0


def test_a_mistake_in_the_command_ends_it(tmp_path: Path) -> None:
    code, output = ended(tmp_path, *RUN, "shop:nothing", "--reload")
    assert code == 2
    assert output == "echoscope: the module 'shop' has no 'nothing'\n"


def test_no_server_is_left_behind(tmp_path: Path) -> None:
    with Command(tmp_path, *RUN, "shop:app", "--reload") as command:
        port = command.client.base_url.port or 0
        assert command.stop() == 0
        with socket.socket() as client:
            assert client.connect_ex((HOST, port)) != 0
