"""The table of differences between the servers: measured, kept as data for a page, written as Markdown.

    python -m tests.systems.differences            measure all servers and write what they do
    python -m tests.systems.differences --markdown write the Markdown of what was measured last to the output

The data is `app/echoscope/systems.json`; the Markdown stands in the README between `<!-- systems -->` and
`<!-- /systems -->`.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoscope.systems import SYSTEMS_FILE
from echoscope.tls import Certificate, self_signed
from tests.systems import facts
from tests.systems.catalogue import SYSTEMS, System
from tests.systems.facts import Facts
from tests.systems.process import ROOT
from tests.systems.wsgi import WSGI_SYSTEMS, wsgi_row

README = ROOT / "README.md"
BEGIN, END = "<!-- systems -->", "<!-- /systems -->"

Row = list[str]
Rows = dict[str, list[Row]]

TABLES: list[dict[str, Any]] = [
    {
        "id": "scope",
        "title": "The scope of a request",
        "note": "Names are in lower case everywhere, and `raw_path` is what was sent, without the query.",
        "columns": [
            ["Server", ""],
            ["HTTP", ""],
            ["asgi", "The version of ASGI and, where the server says it, of its HTTP part (spec_version)."],
            ["path", "Of /caf%C3%A9/%ff: percent escapes are decoded as UTF-8, and what is none is lost."],
            ["Order of headers", "Of Host, X-B, A, X-B. The specification keeps the order and puts Host in front."],
            ["Two Cookie fields", "RFC 9113 lets a client split the cookie and wants it joined again, RFC 9114 too."],
            ["Latin-1 in a value", "A header value that is not UTF-8; over HTTP/1.1 it is legal."],
            ["Ports", "The second half of client and server; numbers by the specification."],
            ["extensions", "What is offered for an HTTP answer (the names without http.response.)."],
        ],
    },
    {
        "id": "messages",
        "title": "The messages of a request",
        "note": "Bodies come in the pieces that the server made: chunks and frames may be merged, never trust their "
        "sizes. No server hands over trailers as such.",
        "columns": [
            ["Server", ""],
            ["HTTP", ""],
            ["Two pieces of 5 bytes", "Two chunks or frames that arrive together: the sizes of http.request messages."],
            ["The app is called", "A request of which half the body has arrived; asked over HTTP/1.1."],
            ["Request trailers", "Fields behind a chunked body; asked over HTTP/1.1."],
            ["A request without a body", "Whether the one http.request message that it has ever comes."],
        ],
    },
    {
        "id": "places",
        "title": "Where the app is, and who connects",
        "note": "The server is told `/base` as its root path and asked for `/x%20y`, as behind a proxy that takes the "
        "prefix away; where it can, it listens on a Unix socket. The specification wants `path` with the prefix.",
        "columns": [
            ["Server", ""],
            ["path", ""],
            ["raw_path", ""],
            ["root_path", ""],
            ["client on a Unix socket", "None by the specification, when there is none."],
            ["server on a Unix socket", "The path of the socket and null, by the specification."],
            ["extensions of a WebSocket", "websocket.http.response lets an app refuse a handshake in its own words."],
            ["WebSocket closed with 4001", "The code, and perhaps the reason, in websocket.disconnect."],
        ],
    },
    {
        "id": "wsgi",
        "title": "WSGI",
        "note": "The same request as an `environ`. Names of headers are upper-cased, with an underscore for each dash; "
        "their order is kept by the dictionary, and lost where the server sorts.",
        "columns": [
            ["Server", ""],
            ["Threads, processes", "wsgi.multithread and wsgi.multiprocess."],
            ["Repeated headers", "What X-B: 1 and X-B: 3 become."],
            ["X_Under: 1", "A header with an underscore in its name, which could pass for one with a dash."],
            ["Target as sent", "The key that has the path before it was decoded."],
            ["Chunked body", "Whether the body of a request without Content-Length arrives."],
            ["Port of the client", ""],
            ["Live inspector", "Server-sent events hold a thread; WebSockets are not for WSGI."],
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
    """The section of the README."""
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    parts = [f"Measured with {versions}.\n"]
    for table in measured["tables"]:
        parts += [f"### {table['title']}\n", f"{table['note']}\n", _table(table), ""]
    return "\n".join(parts)


def _table(table: dict[str, Any]) -> str:
    titles = [title for title, _ in table["columns"]]
    return "\n".join([_line(titles), _line(["---"] * len(titles)), *map(_line, table["rows"])])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def in_readme() -> str | None:
    """What stands between the two marks, None when they are not there."""
    text = README.read_text()
    if BEGIN not in text or END not in text:
        return None
    return text.partition(BEGIN)[2].partition(END)[0].strip("\n")


def write(measured: dict[str, Any]) -> None:
    SYSTEMS_FILE.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")
    if in_readme() is not None:
        before, _, rest = README.read_text().partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{markdown(measured)}\n{END}{rest.partition(END)[2]}")


def main() -> None:
    if "--markdown" in sys.argv:
        print(markdown(json.loads(SYSTEMS_FILE.read_text())))
    else:
        write(measure())


if __name__ == "__main__":
    main()
