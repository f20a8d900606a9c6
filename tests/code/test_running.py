"""The code is run, by the programs that people run it with, and the second capture is compared with the first."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.programs import PYTHON_PACKAGES, missing, require
from tests.servers import Running, echoscope

from .requests_to_repeat import TABLE, capture, code_of, document, newest, seen

Document = dict[str, Any]

REQUESTS_CHANGES = frozenset({"dots", "escapes", "odd characters", "shell in path"})
FETCH_CANNOT = frozenset({"body with get"})
FETCH_CHANGES = frozenset({"dots", "odd characters", "shell in path"})
IN_CAPITALS = frozenset({"lower-case method", "lower-case get", "mixed-case method"})
WGET_ADDS = frozenset({"accept", "accept-encoding", "content-type"})
FETCH_ADDS = frozenset({"accept", "accept-encoding", "accept-language", "sec-fetch-mode", "user-agent"})


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with echoscope() as running:
        yield running


@pytest.mark.parametrize("name", TABLE)
def test_curl_sends_the_same_again_and_runs_nothing_else(server: Running, name: str, tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    program = tmp_path / "program"
    require("curl")
    exchange_id = capture(server, TABLE[name].replace(b"{pwned}", bytes(pwned)))
    first = document(server, exchange_id)
    code = code_of(server, exchange_id, "curl")
    count = server.client.get("/-/api/info").json()["exchanges"]

    program.write_text(code)
    run(["bash", "-euo", "pipefail", str(program)], tmp_path)

    second = newest(server, first["path"])
    assert second["id"] != first["id"]
    assert seen(second) == seen(first)
    assert server.client.get("/-/api/info").json()["exchanges"] == count + 1
    assert list(tmp_path.iterdir()) == [program]


@pytest.mark.parametrize("shell", ["sh", "dash"])
def test_other_shells_understand_the_same_command(server: Running, shell: str, tmp_path: Path) -> None:
    program, _ = require(shell), require("curl")
    for name in ("beyond ascii", "format", "shell in header", "all bytes"):
        exchange_id = capture(server, TABLE[name])
        run([program, "-c", code_of(server, exchange_id, "curl")], tmp_path)
        first = document(server, exchange_id)
        assert seen(newest(server, first["path"])) == seen(first)


def test_httpx_sends_the_same_again(server: Running, tmp_path: Path) -> None:
    for first, second in repeated(server, "httpx", list(TABLE), tmp_path):
        assert seen(second) == seen(first)


def test_requests_sends_the_same_again_with_repeats_joined(server: Running, tmp_path: Path) -> None:
    if find_spec("requests") is None:
        missing("requests", PYTHON_PACKAGES)
    names = [name for name in TABLE if name not in REQUESTS_CHANGES]
    for first, second in repeated(server, "requests", names, tmp_path):
        assert seen(second, joined=True) == seen(first, joined=True)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("requests", REQUESTS_CHANGES),
        ("fetch", FETCH_CHANGES),
        ("httpie", REQUESTS_CHANGES),
        ("wget", REQUESTS_CHANGES),
        ("powershell", REQUESTS_CHANGES),
    ],
)
def test_what_a_client_would_write_in_another_way_is_said(
    server: Running, language: str, names: frozenset[str]
) -> None:
    for name in names:
        code = code_of(server, capture(server, TABLE[name]), language)
        assert "in another way" in code or "escapes" in code, name


def test_httpie_sends_the_same_again(server: Running, tmp_path: Path) -> None:
    program = require("http")
    for name in ("at sign", "all at once"):
        exchange_id = capture(server, TABLE[name])
        first = document(server, exchange_id)
        code = code_of(server, exchange_id, "httpie")
        run(["bash", "-euo", "pipefail", "-c", f'http() {{ "{program}" "$@"; }}\n{code}'], tmp_path)
        second = newest(server, first["path"])
        assert sorted(seen(second)["headers"]) == sorted(seen(first)["headers"]), name
        assert seen(second)["body"] == seen(first)["body"], name


def test_fetch_sends_the_same_again(server: Running, tmp_path: Path) -> None:
    names = [name for name in TABLE if name not in FETCH_CANNOT | FETCH_CHANGES | (IN_CAPITALS - {"lower-case method"})]
    for first, second in repeated(server, "fetch", names, tmp_path):
        added = FETCH_ADDS - {header for header, _ in first["scope"]["headers"]}
        assert seen(second, joined=True, without=added) == seen(first, joined=True)


def test_wget_sends_the_same_again_with_repeats_joined(server: Running, tmp_path: Path) -> None:
    program, script = require("wget"), tmp_path / "script"
    for name in TABLE.keys() - REQUESTS_CHANGES:
        exchange_id = capture(server, TABLE[name])
        first = document(server, exchange_id)
        code = code_of(server, exchange_id, "wget")
        script.write_text(f'wget() {{ "{program}" "$@"; }}\n{code}')
        run(["bash", "-euo", "pipefail", str(script)], tmp_path)
        second = seen(newest(server, first["path"]), joined=True, without=WGET_ADDS)
        expected = seen(first, joined=True, without=WGET_ADDS)
        if name in IN_CAPITALS:
            assert "# Wget sends the method in capitals.\n" in code
            expected["method"] = expected["method"].upper()
        assert second == expected, name
        assert list(tmp_path.iterdir()) == [script]


_NETCAT = f"""
nc() {{ {sys.executable} -c '
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
connection.sendall(sys.stdin.buffer.read())
while data := connection.recv(65536): sys.stdout.buffer.write(data)
' "$@"; }}
"""
"""What netcat does with two arguments, where there is none."""


def test_the_bytes_for_netcat_are_the_same_again(server: Running, tmp_path: Path) -> None:
    script = tmp_path / "script"
    for name in TABLE:
        exchange_id = capture(server, TABLE[name])
        first = document(server, exchange_id)
        script.write_text(_NETCAT + code_of(server, exchange_id, "nc"))
        run(["bash", "-euo", "pipefail", str(script)], tmp_path)
        assert seen(newest(server, first["path"])) == seen(first), name


def repeated(server: Running, language: str, names: list[str], folder: Path) -> Iterator[tuple[Document, Document]]:
    """First and second captures of requests that programs send again, all of them in one interpreter."""
    ids = [capture(server, TABLE[name]) for name in names]
    suffix = "mjs" if language == "fetch" else "py"
    for number, exchange_id in enumerate(ids):
        (folder / f"program{number:02}.{suffix}").write_text(code_of(server, exchange_id, language))
    before = server.client.get("/-/api/info").json()["head"]
    run(
        [require("node"), "-e", _IN_NODE] if suffix == "mjs" else [sys.executable, "-I", "-c", _IN_PYTHON],
        folder,
    )
    items = server.client.get("/-/api/exchanges", params={"after": before, "limit": 1000}).json()["items"]
    assert len(items) == len(names)
    for exchange_id, item in zip(ids, reversed(items), strict=True):
        yield document(server, exchange_id), document(server, item["id"])


_IN_PYTHON = "import glob, runpy\nfor name in sorted(glob.glob('*.py')): runpy.run_path(name)"
_IN_NODE = """
(async () => {
  for (const name of require("fs").readdirSync(".").sort()) await import(process.cwd() + "/" + name);
})();
"""


def run(command: list[str], folder: Path) -> None:
    """Run to the end, without anything to read."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()
