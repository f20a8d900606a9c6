"""Bad values on every route that takes any: a 400 that names the value and what is allowed, never a 500."""

import httpx
import pytest

from .conftest import assert_problem

BAD = [
    *(f"/status/{codes}" for codes in (
        "abc", "0", "99", "100", "101", "199", "600", "1000", "-1", "%D9%A2%D9%A0%D9%A0", "200,", ",", "200,foo", "4!9",
        "200:nan", "200:inf", "200:-1", "200:0", "200:1,", "200:1:1", "2e2", "+200",
    )),
    "/unstable?failure_rate=2", "/unstable?failure_rate=nan", "/unstable?failure_rate=x", "/unstable?seed=x",
    *(f"/{kind}redirect/{n}" for kind in ("", "relative-", "absolute-") for n in ("0", "-1", "x", "101")),
    "/redirect/3?absolute=perhaps", "/redirect-to", "/redirect-to?url=", "/redirect-to?url=/get&status_code=418",
    "/redirect-to?url=/get&status_code=200", "/redirect-to?url=/get&status_code=x", "/redirect-to?url=/a%0d%0ab",
    "/redirect-to?url=%00/", "/redirect-to?raw_url=/a%0d%0ab", "/info/99", "/info/200", "/info/x",
    *(f"/delay/{seconds}" for seconds in ("x", "-1", "nan", "inf", "%D9%A3", "1e999", "1m", "1 s", "0x1")),
    *(f"/{drip}?{query}" for drip in ("drip", "drip-lines") for query in (
        "numbytes=0", "numbytes=-1", "numbytes=x", "numbytes=1e9", "numbytes=102401", "duration=11", "duration=-1",
        "delay=11", "duration=nan", "duration=9&delay=9", "code=99", "code=600", "code=x", "code=100",
    )),
    "/stream/x", "/stream/-1", "/stream/1.5",
    *(f"/{name}?{query}" for name in ("jsonl", "sse") for query in (
        "count=x", "duration=x", "duration=6&delay=6", "jitter=2", "jitter=-1", "jitter=nan",
    )),
    "/sse?count=0", "/sse?count=101",
    "/bytes/x", "/bytes/-1", "/bytes/5?seed=x", "/bytes/5?seed=1.5", "/stream-bytes/x", "/stream-bytes/-1",
    "/stream-bytes/5?chunk_size=x", "/range/5?chunk_size=x", "/stream-bytes/5?seed=x", "/range/0", "/range/-1",
    "/range/x", "/range/102401", "/range/5?duration=11", "/range/5?duration=x", "/links/0",
    "/links/201", "/links/x", "/links/-1", "/links/5/x", "/links/5/-1", "/links/x/0",
    "/digest-auth/auth/user/secret/SHA-3", "/digest-auth/auth/user/secret/MD5/soon",
    "/digest-auth/auth/user/secret/MD5/-1", "/digest-auth/auth/user/secret?require-cookie=perhaps",
    "/cookies/set?echoscope=x", "/cookies/set?__Secure-echoscope=x", "/cookies/set?__Host-x=1", "/cookies/set?a%20b=1",
    "/cookies/set?a=1&attr[samesite]=perhaps", "/cookies/set?a=1&attr[colour]=red", "/cookies/set?a=1&attr[path]=/;x",
    "/cookies/set?" + "&".join(f"c{n}=1" for n in range(21)), "/cookies/set?a=" + "x" * 2049, "/cookies/set/a%3Bb/c",
    "/cookies/delete?" + "&".join(f"c{n}" for n in range(21)), "/cache/x", "/cache/-1", "/cache/31536001",
    "/etag/a%0db", "/etag/%00", "/mix/x=1", "/mix/s=99", "/mix/s=", "/mix/h=x", "/mix/c=x", "/mix/d=11", "/mix/d=x",
    "/mix/b64=%21", "/mix/r=a%0Ab", "/mix/h=Content-Length:5", "/mix?s=1000", "/mix/" + "s=200/" * 101,
    "/image/gif", "/base64/%21%21", "/base64/a", "/base64/decode/%C3%A9", "/base64/decode/aGk?content-type=nonsense",
    "/base64/decode/aGk?content-type=multipart/x-mixed-replace;boundary=a", "/base64/aGk?content-type=message/http",
    "/base64/encode/hi?content-type=a/b%0d%0ac", "/base64/aGk?content-type=text/html%00",
    "/websocket/echo", "/get?" + "a&" * 1001,
]  # fmt: skip


@pytest.mark.parametrize("path", BAD, ids=lambda path: path[:60])
def test_a_bad_value_is_a_400(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert_problem(answer, 400)
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/delay/x", ("seconds", "0 or more", "1500ms", "'x'")),
        ("/drip?numbytes=0", ("numbytes", "between 1 and 102400", "'0'")),
        ("/drip?duration=9&delay=9", ("delay and duration", "10", "18")),
        ("/status/999", ("codes", "between 200 and 599", "'999'")),
        ("/redirect/0", ("n must", "between 1 and 100", "'0'")),
        ("/links/5/x", ("offset", "between 0 and 200", "'x'")),
        ("/stream-bytes/102400?chunk_size=1", ("chunk_size", "11 or more", "'1'")),
        ("/bytes/5?seed=x", ("seed", " -9007199254740992 or more", "'x'")),
        ("/digest-auth/auth/a/b/SHA-3", ("algorithm", "SHA-512", "'SHA-3'")),
        ("/bytes/" + "9" * 400, ("n must", "18 digits", "9'…")),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_400_names_value_and_range(client: httpx.Client, path: str, words: tuple[str, ...]) -> None:
    assert_problem(client.get(path), 400, *words)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD"])
def test_a_bad_value_is_a_400_whatever_the_method(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/status/abc").status_code == 400
