"""The echo as a page: complete without JavaScript, and nothing that a client sent becomes markup."""

import re
from html import unescape

import pytest

from echoscope.exchange.document import scope_document
from echoscope.http.spec import HTTP_SCOPE_KEYS
from tests import wire
from tests.servers import Running

HTML = {"accept": "text/html"}

HOSTILE = (
    b'POST /<script>alert(1)</script>?q="><img/src=x/onerror=alert(2)> HTTP/1.1\r\n'
    b"Host: localhost\r\nX-A: <img src=x onerror=alert(3)>\r\nAccept: text/html\r\n"
    b"User-Agent: <svg onload=alert(4)>\r\n"
    b"X'&Y: </textarea><script>alert(5)</script>\r\nCookie: a=<b>\r\nContent-Length: 25\r\nConnection: close\r\n\r\n"
    b"</pre><script>6</script>\n"
)


def assert_harmless(page: str) -> None:
    for markup in ("<script>alert", "<img", "<svg onload", "</pre><script>", "a=<b>", "</textarea><script>"):
        assert markup not in page, markup
    assert re.findall(r"\son\w+=[\"']", page) == []
    assert "&lt;script&gt;" in page


def test_nothing_that_a_client_sent_becomes_markup(any_server: Running) -> None:
    answer = wire.Answer(any_server.raw(HOSTILE))
    assert (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
    page = answer.body.decode()
    assert_harmless(page)
    shown = unescape(page)
    for text in ('"><img/src=x/onerror=alert(2)>', "<img src=x onerror=alert(3)>", "x'&y", "</pre><script>6</script>"):
        assert text in shown


@pytest.mark.parametrize("path", ["/-/exchanges/{id}", "/-/", "/-/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"])
def test_nothing_that_a_client_sent_becomes_markup_in_the_inspector_s_pages(server: Running, path: str) -> None:
    exchange_id = wire.Answer(server.raw(HOSTILE)).header("x-echoscope-id")
    answer = server.client.get(path.format(id=exchange_id), headers=HTML)
    assert answer.status_code == 200
    assert_harmless(answer.text)


@pytest.mark.parametrize(
    "target",
    [
        "/</script><img src=x onerror=alert(1)>".replace(" ", "%20"),
        "/?q=</script><img/src=x/onerror=alert(1)>",
        "/?q=<!--<script>",
        "/%3C/title%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/%e2%80%a8%e2%80%a9",
        "/{{7*7}}{%25raise%25}",
    ],
)
def test_no_path_or_query_breaks_out(server: Running, target: str) -> None:
    answer = wire.ask(server, "GET", target, "Accept: text/html")
    assert answer.status == 200
    page = answer.body.decode()
    assert (
        page.count("<script") == len(re.findall(r'<script type="module" src="/-/static/[\w./-]+"></script>', page)) == 1
    )
    assert "<img" not in page
    assert "<!--<" not in page
    assert "49" not in re.findall(r"<h1.*?</h1>", page, re.DOTALL)[0]


def test_the_page_may_load_and_run_nothing_but_our_own(server: Running) -> None:
    headers = server.client.get("/echo", headers=HTML).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("cache-control") == ["no-store"]


def test_it_explains_every_key_in_plain_words(server: Running) -> None:
    page = unescape(server.client.get("/echo", headers=HTML).text)
    for key in HTTP_SCOPE_KEYS:
        found = re.search(rf"<dt>{key}</dt>\s*<dd.*?</dd>\s*<dd class=\"help\">(.+?)</dd>", page, re.DOTALL)
        assert found, key
        assert len(found[1]) > 20


def test_it_shows_all_that_the_json_shows(server: Running) -> None:
    headers = {**HTML, "x-text": "grüß".encode(), "x-bytes": b"\xff\xfe"}
    answer = server.client.post("/a%20b?x=%ff", headers=headers, content=b"body <b>")  # type: ignore[arg-type]
    page = unescape(answer.text)
    for text in ("/a b", "x=%ff", "grüß", "//4=", "body <b>", "application", "POST", "http.request"):
        assert text in page, text


def test_it_leads_to_the_exchange_and_to_the_inspector(server: Running) -> None:
    answer = server.client.get("/echo", headers=HTML)
    exchange_id = answer.headers["x-echoscope-id"]
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert f"/-/exchanges/{exchange_id}" in links
    assert f"/-/?id={exchange_id}" in links
    assert "/-/" in links


def test_all_that_it_links_to_on_this_server_is_there(server: Running) -> None:
    page = server.client.get("/echo", headers=HTML).text
    links = {unescape(link) for link in re.findall(r'(?:href|src)="(/[^"]*)"', page)}
    assert any("/static/" in link for link in links)
    for link in links:
        assert server.client.get(link).status_code == 200, link


def test_head_of_the_page_has_no_body(server: Running) -> None:
    answer = server.client.head("/echo", headers=HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["content-length"]) > 1_000
    assert answer.content == b""


def test_scope_keys_of_the_documents_are_those_of_the_spec() -> None:
    assert list(scope_document({"type": "http", "headers": [], "path": "/"})) == ["type", "path", "headers"]
