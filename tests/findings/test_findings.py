"""The list as a whole: bounded, never failing, without secrets, and the same wherever it is shown."""

import gzip
import json
import logging
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from msgspec.structs import replace

import echoscope.insight.findings as package
from echoscope.base.settings import declared
from echoscope.exchange.model import Event, Exchange
from echoscope.insight.findings import MAX_FINDINGS, MAX_OF_A_RULE, RULES, Rule, findings, link
from echoscope.insight.masking import mask
from tests.captures import captures
from tests.findings.made import AT_S, bearer, exchange, session, token
from tests.findings.test_rules import SILENT, SPEAKS
from tests.servers import Running, echoscope
from tests.told import findings as told_findings

ALL = [rule for rules in RULES.values() for rule in rules]
LIMIT_S = 0.5


def test_names_are_unique_and_there_are_many() -> None:
    assert len({rule.name for rule in ALL}) == len(ALL) >= 45


def test_a_rule_says_of_itself_when_it_speaks() -> None:
    for rule in ALL:
        assert rule.summary, rule.name
        assert not rule.summary.endswith("."), rule.name
        assert rule.function.__doc__, rule.name


def test_a_finding_is_whole() -> None:
    all_findings = [finding for _, subject, _ in SPEAKS for finding in findings(subject)]
    assert len(all_findings) >= len(SPEAKS)
    for finding in all_findings:
        assert not finding.title.endswith("."), finding.title
        assert finding.why.endswith("."), finding.why
        assert finding.advice == "" or finding.advice.endswith((".", ")")), finding.advice
        assert finding.level in ("error", "warning", "note"), finding.title
        assert finding.reference, finding.title
        assert all(text.isprintable() for text in (finding.title, finding.why, finding.advice)), finding.title
        assert len(finding.title) <= 140, finding.title
        assert len(finding.why) <= 700, finding.why


def test_a_place_is_the_line_that_is_meant() -> None:
    (finding,) = findings(exchange(headers=[("authorization", "Basic YTpi"), ("authorization", "Basic YTpi")]))
    assert finding.where is not None
    assert (finding.where.of, finding.where.part, finding.where.index, finding.where.name) == (
        "request",
        "header",
        2,
        "authorization",
    )


def test_the_position_of_a_fault_in_json_counts_bytes() -> None:
    body = '{"é": 1,}'.encode()
    (finding,) = findings(exchange("POST", "/", [("content-type", "application/json")], body))
    assert finding.where is not None
    assert (finding.where.start, finding.where.end) == (9, 10)
    assert body[9:10] == b"}"


def test_the_gravest_come_first() -> None:
    subject = exchange("POST", "/a//b", [("content-type", "application/json"), ("expect", "x")], b"{", agent=None)
    levels = [finding.level for finding in findings(subject)]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert set(levels) == {"error", "warning", "note"}


def test_a_rule_that_fails_is_logged_and_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(facts: Any) -> list[Any]:
        raise RuntimeError("broken")

    bad = Rule("bad", "error", "Never", fails, "RFC 9110")
    monkeypatch.setitem(RULES, "Bad", (bad,))
    with caplog.at_level(logging.ERROR):
        assert [finding.rule for finding in findings(exchange(agent=None))] == ["no-user-agent"]
    assert "The rule bad failed for exchange a-1." in caplog.text


def test_when_the_time_is_over_no_further_rule_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "BUDGET_S", -1.0)
    assert findings(exchange(agent=None)) == []


@pytest.mark.parametrize("seed", range(4))
def test_random_exchanges_of_any_kind_have_findings_and_no_rule_fails(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    for subject in captures(250, seed):
        json.dumps(told_findings(subject))
    assert caplog.records == []


def test_no_rule_fails_for_an_exchange_of_which_another_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    for rule, subject in SILENT:
        findings(subject)
        assert caplog.records == [], rule


DEEP = b"[" * 100_000
HOSTILE: dict[str, Callable[[], Exchange]] = {
    "cookies": lambda: exchange(headers=[("cookie", "a=1; " * 20_000)]),
    "quotes": lambda: exchange(
        headers=[(name, '"' * 60_000) for name in ("accept", "forwarded", "if-none-match", "content-type")]
    ),
    "commas": lambda: exchange(
        headers=[(name, "," * 60_000 + "a") for name in ("x-forwarded-for", "accept", "range", "connection")]
    ),
    "spaces": lambda: exchange(headers=[("range", "bytes=0-" + " " * 60_000 + "x"), ("cache-control", " " * 60_000)]),
    "lines": lambda: exchange(headers=[("x-forwarded-for", "10.0.0.1, " * 50)] * 5_000),
    "names": lambda: exchange(headers=[(f"x-{number}", "1") for number in range(50_000)]),
    "path": lambda: exchange(target="/" + "cgi-bin/" * 8_000 + "\n"),
    "dots": lambda: exchange(target="/.." * 20_000 + "?" + "%25%2525&" * 8_000),
    "parameters": lambda: exchange(target="/?" + "a=%2520&" * 8_000),
    "deep": lambda: exchange("POST", "/", [("content-type", "application/json")], DEEP),
    "wide": lambda: exchange("POST", "/", [("content-type", "application/json")], b"[" + b"1," * 130_000 + b"1]"),
    "lines of json": lambda: exchange("POST", "/", [("content-type", "application/json")], b"{}\n" * 80_000),
    "bomb": lambda: exchange(
        "POST",
        "/",
        [("content-type", "application/json"), ("content-encoding", "gzip")],
        gzip.compress(bytes(20 << 20)),
    ),
    "large": lambda: exchange("POST", "/", [("content-type", "text/plain; charset=utf-16")], b"\xff" * (8 << 20)),
    "parts": lambda: exchange(
        "POST", "/", [("content-type", "multipart/form-data; boundary=x")], b"--x\r\n\r\n\r\n" * 20_000
    ),
    "policy": lambda: exchange(
        answer=[("content-security-policy", "a;" * 30_000), ("content-security-policy", "defaultsrc x;" * 9_000)]
    ),
    "set-cookie": lambda: exchange(answer=[("set-cookie", "a=1" + "; path=/, b=" * 8_000)] * 200),
    "token": lambda: exchange(headers=bearer({"aud": ["https://a.example"] * 2_000, "exp": 10**400})),
    "events": lambda: session([], *[{"type": "websocket.close", "code": 9}] * 20_000),
    "agent": lambda: exchange(headers=[("user-agent", "nmap scripting " * 5_000)]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_exchanges_take_little_time_and_give_few_findings(name: str, caplog: pytest.LogCaptureFixture) -> None:
    subject = HOSTILE[name]()
    start = time.process_time()
    said = findings(subject)
    assert time.process_time() - start < LIMIT_S
    assert len(said) <= MAX_FINDINGS
    rules = [finding.rule for finding in said]
    assert max(map(rules.count, rules), default=0) <= MAX_OF_A_RULE
    assert caplog.records == []


SECRET = "hunter2swordfish"
WITH_SECRETS = {
    "query": exchange(target=f"/?access_token={SECRET}&q=%zz&x=a%2520b&y=%ff{SECRET}"),
    "basic": exchange(headers=[("authorization", f"Basic {SECRET}!"), ("proxy-authorization", SECRET)]),
    "bearer": exchange(headers=[("authorization", f"Bearer Bearer {SECRET}")], scheme="http"),
    "jwt": exchange(headers=[("authorization", token({"exp": AT_S - 1, "nonce": SECRET}, "none", SECRET))]),
    "cookie": exchange(headers=[("cookie", f"a={SECRET * 600}; a={SECRET}")]),
    "set-cookie": exchange(
        answer=[("set-cookie", f"a={SECRET * 600}; SameSite=None"), ("set-cookie", f"__Host-b={SECRET}")]
    ),
    "key": exchange(headers=[("x-api-key", SECRET.encode() + b"\xff"), ("x-api-key", SECRET)]),
    "signature": exchange("POST", "/", [("stripe-signature", f"t={AT_S - 9000},v1={SECRET}")], b"{}"),
    "gitlab": exchange("POST", "/", [("x-gitlab-event", "Push Hook"), ("x-gitlab-token", SECRET)], b"{}"),
    "body": exchange("POST", "/", [("content-type", "application/json")], f'{{"password": {SECRET}}}'.encode()),
    "form": exchange("POST", "/", [("content-type", "application/json")], f"password={SECRET}".encode()),
    "location": exchange(status=302, answer=[("location", f"www.example.org/cb?code={SECRET} x")]),
    "error": exchange(error=f"Traceback\nValueError: {SECRET}"),
    "odd error": exchange(error=f"Traceback\n{SECRET} was wrong"),
}


@pytest.mark.parametrize("name", WITH_SECRETS)
def test_no_finding_repeats_a_secret(name: str) -> None:
    said = told_findings(WITH_SECRETS[name])
    assert said
    assert SECRET not in json.dumps(said)


def test_an_exchange_that_was_masked_is_not_called_odd_for_that() -> None:
    body = gzip.compress(json.dumps({"password": SECRET}).encode())
    sent = [("content-type", "application/json"), ("content-encoding", "gzip"), ("authorization", "Basic YTpiYmJiYmI=")]
    subject = exchange("POST", "/?api_version=1", sent, body)
    assert findings(subject) == findings(mask(subject)) == []


def test_an_exchange_that_goes_on_is_not_judged_by_what_is_not_there_yet() -> None:
    begun = [Event("receive", 0, 1, {"type": "http.request", "body": b"{", "more_body": True})]
    sent = [("content-type", "application/json"), ("content-length", "9"), ("content-md5", "AAAA")]
    assert findings(exchange("POST", "/", sent, b"{", events=begun, state="open", status=None)) == []


def test_an_event_stream_ends_by_the_client_leaving() -> None:
    subject = replace(
        exchange(state="disconnected", answer=[("content-type", "text/event-stream")]), is_event_stream=True
    )
    assert findings(subject) == []


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("RFC 9110, section 5.3", "https://www.rfc-editor.org/rfc/rfc9110#section-5.3"),
        ("RFC 9112, appendix C.2.2", "https://www.rfc-editor.org/rfc/rfc9112#appendix-C.2.2"),
        ("RFC 8259", "https://www.rfc-editor.org/rfc/rfc8259"),
        ("https://example.org/a", "https://example.org/a"),
        ("docs/settings.md", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_reference_has_an_address(reference: str, address: str | None) -> None:
    assert link(reference) == address


def test_api_page_and_report_show_the_same() -> None:
    with echoscope() as server:
        answer = server.client.post("/<b>//x", content=b'{"a": 1,}', headers={"content-type": "application/json"})
        exchange_id = answer.headers["x-echoscope-id"]
        said = server.client.get(f"/-/api/exchanges/{exchange_id}").json()["findings"]
        assert [(finding["rule"], finding["level"]) for finding in said] == [
            ("json-invalid", "error"),
            ("empty-segment", "note"),
        ]
        assert said[0]["where"] == {"of": "request", "part": "body", "start": 8, "end": 9}
        assert said[0]["link"] == "https://www.rfc-editor.org/rfc/rfc8259#section-2"
        for path in (f"/-/exchanges/{exchange_id}", f"/-/api/export.html?ids={exchange_id}"):
            page = server.client.get(path, headers={"accept": "text/html"}).text
            assert "The request is not valid JSON" in page
            assert "The path has two slashes in a row" in page
            assert "<b>//x" not in page
        assert "findings" not in _lines(server, exchange_id)


def _lines(server: Running, exchange_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(server.client.get(f"/-/api/export.jsonl?ids={exchange_id}").text)
    return document


def test_the_report_judges_an_exchange_before_its_secrets_are_taken_out() -> None:
    with echoscope() as server:
        answer = server.client.get("/", headers={"authorization": f"Bearer {token({'exp': 1})}"})
        path = f"/-/api/export.html?ids={answer.headers['x-echoscope-id']}"
        page = server.client.get(path).text
        assert "The token has expired" in page
        assert token({"exp": 1}) not in page


def test_options_that_are_advised_exist() -> None:
    """Those of Echoscope and of uvicorn, which is installed beside it."""
    own = {setting.option for setting in declared()}
    of_uvicorn = {option for parameter in uvicorn.main.params for option in parameter.opts}
    named: dict[str, set[str]] = {"echoscope": set(), "uvicorn": set()}
    for _, subject, _ in SPEAKS:
        for finding in findings(subject):
            for program, option in re.findall(r"\b(echoscope|uvicorn):? (--[a-z0-9-]+)", finding.advice.lower()):
                named[program].add(option)
            named["echoscope"] |= set(re.findall(r"Start Echoscope with a larger (--[a-z-]+)", finding.advice))
    assert named["echoscope"] >= {"--kept-body-bytes", "--max-websocket-bytes", "--tls"}
    assert named["uvicorn"] >= {"--proxy-headers", "--ws-max-size"}
    assert named["echoscope"] <= own
    assert named["uvicorn"] <= of_uvicorn
