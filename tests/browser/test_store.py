"""A dashboard whose store is away says so, and goes on by itself when it is back."""

from pathlib import Path

from playwright.sync_api import expect

from tests.places import RedisServer, redis_server
from tests.servers import echoscope

from .conftest import Open
from .dashboard import Dashboard


def test_a_store_that_is_away_is_told_of_until_it_is_back(open_page: Open, tmp_path: Path) -> None:
    redis = RedisServer(redis_server(), tmp_path)
    with echoscope(store=redis.address) as server:
        page, watch = open_page()
        watch.expects("503")
        dashboard = Dashboard(page).open(server)
        server.client.get("/before")
        expect(dashboard.rows("/before")).to_have_count(1)
        redis.kill()
        assert server.client.get("/meanwhile").headers["x-echoscope-stored"] == "later"
        warning = page.get_by_text("The store is away")
        expect(warning).to_contain_text("one exchange waits for it")
        redis.start()
        expect(dashboard.rows("/meanwhile")).to_have_count(1)
        expect(warning).to_be_hidden()
    redis.stop()
