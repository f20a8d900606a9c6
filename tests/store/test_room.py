"""Several logs in one room: their bytes together are bounded, and none of them can starve another."""

from echoscope.log.log import Logs
from echoscope.log.store import Bounds
from tests.exchanges import made_exchange
from tests.stores import put


async def test_all_logs_together_keep_to_the_bytes() -> None:
    logs = Logs(Bounds(max_bytes=100_000))
    for number in range(50):
        await put(logs.named(f"log-{number % 5}"), made_exchange(f"id-{number}", body=b"x" * 5_000))
    assert 90_000 < logs.room.used <= 100_000
    assert sum([(await logs.named(f"log-{number}").status()).bytes for number in range(5)]) == logs.room.used


async def test_a_flood_in_one_log_pushes_out_its_own() -> None:
    logs = Logs(Bounds(max_bytes=100_000))
    for number in range(5):
        await put(logs.named("quiet"), made_exchange(f"quiet-{number}", body=b"x" * 1_000))
    for number in range(100):
        await put(logs.main, made_exchange(f"flood-{number}", body=b"x" * 5_000))
    assert (await logs.named("quiet").status()).exchanges == 5


async def test_a_new_log_finds_room_in_a_full_house() -> None:
    logs = Logs(Bounds(max_bytes=100_000))
    for number in range(100):
        await put(logs.main, made_exchange(f"old-{number}", body=b"x" * 5_000))
    for number in range(3):
        await put(logs.named("new"), made_exchange(f"new-{number}", body=b"x" * 5_000))
    assert (await logs.named("new").status()).exchanges == 3


async def test_a_log_that_is_forgotten_leaves_its_room() -> None:
    logs = Logs(Bounds(max_bytes=100_000))
    await put(logs.named("one"), made_exchange("a"))
    before = logs.room.used
    await logs.forget("one")
    assert (before > 0, logs.room.used) == (True, 0)
    assert (await logs.named("one").status()).exchanges == 0
