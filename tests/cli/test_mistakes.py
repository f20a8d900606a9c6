"""A mistake on the command line or in the environment: one line that names it, and exit code 2."""

import socket

import pytest

from .program import called, run

MISTAKES = {
    "an option that is no option": (["--prot", "1"], {}, "--prot"),
    "a command that is no command": (["observe"], {}, "observe"),
    "a port that is no number": (["--port", "abc"], {}, "--port: 'abc'"),
    "a port that is no port": (["--port", "70000"], {}, "--port: '70000'"),
    "an empty port": (["--port", ""], {}, "--port: ''"),
    "a size that is no size": (["--max-bytes", "much"], {}, "--max-bytes: 'much'"),
    "no time at all": (["--head-timeout", "0"], {}, "--head-timeout: '0'"),
    "no number of seconds": (["--head-timeout", "nan"], {}, "--head-timeout: 'nan'"),
    "a profile that is none": (["--profile", "open"], {}, "--profile: 'open'"),
    "a token that is short": (["--token", "changeme"], {}, "--token: the operator token cannot be used: too short"),
    "a token that is guessed": (["--token", "changeme-changeme"], {}, "it looks like an example"),
    "a bin with a bad name": (["--bin", "ok", "--bin", "a b"], {}, "--bin: 'a b' cannot be used"),
    "a bin twice": ([], {"ECHOSCOPE_BIN": "a,b,a"}, "ECHOSCOPE_BIN: the bin 'a' is given twice"),
    "a bin with a key that is guessed": (["--bin", "a=your-secret-key-here"], {}, "the key of the bin 'a'"),
    "a profile of another name": (["--profile", "open"], {}, "it takes auto, local or public"),
    "a size with another unit": (
        ["--max-bytes", "64M"],
        {},
        "it takes a size in bytes, such as 65536, 500kB or 1.5GiB",
    ),
    "seconds with a unit": (["--head-timeout", "5m"], {}, "it takes seconds, such as 10, 2.5, 5s or 1500ms"),
    "a flag that is neither": (
        [],
        {"ECHOSCOPE_HTTP2": "perhaps"},
        "ECHOSCOPE_HTTP2: 'perhaps' cannot be used: it takes on or off",
    ),
    "a variable with a bad value": ([], {"ECHOSCOPE_PORT": "-1"}, "ECHOSCOPE_PORT: '-1'"),
    "a host that is unknown": (["--host", "no.such.host.invalid"], {}, "cannot listen on no.such.host.invalid:8000"),
}


@pytest.mark.parametrize(("arguments", "environment", "named"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_that_names_it(arguments: list[str], environment: dict[str, str], named: str) -> None:
    ended = called(*arguments, **environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("echoscope: ")
    assert ended.stderr.count("\n") == 1
    assert named in ended.stderr


def test_a_taken_port_is_one_line_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == f"echoscope: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_taken_port_is_named_with_the_address_that_was_given() -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        ended = called("--host", "0.0.0.0", "--port", str(port))
    assert ended.stderr == f"echoscope: cannot listen on 0.0.0.0:{port}: Address already in use\n"


def test_a_variable_that_means_nothing_is_named_with_the_nearest_that_does() -> None:
    ended = called("--port", "abc", ECHOSCOPE_PROT="1")
    assert ended.returncode == 2
    assert "--port" in ended.stderr
