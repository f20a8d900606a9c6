"""The awkward parts with curl, as people try them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.programs import require
from tests.servers import Running


def curl(server: Running, path: str, *options: str) -> str:
    command = [require("curl"), "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *options]
    return subprocess.run([*command, server.origin + path], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "MD5-sess", "SHA-256-sess"])
@pytest.mark.parametrize("qop", ["auth", "auth-int", "any"])
def test_digest(local: Running, qop: str, algorithm: str) -> None:
    path = f"/digest-auth/{qop}/user/secret/{algorithm}?a=b"
    assert json.loads(curl(local, path, "--digest", "-u", "user:secret"))["authenticated"] is True
    assert curl(local, path, "--digest", "-u", "user:wrong", "-w", "%{http_code}").endswith("401")


def test_a_file_upload_that_waits_for_continue(local: Running, tmp_path: Path) -> None:
    file = tmp_path / "file.bin"
    file.write_bytes(b"\xff" * 1_500_000)
    told = json.loads(curl(local, "/upload", "-T", str(file), "-H", "Expect: 100-continue"))
    assert told["bytes_received"] == 1_500_000
    form = json.loads(curl(local, "/post", "-F", "a=1", "-F", f"f=@{file};type=image/png"))
    assert form["form"] == {"a": "1"}
    assert form["files"]["f"].startswith("data:image/png;base64,////")


def test_cookies_in_a_jar_across_redirects(local: Running, tmp_path: Path) -> None:
    jar = str(tmp_path / "jar")
    shown = json.loads(curl(local, "/cookies/set?a=1&b=2", "-L", "-c", jar, "-b", jar))
    assert shown == {"cookies": {"a": "1", "b": "2"}}
    assert json.loads(curl(local, "/cookies/delete?a", "-L", "-c", jar, "-b", jar)) == {"cookies": {"b": "2"}}


def test_ranges_put_a_file_together(local: Running) -> None:
    halves = curl(local, "/range/26", "-r", "0-12") + curl(local, "/range/26", "-r", "13-")
    assert halves == "abcdefghijklmnopqrstuvwxyz"


def test_redirects_keep_the_method_that_they_should(local: Running) -> None:
    told = json.loads(curl(local, "/redirect-to?url=/anything&status_code=307", "-L", "-d", "a=1"))
    assert (told["method"], told["form"]) == ("POST", {"a": "1"})
    assert json.loads(curl(local, "/redirect/9", "-L", "-w", ""))["url"].endswith("/get")


@pytest.mark.parametrize("path", ["/gzip", "/deflate"])
def test_codings_that_curl_knows(local: Running, path: str) -> None:
    assert json.loads(curl(local, path, "--compressed"))["headers"]["Accept-Encoding"]


def test_http_1_0(local: Running) -> None:
    assert len(curl(local, "/stream/3", "--http1.0").splitlines()) == 3


def test_events_come_without_waiting_for_the_end(local: Running) -> None:
    command = [require("curl"), "-sN", "--noproxy", "*", f"{local.origin}/sse?count=3&duration=6"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "event: ping\n"
        process.kill()
