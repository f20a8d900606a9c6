"""What starts soon imports little: the rest comes when somebody asks for it."""

import subprocess
import sys

import pytest

LATER = {
    "cryptography",
    "echoscope.insight.findings",
    "echoscope.web.inspector",
    "h2",
    "httpx",
    "jinja2",
    "prometheus_client",
    "python_multipart",
    "rich",
    "starlette.responses",
    "websockets",
}

FIXTURE = """
from echoscope.pytest_plugin.receiver import receiving
with receiving() as receiver:
    receiver.begin()
"""

STARTS = {
    "the fixture echoscope": FIXTURE,
    "the fixture httpbin": FIXTURE.replace(".receiver import receiving", ".serving import httpbin_server").replace(
        "receiving() as receiver:\n    receiver.begin()", "httpbin_server():\n    pass"
    ),
    "echoscope serve": "import echoscope.cli.serving, echoscope.main; echoscope.main.create_app()",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_start_imports_nothing_that_only_some_ask_for(start: str) -> None:
    script = f"{start}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = run.stdout.split()
    assert "echoscope.server.http" in modules or "echoscope.main" in modules
    assert LATER.intersection(modules) == set()


def test_a_command_that_asks_a_server_imports_none() -> None:
    """Nor does one that tells of a mistake before it asks."""
    script = "import echoscope.cli.bins, echoscope.cli.watching, echoscope.client\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "httpx" in run.stdout.split()
    assert {"uvicorn", "echoscope.server", "echoscope.main"}.intersection(run.stdout.split()) == set()
