"""Clients that post as fast as they are answered, and the account of what they were told."""

import asyncio
from collections.abc import Iterable

import httpx

from tests.servers import NO_TLS, WAIT_S


class Account:
    """`told`: the ids of exchanges that are stored. `later`: of those that were not in time. `errors`: requests without
    an answer, which servers that are killed leave behind."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.later: list[str] = []
        self.errors = 0
        self.statuses: set[int] = set()

    @property
    def answered(self) -> int:
        return len(self.told) + len(self.later)

    def take(self, answer: httpx.Response) -> None:
        self.statuses.add(answer.status_code)
        stored = answer.headers.get("x-echoscope-stored")
        assert stored in (None, "later")
        (self.later if stored else self.told).append(answer.headers["x-echoscope-id"])


class Load:
    """`clients` clients that post to `origins` in turn, until the block ends or each has posted `each` times."""

    def __init__(self, origins: Iterable[str], clients: int = 4, each: int = 1_000_000) -> None:
        self.account = Account()
        self._origins = list(origins)
        self._clients = clients
        self._each = each
        self._is_over = False

    async def __aenter__(self) -> Account:
        self._tasks = [asyncio.create_task(self._post(number)) for number in range(self._clients)]
        return self.account

    async def __aexit__(self, *_: object) -> None:
        self._is_over = self._each == 1_000_000
        await asyncio.wait_for(asyncio.gather(*self._tasks), 3 * WAIT_S)

    async def _post(self, client_number: int) -> None:
        origin = self._origins[client_number % len(self._origins)]
        async with httpx.AsyncClient(base_url=origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
            for number in range(self._each):
                if self._is_over:
                    return
                try:
                    answer = await client.post(f"/hooks/{client_number}/{number}", content=b"x" * (number % 50))
                except httpx.TransportError:
                    self.account.errors += 1
                    continue
                self.account.take(answer)


async def until(account: Account, answered: int, later: int = 0) -> None:
    """Return when so many more have been answered, and so many have been told that they are stored later."""
    answered, later = account.answered + answered, len(account.later) + later
    async with asyncio.timeout(WAIT_S):
        while account.answered < answered or len(account.later) < later:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def drained(*origins: str) -> None:
    """Return when nothing waits to be stored any more."""
    async with asyncio.timeout(WAIT_S), httpx.AsyncClient(timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
        while any([(await client.get(f"{origin}/-/api/info")).json()["waiting"] for origin in origins]):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def listed(origin: str) -> dict[str, int]:
    """All that is kept: seqs by id. Fails for an id that is there twice."""
    seqs: dict[str, int] = {}
    before: dict[str, int] = {}
    async with httpx.AsyncClient(base_url=origin, timeout=WAIT_S, trust_env=False, verify=NO_TLS) as client:
        while True:
            page = (await client.get("/-/api/exchanges", params={"limit": 1_000, **before})).json()
            for item in page["items"]:
                assert item["id"] not in seqs
                seqs[item["id"]] = item["seq"]
            if page["next"] is None:
                return seqs
            before = {"before": page["next"]}
