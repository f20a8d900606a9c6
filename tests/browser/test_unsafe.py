"""What an operator lets strangers compose runs, but never where the inspector can be read."""

from base64 import urlsafe_b64encode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.conftest import Serve

PAGE = """<title>waiting</title><script>
fetch("/-/api/exchanges", {credentials: "include"}).then((answer) => answer.text())
  .then((text) => { document.title = "read " + text }, (error) => { document.title = "refused" })
</script>"""


@pytest.mark.parametrize("profile", ["local", "public"])
def test_a_script_of_a_composed_page_reads_nothing(serve: Serve, open_page: Open, profile: str) -> None:
    token = "operator-token-of-this-test"
    server = serve(profile=profile, token=token, unsafe_responses=True)
    page, watch = open_page()
    watch.expects("CORS|Failed to load|access control|40[13]")
    if profile == "public":
        page.goto(f"{server.origin}/-/login#token={token}")
        expect(page).to_have_title("Echoscope")
    page.goto(f"{server.origin}/base64/{urlsafe_b64encode(PAGE.encode()).decode()}?content-type=text/html")
    expect(page).to_have_title("refused")
