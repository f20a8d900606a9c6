"""`echoscope serve` over TLS and HTTP/2, as its process shows it to curl and to other clients."""

import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from echoscope.client.tls import for_threads
from echoscope.server.certificates import Certificate, TlsError, self_signed, server_context
from tests import programs
from tests.cli.program import called
from tests.server.wire import read_to_the_end
from tests.servers import WAIT_S
from tests.systems.process import Process, environment, python

URL = r"(https?)://127\.0\.0\.1:(\d+)/"


class Served:
    """A running `echoscope serve`, its address and its certificate."""

    def __init__(self, process: Process) -> None:
        self.process = process
        found = process.wait_for(r"Ctrl-C stops")
        assert found
        scheme, port = process.wait_for(URL).groups()
        self.origin = f"{scheme}://localhost:{port}"
        self.port = int(port)

    @property
    def certfile(self) -> Path:
        return Path(self.process.wait_for(r"certificate +(\S+)")[1])

    def curl(self, *arguments: str) -> str:
        command = [programs.require("curl"), "--silent", "--show-error", "--max-time", "20", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def client(self, **options: Any) -> httpx.Client:
        trust = ssl.create_default_context(cafile=self.certfile)
        return httpx.Client(base_url=self.origin, verify=trust, trust_env=False, timeout=20, **options)


def echoscope(*arguments: str) -> Process:
    return Process(python("-m", "echoscope", "--port", "0", "--quiet", *arguments))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with echoscope("--http2", "--tls") as process:
        yield Served(process)


def test_curl_is_answered_over_http2_and_tls(served: Served) -> None:
    made = json.loads(served.curl("-k", "--http2", f"{served.origin}/hello"))
    assert (made["http_version"], made["scheme"], made["path"]) == ("2", "https", "/hello")


def test_curl_trusts_the_certificate_when_it_is_given(served: Served) -> None:
    made = json.loads(served.curl("--cacert", str(served.certfile), "--http1.1", served.origin))
    assert (made["http_version"], made["scheme"]) == ("1.1", "https")


def test_a_client_that_is_strict_about_certificates_trusts_it(served: Served) -> None:
    trust = ssl.create_default_context(cafile=served.certfile)
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with httpx.Client(verify=trust, trust_env=False) as client:
        for name in ("localhost", "127.0.0.1"):
            assert client.get(f"https://{name}:{served.port}/").status_code == 200


def test_the_inspector_shows_what_came_over_http2_and_streams_it(served: Served) -> None:
    trust = for_threads(ssl.create_default_context(cafile=served.certfile))
    live = served.origin.replace("https", "wss") + "/-/live"
    with served.client(http2=True) as client, connect(live, ssl=trust, proxy=None, origin=None) as websocket:
        assert json.loads(websocket.recv())["type"] == "hello"
        exchange_id = client.post("/watched", content=b"body").headers["x-echoscope-id"]
        (item,) = json.loads(websocket.recv())["items"]
        assert (item["id"], item["http_version"], item["received_bytes"]) == (exchange_id, "2", 4)
        document = client.get(f"/-/api/exchanges/{exchange_id}").json()
    assert document["scope"]["scheme"] == "https"
    assert document["scope"]["headers"][0] == ["host", f"localhost:{served.port}"]


def test_a_websocket_is_opened_over_tls(served: Served) -> None:
    trust = for_threads(ssl.create_default_context(cafile=served.certfile))
    with connect(served.origin.replace("https", "wss") + "/chat", ssl=trust, proxy=None) as websocket:
        assert json.loads(websocket.recv())["scheme"] == "wss"
        websocket.send("hi")
        assert websocket.recv() == "hi"


def test_a_body_over_the_limit_is_refused_over_http2_and_tls() -> None:
    limited = echoscope("--http2", "--tls", "--max-body-bytes", "1000")
    with limited as process, Served(process).client(http2=True) as client:
        made = client.post("/", content=b"x" * 1_001)
    assert (made.http_version, made.status_code) == ("HTTP/2", 413)


def test_a_handshake_that_is_not_finished_ends_the_connection() -> None:
    with echoscope("--tls", "--head-timeout", "0.5") as process:
        served = Served(process)
        with socket.create_connection(("127.0.0.1", served.port), timeout=WAIT_S) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a ClientHello
            began = time.monotonic()
            assert read_to_the_end(connection) == b""
            assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"", bytes(100)], ids=["HTTP", "nothing", "zeros"]
)
def test_who_speaks_no_tls_harms_nothing_and_is_no_error(sent: bytes) -> None:
    with echoscope("--tls", "--http2", "--head-timeout", "0.5") as process:
        served = Served(process)
        with socket.create_connection(("127.0.0.1", served.port), timeout=WAIT_S) as connection:
            connection.sendall(sent)
            read_to_the_end(connection)
        with served.client() as client:
            assert client.get("/").status_code == 200
        assert "Traceback" not in process.output
        assert "Error" not in process.output


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_the_certificate_is_gone_when_the_server_has_stopped(by: int) -> None:
    with echoscope("--tls") as process:
        served = Served(process)
        directory = served.certfile.parent
        assert [file.stat().st_mode & 0o777 for file in directory.glob("*.key")] == [0o600]
        assert "self-signed" in process.output
        assert process.stop(by) == 0
    assert not directory.exists()


def test_without_http2_no_http2_is_offered() -> None:
    with echoscope("--tls") as process, Served(process).client(http2=True) as client:
        assert client.get("/").http_version == "HTTP/1.1"


def test_http2_without_tls_is_for_clients_that_know() -> None:
    with echoscope("--http2") as process:
        served = Served(process)
        made = json.loads(served.curl("--http2-prior-knowledge", served.origin))
        assert (made["http_version"], made["scheme"]) == ("2", "http")
        assert "HTTP/2 without TLS is for clients told so" in process.output


def test_an_own_certificate_is_used() -> None:
    with ExitStack() as running:
        own = running.enter_context(self_signed(["echoscope.example"]))
        arguments = ["--certfile", str(own.certfile), "--keyfile", str(own.keyfile)]
        served = Served(running.enter_context(echoscope("--http2", *arguments)))
        resolve = f"echoscope.example:{served.port}:127.0.0.1"
        address = f"https://echoscope.example:{served.port}/"
        made = json.loads(served.curl("--cacert", str(own.certfile), "--resolve", resolve, "--http2", address))
        assert made["http_version"] == "2"
        assert "self-signed" not in served.process.output


def test_certificate_and_key_may_be_one_file(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    with self_signed() as own:
        both.write_bytes(own.keyfile.read_bytes() + own.certfile.read_bytes())
    assert server_context(Certificate(both, both), http2=True)


FILES = {"empty.pem": b"", "text.pem": b"hello", "locked.key": b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    with self_signed() as own, self_signed() as other:
        contents = FILES | {
            "own.pem": own.certfile.read_bytes(),
            "own.key": own.keyfile.read_bytes(),
            "other.key": other.keyfile.read_bytes(),
            "broken.pem": own.certfile.read_bytes()[:200],
        }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


MISTAKES = {
    "certificate that is not there": ("missing.pem own.key", "the certificate {0} cannot be read: No such file"),
    "key that is not there": ("own.pem missing.key", "the key {1} cannot be read: No such file"),
    "key that is a directory": ("own.pem .", "the key {1} cannot be read: Is a directory"),
    "empty certificate": ("empty.pem own.key", "{0} holds no certificate in PEM form"),
    "certificate of another form": ("text.pem own.key", "{0} holds no certificate in PEM form"),
    "certificate cut short": ("broken.pem own.key", "the certificate {0} with the key {1} cannot be used: "),
    "key of another form": ("own.pem text.pem", "{1} holds no private key in PEM form"),
    "key left out": ("own.pem own.pem", "{0} holds no private key in PEM form; --keyfile names the file that does"),
    "locked key": ("own.pem locked.key", "the key {1} is encrypted: openssl pkey"),
    "key of another certificate": ("own.pem other.key", "the key {1} does not belong to the certificate {0}"),
}


@pytest.mark.parametrize(("names", "reason"), MISTAKES.values(), ids=MISTAKES)
def test_a_certificate_that_cannot_be_used_is_one_line_that_names_it(files: Path, names: str, reason: str) -> None:
    certificate = Certificate(*(files / name for name in names.split()))
    with pytest.raises(TlsError) as error:
        server_context(certificate, http2=False)
    text = str(error.value)
    assert text.startswith(reason.format(*certificate))
    assert "\n" not in text


def run(*arguments: str, without: str) -> subprocess.CompletedProcess[str]:
    """The command where a package is not installed."""
    code = f"import sys; sys.modules[{without!r}] = None; from echoscope.cli import main; main()"
    command = python("-c", code, "serve", "--port", "0", *arguments)
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)


STARTS = {
    "no such certificate": (["--certfile", "/none.pem"], "", "the certificate /none.pem cannot be read"),
    "key alone": (["--keyfile", "/none.key"], "", "--keyfile: '/none.key' cannot be used without --certfile"),
    "no name": (["--tls", "--hosts", "a" * 64], "", f"a certificate cannot be made for {'a' * 64!r}"),
    "no zttp": (["--http2"], "zttp", "--http2 needs the package zttp: pip install 'echoscope[http2]'"),
    "no cryptography": (["--tls"], "cryptography", "a certificate is made with the package cryptography: pip"),
}


@pytest.mark.parametrize(("arguments", "without", "reason"), STARTS.values(), ids=STARTS)
def test_a_start_that_cannot_succeed_is_one_line_and_exit_code_2(
    arguments: list[str], without: str, reason: str
) -> None:
    made = run(*arguments, without=without) if without else called("serve", "--port", "0", *arguments)
    assert (made.returncode, made.stdout) == (2, "")
    assert made.stderr.startswith(f"echoscope: {reason}")
    assert made.stderr.count("\n") == 1
