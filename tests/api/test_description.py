"""The OpenAPI document of the JSON API: valid, whole, and true of the answers that a real server gives."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from referencing import Registry, Resource

from echoscope.base.settings import load
from echoscope.exchange.facts import Facts
from echoscope.exchange.model import Carriage, Event, Exchange, Inside, LogLine, RouteMatch
from echoscope.main import create_app
from tests.captures import captures
from tests.servers import Running
from tests.stores import put

DOCUMENT = "/-/api/openapi.json"
WIRE = b"POST /a%20b?token=abc HTTP/1.1\r\nHost:  h \r\nX-A: 1\r\n\r\n"
FRAMED = b"4;ext=1\r\nabcd\r\n0\r\nX-T: v\r\n\r\n"
TLS = {"version": "TLSv1.3", "cipher": "X", "alpn": "h2", "server_name": None}
HTTP2: dict[str, dict[str, int]] = {"settings": {"HEADER_TABLE_SIZE": 4096}, "frames": {"PING": 3}}

BODIES: dict[str, tuple[bytes, bytes]] = {
    "json": (b"application/json", b'{"a": [1, true, null, "x", {}], "a": 2, "password": "s3cret"}'),
    "no-json": (b"application/json", b'{"a": '),
    "lines": (b"application/x-ndjson", b'{"a":1}\n{b\n3\n'),
    "form": (b"application/x-www-form-urlencoded", b'a=1&b=%ff&c={"x":[1]}&token=t'),
    "parts": (
        b"multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n--x\r\n'
        b'Content-Disposition: form-data; name="f"; filename="p.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        b"iVBORw0KGgo=\r\n--x--\r\n",
    ),
    "stream": (b"text/event-stream", b'event: a\nid: 1\ndata: {"a":1}\n\ndata: b\n: c\n\ndata: cut'),
    "xml": (b"application/xml", b"<?xml version='1.0'?><a><b>1</b></a>"),
    "graphql": (b"application/json", b'{"query": "{ a }", "operationName": "A", "variables": {"x": 1}}'),
    "picture": (b"image/png", b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\0\1\0\0\0\2"),
    "utf-16": (b"text/plain; charset=utf-16", "h\u00e9".encode("utf-16")),
    "bytes": (b"application/octet-stream", bytes(range(256))),
    "empty": (b"text/plain", b""),
}


def exchanges() -> Iterator[Exchange]:
    """Random ones, one for each kind of body, and some with all that is seldom there."""
    yield from captures(30)
    plain = next(one for one in captures(20, seed=7) if one.scope["type"] == "http" and one.status)
    headers = [[b"host", b"h"], [b"x-a", b"1"], [b"x-forwarded-for", b"1.2.3.4"], [b"via", b"1.1 proxy"]]
    scope = {**plain.scope, "method": "POST", "path": "/a b", "query_string": b"token=abc", "headers": headers}
    began = plain.started_ns
    carriage = Carriage("c1", 1, began - 5_000_000, False, TLS, HTTP2, 3, FRAMED, [103], "client", began)
    for name, (content_type, content) in BODIES.items():
        lines = [*headers, [b"content-type", content_type]]
        events = [
            Event("receive", 0, len(content), {"type": "http.request", "body": content, "more_body": False}),
            Event("send", 1_000, 0, {"type": "http.response.start", "status": 200, "headers": lines}),
            Event("send", 2_000, len(content), {"type": "http.response.body", "body": content}),
        ]
        yield replace(
            plain,
            id=f"body-{name}",
            state="done",
            received_bytes=len(content),
            sent_bytes=len(content),
            scope={**scope, "headers": lines},
            events_omitted=0,
            events=events,
        )
    yield replace(plain, id="carried-1", scope=scope, wire=WIRE, carriage=carriage)
    yield replace(plain, id="carried-2", scope=scope, carriage=replace(carriage, number=2, http2=None, framed=None))
    yield replace(
        plain, id="refused-1", state="refused", wire=WIRE[:20] + b"\xe9", facts=Facts(reason="malformed"), events=[]
    )
    said = {"client": ["1.2.3.4", None], "scheme": "https", "authority": "a.example"}
    yield replace(plain, id="proxied-1", scope={**scope, "echoscope.forwarded": said, "x.other": {"a": [1, b"\xff"]}})
    line = LogLine(1_000, "INFO", "a.b", "message", "f.py:3 g", "Traceback")
    inner = replace(plain, id="inside-1", scope=scope)
    inside = Inside(1_500, RouteMatch("/a/{x}", "m:f", {"x": "1"}), [line], 2, inner)
    yield replace(plain, id="inside-1", inside=inside, is_derived=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    app = create_app(load({}))

    async def fill() -> None:
        for exchange in exchanges():
            await put(app.logs.main, exchange)

    with Running(app) as running:
        running.run(fill())
        running.client.get("/get")
        running.client.post("/-/api/bins", json={"name": "hooks"})
        yield running


@pytest.fixture(scope="module")
def document(server: Running) -> dict[str, Any]:
    answer = server.client.get(DOCUMENT)
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """The same, in which what the schemas do not name is wrong."""
    told = copy.deepcopy(document)
    for schema in told["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return told


@pytest.fixture(scope="module")
def check(document: dict[str, Any]) -> Any:
    """Checks an answer of success by the schema that the document has for it."""
    told = strict(document)
    registry: Registry[Any] = Registry().with_resource("urn:api", Resource.opaque(told))

    def of(method: str, path: str, answer: Any) -> None:
        operation = told["paths"][path][method.lower()]
        described = operation["responses"][str(answer.status_code)]
        if answer.status_code == 204:
            return
        ((media_type, content),) = described["content"].items()
        if media_type != "application/json":
            assert "schema" not in content
            return
        assert answer.headers["content-type"] == "application/json"
        schema = _anchored(content["schema"])
        Draft202012Validator(schema, registry=registry).validate(answer.json())

    return of


def _anchored(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"urn:api{schema['$ref']}"}
    return {key: [_anchored(one) for one in value] if key == "anyOf" else value for key, value in schema.items()}


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    from openapi_spec_validator import validate  # which every process that collects tests would import

    validate(document)


def test_every_operation_says_what_it_is_and_what_it_gives(document: dict[str, Any]) -> None:
    ids = []
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            operation = item[method]
            ids.append(operation["operationId"])
            assert operation["summary"], (method, path)
            assert operation["responses"].keys() - {"default"}, f"{method} {path} is not marked with `gives`"
            assert all(one["description"].endswith(".") for one in operation.get("parameters", ()))
    assert len(set(ids)) == len(ids)


def test_every_struct_has_a_name_of_its_own_and_says_what_it_is(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not name.isalnum()] == []
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


READ = [
    "", "?reveal=0", "?bodies=1", "/headers", "/headers?of=response", "/body/view", "/body/view?of=response&hex=1",
    "/body/view?reveal=0", "/ways", "/wire", "/hops", "/conformance", "/connection", "/code", "/code/curl", "/send",
    "/events/0/view", "/body",
]  # fmt: skip


def read_template(rest: str) -> str:
    path = "/exchanges/{exchange_id}" + rest.partition("?")[0]
    return path.replace("code/curl", "code/{language}").replace("events/0", "events/{index}")


@pytest.mark.parametrize("rest", READ)
def test_what_is_told_of_an_exchange_has_the_form_that_is_said(server: Running, check: Any, rest: str) -> None:
    told = 0
    for item in server.client.get("/-/api/exchanges?limit=1000").json()["items"]:
        answer = server.client.get(f"/-/api/exchanges/{item['id']}{rest}")
        if answer.status_code == 404:  # no response, no events, another language
            assert answer.headers["content-type"] == "application/problem+json"
            continue
        check("get", read_template(rest), answer)
        told += 1
    assert told >= 30


ANSWERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the list": ("GET", "/exchanges?limit=1000", {}),
    "a wait": ("GET", "/exchanges/wait?after=0", {}),
    "a wait in vain": ("GET", "/exchanges/wait?timeout=0", {}),
    "what it is": ("GET", "/info", {}),
    "a pin": ("PUT", "/exchanges/carried-1/pin", {}),
    "a note": ("PUT", "/exchanges/carried-1/note", {"json": {"note": "Look here."}}),
    "the pins": ("GET", "/pins", {}),
    "no pin": ("DELETE", "/exchanges/carried-1/pin", {}),
    "schemes": ("GET", "/signatures", {}),
    "a verdict": ("POST", "/exchanges/body-json/signature", {"json": {"scheme": "github", "secret": "hush"}}),
    "values": ("GET", "/values?ids=body-json,body-form&of=preview&of=json.a", {}),
    "a link": ("POST", "/exchanges/body-json/share", {"json": {"hours": 1}}),
    "a file": ("GET", "/export.har?limit=1", {}),
    "a file taken": ("POST", "/import", {"content": b'{"a": 1}\n'}),
    "sessions": ("GET", "/sessions", {}),
    "no sessions": ("DELETE", "/sessions", {}),
    "bins": ("GET", "/bins", {}),
    "a bin made": ("POST", "/bins", {}),
    "a bin": ("GET", "/bins/hooks", {}),
    "presets": ("GET", "/presets", {}),
    "answers": ("PUT", "/bins/hooks/answers", {"json": {"rules": [{"path": "/x", "answers": [{"status": 201}]}]}}),
    "answers set": ("GET", "/bins/hooks/answers", {}),
    "a preview": (
        "POST",
        "/bins/hooks/answers/preview",
        {"json": {"answers": {"answers": [{"status": 404, "body": {"base64": "/w=="}}]}}},
    ),
    "no answers": ("DELETE", "/bins/hooks/answers", {}),
    "no signature": ("GET", "/bins/hooks/signature", {}),
    "a signature": ("PUT", "/bins/hooks/signature", {"json": {"scheme": "github", "secret": "hush"}}),
    "a signature set": ("GET", "/bins/hooks/signature", {}),
    "the bin with it": ("GET", "/bins/hooks", {}),
    "a signature taken away": ("DELETE", "/bins/hooks/signature", {}),
    "sent again": ("POST", "/exchanges/body-xml/send", {"json": {}}),
    "the document": ("GET", "/openapi.json", {}),
    "one deleted": ("DELETE", "/exchanges/carried-2", {}),
    "a bin deleted": ("DELETE", "/bins/hooks", {}),
    "all deleted": ("DELETE", "/exchanges", {}),
}
"""Requests in the order in which they are made, for all that changes something last."""

TEMPLATES = {"carried-1": "{exchange_id}", "carried-2": "{exchange_id}", "body-json": "{exchange_id}",
             "body-xml": "{exchange_id}", "hooks": "{name}", "export.har": "export.{format}"}  # fmt: skip

UNTRIED = {("delete", "/sessions/{session_id}"), ("post", "/bins/{name}/key")}
"""What the local profile has none of: browsers that are signed in, and keys."""


def template(path: str) -> str:
    for name, stands_for in TEMPLATES.items():
        path = path.replace(name, stands_for)
    return path.partition("?")[0]


def test_every_other_answer_has_the_form_that_the_document_says(
    server: Running, document: dict[str, Any], check: Any
) -> None:
    tried = {("get", read_template(rest)) for rest in READ}
    for method, address, sent in ANSWERS.values():
        answer = server.client.request(method, f"/-/api{address}", **sent)
        assert answer.is_success, (address, answer.text)
        check(method, template(address), answer)
        tried.add((method.lower(), template(address)))
    operations = {(method, path) for path, item in document["paths"].items() for method in item.keys() - {"parameters"}}
    assert operations - tried == UNTRIED


@pytest.mark.parametrize(
    ("method", "address", "sent"),
    [
        ("GET", "/exchanges/none", {}),
        ("GET", "/exchanges?limit=x", {}),
        ("PUT", "/bins/hooks/answers", {"json": {"answers": [{"status": 1}]}}),
        ("POST", "/info", {}),
    ],
)
def test_every_error_is_the_problem_that_the_document_says(
    server: Running, document: dict[str, Any], method: str, address: str, sent: dict[str, Any]
) -> None:
    answer = server.client.request(method, f"/-/api{address}", **sent)
    assert answer.is_client_error
    schema = strict(document)["components"]["schemas"]["Problem"]
    Draft202012Validator(schema).validate(answer.json())


def test_the_parameters_of_the_document_are_those_that_are_taken(server: Running, document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        names = [one["name"] for one in item.get("get", {}).get("parameters", ())]
        if "get" not in item or path == "/exchanges/wait":
            continue
        address = path.format(exchange_id="x", language="curl", index=0, format="har", name="none")
        refused = server.client.get(f"/-/api{address}?there_is_none=1")
        if not path.startswith("/bins/"):
            assert refused.status_code == 400
            assert all(name in refused.json()["detail"] for name in names), path


def test_a_proxy_that_serves_it_under_a_prefix_stands_in_the_servers() -> None:
    with Running(create_app(load({})), root_path="/tools") as running:
        servers = running.client.get(DOCUMENT).json()["servers"]
    assert [one["url"] for one in servers] == ["/tools/-/api", "/tools/-/bins/{bin}/api"]


def test_the_document_is_for_anybody() -> None:
    settings = load({"ECHOSCOPE_PROFILE": "public", "ECHOSCOPE_TOKEN": "Correct-horse-4-battery"})
    with Running(create_app(settings)) as running:
        assert running.client.get(DOCUMENT).status_code == 200
        assert running.client.get("/-/api/info").status_code == 401
