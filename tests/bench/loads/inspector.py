"""What the inspector is asked for: searches, feeds, files in and out, and views of the largest bodies that are kept."""

import asyncio
from typing import Final
from urllib.parse import quote

from .load import LARGE_BYTES, Client, Load

BODY_BYTES: Final = 256 << 10
BODIES: Final = 200
"""More than the log's 64 MiB hold, for each is sent back too."""

SEARCH: Final = quote(" ".join(["-body:aaaaaaaaaaaab"] * 50))
FILE_EXCHANGES: Final = 12
"""Exported, these are about 13 MiB."""

FEEDS: Final = 20
EXPORT: Final = "/-/api/export.%s?reveal=%d"
KEEP_ALL: Final = ("--kept-body-bytes", "16MiB", "--max-bytes", "256MiB")


async def _full_log(client: Client) -> bytes:
    for _ in range(BODIES):
        (await client.post("/hooks", content=b"a" * BODY_BYTES)).raise_for_status()
    return b""


async def _file(client: Client) -> bytes:
    """A file of exchanges with such bodies, from the full log."""
    await _full_log(client)
    return (await client.get(f"{EXPORT % ('jsonl', 1)}&limit={FILE_EXCHANGES}")).raise_for_status().content


async def _har(client: Client) -> bytes:
    await _full_log(client)
    return (await client.get(f"{EXPORT % ('har', 1)}&limit={FILE_EXCHANGES}")).raise_for_status().content


async def _long_entry(client: Client) -> bytes:
    """A file with one entry of 64 MiB, nearly all of it one body."""
    entry = b'{"startedDateTime":"2026-01-02T03:04:05Z","request":{"url":"http://a/","postData":{"text":"%b"}}}'
    return b'{"log":{"entries":[%b]}}' % (entry % (b"a" * (64 << 20)))


async def _many_values(client: Client) -> bytes:
    """Lines of JSON, none of which is an exchange."""
    return b'{"a":[%b]}\n' % b",".join([b"0"] * 1_000_000) * 8


async def _search(client: Client, content: bytes) -> None:
    (await client.get(f"/-/api/exchanges?q={SEARCH}")).raise_for_status()


async def _follow(client: Client, content: bytes) -> None:
    """Readers of the feed, from its beginning."""
    async with asyncio.TaskGroup() as group:
        for _ in range(FEEDS):
            group.create_task(_read(client, f"/-/live?after=0&q={SEARCH}"))


async def _read(client: Client, path: str) -> None:
    async with client.stream("GET", path, headers={"accept": "text/event-stream"}) as answer:
        async for _ in answer.raise_for_status().aiter_raw():
            pass


async def _import(client: Client, content: bytes) -> None:
    (await client.post("/-/api/import", content=content)).raise_for_status()


async def _export_lines(client: Client, content: bytes) -> None:
    await _read(client, EXPORT % ("jsonl", 1))


async def _export_masked(client: Client, content: bytes) -> None:
    await _read(client, EXPORT % ("har", 0))


async def _export_html(client: Client, content: bytes) -> None:
    await _read(client, EXPORT % ("html", 0))


async def _list(client: Client, content: bytes) -> None:
    (await client.get("/-/api/exchanges?limit=1000")).raise_for_status()


async def _kept(client: Client, content_type: str, body: bytes) -> bytes:
    """The id of an exchange with such a body."""
    answer = (await client.post("/hooks", content=body, headers={"content-type": content_type})).raise_for_status()
    return answer.headers["x-echoscope-id"].encode()


async def _kept_json(client: Client) -> bytes:
    return await _kept(client, "application/json", b"[" + b"0," * (LARGE_BYTES // 2 - 2) + b"0]")


async def _kept_form(client: Client) -> bytes:
    return await _kept(client, "application/x-www-form-urlencoded", b"password=1&" * (LARGE_BYTES // 11))


async def _kept_text(client: Client) -> bytes:
    return await _kept(client, "text/plain", b"token=abc " * (LARGE_BYTES // 10))


async def _kept_parts(client: Client) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    return await _kept(client, "multipart/form-data; boundary=b", part * (LARGE_BYTES // len(part)) + b"--b--\r\n")


async def _kept_xml(client: Client) -> bytes:
    return await _kept(client, "application/xml", b"<a>" + b"<b/>" * (LARGE_BYTES // 4 - 4) + b"</a>")


async def _view(client: Client, exchange_id: bytes) -> None:
    (await client.get(f"/-/api/exchanges/{exchange_id.decode()}/body/view?reveal=0")).raise_for_status()


async def _page(client: Client, exchange_id: bytes) -> None:
    (await client.get(f"/-/exchanges/{exchange_id.decode()}")).raise_for_status()


async def _code(client: Client, exchange_id: bytes) -> None:
    (await client.get(f"/-/api/exchanges/{exchange_id.decode()}/code/httpx")).raise_for_status()


async def _document(client: Client, exchange_id: bytes) -> None:
    (await client.get(f"/-/api/exchanges/{exchange_id.decode()}?reveal=0")).raise_for_status()


LOADS: Final = {
    "a search with 50 terms": Load(_search, _full_log, is_endless=True),
    "20 feeds with such a search": Load(_follow, _full_log, is_endless=True),
    "a list of all": Load(_list, _full_log, is_endless=True),
    "an import of 13 MiB": Load(_import, _file, is_endless=True),
    "an import of a HAR": Load(_import, _har, is_endless=True),
    "an import of one entry of 64 MiB": Load(_import, _long_entry, is_endless=True),
    "an import of long lines": Load(_import, _many_values, is_endless=True),
    "an export of 64 MiB": Load(_export_lines, _full_log, is_endless=True),
    "an export, masked": Load(_export_masked, _full_log, is_endless=True),
    "an export as a page": Load(_export_html, _full_log, is_endless=True),
    "a view of 16 MiB of JSON": Load(_view, _kept_json, True, KEEP_ALL),
    "a view of a form of 16 MiB": Load(_view, _kept_form, True, KEEP_ALL),
    "a view of 16 MiB of text": Load(_view, _kept_text, True, KEEP_ALL),
    "a view of 16 MiB of multipart": Load(_view, _kept_parts, True, KEEP_ALL),
    "a view of 16 MiB of XML": Load(_view, _kept_xml, True, KEEP_ALL),
    "a page with 16 MiB of JSON": Load(_page, _kept_json, True, KEEP_ALL),
    "code for 16 MiB of JSON": Load(_code, _kept_json, True, KEEP_ALL),
    "a document with 16 MiB of text": Load(_document, _kept_text, True, KEEP_ALL),
}
