"""The wheel: built, unpacked far from the checkout, and asked for the dashboard."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from echoscope import __version__
from echoscope.base.paths import STATIC, TEMPLATES
from tests.servers import NO_TLS, WAIT_S

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(build, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def environment(unpacked: Path) -> dict[str, str]:
    """The unpacked wheel goes before the checkout; what it depends on is where it always is."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ECHOSCOPE_")}
    return ours | {"PYTHONPATH": str(unpacked), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def origin(unpacked: Path) -> Iterator[str]:
    """The address of a server that runs from the wheel."""
    command = [sys.executable, "-m", "echoscope", "--port", "0", "--quiet"]
    with subprocess.Popen(
        command, cwd=unpacked.parent, env=environment(unpacked), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stdout)), None)
            assert found, "the server said no address"
            yield found[0]
        finally:
            server.terminate()
            assert server.wait(WAIT_S) == 0


def test_it_is_the_wheel_that_is_asked(unpacked: Path) -> None:
    code = "import echoscope, echoscope.base.paths as p; print(echoscope.__file__, p.TEMPLATES, p.STATIC)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=unpacked.parent, env=environment(unpacked), capture_output=True, text=True,
        check=True, timeout=WAIT_S,
    )  # fmt: skip
    assert all(path.startswith(str(unpacked)) for path in run.stdout.split())


def test_it_holds_all_templates_and_assets_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in (TEMPLATES, STATIC):
        for file in folder.rglob("*"):
            if file.is_file():
                assert f"echoscope/{file.relative_to(folder.parent).as_posix()}" in names
    assert "echoscope/py.typed" in names
    others = {name for name in names if not name.startswith(("echoscope/", f"echoscope-{__version__}.dist-info/"))}
    assert others == set()
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".map"))] == []


def test_it_brings_the_command(unpacked: Path) -> None:
    entry_points = (unpacked / f"echoscope-{__version__}.dist-info" / "entry_points.txt").read_text()
    assert "echoscope = echoscope.cli:main" in entry_points


def test_the_dashboard_and_all_that_it_loads_are_there(origin: str) -> None:
    with httpx.Client(base_url=origin, trust_env=False, timeout=WAIT_S, verify=NO_TLS) as client:
        page = client.get("/-/", headers={"accept": "text/html"})
        assert page.status_code == 200
        assets = re.findall(r'(?:href|src)="(/-/static/[^"]+)"', page.text)
        assert any(asset.endswith(".js") for asset in assets)
        assert any(asset.endswith(".css") for asset in assets)
        for asset in assets:
            assert client.get(asset).status_code == 200, asset


def test_the_echo_and_its_page_are_there(origin: str) -> None:
    with httpx.Client(base_url=origin, trust_env=False, timeout=WAIT_S, verify=NO_TLS) as client:
        assert client.get("/any/path").json()["path"] == "/any/path"
        assert "/any/path" in client.get("/any/path", headers={"accept": "text/html"}).text
        assert client.get("/-/api/info").json()["version"] == __version__
