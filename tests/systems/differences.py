"""The table of differences between the servers: measured, kept as data for a page, written as Markdown.

    python -m tests.systems.differences            measure all servers and write what they do
    python -m tests.systems.differences --markdown write the Markdown of what was measured last to the output

The data is `app/echoscope/web/inspector/systems.json`; the Markdown stands in docs/servers.md between
`<!-- systems -->` and `<!-- /systems -->`.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoscope.server.certificates import Certificate, self_signed
from echoscope.web.inspector.systems import SYSTEMS_FILE
from tests.documents import DOCS, with_section
from tests.systems import facts
from tests.systems.catalogue import SYSTEMS, System
from tests.systems.facts import Facts
from tests.systems.wsgi import WSGI_SYSTEMS, wsgi_row

Row = list[str]
Rows = dict[str, list[Row]]

Column = dict[str, Any]


def column(title: str, explanation: str = "", *specified: str) -> Column:
    """`specified`: the cells that are as the specification has them; none where it leaves it open."""
    return {"title": title, "explanation": explanation, "specified": specified}


SERVER, VERSION = column("Server"), column("HTTP")

TABLES: list[dict[str, Any]] = [
    {
        "id": "scope",
        "title": "The scope of a request",
        "note": "Names are in lower case everywhere, and `raw_path` is what was sent, without the query.",
        "columns": [
            SERVER,
            VERSION,
            column("asgi", "The version of ASGI and, where the server says it, of its HTTP part (spec_version)."),
            column("path", "Of /caf%C3%A9/%ff: escapes are decoded as UTF-8; what is none is lost.", "`/café/\ufffd`"),
            column(
                "Order of headers",
                "Of Host, X-B, A, X-B. Values of one name keep theirs; what was :authority in HTTP/2 comes first.",
                "as sent",
                "repeats moved together",
            ),
            column("Two Cookie fields", "In HTTP/2 and 3 clients split the cookie; RFC 9113 has it joined again."),
            column("Latin-1 in a value", "A header value that is not UTF-8.", "as bytes"),
            column("Ports", "The second half of client and server.", "numbers"),
            column("extensions", "What is offered for an HTTP answer (the names without http.response.)."),
        ],
    },
    {
        "id": "messages",
        "title": "The messages of a request",
        "note": "A body comes in the pieces that the server made: chunks and frames may be merged. No server hands "
        "trailers over as trailers.",
        "columns": [
            SERVER,
            VERSION,
            column("Two pieces of 5 bytes", "Chunks or frames that arrive together: the sizes of the messages."),
            column("The app is called", "For a request of which half the body has arrived; asked over HTTP/1.1."),
            column("Request trailers", "Fields behind a chunked body; asked over HTTP/1.1.", "dropped", "–"),
            column(
                "A request without a body", "Whether its one http.request message ever comes.", "ends with its head"
            ),
        ],
    },
    {
        "id": "places",
        "title": "Where the app is, and who connects",
        "note": "The server is told `/base` as its root path and asked for `/x%20y`, as behind a proxy that takes the "
        "prefix away; where it can, it listens on a Unix socket.",
        "columns": [
            SERVER,
            column("path", "Whether it begins with the root path is left open."),
            column("raw_path"),
            column("root_path"),
            column("client on a Unix socket", "", "`null`", "–"),
            column("server on a Unix socket", "", '`["PATH", null]`', "`null`", "–"),
            column("extensions of a WebSocket", "With websocket.http.response an app may refuse a handshake its way."),
            column("WebSocket closed with 4001", "What websocket.disconnect says.", "`4001` `enough`", "`4001`"),
        ],
    },
    {
        "id": "wsgi",
        "title": "WSGI",
        "note": "The same request as an `environ`: names of headers in capitals, an underscore for each dash.",
        "columns": [
            SERVER,
            column("Threads, processes", "wsgi.multithread and wsgi.multiprocess."),
            column("Repeated headers", "What X-B: 1 and X-B: 3 become."),
            column("X_Under: 1", "A header that could pass for X-Under."),
            column("Target as sent", "The key that has the path before it was decoded."),
            column("Chunked body", "Whether a body without a Content-Length arrives; PEP 3333 knows none."),
            column("Port of the client"),
            column("Live inspector", "Server-sent events hold a thread; WebSockets are not for WSGI."),
        ],
    },
]


def measure() -> dict[str, Any]:
    """All servers, one after the other; each must be installed."""
    rows: Rows = {table["id"]: [] for table in TABLES}
    versions: dict[str, str | None] = {}
    with self_signed() as certificate, socket_folder() as folder:
        for system in SYSTEMS:
            versions |= system.versions
            _add(rows, asgi_rows(system, certificate, Path(folder)))
        for wsgi_system in WSGI_SYSTEMS:
            versions |= wsgi_system.versions
            rows["wsgi"].append(wsgi_row(wsgi_system))
    return {"versions": dict(sorted(versions.items())), "tables": [t | {"rows": rows[t["id"]]} for t in TABLES]}


def socket_folder() -> TemporaryDirectory[str]:
    """For Unix sockets: their paths have to be short, and gunicorn shows the first two letters of them."""
    return TemporaryDirectory(dir="/tmp")


def _add(rows: Rows, more: Rows) -> None:
    for table, found in more.items():
        rows[table] += found


def asgi_rows(system: System, certificate: Certificate, folder: Path) -> Rows:
    """The rows of one ASGI server."""
    place = system.place(certificate)
    with system.start(place):
        asked = [(protocol, Facts(system, place, protocol)) for protocol in system.protocols]
        scope = [[system.name, protocol.removeprefix("HTTP/"), *found.scope()] for protocol, found in asked]
        messages = [[system.name, protocol.removeprefix("HTTP/"), *found.messages()] for protocol, found in asked]
        websocket = facts.websocket(place)
    return {"scope": scope, "messages": messages, "places": [places_row(system, certificate, folder, websocket)]}


def places_row(system: System, certificate: Certificate, folder: Path, websocket: Row) -> Row:
    """Of a second start: under a root path and, where it can be, on a Unix socket."""
    socket = folder / f"{SYSTEMS.index(system)}.sock" if system.has_sockets else None
    place = system.place(certificate, socket, facts.ROOT_PATH)
    with system.start(place):
        return [system.name, *facts.mounted(system, place), *websocket]


def markdown(measured: dict[str, Any]) -> str:
    """The section of docs/servers.md. Cells that are not as the specification has them are bold."""
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    parts = [f"Measured with {versions}. **Bold**: not as the specification has it.\n"]
    for table in measured["tables"]:
        parts += [f"## {table['title']}\n", f"{table['note']}\n", _table(table), ""]
    return "\n".join(parts)


def _table(table: dict[str, Any]) -> str:
    columns = table["columns"]
    rows = [[_cell(*pair) for pair in zip(columns, row, strict=True)] for row in table["rows"]]
    return "\n".join([_line(column["title"] for column in columns), _line(["---"] * len(columns)), *map(_line, rows)])


def _cell(column: Column, text: str) -> str:
    return f"**{text}**" if column["specified"] and text not in column["specified"] else text


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(measured: dict[str, Any]) -> None:
    SYSTEMS_FILE.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")
    page = DOCS / "servers.md"
    page.write_text(with_section(page.read_text(encoding="utf-8"), "systems", markdown(measured)), encoding="utf-8")


def main() -> None:
    if "--markdown" in sys.argv:
        print(markdown(json.loads(SYSTEMS_FILE.read_text())))
    else:
        write(measure())


if __name__ == "__main__":
    main()
