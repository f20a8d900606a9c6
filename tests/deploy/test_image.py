"""The image, built from its Dockerfile with only the base exchanged for a Debian of this machine's own making: no
registry is asked. What comes out runs as uid 10001 on a root that it cannot write to, and answers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
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

PACKAGES = "apt,bash,ca-certificates,coreutils,dash,dpkg,findutils,perl-base,python3,python3-venv"
BINUTILS = "binutils binutils-x86-64-linux-gnu libbinutils"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="containers without a daemon are built and run by root")


def run(*command: str | Path, **options: Any) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False, **options)
    assert ended.returncode == 0, f"{command[0]}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return str(ended.stdout)


@dataclass
class Image:
    """The image as it is unpacked for a run, and what it says of itself."""

    rootfs: Path
    config: dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory: on a disk half of the build's work is to find room for tens of thousands of files."""
    folder = tmp_path_factory.mktemp("image")
    run("mount", "-t", "tmpfs", "tmpfs", folder)
    yield folder
    run("umount", "--recursive", "--lazy", folder)


@pytest.fixture(scope="module")
def image(folder: Path) -> Iterator[Image]:
    for name in ("mmdebstrap", "buildah", "runc"):
        require(name)
    buildah = _buildah(folder)
    _debian(buildah, folder / "binutils")
    _wheels(folder / "wheels")
    arguments = {
        "BUILD": "localhost/build",
        "BASE": "localhost/base",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "/wheels",
    }
    options = ["--isolation=chroot", "--network=host", "--format=docker", "--pull-never"]
    options += [f"--volume={folder / name}:/{name}:ro" for name in ("wheels", "binutils")]
    options += [f"--build-arg={name}={value}" for name, value in arguments.items()]
    options += [f"--ignorefile={DEPLOY}/docker/Dockerfile.dockerignore", f"--file={DEPLOY}/docker/Dockerfile"]
    run(*buildah, "bud", *options, "--tag=localhost/echoscope", ROOT)
    described = json.loads(run(*buildah, "inspect", "--type=image", "localhost/echoscope"))
    container = run(*buildah, "from", "--pull-never", "localhost/echoscope").strip()
    yield Image(Path(run(*buildah, "mount", container).strip()), described["Docker"]["config"])
    run(*buildah, "rm", container)


def _buildah(folder: Path) -> list[str | Path]:
    """The builder with its store: layers over each other where the system can do that, or else whole copies."""
    command: list[str | Path] = ["buildah", "--root", folder / "store", "--runroot", folder / "run"]
    is_able = subprocess.run([*command, "--storage-driver=overlay", "info"], capture_output=True, check=False)
    return [*command, f"--storage-driver={'overlay' if is_able.returncode == 0 else 'vfs'}"]


def _debian(buildah: list[str | Path], binutils: Path) -> None:
    """A Debian with Python in the place of the official image, and the same told where the binutils will be, in the
    place of the one for builds. All is unpacked and not set up: no test asks for users or for bytecode of Python's
    library, and to make them takes most of the time."""
    unpack = f"""mkdir {binutils} && cd {binutils} && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download {BINUTILS} &&
        for package in *.deb; do dpkg-deb --extract "$package" .; done"""
    options = ["--variant=extract", "--format=directory", f"--include={PACKAGES}", f"--extract-hook={unpack}"]
    base = run(*buildah, "from", "scratch").strip()
    run("mmdebstrap", *options, "bookworm", run(*buildah, "mount", base).strip())
    run(*buildah, "commit", "--rm", base, "localhost/base")
    build = run(*buildah, "from", "--pull-never", "localhost/base").strip()
    libraries = next((binutils / "usr/lib").glob("*-linux-gnu")).name
    environment = [f"PATH=/binutils/usr/bin:{os.defpath}", f"LD_LIBRARY_PATH=/binutils/usr/lib/{libraries}"]
    run(*buildah, "config", *(f"--env={variable}" for variable in environment), build)
    run(*buildah, "commit", "--rm", build, "localhost/build")


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


def test_it_is_small(image: Image) -> None:
    size = sum(path.lstat().st_size for path in image.rootfs.rglob("*") if path.is_file() and not path.is_symlink())
    assert size < MOST_BYTES


def test_it_runs_as_nobody_and_says_what_it_is(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    assert image.config["Entrypoint"] + image.config["Cmd"] == ["echoscope", "serve"]
    assert "ECHOSCOPE_HOST=0.0.0.0" in image.config["Env"]


@pytest.mark.parametrize("name", ["pip", "apt", "apt-get", "dpkg", "perl", "gcc", "strip"])
def test_what_only_a_build_needs_is_not_in_it(image: Image, name: str) -> None:
    places = [
        place for folder in ("bin", "usr/bin", "opt/echoscope/bin") for place in image.rootfs.glob(f"{folder}/{name}")
    ]
    assert places == []


def test_it_answers_on_a_root_that_it_cannot_write_to(image: Image, tmp_path: Path) -> None:
    port, token = free_port(), "operator-token-of-this-test"
    run("runc", "spec", "--bundle", tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["root"] = {"path": str(image.rootfs), "readonly": True}
    uid, gid = image.config["User"].split(":")
    config["process"] |= {
        "terminal": False,
        "user": {"uid": int(uid), "gid": int(gid)},
        "args": image.config["Entrypoint"] + image.config["Cmd"],
        "env": [*image.config["Env"], f"ECHOSCOPE_PORT={port}", f"ECHOSCOPE_TOKEN={token}"],
        "cwd": image.config["WorkingDir"],
    }
    config["process"].pop("rlimits", None)
    config["linux"].pop("resources", None)
    config["linux"]["namespaces"] = [one for one in config["linux"]["namespaces"] if one["type"] != "network"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    name = f"echoscope-{os.getpid()}"
    runc: list[str | Path] = ["runc", "--root", tmp_path / "state"]
    with subprocess.Popen([*runc, "run", "-b", tmp_path, name], stdout=subprocess.PIPE, text=True) as process:
        try:
            origin = f"http://{HOST}:{port}"
            eventually(lambda: _status(f"{origin}/-/ready") == 200, 3 * WAIT_S)
            assert httpx.post(f"{origin}/x", content=b"body").json()["events"][0]["body"] == "body"
            assert httpx.get(f"{origin}/-/", headers={"authorization": f"Bearer {token}"}).status_code == 200
            assert run(*runc, "exec", name, "id", "-u").strip() == "10001"
            touched = subprocess.run([*runc, "exec", name, "touch", "/x"], capture_output=True, text=True, check=False)
            assert "Read-only file system" in touched.stderr
            check, *command = image.config["Healthcheck"]["Test"]
            assert check == "CMD"
            run(*runc, "exec", name, *command)
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
