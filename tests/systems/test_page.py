"""The page and the document with what servers do: the same data, shown twice."""

import re
from typing import Any

import pytest

from echoscope.web.inspector.systems import systems
from tests.conftest import Serve
from tests.documents import section
from tests.systems import differences
from tests.systems.catalogue import SYSTEMS
from tests.systems.wsgi import WSGI_SYSTEMS


def test_the_page_shows_every_row_of_every_table(serve: Serve) -> None:
    made = serve().client.get("/-/systems")
    assert (made.status_code, made.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in made.headers["content-security-policy"]
    rows = sum(len(table["rows"]) for table in systems()["tables"])
    assert len(re.findall('<th scope="row">', made.text)) == rows
    for system in (*SYSTEMS, *WSGI_SYSTEMS):
        assert f'<th scope="row">{system.name}</th>' in made.text


def test_the_page_marks_what_is_not_as_specified(serve: Serve) -> None:
    page = serve().client.get("/-/systems").text
    assert page.count('<mark class="odd">') == differences.markdown(systems()).count("| **") + 1
    assert '<mark class="odd">never ends</mark>' in page


def test_the_page_is_open_to_everybody(serve: Serve) -> None:
    server = serve(profile="public", token="a-token-of-the-operator")
    assert server.client.get("/-/systems").status_code == 200
    assert server.client.get("/-/api/info").status_code == 401


def test_the_page_s_links_keep_the_root_path(serve: Serve) -> None:
    server = serve(root_path="/base")
    page = server.client.get("/-/systems").text
    assert all(link.startswith(("/base/", "#")) for link in re.findall('(?:href|src)="([^"]+)"', page))


def test_every_system_has_its_rows() -> None:
    versions = [[system.name, name.removeprefix("HTTP/")] for system in SYSTEMS for name in system.protocols]
    found = {table["id"]: table["rows"] for table in systems()["tables"]}
    assert [row[:2] for row in found["scope"]] == versions
    assert [row[:2] for row in found["messages"]] == versions
    assert [row[0] for row in found["places"]] == [system.name for system in SYSTEMS]
    assert [row[0] for row in found["wsgi"]] == [system.name for system in WSGI_SYSTEMS]


@pytest.mark.parametrize("table", differences.TABLES, ids=[table["id"] for table in differences.TABLES])
def test_the_data_has_the_columns_of_today(table: dict[str, Any]) -> None:
    (found,) = [made for made in systems()["tables"] if made["id"] == table["id"]]
    assert all(len(row) == len(found["columns"]) for row in found["rows"])
    assert found["columns"] == [column | {"specified": list(column["specified"])} for column in table["columns"]]


def test_the_document_has_the_table_of_the_data() -> None:
    assert section("systems", "servers.md") == differences.markdown(systems()).strip()
