"""The image, built from its Dockerfile with only the base exchanged for a Debian of this machine's own making: no
registry is asked. What comes out runs as uid 10001 on a root that it cannot write to, and answers."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.requirements import Requirement

from tests.deploy.places import DEPLOY, ROOT
from tests.eventually import eventually
from tests.ports import free_port
from tests.programs import require
from tests.servers import HOST, WAIT_S

MOST_BYTES = 125_000_000
BUILD_S = 900
"""Debian, wheels and the stages take a minute; a busy machine takes longer."""

STAGES = """ARG BUILD
ARG BASE
FROM scratch AS given-base
COPY --from=debian / /
FROM given-base AS given-build
COPY --from=binutils / /
"""
"""What comes before the Dockerfile: Debian in the place of the official images, without and with what a build needs."""

PACKAGES = "apt,bash,ca-certificates,coreutils,dash,dpkg,findutils,perl-base,python3,python3-venv"
BINUTILS = "binutils binutils-common binutils-x86-64-linux-gnu libbinutils"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="containers without a daemon are built and run by root")


def run(*command: str | Path, **options: Any) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False, **options)
    assert ended.returncode == 0, f"{command[0]}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return str(ended.stdout)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The image as it is unpacked for a run."""
    for name in ("mmdebstrap", "buildah", "umoci", "runc"):
        require(name)
    folder = tmp_path_factory.mktemp("image")
    buildah = _buildah(folder)
    _debian(folder)
    _wheels(folder / "wheels")
    (folder / "Dockerfile").write_text(STAGES + (DEPLOY / "docker/Dockerfile").read_text())
    arguments = {
        "BUILD": "given-build",
        "BASE": "given-base",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "/wheels",
    }
    options = ["--isolation=chroot", "--network=host", "--format=docker", f"--volume={folder}/wheels:/wheels:ro"]
    options += [f"--build-arg={name}={value}" for name, value in arguments.items()]
    options += [f"--build-context={name}={folder / name}" for name in ("debian", "binutils")]
    options += [f"--ignorefile={DEPLOY}/docker/Dockerfile.dockerignore", f"--file={folder}/Dockerfile"]
    run(*buildah, "bud", *options, "--tag=localhost/echoscope", ROOT)
    run(*buildah, "push", "--disable-compression", "--format", "oci", "localhost/echoscope", f"oci:{folder}/oci:latest")
    shutil.rmtree(folder / "store")
    run("umoci", "unpack", "--image", f"{folder}/oci:latest", folder / "bundle")
    yield folder / "bundle"
    shutil.rmtree(folder, ignore_errors=True)


def _buildah(folder: Path) -> list[str | Path]:
    """The builder with its store: layers over each other where the system can do that, or else whole copies."""
    command: list[str | Path] = ["buildah", "--root", folder / "store", "--runroot", folder / "run"]
    is_able = subprocess.run([*command, "--storage-driver=overlay", "info"], capture_output=True, check=False)
    return [*command, f"--storage-driver={'overlay' if is_able.returncode == 0 else 'vfs'}"]


def _debian(folder: Path) -> None:
    """A Debian with Python, and beside it the binutils, both unpacked and not set up: no test asks for users or for
    bytecode of Python's library, and to make them takes most of the time."""
    unpack = f"""cd {folder} && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download {BINUTILS} &&
        for package in *.deb; do dpkg-deb --extract "$package" binutils; done"""
    options = ["--variant=extract", "--format=directory", f"--include={PACKAGES}", f"--extract-hook={unpack}"]
    run("mmdebstrap", *options, "bookworm", folder / "debian")


def _wheels(folder: Path) -> None:
    """What the image installs, by the hashes of the file and for the Python of Debian 12."""
    text = "".join((DEPLOY / f"docker/{name}requirements.txt").read_text() for name in ("", "build-"))
    folder.mkdir()
    lines = []
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        read = Requirement(requirement)
        if read.marker is None or read.marker.evaluate({"python_full_version": "3.11.2", "python_version": "3.11"}):
            lines.append(" ".join([f"{read.name}{read.specifier}", *(f"--hash={one}" for one in hashes)]))
    (folder / "list").write_text("\n".join(lines))
    target = ["--python-version", "3.11", "--implementation", "cp", "--only-binary", ":all:"]
    options: list[str | Path] = ["--no-deps", "--require-hashes", *target, "-r", folder / "list", "-d", folder]
    run(sys.executable, "-m", "pip", "download", "--quiet", *options)


@pytest.fixture(scope="module")
def config(bundle: Path) -> dict[str, Any]:
    return dict(json.loads((bundle / "config.json").read_text()))


def test_it_is_small(bundle: Path) -> None:
    size = sum(
        path.lstat().st_size for path in (bundle / "rootfs").rglob("*") if path.is_file() and not path.is_symlink()
    )
    assert size < MOST_BYTES


def test_it_runs_as_nobody_and_says_what_it_is(config: dict[str, Any]) -> None:
    assert (config["process"]["user"]["uid"], config["process"]["user"]["gid"]) == (10001, 10001)
    assert config["process"]["args"] == ["echoscope", "serve"]
    assert "ECHOSCOPE_HOST=0.0.0.0" in config["process"]["env"]


@pytest.mark.parametrize("name", ["pip", "apt", "apt-get", "dpkg", "perl", "gcc", "strip"])
def test_what_only_a_build_needs_is_not_in_it(bundle: Path, name: str) -> None:
    places = [
        place
        for folder in ("bin", "usr/bin", "opt/echoscope/bin")
        for place in (bundle / "rootfs").glob(f"{folder}/{name}")
    ]
    assert places == []


def test_it_answers_on_a_root_that_it_cannot_write_to(bundle: Path, config: dict[str, Any]) -> None:
    port, token = free_port(), "operator-token-of-this-test"
    config["root"]["readonly"] = True
    config["process"]["terminal"] = False
    config["process"]["env"] += [f"ECHOSCOPE_PORT={port}", f"ECHOSCOPE_TOKEN={token}"]
    config["process"].pop("rlimits", None)
    config["linux"].pop("resources", None)
    config["linux"]["namespaces"] = [one for one in config["linux"]["namespaces"] if one["type"] != "network"]
    (bundle / "config.json").write_text(json.dumps(config))
    name, state = f"echoscope-{os.getpid()}", bundle / "state"
    runc: list[str | Path] = ["runc", "--root", state]
    with subprocess.Popen([*runc, "run", "-b", bundle, name], stdout=subprocess.PIPE, text=True) as process:
        try:
            origin = f"http://{HOST}:{port}"
            eventually(lambda: _status(f"{origin}/-/ready") == 200, 3 * WAIT_S)
            assert httpx.post(f"{origin}/x", content=b"body").json()["events"][0]["body"] == "body"
            assert httpx.get(f"{origin}/-/", headers={"authorization": f"Bearer {token}"}).status_code == 200
            assert run(*runc, "exec", name, "id", "-u").strip() == "10001"
            touched = subprocess.run([*runc, "exec", name, "touch", "/x"], capture_output=True, text=True, check=False)
            assert "Read-only file system" in touched.stderr
            run(*runc, "exec", name, *_health())
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=3 * WAIT_S)
            assert process.returncode == 0
            lines = [json.loads(line) for line in output.splitlines()]
            assert "/x" in [line.get("path") for line in lines]
            assert token not in output
        finally:
            subprocess.run([*runc, "delete", "--force", name], capture_output=True, check=False)


def _status(address: str) -> int | None:
    try:
        return httpx.get(address, timeout=5).status_code
    except httpx.HTTPError:
        return None


def _health() -> list[str]:
    """The command of the health check, as the Dockerfile has it: an OCI image has no place for it."""
    text = (DEPLOY / "docker/Dockerfile").read_text()
    match = re.search(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", text, re.MULTILINE)
    assert match
    return list(json.loads(match[1]))
