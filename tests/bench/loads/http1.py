"""Requests over HTTP/1.1: many small ones at once, and the largest bodies that are taken."""

import asyncio
from gzip import compress
from typing import Final

from .load import HOST, LARGE_BYTES, BenchError, Client, Load, content

PIPELINED_BYTES: Final = 256 << 10
CONNECTIONS: Final = 50


async def _pipeline(client: Client, _: bytes) -> None:
    """Requests, all at once, and their answers."""
    request = b"GET /hooks HTTP/1.1\r\nHost: localhost\r\n\r\n"
    count = PIPELINED_BYTES // len(request)
    reader, writer = await asyncio.open_connection(HOST, client.base_url.port)
    writer.write(request * count)
    answers, end = 0, b""
    while answers < count:
        piece = await reader.read(1 << 16)
        if not piece:
            raise BenchError(f"a connection was closed after {answers} of {count} pipelined requests")
        answers += (end + piece).count(b"HTTP/1.1 200 ")
        end = piece[-len(b"HTTP/1.1 200 ") + 1 :]
    writer.close()


async def _pipeline_on_many(client: Client, _: bytes) -> None:
    async with asyncio.TaskGroup() as group:
        for _number in range(CONNECTIONS):
            group.create_task(_pipeline(client, b""))


async def _post_json(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    (await client.post("/post", content=body, headers=headers)).raise_for_status()


async def _post_form(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    (await client.post("/post", content=body, headers=headers)).raise_for_status()


async def _post_multipart(client: Client, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    (await client.post("/post", content=body, headers=headers)).raise_for_status()


async def _post_gzip(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    (await client.post("/post", content=body, headers=headers)).raise_for_status()


async def _redirect_by_form(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    await client.post("/redirect-to", content=body, headers=headers)


async def _anything(client: Client, body: bytes) -> None:
    (await client.post("/anything", content=body)).raise_for_status()


async def _payload(client: Client, body: bytes) -> None:
    (await client.post("/payload", content=body)).raise_for_status()


async def _echo(client: Client, body: bytes) -> None:
    (await client.post("/hooks", content=body)).raise_for_status()


async def _bin(client: Client) -> bytes:
    """A bin whose rule looks into the JSON of a body."""
    made = (await client.post("/-/api/bins", json={})).raise_for_status().json()
    rule = {"json": {"a.b": "c"}, "answers": [{"status": 202}]}
    (await client.put(f"/-/api/bins/{made['name']}/answers", json={"rules": [rule]})).raise_for_status()
    return str(made["name"]).encode() + b"\n" + _numbers()


async def _post_to_bin(client: Client, prepared: bytes) -> None:
    name, _, body = prepared.partition(b"\n")
    headers = {"content-type": "application/json"}
    (await client.post(f"/~{name.decode()}/x", content=body, headers=headers)).raise_for_status()


def _numbers() -> bytes:
    return b"[" + b"0," * (LARGE_BYTES // 2 - 2) + b"0]"


def _deep() -> bytes:
    return b"[" + b",".join([b"[" * 200 + b"]" * 200] * (LARGE_BYTES // 401 - 1)) + b"]"


def _escapes() -> bytes:
    return b'{"a": "' + b"\\u00e9" * (LARGE_BYTES // 6 - 10) + b'"}'


def _form() -> bytes:
    return b"a=1&" * (LARGE_BYTES // 4)


def _escaped_form() -> bytes:
    return b"a=" + b"%41" * (LARGE_BYTES // 3 - 2)


def _parts() -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    return part * (LARGE_BYTES // len(part) - 1) + b"--b--\r\n"


def _file() -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
    return head + b"\xff" * (LARGE_BYTES - 200) + b"\r\n--b--\r\n"


def _bomb() -> bytes:
    return compress(b"[" + b"0," * LARGE_BYTES + b"0]")


def _binary() -> bytes:
    return b"\xff" * LARGE_BYTES


LOADS: Final = {
    "GETs of 256 KiB at once": Load(_pipeline),
    "GETs of 256 KiB at once, on 50 connections": Load(_pipeline_on_many),
    "16 MiB of JSON to /post": Load(_post_json, content(_numbers)),
    "16 MiB of deep JSON to /post": Load(_post_json, content(_deep)),
    "16 MiB of JSON escapes to /post": Load(_post_json, content(_escapes)),
    "a form of 16 MiB to /post": Load(_post_form, content(_form)),
    "a form with one field of 16 MiB to /post": Load(_post_form, content(_escaped_form)),
    "a form of 16 MiB to /redirect-to": Load(_redirect_by_form, content(_escaped_form)),
    "multipart of 16 MiB, tiny parts": Load(_post_multipart, content(_parts)),
    "multipart of 16 MiB, one file": Load(_post_multipart, content(_file)),
    "gzip of 32 MiB of JSON to /post": Load(_post_gzip, content(_bomb)),
    "16 MiB of bytes to /anything": Load(_anything, content(_binary)),
    "16 MiB of bytes to /payload": Load(_payload, content(_binary)),
    "16 MiB of bytes to the echo": Load(_echo, content(_binary)),
    "16 MiB of JSON to a bin with rules": Load(_post_to_bin, _bin),
}
