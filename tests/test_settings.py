"""Settings: declared once, read from the environment and the command line, refused in one line that names them."""

import re
from typing import Any

import pytest

from echoscope.base.settings import Settings, SettingsError, declared, is_loopback, load, unknown_variables

NUMBERS = [setting for setting in declared() if setting.kind in ("number", "seconds", "size")]


def refused(environ: dict[str, str], **given: Any) -> str:
    with pytest.raises(SettingsError) as error:
        load(environ, **given)
    text = str(error.value)
    assert text.splitlines() == [text]
    return text


def test_without_anything_the_defaults_hold() -> None:
    assert load({}) == Settings()


@pytest.mark.parametrize("setting", declared(), ids=lambda setting: setting.name)
def test_every_setting_is_documented_and_named_alike_everywhere(setting: Any) -> None:
    assert setting.option == f"--{setting.name.replace('_', '-')}"
    assert setting.variable == f"ECHOSCOPE_{setting.name.upper()}"
    assert re.fullmatch(r"[A-Z].{10,}[.]", setting.help), setting.help


@pytest.mark.parametrize("setting", declared(), ids=lambda setting: setting.name)
def test_every_default_can_be_given_as_it_is_shown(setting: Any) -> None:
    if setting.kind == "flag":
        assert getattr(load({setting.variable: str(setting.default).lower()}), setting.name) == setting.default
    else:
        assert load({setting.variable: setting.default_text}) == Settings() or not setting.default_text


def test_the_environment_is_read_and_what_is_given_goes_before_it() -> None:
    environ = {"ECHOSCOPE_PORT": "9000", "ECHOSCOPE_MAX_EXCHANGES": "5", "OTHER": "x"}
    assert load(environ).port == 9000
    made = load(environ, port="9001")
    assert (made.port, made.max_exchanges) == (9001, 5)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("65536", 65_536),
        ("64KiB", 64 << 10),
        ("64 MiB", 64 << 20),
        ("2gib", 2 << 30),
        ("1kB", 1_000),
        ("1MB", 1_000_000),
        ("1GB", 1_000_000_000),
        (" 7 ", 7),
        ("1.5MB", 1_500_000),
        ("1.5GiB", 3 << 29),
        ("0.5kib", 512),
    ],
)
def test_sizes_have_units(text: str, size: int) -> None:
    assert load({"ECHOSCOPE_MAX_BYTES": text}).max_bytes == size


@pytest.mark.parametrize(
    "text", ["", "1.5", ".5MB", "1.MB", "MB", "1 TB", "64KB64", "-1", "1e30", "١", "0x10", "1kiB extra", "nan"]
)
def test_a_size_that_is_none_is_refused(text: str) -> None:
    assert refused({"ECHOSCOPE_MAX_BYTES": text}).startswith("ECHOSCOPE_MAX_BYTES: ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", True), ("yes", True), ("true", True), ("1", True), ("On", True), ("TRUE", True),
        ("off", False), ("no", False), ("false", False), ("0", False), ("OFF", False),
    ],
)  # fmt: skip
def test_a_flag_is_on_or_off(text: str, value: bool) -> None:
    assert load({"ECHOSCOPE_QUIET": text}).quiet is value


@pytest.mark.parametrize(
    ("text", "names"),
    [("", ()), ("a", ("a",)), ("a,b", ("a", "b")), (" a , b ,", ("a", "b")), (",,", ())],
)
def test_names_are_separated_by_commas(text: str, names: tuple[str, ...]) -> None:
    assert load({"ECHOSCOPE_HOSTS": text}).hosts == names


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_number_that_cannot_be_used_is_refused_by_the_name_of_its_variable(setting: Any) -> None:
    for text in ("abc", "", "-1", "nan", "inf", "-inf", "1e30", "9" * 400, "1\n2", "None", "1_000x"):
        assert refused({setting.variable: text}).startswith(f"{setting.variable}: "), text


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_a_number_that_cannot_be_used_is_refused_by_the_name_of_its_option(setting: Any) -> None:
    assert refused({}, **{setting.name: "abc"}).startswith(f"{setting.option}: 'abc' cannot be used")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "65536"),
        ("port", "8000.5"),
        ("max_exchanges", "0"),
        ("max_events", "1"),
        ("max_events", "100001"),
        ("head_timeout", "0"),
        ("head_timeout", "86401"),
        ("profile", "open"),
        ("profile", ""),
        ("profile", "Public"),
        ("host", ""),
        ("quiet", "perhaps"),
        ("quiet", ""),
        ("token", "short"),
        ("token", "grüße-an-alle-operatoren"),
        ("token", "a token\nwith a line break"),
        ("root_path", "tools"),
        ("root_path", "/tools/"),
        ("root_path", "/"),
        ("root_path", "//evil.test"),
        ("root_path", "/a b"),
        ("root_path", "/<script>"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "10.0.0.1,10.0.0.0/33"),
        ("trusted_proxies", "10.0.0.1:80"),
        ("hosts", "http://debug.example.com/"),
        ("hosts", "good.example.com,a b"),
        ("hosts", "debug.example.com:8000"),
        ("hosts", "*.example.com"),
        ("redirect_hosts", "http://x/"),
        ("redirect_hosts", "x/path"),
        ("send_to", "a b"),
        ("send_to", "http://x/"),
        ("send_to", "x:port"),
        ("response_headers_deny", "a b"),
        ("response_headers_deny", "Set-Cookie:"),
        ("hostname", "\a"),
        ("hostname", "a\nb"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, text: str) -> None:
    assert name.upper() in refused({f"ECHOSCOPE_{name.upper()}": text})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("2.5", 2.5), ("5s", 5), ("1.5s", 1.5), ("1500ms", 1.5), (" 250 ms ", 0.25), ("10S", 10)],
)
def test_seconds_may_have_their_unit(text: str, seconds: float) -> None:
    assert load({"ECHOSCOPE_HEAD_TIMEOUT": text}).head_timeout == seconds


@pytest.mark.parametrize("text", ["5m", "s", "1e3s", "5 s s", "0s", "0ms", "-1s", "86401s", "٣s"])
def test_seconds_that_are_none_are_refused(text: str) -> None:
    assert refused({"ECHOSCOPE_HEAD_TIMEOUT": text}).startswith("ECHOSCOPE_HEAD_TIMEOUT: ")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("port", "65536", "it takes a whole number of 0 or more, at most 65,535"),
        ("port", "-1", "it takes a whole number of 0 or more, at most 65,535"),
        ("port", "x", "it takes a whole number"),
        ("max_exchanges", "0", "it takes a whole number of 1 or more, at most 1,000,000,000"),
        ("head_timeout", "0", "it takes seconds of more than 0, at most 86,400"),
        ("max_bytes", "0", "it takes a size in bytes of 1 or more, at most 1024GiB"),
        ("max_bytes", "1.5", "it takes a size in bytes, such as 65536, 500kB or 1.5GiB"),
        ("host", "", "it takes a text that is not empty"),
        ("hosts", "http://a/", "'http://a/' cannot be used: it takes host names without scheme, port and path"),
    ],
)
def test_the_refusal_says_what_is_taken_in_words_of_its_own(name: str, text: str, words: str) -> None:
    said = refused({}, **{name: text})
    assert words in said
    assert not re.search(r"\bint\b|\bfloat\b|\bstr\b|<=|>=", said)


@pytest.mark.parametrize(
    "text", ["a.example", "a-b.example.", "xn--bcher-kva.example", "localhost", "10.0.0.7", "[::1]", "::1"]
)
def test_names_of_hosts_are_taken(text: str) -> None:
    assert load({}, hosts=text, redirect_hosts=text).hosts == (text,)


def test_hosts_to_send_to_may_have_a_port() -> None:
    names = ("a.example", "a.example:8443", "[::1]:80", "10.0.0.7:80")
    assert load({}, send_to=",".join(names)).send_to == names


def test_a_token_is_not_repeated_in_the_refusal() -> None:
    assert "s3cr3t" not in refused({"ECHOSCOPE_TOKEN": "s3cr3t"})


@pytest.mark.parametrize(
    ("settings", "profile"),
    [
        ({}, "local"),
        ({"host": "localhost"}, "local"),
        ({"host": "127.0.0.5"}, "local"),
        ({"host": "::1"}, "local"),
        ({"host": "[::1]"}, "local"),
        ({"host": "0.0.0.0"}, "public"),
        ({"host": "::"}, "public"),
        ({"host": "192.168.1.2"}, "public"),
        ({"host": "echo.example"}, "public"),
        ({"host": "localhost.example"}, "public"),
        ({"host": "0.0.0.0", "profile": "local"}, "local"),
        ({"profile": "public"}, "public"),
    ],
    ids=str,
)
def test_the_profile_follows_the_address_unless_it_is_chosen(settings: dict[str, str], profile: str) -> None:
    assert load({}, **settings).effective_profile == profile


def test_the_largest_body_follows_the_profile_unless_it_is_chosen() -> None:
    assert load({}).body_limit == 16 << 20
    assert load({}, profile="public").body_limit == 1 << 20
    assert load({}, profile="public", max_body_bytes="2kB").body_limit == 2_000


def test_a_variable_that_means_nothing_is_told_with_the_nearest_that_does() -> None:
    environ = {
        "ECHOSCOPE_PROT": "1",
        "ECHOSCOPE_XYXYXYXYXY": "1",
        "ECHOSCOPE_PORT": "1",
        "ECHOSCOPE_ENABLED": "on",
        "PATH": "x",
        "XECHOSCOPE_A": "1",
    }
    assert list(unknown_variables(environ)) == [
        "ECHOSCOPE_PROT is no setting of Echoscope; did you mean ECHOSCOPE_PORT?",
        "ECHOSCOPE_XYXYXYXYXY is no setting of Echoscope",
    ]


@pytest.mark.parametrize(
    "host", ["", "example", "127.0.0.1.example", "localhosts", "0", "1", "[", "[]", "::2", "256.0.0.1"]
)
def test_only_this_machine_is_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_the_address_that_clients_are_told_is_no_mistake_of_a_server() -> None:
    assert list(unknown_variables({"ECHOSCOPE_URL": "http://127.0.0.1:8000"})) == []
    assert list(unknown_variables({"ECHOSCOPE_URI": "x"})) == [
        "ECHOSCOPE_URI is no setting of Echoscope; did you mean ECHOSCOPE_URL?"
    ]


WEAK = {
    "short": "abc-def-ghi-jkl",
    "of few characters": "abababababababab",
    "a placeholder": "changeme-changeme",
    "a placeholder in capitals": "CHANGE_ME_CHANGE_ME",
    "a placeholder of several words": "your-secret-token-here",
    "a name": "echoscope-operator-token-123",
    "rising digits": "1234567890123456",
    "with a space": "four words of text here",
}


@pytest.mark.parametrize("token", WEAK.values(), ids=WEAK)
def test_a_token_that_anybody_guesses_is_refused(token: str) -> None:
    assert token not in refused({"ECHOSCOPE_TOKEN": token})
    assert token not in refused({"ECHOSCOPE_BIN": f"hooks={token}"})


@pytest.mark.parametrize(
    "token",
    [
        "3f9c1b7e5a2d4860",
        "k7-m2-x9-q4-b1-z8",
        "correct-horse-battery-staple",
        "Zm9vYmFyYmF6cXV4Zm9v",
        "8402751936482057",
    ],
)
def test_a_token_that_nobody_guesses_is_taken(token: str) -> None:
    assert load({"ECHOSCOPE_TOKEN": token}).token == token
    assert load({"ECHOSCOPE_BIN": f"a,b={token}"}).fixed_bins == {"a": "", "b": token}


@pytest.mark.parametrize("bins", ["a b", "a,a", "-a", "a.", "x" * 65, "=key-key-key-key-1", "a=", "é"])
def test_a_bin_that_cannot_be_is_refused(bins: str) -> None:
    assert refused({"ECHOSCOPE_BIN": bins}).startswith("ECHOSCOPE_BIN: ")


def test_no_more_bins_are_named_than_there_may_be() -> None:
    assert load({"ECHOSCOPE_BIN": "a,b", "ECHOSCOPE_MAX_BINS": "2"}).fixed_bins == {"a": "", "b": ""}
    assert "more than --max-bins" in refused({"ECHOSCOPE_BIN": "a,b,c", "ECHOSCOPE_MAX_BINS": "2"})
