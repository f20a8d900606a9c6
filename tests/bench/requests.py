"""The requests that are sent: to every program the same, by wrk and by the driver under valgrind."""

import time
from typing import Final

import msgspec

Headers = tuple[str, ...]

PATH: Final = "/hooks/orders?attempt=1"
"""No path that any of the programs treats in a way of its own."""

CURL: Final[Headers] = ("User-Agent: curl/8.14.1", "Accept: */*")

# A page's own request (fetch), which asks for any type. For a visit, which prefers HTML, Echoscope would render
# a page, and the others would not.
BROWSER: Final[Headers] = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    'sec-ch-ua: "Chromium";v="141", "Not?A_Brand";v="8"',
    "sec-ch-ua-mobile: ?0",
    'sec-ch-ua-platform: "Linux"',
    "Accept: */*",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
)


class Request(msgspec.Struct, frozen=True):
    """One request, sent again and again.

    `is_new`: each has a `traceparent` and a query of its own, so that no header block ever comes twice.
    """

    headers: Headers = CURL
    path: str = PATH
    body: bytes = b""
    is_new: bool = False

    def at(self, path: str) -> "Request":
        return msgspec.structs.replace(self, path=path)

    def template(self, authority: str) -> str:
        """The request as a format in the manner of C, for two numbers where it `is_new`, without its body."""
        lines = [f"Host: {authority}", *self.headers]
        path = self.path
        if self.is_new:
            path += f"{'&' if '?' in path else '?'}number=%d"
            lines.append("traceparent: 00-%032x-00f067aa0ba902b7-01")
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        method = "POST" if self.body else "GET"
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""])

    def encoded(self, number: int, authority: str = "localhost:8000") -> bytes:
        """The bytes of the request with this number."""
        template = self.template(authority)
        return (template % (number, number) if self.is_new else template).encode() + self.body

    def script(self, authority: str) -> str:
        """The same for wrk. What is the same in all requests is made once; what differs costs one `string.format`."""
        template, body = (f"[==[\n{text}]==]" for text in (self.template(authority), self.body.decode()))
        lines = [f"local head = ({template}):gsub('\\r?\\n', '\\r\\n')", f"local body = {body}"]
        if self.is_new:
            lines += [
                f"local number = {time.time_ns() // 1000}",
                "local format = string.format",
                "function request() number = number + 1; return format(head, number, number) end",
            ]
        else:
            lines += ["local whole = head .. body", "function request() return whole end"]
        return "\n".join([*lines, ""])


CURL_GET: Final = Request()
BROWSER_GET: Final = Request(BROWSER)
NEW_GET: Final = Request(BROWSER, is_new=True)

JSON_POST: Final = Request(
    (*CURL, "Content-Type: application/json"),
    body=msgspec.json.encode({"order": 4711, "lines": [{"sku": f"A-{number:04}", "count": 2} for number in range(37)]}),
)
"""1 KB, as a webhook has it."""

VARIANTS: Final = {"curl": CURL_GET, "browser": BROWSER_GET, "ever new": NEW_GET}
