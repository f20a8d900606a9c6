"""Basic, bearer and digest authentication, right and wrong."""

import base64
import re
from hashlib import md5, sha256, sha512
from typing import Any

import httpx
import pytest

from tests.servers import Running

from .conftest import assert_problem, client_of


@pytest.mark.parametrize("path", ["/basic-auth/user/secret", "/hidden-basic-auth/user/secret"])
def test_the_right_password_is_let_in(client: httpx.Client, path: str) -> None:
    answer = client.get(path, auth=("user", "secret"))
    assert answer.status_code == 200
    assert answer.json() == {"authenticated": True, "user": "user"}


@pytest.mark.parametrize(
    "header",
    [None, b"", b"Basic", b"Basic !!!", b"Basic dXNlcg==", b"Bearer dXNlcjpzZWNyZXQ=", b"Digest x", b"Basic \xe9"],
)
def test_no_password_is_asked_for_one(client: httpx.Client, header: bytes | None) -> None:
    answer = client.get("/basic-auth/user/secret", headers=[] if header is None else [(b"Authorization", header)])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="Fake Realm"'
    assert answer.content == b""


@pytest.mark.parametrize(("user", "password"), [("user", "wrong"), ("other", "secret"), ("user", "secret:"), ("", "")])
def test_the_wrong_password_is_refused(client: httpx.Client, user: str, password: str) -> None:
    assert client.get("/basic-auth/user/secret", auth=(user, password)).status_code == 401
    assert_problem(client.get("/hidden-basic-auth/user/secret", auth=(user, password)), 404)


@pytest.mark.parametrize(("user", "password"), [("ünï", "ß✓"), ("a b", "c:d"), ("u", "p%2f")])
def test_names_and_passwords_may_have_any_character(client: httpx.Client, user: str, password: str) -> None:
    path = httpx.URL(f"/basic-auth/{user}/{password.replace('%', '%25')}")
    assert client.get(path, auth=(user.encode(), password.encode())).json()["user"] == user


@pytest.mark.parametrize(
    ("path", "user", "password"),
    [
        ("us%2Fer/p", "us/er", "p"), ("user/a%2fb", "user", "a/b"), ("user/", "user", ""), ("/secret", "", "secret"),
        ("/", "", ""), ("%75ser/%C3%A9", "user", "é"), ("user/a%252Fb", "user", "a%2Fb"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["basic-auth", "hidden-basic-auth"])
def test_segments_are_decoded_one_by_one_and_may_be_empty(
    client: httpx.Client, kind: str, path: str, user: str, password: str
) -> None:
    refusal = 401 if kind == "basic-auth" else 404
    assert client.get(f"/{kind}/{path}").status_code == refusal
    assert client.get(f"/{kind}/{path}", auth=(user, password + "x")).status_code == refusal
    answer = client.get(f"/{kind}/{path}", auth=(user.encode(), password.encode()))
    assert answer.json() == {"authenticated": True, "user": user}


def test_a_name_with_a_colon_is_nobodys(client: httpx.Client) -> None:
    """RFC 7617, section 2: the first colon ends the name."""
    assert client.get("/basic-auth/us%3Aer/p", auth=("us", "er:p")).status_code == 401
    assert client.get("/basic-auth/us/er%3Ap", auth=("us", "er:p")).status_code == 200


@pytest.mark.parametrize(("path", "password"), [("us%2Fer/", ""), ("us%2Fer/a%2Fb", "a/b"), ("us%2Fer//SHA-256", "")])
def test_digest_takes_names_with_slashes_and_empty_passwords(client: httpx.Client, path: str, password: str) -> None:
    answer = client.get(f"/digest-auth/auth/{path}", auth=httpx.DigestAuth("us/er", password))
    assert answer.json() == {"authenticated": True, "user": "us/er"}


def test_a_scheme_is_the_same_in_any_case(client: httpx.Client) -> None:
    encoded = base64.b64encode(b"user:secret").decode()
    assert client.get("/basic-auth/user/secret", headers={"Authorization": f"bASIC {encoded}"}).status_code == 200
    assert client.get("/bearer", headers={"Authorization": "bearer x"}).status_code == 200


def test_any_bearer_token_is_let_in(client: httpx.Client) -> None:
    answer = client.get("/bearer", headers={"Authorization": "Bearer abcd1234"})
    assert answer.json() == {"authenticated": True, "token": "abcd1234"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abcd"])
def test_no_bearer_token_is_asked_for_one(client: httpx.Client, header: str | None) -> None:
    answer = client.get("/bearer", headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


# Digest, by the client of httpx where it can, and by hand where it cannot


@pytest.mark.parametrize(
    "algorithm",
    ["", "/MD5", "/SHA-256", "/SHA-512", "/md5", "/MD5-sess", "/sha-256-SESS", "/MD5/never", "/SHA-512/3", "/3"],
)
@pytest.mark.parametrize("qop", ["auth", "either"])
def test_a_digest_client_is_let_in(client: httpx.Client, qop: str, algorithm: str) -> None:
    answer = client.get(f"/digest-auth/{qop}/user/secret{algorithm}?x=%20y", auth=httpx.DigestAuth("user", "secret"))
    assert answer.status_code == 200
    assert answer.json() == {"authenticated": True, "user": "user"}
    assert [earlier.status_code for earlier in answer.history] == [401]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_digest_counts_for_any_method(client: httpx.Client, method: str) -> None:
    answer = client.request(
        method, "/digest-auth/auth/user/secret", content=b"x", auth=httpx.DigestAuth("user", "secret")
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(("user", "password"), [("user", "wrong"), ("other", "secret")])
def test_the_wrong_digest_is_refused(client: httpx.Client, user: str, password: str) -> None:
    answer = client.get("/digest-auth/auth/user/secret", auth=httpx.DigestAuth(user, password))
    assert answer.status_code == 401
    assert "stale=false" in answer.headers["www-authenticate"]


HASHES: dict[str, Any] = {"MD5": md5, "SHA-256": sha256, "SHA-512": sha512}


def challenge(answer: httpx.Response) -> dict[str, str]:
    scheme, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Digest"
    return {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', rest)}


def credentials(asked: dict[str, str], uri: str, **changed: str) -> dict[str, str]:
    """An `Authorization` by the formula of RFC 7616, written out a second time."""
    given = {
        "username": "user", "password": "secret", "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri,
        "algorithm": asked["algorithm"], "qop": "auth", "nc": "00000001", "cnonce": "c", "body": "", "method": "GET",
        **changed,
    }  # fmt: skip

    def hashed(*parts: str) -> str:
        return str(HASHES[given["algorithm"].removesuffix("-sess")](":".join(parts).encode()).hexdigest())

    body, method, password = given.pop("body"), given.pop("method"), given.pop("password")
    what = [method, given["uri"]] + ([hashed(body)] if given["qop"] == "auth-int" else [])
    middle = [given["nonce"], given["nc"], given["cnonce"], given["qop"]] if given["qop"] else [given["nonce"]]
    secret = hashed(given["username"], given["realm"], password)
    if given["algorithm"].endswith("-sess"):
        secret = hashed(secret, given["nonce"], given["cnonce"])
    given["response"] = changed.get("response") or hashed(secret, *middle, hashed(*what))
    if not given["qop"]:
        given = {key: value for key, value in given.items() if key not in ("qop", "nc", "cnonce")}
    return {"Authorization": "Digest " + ", ".join(f'{key}="{value}"' for key, value in given.items())}


@pytest.mark.parametrize(
    ("qop", "algorithm"),
    [
        *((qop, name) for qop in ("auth", "auth-int", "") for name in HASHES),
        *((qop, f"{name}-sess") for qop in ("auth", "auth-int") for name in HASHES),
    ],
)
@pytest.mark.parametrize("body", ["", "payload"])
def test_every_quality_of_protection(client: httpx.Client, qop: str, algorithm: str, body: str) -> None:
    path = f"/digest-auth/{qop or 'any'}/user/secret/{algorithm}"
    asked = challenge(client.post(path, content=body))
    assert asked["algorithm"] == algorithm
    assert set(asked["qop"].split(", ")) == ({qop} if qop else {"auth", "auth-int"})
    headers = credentials(asked, path, qop=qop, method="POST", body=body)
    assert client.post(path, content=body, headers=headers).status_code == 200


def test_a_changed_body_breaks_its_integrity(client: httpx.Client) -> None:
    path = "/digest-auth/auth-int/user/secret"
    headers = credentials(challenge(client.get(path)), path, qop="auth-int", method="POST", body="payload")
    assert client.post(path, content="another", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "other"}, {"password": "wrong"}, {"realm": "elsewhere"}, {"uri": "/digest-auth/auth/user/other"},
        {"uri": "/digest-auth/auth/user/secret?x=1"}, {"method": "POST"}, {"response": "0" * 32}, {"response": "x"},
        {"algorithm": "SHA-256"}, {"algorithm": "MD5-sess"}, {"qop": "auth-int"}, {"uri": "http://[/digest-auth/auth/user/secret"},
    ],
    ids=str,
)  # fmt: skip
def test_anything_changed_is_refused_and_not_called_stale(client: httpx.Client, changed: dict[str, str]) -> None:
    path = "/digest-auth/auth/user/secret"
    asked = challenge(client.get(path))
    answer = client.get(path, headers=credentials(asked, **{"uri": path, **changed}))
    assert answer.status_code == 401
    assert challenge(answer)["stale"] == "false"


@pytest.mark.parametrize("nonce", ["0" * 64, "wrong", "x" * 5000])
def test_a_nonce_that_is_not_ours_is_called_stale(client: httpx.Client, nonce: str) -> None:
    path = "/digest-auth/auth/user/secret"
    asked = challenge(client.get(path))
    answer = client.get(path, headers=credentials({**asked, "nonce": nonce}, path))
    assert answer.status_code == 401
    assert challenge(answer)["stale"] == "true"
    again = client.get(path, headers=credentials(challenge(answer), path))
    assert again.status_code == 200


def test_an_absolute_uri_and_other_percent_encoding_count_as_the_same_target(client: httpx.Client) -> None:
    path = "/digest-auth/auth/user/secret?a=b%20c"
    asked = challenge(client.get(path))
    for uri in (path, f"{str(client.base_url).rstrip('/')}{path}", path.replace("secret", "s%65cret")):
        assert client.get(path, headers=credentials(asked, uri)).status_code == 200, uri


@pytest.mark.parametrize("uses", [1, 3])
def test_a_nonce_goes_stale_after_its_uses(client: httpx.Client, uses: int) -> None:
    path = f"/digest-auth/auth/user/secret/MD5/{uses}"
    asked = challenge(client.get(path))
    for number in range(uses):
        assert client.get(path, headers=credentials(asked, path, nc=f"{number + 1:08}")).status_code == 200
    stale = client.get(path, headers=credentials(asked, path, nc=f"{uses + 1:08}"))
    assert stale.status_code == 401
    assert challenge(stale)["stale"] == "true"
    assert client.get(path, headers=credentials(challenge(stale), path)).status_code == 200


def test_a_nonce_that_failed_is_stale_from_then_on(client: httpx.Client) -> None:
    path = "/digest-auth/auth/user/secret"
    asked = challenge(client.get(path))
    assert challenge(client.get(path, headers=credentials(asked, path, password="wrong")))["stale"] == "false"
    assert challenge(client.get(path, headers=credentials(asked, path)))["stale"] == "true"


def test_the_cookie_of_the_challenge_can_be_required(local: Running, client: httpx.Client) -> None:
    path = "/digest-auth/auth/user/secret?require-cookie=1"
    asked = challenge(client.get(path))
    assert client.cookies["fake"] == "fake_value"
    assert client.get(path, headers=credentials(asked, path)).status_code == 200
    with client_of(local) as without:
        assert without.get(path, headers=credentials(asked, path)).status_code == 401
    with client_of(local) as wrong:
        answer = wrong.get(path, headers={**credentials(asked, path), "Cookie": "fake=no"})
        assert answer.status_code == 403
        assert answer.json() == {"errors": ["missing cookie set on challenge"]}


@pytest.mark.parametrize("cookie", ["stale_after=" + "9" * 5000, "stale_after=x", "last_nonce=; stale_after=-1"])
def test_cookies_made_up_by_a_client_break_nothing(client: httpx.Client, cookie: str) -> None:
    path = "/digest-auth/auth/user/secret"
    asked = challenge(client.get(path))
    client.cookies.clear()
    answer = client.get(path, headers={**credentials(asked, path), "Cookie": cookie})
    assert answer.status_code == 200
    assert "stale_after=never" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "header",
    [
        "Digest",
        "Basic dXNlcjpzZWNyZXQ=",
        'Digest username="user"',
        "Digest ,,,=",
        'Digest username="a", username="b"',
    ],
)
def test_credentials_that_cannot_be_read_are_asked_for_again(client: httpx.Client, header: str) -> None:
    answer = client.get("/digest-auth/auth/user/secret", headers={"Authorization": header})
    assert answer.status_code == 401
    assert challenge(answer)["realm"] == "Echoscope"
