"""A package that is not installed is named by whichever command needs it, with how to install it."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.running.commands import SHOP
from tests.systems.process import environment, python

NEEDS = {
    "proxy": (["proxy", "3000"], "httpcore", "proxy needs the package httpcore: pip install 'echoscope[proxy]'"),
    "an app of WSGI": (["run", "shop:wsgi"], "a2wsgi", "shop:wsgi is a WSGI app, which needs the package a2wsgi"),
    "HTTP/2": (["run", "shop:app", "--http2"], "zttp", "--http2 needs the package zttp: pip install"),
    "TLS": (["proxy", "3000", "--tls"], "cryptography", "a certificate is made with the package cryptography: pip"),
}


@pytest.mark.parametrize(("arguments", "package", "reason"), NEEDS.values(), ids=NEEDS)
def test_a_package_that_is_missing_is_named(tmp_path: Path, arguments: list[str], package: str, reason: str) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    code = f"import sys; sys.modules[{package!r}] = None; from echoscope.cli import main; main()"
    command = python("-c", code, *arguments, "--port", "0")
    ended = subprocess.run(
        command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"echoscope: {reason}")
    assert ended.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for arguments in (["run", "shop:app"], ["run", "shop:app", "--reload"], ["proxy", "3000"]):
            ended = subprocess.run(
                python("-m", "echoscope", *arguments, "--port", str(port)),
                env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert (ended.returncode, ended.stdout) == (2, "")
            assert ended.stderr == f"echoscope: cannot listen on 127.0.0.1:{port}: Address already in use\n"
