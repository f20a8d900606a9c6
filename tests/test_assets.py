"""What is served of scripts and styles: the same program in few files, in the coding that a client likes best."""

import re
import subprocess
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import zstandard

from echoscope.base.paths import STATIC
from echoscope.web.inspector.assets import BUNDLE, LATER, assets
from echoscope.web.inspector.codings import best_coding
from tests.conftest import Serve
from tests.programs import require
from tests.servers import NO_TLS, Running

SCRIPTS = sorted(STATIC.rglob("*.js"))
STYLES = sorted(STATIC.rglob("*.css"))
PAGE_BYTES = 90_000


@pytest.fixture
def server(serve: Serve) -> Running:
    return serve()


def test_a_module_uses_only_the_forms_that_the_bundle_can_take() -> None:
    later = re.compile(r'import\("\.[^"]*"\)')
    form = r'import (\{[^}]*\} from )?"\.[^"]*";|export (async function|function|class|const) \w+.*'
    for file in SCRIPTS:
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if re.match("import|export", line)]
        assert [line for line in lines if not re.fullmatch(form, line)] == [], file.name
        assert text.count("import(") == len(later.findall(text)), file.name


_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    r"""|(?<=[(,=:\[!&|?{};>\s])/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*|`|[{}]|\\.""",
    re.DOTALL,
)
_IN_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)


def templates_in_templates(script: str) -> list[int]:
    """The lines on which a template literal begins inside another one."""
    stack: list[str] = []
    found, position = [], 0
    while match := (_IN_TEMPLATE if stack[-1:] == ["`"] else _TOKEN).search(script, position):
        position = match.end()
        mark = match[0]
        if mark == "`" and stack[-1:] == ["`"]:
            stack.pop()
        elif mark == "`":
            found += [script.count("\n", 0, match.start()) + 1] * ("`" in stack)
            stack.append(mark)
        elif mark in ("{", "${"):
            stack.append(mark)
        elif mark == "}" and stack:
            stack.pop()
    return found


def test_no_template_stands_inside_another() -> None:
    """The minifier takes the inner one for code, and its spaces for spare ones."""
    for file in SCRIPTS:
        assert templates_in_templates(file.read_text(encoding="utf-8")) == [], file.name


def test_a_template_inside_another_is_seen() -> None:
    assert templates_in_templates("a = `x`;\nb = `${c ? `: ${d}` : {}} ${e}`;") == [2]


DESCENDANT = re.compile(r"[\w\])*] ::?(?:is|where|has|not|[a-z-]+)(?:\([^)]*\))?[^;{}]*\{")
"""A pseudo-class behind a space, which rcssmin takes away inside of other rules: `.a :is(b)` becomes `.a:is(b)`."""


def test_no_selector_loses_a_space_when_it_is_made_small() -> None:
    for file in STYLES:
        assert DESCENDANT.findall(file.read_text(encoding="utf-8")) == [], file.name


def test_a_selector_that_loses_a_space_is_seen() -> None:
    assert DESCENDANT.findall(".a { .b :is(.c, .d) { color: red } }")
    assert not DESCENDANT.findall(".a { .b { :is(.c, .d) { color: red } } .e > :not(.f) { color: a :b } }")


AS_MODULES = """
const { readFileSync } = require("node:fs");
const { SourceTextModule } = require("node:vm");
for (const file of process.argv.slice(1)) new SourceTextModule(readFileSync(file, "utf8"), { identifier: file });
"""
"""Compiles each file as a module, and runs none."""


def test_each_script_is_still_a_module(tmp_path: Path) -> None:
    files = []
    for name in (name for name in assets() if name.endswith(".js")):
        files.append(tmp_path / name.replace("/", "-"))
        files[-1].write_bytes(assets()[name].content)
    command = [require("node"), "--experimental-vm-modules", "--no-warnings", "-e", AS_MODULES]
    check = subprocess.run([*command, *files], capture_output=True, text=True, timeout=60, check=False)
    assert check.returncode == 0, check.stderr
    broken = tmp_path / "broken.js"
    broken.write_text("import { from 'x'")
    assert subprocess.run([*command, broken], capture_output=True, timeout=60, check=False).returncode != 0


def test_the_files_are_found() -> None:
    """Empty lists would make the loops above pass."""
    assert len(SCRIPTS) > 10
    assert len(STYLES) > 5


def test_the_bundle_holds_each_module_once() -> None:
    bundle, later = (assets()[name].content.decode() for name in (BUNDLE, LATER))
    assert re.findall(r"^(?:import|export)\b.*", bundle + later, re.MULTILINE)[1:] == []
    assert 'define("wire-panel"' in later
    bundle += later
    defined = re.findall(r'customElements\.define\("([\w-]+)"', bundle)
    assert len(defined) == len(set(defined)) > 20


DECODERS = {
    "br": brotli.decompress,
    "zstd": lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content),
    "identity": bytes,
}


@pytest.mark.parametrize("coding", DECODERS)
@pytest.mark.parametrize("path", ["/-/", "/-/api/exchanges", "/-/openapi.json", "asset"])
def test_what_is_sent_is_compressed_as_the_client_likes_and_the_same_undone(
    server: Running, coding: str, path: str
) -> None:
    if path == "asset":
        page = server.client.get("/-/", headers={"accept": "text/html"}).text
        path = re.findall(r'src="([^"]+)"', page)[0]
    for number in range(8):
        server.client.get(f"/{number}")
    with httpx.Client(base_url=server.origin, headers={"accept": "text/html"}, verify=NO_TLS) as client:
        plain = client.get(path, headers={"accept-encoding": "identity"})
        with client.stream("GET", path, headers={"accept-encoding": f"{coding};q=1, gzip;q=0.5"}) as answer:
            content = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding", "identity") == coding
        assert coding == "identity" or "accept-encoding" in answer.headers["vary"]
        assert int(answer.headers["content-length"]) == len(content)
        assert DECODERS[coding](content) == plain.content
        assert len(content) < len(plain.content) or coding == "identity"


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ([], "identity"),
        (["gzip, deflate, br, zstd"], "br"),
        (["gzip"], "gzip"),
        (["gzip", "zstd"], "zstd"),
        (["br;q=0.1, gzip;q=0.9"], "gzip"),
        (["br;q=0, *"], "zstd"),
        (["*;q=0"], "identity"),
        (["identity;q=1, gzip;q=0.5"], "identity"),
        (["GZIP;Q=1"], "gzip"),
        (["br;q=x"], "identity"),
        (["compress"], "identity"),
    ],
)
def test_the_coding_is_the_one_with_the_highest_quality(accept: list[str], coding: str) -> None:
    assert best_coding(accept) == coding


def test_a_small_answer_and_a_stream_are_sent_as_they_are(server: Running) -> None:
    client = server.client
    accept = {"accept-encoding": "br"}
    assert "content-encoding" not in client.get("/-/health", headers=accept).headers
    with client.stream("GET", "/-/live", headers=accept | {"accept": "text/event-stream"}) as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_text()).startswith("retry")


def test_the_first_visit_weighs_little(server: Running) -> None:
    """The page, its script, style and pictures, and the first 200 rows, as a browser of today asks for them."""
    for number in range(200):
        server.client.get(f"/some/longer/path/{number}?with=a&query={number}")
    accept = {"accept-encoding": "gzip, deflate, br, zstd", "accept": "text/html"}
    page = server.client.get("/-/", headers=accept)
    paths = re.findall(r'(?:src|href)="(/-/static/[^"]+)"', page.text)
    paths += [paths[0].rsplit("/", 1)[0] + "/icons.svg", "/-/api/exchanges?limit=200", "/-/api/pins", "/-/api/info"]
    answers = [page, *(server.client.get(path, headers=accept) for path in paths)]
    weight = sum(answer.num_bytes_downloaded for answer in answers)
    print(f"{len(answers)} answers, {weight:,} bytes")
    assert all(answer.status_code == 200 for answer in answers)
    assert weight < PAGE_BYTES
