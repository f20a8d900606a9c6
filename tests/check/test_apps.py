"""Apps, checked: what is wrong is found, in the layer that does it; what is right is left alone."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from echoscope.cli.check.command import check


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check, list(arguments))


def found(app: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON."""
    result = run(f"tests.check.apps:{app}", "--json", "--timeout", "20", *arguments)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("app", ["plain", "fails", "echoscope"])
def test_a_right_app_has_nothing_against_it(app: str) -> None:
    result = run("echoscope.main:app" if app == "echoscope" else f"tests.check.apps:{app}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Nothing is against the specification" in result.stdout


WRONG = [
    ("texts", {("status", "app", "app"), ("response-headers", "app", "app"), ("response-body", "app", "app")}),
    ("capitals", {("response-header-names", "app", "app")}),
    ("overrun", {("after-the-end", "app", "app")}),
    ("nothing", {("start-twice", "app", "app")}),
    ("half", {("no-body", "app", "app")}),
    ("wrapped", {("response-headers", "middleware", "Breaking"), ("query-string", "middleware", "Breaking")}),
    ("framework_broken", {("response-headers", "middleware", "Breaking"), ("query-string", "middleware", "Breaking")}),
]


@pytest.mark.parametrize(("app", "breaches"), WRONG, ids=[app for app, _ in WRONG])
def test_what_is_wrong_is_found_and_whose_it_is(app: str, breaches: set[tuple[str, str, str]]) -> None:
    exit_code, document = found(app)
    assert {(one["rule"], one["by"], one["whose"]) for one in document["breaches"]} == breaches
    assert all(one["requests"] and one["link"].startswith("https://asgi.") for one in document["breaches"])
    assert exit_code == 1


def test_each_request_is_told_with_its_answer() -> None:
    _, document = found("framework")
    said = {one["name"]: one["said"] for one in document["requests"]}
    assert said["startup"] == "lifespan.startup.complete"
    assert (said["GET"], said["POST, a form"], said["an unknown path"], said["a session"]) == (
        "200",
        "200",
        "404",
        "101",
    )
    assert said["shutdown"] == "lifespan.shutdown.complete"


def test_an_app_is_asked_for_each_path() -> None:
    _, document = found("framework", "--path", "/", "--path", "/none")
    said = {one["name"]: one["said"] for one in document["requests"]}
    assert (said["/: GET"], said["/none: GET"]) == ("200", "404")


def test_an_app_that_does_not_end_is_not_waited_for() -> None:
    result = run("tests.check.apps:hangs", "--timeout", "0.1")
    assert "no answer, not ended within 0.1 s" in result.stdout
    assert result.exit_code == 0


MISTAKES = {
    "no app": ([], "Name either an app, as MODULE:APP, or a server, by --server."),
    "an app and a server": (["a:b", "--server", "uvicorn"], "Name either an app"),
    "no module": (["tests.check.none:app"], 'Could not import module "tests.check.none"'),
    "no attribute": (["tests.check.apps:none"], 'Attribute "none" not found'),
    "no app in it": (["tests.check.apps:number"], "tests.check.apps:number is no app: it cannot be called"),
    "an app of ASGI 2": (["tests.check.apps:Legacy"], "is a class"),
    "an app that cannot start": (["tests.check.apps:fails_to_start"], "the app cannot start: no database"),
    "a path that is none": (["tests.check.apps:plain", "--path", "x"], "--path must begin with a slash"),
    "a timeout that is none": (["tests.check.apps:plain", "--timeout", "0"], "--timeout"),
    "a server that is unknown": (["--server", "apache"], "--server must be one of uvicorn, hypercorn, granian, daphne"),
    "a server that is not there": (["--server", "no-such-program {port} {app}"], "no-such-program cannot be started"),
    "a server that ends": (["--server", "uvicorn --no-such-option"], "the server ended before it listened"),
}


@pytest.mark.parametrize(("arguments", "named"), MISTAKES.values(), ids=MISTAKES)
def test_what_cannot_be_checked_is_told(arguments: list[str], named: str) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert named in result.stderr


def test_a_factory_makes_the_app() -> None:
    assert run("tests.check.apps:make", "--factory").exit_code == 0


def test_the_text_leads_to_the_sentence() -> None:
    result = run("tests.check.apps:capitals")
    assert "error: http.response.start.headers[0], by the app (app)" in result.stdout
    assert "The specification: Header names must be lowercased." in result.stdout
    assert "https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event\n" in result.stdout
    assert "in 21 of 26 requests: GET, HEAD, OPTIONS, …" in result.stdout
