"""The dashboard fills while one looks, and comes back by itself."""

import re

from playwright.sync_api import expect

from tests import wire
from tests.conftest import Serve
from tests.servers import Running

from .conftest import EVERY_SCREEN, Open
from .dashboard import Dashboard
from .proxy import Network

pytestmark = EVERY_SCREEN


def test_a_request_appears_while_one_looks(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(page.get_by_text("Waiting for the first request")).to_be_visible()
    server.client.post("/orders?x=1", content=b"hello")
    row = dashboard.rows("/orders?x=1")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("POST")
    expect(row).to_contain_text("200")
    expect(page.get_by_text("Waiting for the first request")).to_be_hidden()


def test_what_was_there_before_is_listed_newest_first(open_page: Open, server: Running) -> None:
    for number in range(5):
        server.client.get(f"/{number}")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(dashboard.rows()).to_have_count(5)
    assert dashboard.paths() == ["/4", "/3", "/2", "/1", "/0"]


def test_a_flood_is_listed_whole_with_few_rows_in_the_page(open_page: Open, serve: Serve) -> None:
    server = serve(max_exchanges=5_000)
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    wire.pipeline(server, [wire.request(target=f"/{number}", close=number == 1_999) for number in range(2_000)])
    expect(dashboard.list).to_have_attribute("aria-rowcount", "2001")
    expect(dashboard.rows("/1999")).to_have_count(1)
    assert dashboard.rows().count() < 200
    assert dashboard.paths()[:3] == ["/1999", "/1998", "/1997"]


def test_a_websocket_session_is_seen_to_open_and_to_end(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    connection = wire.handshake(server, "/chat")
    row = dashboard.rows("/chat")
    expect(row).to_contain_text("open")
    wire.reset(connection)
    expect(row).to_contain_text("left")
    expect(dashboard.rows()).to_have_count(1)


def test_a_pause_holds_the_list_and_counts_what_waits(open_page: Open, server: Running) -> None:
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    server.client.get("/before")
    expect(dashboard.rows()).to_have_count(1)
    dashboard.button("Pause").click()
    expect(dashboard.state).to_contain_text("Paused")
    for number in range(3):
        server.client.get(f"/{number}")
    expect(dashboard.state).to_contain_text("3 new")
    assert dashboard.paths() == ["/before"]
    dashboard.button("Pause").click()
    expect(dashboard.rows()).to_have_count(4)
    assert dashboard.paths() == ["/2", "/1", "/0", "/before"]
    expect(dashboard.state).to_contain_text("Live")


def test_clearing_asks_first(open_page: Open, server: Running) -> None:
    server.client.get("/1")
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(dashboard.rows()).to_have_count(1)
    dashboard.button("Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(dashboard.rows()).to_have_count(1)
    dashboard.button("Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    expect(dashboard.rows()).to_have_count(0)
    assert server.client.get("/-/api/exchanges").json()["items"] == []


def test_what_others_delete_goes(open_page: Open, server: Running) -> None:
    ids = [server.client.get(f"/{number}").headers["x-echoscope-id"] for number in range(3)]
    page, _ = open_page()
    dashboard = Dashboard(page).open(server)
    expect(dashboard.rows()).to_have_count(3)
    server.client.delete(f"/-/api/exchanges/{ids[1]}")
    expect(dashboard.rows()).to_have_count(2)
    assert dashboard.paths() == ["/2", "/0"]
    server.client.delete("/-/api/exchanges")
    expect(dashboard.rows()).to_have_count(0)


def test_after_a_restart_it_comes_back_with_what_is_there_now(open_page: Open, serve: Serve) -> None:
    first = serve()
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|Failed to load resource")
    dashboard = Dashboard(page).open(first)
    first.client.get("/old")
    expect(dashboard.rows("/old")).to_have_count(1)
    first.stop()
    expect(dashboard.state).to_contain_text(re.compile("Reconnecting|Offline"))
    second = serve(port=first.port)
    second.client.get("/new")
    expect(dashboard.state).to_contain_text("Live")
    expect(dashboard.rows("/new")).to_have_count(1)
    second.client.get("/newer")
    expect(dashboard.rows("/newer")).to_have_count(1)
    listed = [item["path"] for item in second.client.get("/-/api/exchanges").json()["items"]]
    assert [path for path in dashboard.paths() if path != "/old"] == listed == ["/newer", "/new"]


def test_after_a_cut_it_goes_on_where_it_was(open_page: Open, server: Running) -> None:
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|ERR_EMPTY_RESPONSE|Failed to load resource")
    with Network(server.port) as between:
        page.goto(f"{between.origin}/-/")
        dashboard = Dashboard(page)
        expect(dashboard.state).to_contain_text("Live")
        server.client.get("/before")
        expect(dashboard.rows()).to_have_count(1)
        between.is_down = True
        between.cut()
        expect(dashboard.state).to_contain_text(re.compile("Reconnecting|Offline"))
        for number in range(30):
            server.client.get(f"/while/{number}")
        between.is_down = False
        expect(dashboard.state).to_contain_text("Live")
        expect(dashboard.list).to_have_attribute("aria-rowcount", "32")
        server.client.get("/after")
        expect(dashboard.rows("/after")).to_have_count(1)
        while_cut = [f"/while/{number}" for number in range(29, -1, -1)]
        assert dashboard.paths() == ["/after", *while_cut, "/before"][: len(dashboard.paths())]
        page.goto("about:blank")


def test_a_lost_connection_counts_down_to_its_next_attempt_and_makes_it_when_asked(
    open_page: Open, server: Running
) -> None:
    page, watch = open_page()
    watch.expects(r"WebSocket connection|ERR_CONNECTION|ERR_EMPTY_RESPONSE|Failed to load resource")
    with Network(server.port) as between:
        page.goto(f"{between.origin}/-/")
        dashboard = Dashboard(page)
        expect(dashboard.state).to_contain_text("Live")
        again = dashboard.state.get_by_title("Try now")
        expect(again).to_be_hidden()
        between.is_down = True
        between.cut()
        expect(dashboard.state).to_contain_text("Offline")
        expect(again).to_have_text(re.compile(r"again (in [1-5] s|now)"))
        page.evaluate("setTimeout = () => 0")  # by itself it is never tried again
        expect(again).to_have_text("again now")
        between.is_down = False
        again.click()
        expect(dashboard.state).to_contain_text("Live")
        expect(again).to_be_hidden()
        page.goto("about:blank")


def test_two_dashboards_show_the_same(open_page: Open, server: Running) -> None:
    dashboards = [Dashboard(open_page()[0]).open(server) for _ in range(2)]
    for number in range(10):
        server.client.get(f"/{number}")
    for dashboard in dashboards:
        expect(dashboard.rows()).to_have_count(10)
    assert dashboards[0].paths() == dashboards[1].paths()
