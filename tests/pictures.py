"""`python -m tests.pictures`: makes README's pictures anew, of today's inspector with traffic that people know.

Needs Chromium, and port 8000, which stands in the pictures.
"""

import base64
import hashlib
import hmac
import json
import shutil
import socket
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.browser.conftest import CHROMIUMS
from tests.servers import Running, echoscope

PICTURES = Path(__file__).parents[1] / "deploy"
SIZE = {"width": 1280, "height": 800}
COLOURS = 256
"""Of a picture: letters and hairlines have few, and the file is a third of what it would be."""

PORT = 8000
SECRET = b"It's a secret to everybody"

ORDER: dict[str, Any] = {
    "order": {
        "id": "ord_20481",
        "currency": "EUR",
        "items": [
            {"sku": "BOOK-0451", "title": "The Art of Debugging", "quantity": 1, "price": 34.9},
            {"sku": "MUG-017", "title": "Mug, 0.3 l", "quantity": 2, "price": 9.5},
        ],
        "customer": {"name": "Ann Example", "email": "ann@example.com", "newsletter": False},
        "shipping": {"street": "1 Main Street", "city": "Springfield", "country": "US"},
    },
    "total": 53.9,
}

PUSH: dict[str, Any] = {
    "ref": "refs/heads/main",
    "repository": {"full_name": "example/shop", "private": True, "default_branch": "main"},
    "pusher": {"name": "ann", "email": "ann@example.com"},
    "commits": [
        {"id": "9f1c2e7", "message": "Retry payments once", "added": [], "modified": ["shop/payments.py"]},
        {"id": "41d0b8a", "message": "Name the gateway in errors", "added": ["shop/errors.py"], "modified": []},
    ],
}


def signed(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def github(client: httpx.Client, event: str, payload: dict[str, Any], delivery: str) -> str:
    """A delivery of GitHub; gives its id here."""
    body = json.dumps(payload).encode()
    headers = {
        "user-agent": "GitHub-Hookshot/5f2c1d0",
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-github-hook-id": "474210337",
        "x-hub-signature-256": signed(body),
    }
    answer = client.post("/hooks/github", content=body, headers=headers)
    return str(answer.headers["x-echoscope-id"])


def conversation(server: Running) -> str:
    """A WebSocket session; gives its id."""
    with connect(
        server.websocket_url("/live/orders?room=kitchen"),
        subprotocols=[Subprotocol("orders.v1")],
        proxy=None,
    ) as socket_:
        socket_.recv()
        for number, state in enumerate(("received", "paid", "packed", "shipped"), start=1):
            socket_.send(json.dumps({"type": "order", "id": "ord_20481", "state": state, "n": number}))
            socket_.recv()
            time.sleep(0.07 * number)
        socket_.send(b"\x08\x96\x01\x12\x07testing")
        socket_.recv()
    items = server.client.get("/-/api/exchanges?limit=5&q=type:websocket").json()["items"]
    return str(items[0]["id"])


def traffic(server: Running) -> dict[str, str]:
    """An afternoon of a shop, in a second; gives the ids that the pictures are about."""
    client = server.client
    browser = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"}
    ids = {}
    client.get("/products?category=books&page=2&sort=price", headers=browser)
    client.get("/assets/app.4f1c.js", headers=browser)
    ids["first"] = github(client, "push", PUSH, "72d3162e-cc78-11ee-81ab-4c9367dc0958")
    client.post("/login", data={"user": "ann", "password": "correct horse"}, headers=browser, follow_redirects=False)
    client.get("/redirect-to?url=/account&status_code=303", headers=browser, follow_redirects=False)
    client.get("/account", headers={**browser, "cookie": "session=eyJ1IjoiYW5uIn0; theme=dark"})
    client.get("/status/404", headers=browser)
    ids["session"] = conversation(server)
    client.post(
        "/upload",
        files={
            "photo": ("mug.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
            "title": (None, b"A mug"),
        },
    )
    client.get("/health", headers={"user-agent": "kube-probe/1.31"})
    client.get("/status/503", headers={"user-agent": "Go-http-client/2.0"})
    ids["order"] = client.post(
        "/orders",
        json=ORDER,
        headers={"authorization": f"Bearer {token()}", "idempotency-key": "5f6e2b1c", "user-agent": "shop-ios/4.2"},
    ).headers["x-echoscope-id"]
    client.get("/stream/3", headers={"user-agent": "curl/8.14.1"})
    client.request("PURGE", "/cache/products", headers={"user-agent": "varnish-cli/7"})
    client.delete("/cart/items/17", headers=browser)
    client.get("/health", headers={"user-agent": "kube-probe/1.31"})
    client.get("/delay/0.4", headers={"user-agent": "python-httpx/0.28.1"})
    client.post(
        "/graphql",
        json={
            "query": "query Orders($first: Int!) {\n  orders(first: $first) { id total }\n}",
            "variables": {"first": 10},
            "operationName": "Orders",
        },
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /old HTTP/1.1\r\nuser-agent: legacy-sync/0.9\r\n\r\n")
        connection.recv(1 << 16)
    second = {
        **PUSH,
        "commits": [*PUSH["commits"][:1], {**PUSH["commits"][1], "message": "Name the gateway in all errors"}],
        "forced": True,
    }
    ids["second"] = github(client, "push", second, "8a0e5b54-cc78-11ee-9c3f-1c6f65c1ee8a")
    client.put(
        "/profile/avatar", content=base64.b64decode("iVBORw0KGgo="), headers={"content-type": "image/png", **browser}
    )
    client.get("/products?category=mugs&page=1", headers=browser)
    return ids


def token() -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(time.time())
    claims = {"sub": "ann", "scope": "orders:write", "iat": now, "exp": now + 900}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


def page_of(browser: Browser, scheme: str) -> Page:
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    return context.new_page()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("connection-state[data-state=live]")
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)  # what fades in
    return page


def save(page: Page, name: str) -> None:
    file = PICTURES / f"{name}.png"
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    # Of the ways to choose the colours, this one keeps those of the few small marks.
    picture = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    picture.save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")


def main() -> int:
    executable = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if executable is None:
        print("The pictures need Chromium.", file=sys.stderr)
        return 2
    with echoscope(port=PORT) as server, sync_playwright() as playwright:
        ids = traffic(server)
        inspector = f"http://localhost:{server.port}/-/"
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            save(opened(page_of(browser, scheme), f"{inspector}?id={ids['order']}"), f"dashboard-{scheme}")
        save(opened(page_of(browser, "dark"), f"{inspector}?id={ids['session']}&tab=events"), "events")
        save(opened(page_of(browser, "light"), f"{inspector}?id={ids['first']}&with={ids['second']}"), "compare")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
