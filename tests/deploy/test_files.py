"""What is below deploy/ is what the tools take that read it, and says what Echoscope takes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from echoscope.base.settings import declared, load
from tests.deploy import helm
from tests.deploy.places import DEPLOY, ROOT
from tests.programs import require
from tests.servers import WAIT_S

FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".png")


MOST_EXPOSED = 2.0
"""Of ten, by the count of systemd-analyze."""


def ran(*command: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=3 * WAIT_S, check=False)


def passed(*command: str | Path, text: str | None = None) -> str:
    ended = ran(*command, text=text)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


# Image and compose


def test_the_dockerfile_has_nothing_to_be_said_against() -> None:
    assert passed(require("hadolint"), "--failure-threshold", "style", DEPLOY / "docker/Dockerfile") == ""


@pytest.mark.parametrize("name", ["requirements.txt", "build-requirements.txt"])
def test_what_the_image_installs_is_pinned_by_hash_and_names_no_registry(name: str) -> None:
    text = (DEPLOY / "docker" / name).read_text()
    assert "://" not in text
    assert "index" not in text
    for line in text.replace("\\\n", " ").splitlines():
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_image_installs_what_the_project_asks_for() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    extras = re.findall(r"^(?:http2|redis|tls) = \[(.*)\]$", project, re.MULTILINE)
    assert block
    wanted = [Requirement(text) for text in re.findall(r'"([^"]+)"', block[1] + "".join(extras))]
    text = (DEPLOY / "docker/requirements.txt").read_text()
    pinned = {match[1]: match[2] for match in re.finditer(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE)}
    for requirement in wanted:
        if requirement.name != "echoscope":
            assert requirement.specifier.contains(pinned[requirement.name]), requirement


def test_compose_takes_the_file() -> None:
    passed(require("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_every_service_of_the_file_is_confined() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"echoscope-1", "echoscope-2", "store", "proxy"}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert "ports" not in service or name == "proxy"
    for name in ("echoscope-1", "echoscope-2"):
        assert services[name]["user"] == "10001:10001"
        environment = {key: value for key, value in services[name]["environment"].items() if "$" not in value}
        assert settings_of(environment).effective_profile == "public"


# systemd


def test_the_service_is_confined() -> None:
    unit = DEPLOY / "systemd/echoscope.service"
    told = passed(require("systemd-analyze"), "security", "--offline=true", "--no-pager", unit)
    match = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert match
    assert float(match[1]) <= MOST_EXPOSED


def test_systemd_takes_the_service(tmp_path: Path) -> None:
    """The command must be there for it to be content."""
    text = (DEPLOY / "systemd/echoscope.service").read_text().replace("/opt/echoscope/bin/echoscope", "/bin/true")
    (tmp_path / "echoscope.service").write_text(text)
    ended = ran(require("systemd-analyze"), "verify", tmp_path / "echoscope.service")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_settings_of_the_service_can_be_used() -> None:
    lines = (DEPLOY / "systemd/echoscope.env").read_text().splitlines()
    settings = settings_of(dict(line.split("=", 1) for line in lines if line and not line.startswith("#")))
    assert settings.effective_profile == "public"


# Kubernetes


def manifests(text: str) -> dict[tuple[str, str], Any]:
    documents = [document for document in yaml.safe_load_all(text) if document]
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


@pytest.fixture(scope="module")
def kustomized() -> str:
    return passed(require("kubectl"), "kustomize", DEPLOY / "kubernetes")


@pytest.fixture(scope="module")
def templated() -> str:
    return passed(helm.require(), "template", "echoscope", DEPLOY / "helm/echoscope")


@pytest.mark.parametrize("made", ["kustomized", "templated"])
@pytest.mark.parametrize("version", ["1.27", "1.33", "1.37"])
def test_kubernetes_takes_what_is_made(made: str, version: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(request.getfixturevalue(made))
    passed(require("kubernetes-validate"), "--strict", "-k", version, tmp_path / "all.yaml")


@pytest.mark.parametrize("made", ["kustomized", "templated"])
def test_every_pod_is_confined(made: str, request: pytest.FixtureRequest) -> None:
    documents = manifests(request.getfixturevalue(made))
    pods = [
        document["spec"]["template"]["spec"]
        for (kind, _), document in documents.items()
        if kind in ("Deployment", "StatefulSet")
    ]
    assert len(pods) == 2
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]
        assert container["livenessProbe"]
        assert container["readinessProbe"]
    kinds = [kind for kind, _ in documents]
    assert kinds.count("NetworkPolicy") == 2
    assert kinds.count("PodDisruptionBudget") == 1


@pytest.mark.parametrize("made", ["kustomized", "templated"])
def test_policies_budget_and_service_choose_the_pods_that_they_mean(made: str, request: pytest.FixtureRequest) -> None:
    documents = manifests(request.getfixturevalue(made))
    labels = {
        name: document["spec"]["template"]["metadata"]["labels"]
        for (kind, name), document in documents.items()
        if kind in ("Deployment", "StatefulSet")
    }
    for (kind, name), document in documents.items():
        spec = document.get("spec", {})
        if kind in ("Service", "NetworkPolicy", "PodDisruptionBudget"):
            selector = spec.get("podSelector") or spec["selector"]
            wanted = selector.get("matchLabels", selector)
            chosen = [owner for owner, own in labels.items() if wanted.items() <= own.items()]
            assert chosen == [name], (kind, name)


@pytest.mark.parametrize("made", ["kustomized", "templated"])
def test_probes_ask_what_there_is_and_the_settings_can_be_used(made: str, request: pytest.FixtureRequest) -> None:
    documents = manifests(request.getfixturevalue(made))
    (deployment,) = [document for (kind, _), document in documents.items() if kind == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/-/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/-/health"
    (config,) = [document for (kind, _), document in documents.items() if kind == "ConfigMap"]
    settings = settings_of(config["data"])
    assert settings.effective_profile == "public"
    grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > settings.shutdown_grace + 5, "what preStop takes comes before it"


def test_an_overlay_gives_image_name_and_token(tmp_path: Path) -> None:
    (tmp_path / "base").symlink_to(DEPLOY / "kubernetes")
    overlay = {
        "resources": ["base"],
        "images": [{"name": "echoscope", "newName": "registry.example.com/echoscope", "newTag": "1.0"}],
        "secretGenerator": [{"name": "echoscope", "literals": ["ECHOSCOPE_TOKEN=0123456789abcdef"]}],
        "configMapGenerator": [
            {"name": "echoscope", "behavior": "merge", "literals": ["ECHOSCOPE_HOSTS=debug.example.com"]}
        ],
    }
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    made = manifests(passed(require("kubectl"), "kustomize", "--load-restrictor", "LoadRestrictionsNone", tmp_path))
    (container,) = made["Deployment", "echoscope"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/echoscope:1.0"
    config, secret = (next(iter(source.values()))["name"] for source in container["envFrom"])
    assert made["ConfigMap", config]["data"]["ECHOSCOPE_HOSTS"] == "debug.example.com"
    assert "ECHOSCOPE_TOKEN" in made["Secret", secret]["data"]


# Helm


def template(*values: str) -> subprocess.CompletedProcess[str]:
    given = [part for value in values for part in ("--set", value)]
    return ran(helm.require(), "template", "x", DEPLOY / "helm/echoscope", *given)


def test_helm_has_nothing_to_say_against_the_chart() -> None:
    assert "0 chart(s) failed" in passed(helm.require(), "lint", "--strict", DEPLOY / "helm/echoscope")


ELSEWHERE = ("store.enabled=false", "store.url=redis://r.example.com:6379/0")
INGRESS = ("ingress.enabled=true", "ingress.host=debug.example.com", "ingress.tlsSecret=tls", "ingress.className=nginx")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(ELSEWHERE, id="a store elsewhere"),
        pytest.param(("store.enabled=false", "replicas=1"), id="alone"),
        pytest.param((*INGRESS, "token=0123456789abcdef"), id="ingress and token"),
        pytest.param(("existingSecret=mine", "networkPolicy.enabled=false"), id="a secret of mine"),
    ],
)
def test_kubernetes_takes_other_values_too(values: tuple[str, ...], tmp_path: Path) -> None:
    made = template(*values)
    assert made.returncode == 0, made.stderr
    (tmp_path / "all.yaml").write_text(made.stdout)
    passed(require("kubernetes-validate"), "--strict", tmp_path / "all.yaml")


def test_what_is_said_of_a_release_gets_to_echoscope() -> None:
    given = ("settings.MAX_EXCHANGES=5000000", "settings.HEAD_TIMEOUT=2.5", "settings.QUIET=true")
    made = template(*ELSEWHERE, *INGRESS, *given)
    data = manifests(made.stdout)["ConfigMap", "x-echoscope"]["data"]
    assert data["ECHOSCOPE_STORE"] == "redis://r.example.com:6379/0"
    settings = settings_of(data)
    assert settings.hosts == ("debug.example.com",)
    assert (settings.max_exchanges, settings.head_timeout, settings.quiet) == (5_000_000, 2.5, True)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("replicas=two", "replicas"),
        ("replicas=0", "replicas"),
        ("unknown=1", "unknown"),
        ("token=short", "token"),
        ("settings.max_exchanges=1", "max_exchanges"),
        ("settings.TOKEN=0123456789abcdef", "TOKEN"),
        ("ingress.enabled=true", "host"),
        ("store.url=http://x", "store/url"),
        ("store.enabled=false", "more than one need a store"),
    ],
)
def test_values_that_make_no_sense_are_refused_by_their_names(value: str, words: str) -> None:
    made = template(value)
    assert made.returncode != 0
    assert words in made.stderr


# What all of them say


def settings_of(environment: dict[str, str]) -> Any:
    return load({name: value for name, value in environment.items() if value})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_variable_that_is_named_is_a_setting(path: Path) -> None:
    ours = {"ECHOSCOPE_SITE", "ECHOSCOPE_UPSTREAMS"}  # of our Caddyfiles
    known = {setting.variable for setting in declared()} | ours
    named = set(re.findall(r"\bECHOSCOPE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named <= known


def test_the_schema_of_the_values_is_one() -> None:
    schema = DEPLOY / "helm/echoscope/values.schema.json"
    json.loads(schema.read_text())
    passed(require("check-jsonschema"), "--check-metaschema", schema)
    passed(require("check-jsonschema"), "--schemafile", schema, DEPLOY / "helm/echoscope/values.yaml")
