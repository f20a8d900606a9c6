"""The formulas of RFC 7616 against its own examples."""

import pytest

from echoscope.web.httpbin.digest import (
    ALGORITHMS,
    Credentials,
    challenge,
    expected_response,
    is_own_nonce,
    is_right,
    make_nonce,
    parse_credentials,
)

MUFASA = Credentials(
    username="Mufasa",
    realm="http-auth@example.org",
    uri="/dir/index.html",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    nc="00000001",
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    qop="auth",
    response="",
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_with_sha_256_and_md5(algorithm: str, response: str) -> None:
    """Section 3.9.1."""
    header = (
        f'Digest username="Mufasa", realm="{MUFASA.realm}", uri="{MUFASA.uri}", algorithm={algorithm}, '
        f'nonce="{MUFASA.nonce}", nc=00000001, cnonce="{MUFASA.cnonce}", qop=auth, response="{response}", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    given = parse_credentials(header)
    assert given is not None
    assert given.nonce == MUFASA.nonce
    assert is_right(given, "Mufasa", "Circle of Life", "GET", b"")
    assert not is_right(given, "Mufasa", "Circle of life", "GET", b"")
    assert not is_right(given, "Simba", "Circle of Life", "GET", b"")


@pytest.mark.skipif("SHA-512-256" not in ALGORITHMS, reason="this build of OpenSSL has no SHA-512/256")
def test_the_example_with_sha_512_256() -> None:
    """Section 3.9.2, as erratum 4897 corrects it: the RFC's figures are those of SHA-512, cut."""
    given = Credentials(
        username="Jäsøn Doe",
        realm="api@example.org",
        uri="/doe.json",
        algorithm="SHA-512-256",
        nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        nc="00000001",
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        qop="auth",
        response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
    )
    assert is_right(given, "Jäsøn Doe", "Secret, or not?", "GET", b"")


def test_the_example_of_rfc_2617() -> None:
    """Section 3.5 there; and without a qop, RFC 2069's form, by hand."""
    given = Credentials(
        username="Mufasa",
        realm="testrealm@host.com",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        uri="/dir/index.html",
        qop="auth",
        nc="00000001",
        cnonce="0a4f113b",
        response="6629fae49393a05397450978507c4ef1",
    )
    assert is_right(given, "Mufasa", "Circle Of Life", "GET", b"")


@pytest.mark.parametrize(("algorithm", "qop"), [("SHA3", "auth"), ("MD5", "auth-conf"), ("", "auth")])
def test_what_is_not_known_has_no_response(algorithm: str, qop: str) -> None:
    given = Credentials(username="u", realm="r", nonce="n", uri="/", response="", algorithm=algorithm, qop=qop)
    assert expected_response(given, "u", "p", "GET", b"") is None


@pytest.mark.parametrize(
    ("text", "username"),
    [
        (r'Digest username="a\"b\\c, d=e", realm="", nonce="", uri="", response=""', 'a"b\\c, d=e'),
        ("Digest username=plain,realm=r,nonce=n,uri=/,response=r", "plain"),
        ('dIGEST  USERNAME = "spaced" ,realm="",nonce="",uri="",response="",unknown="x"', "spaced"),
    ],
)
def test_credentials_are_read(text: str, username: str) -> None:
    given = parse_credentials(text)
    assert given is not None
    assert given.username == username


@pytest.mark.parametrize(
    "text",
    [
        "", "Digest", "Basic x", "Digest username", 'Digest username="a', 'Digest username="a" realm="b"',
        'Digest username="a", realm="", nonce="", uri=""',
        'Digest username="a", username="a", realm="", nonce="", uri="", response=""',
        "Digest " + "a" * 50 + "=1",
    ],
)  # fmt: skip
def test_credentials_that_lack_something_are_none(text: str) -> None:
    assert parse_credentials(text) is None


def test_a_challenge_says_what_it_takes() -> None:
    text = challenge("r", "n", ("auth", "auth-int"), "SHA-256", is_stale=True)
    assert text.startswith('Digest realm="r", nonce="n", opaque="')
    assert text.endswith('", qop="auth, auth-int", algorithm=SHA-256, stale=true')


def test_a_nonce_is_known_by_its_key_alone() -> None:
    nonce = make_nonce(b"key")
    assert is_own_nonce(b"key", nonce)
    assert not is_own_nonce(b"other", nonce)
    assert not is_own_nonce(b"key", nonce[:-1])
    assert not is_own_nonce(b"key", "1" + nonce[1:] if nonce[0] != "1" else "2" + nonce[1:])
    assert make_nonce(b"key") != nonce
