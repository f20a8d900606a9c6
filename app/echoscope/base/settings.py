"""Every setting, declared once: name, type, default and help.

From one declaration come the command line option `--kebab-case`, the environment variable
`ECHOSCOPE_UPPER_CASE` and the row in docs/settings.md. Sizes are in bytes and accept `64MiB`; durations are in seconds.
"""

import difflib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "ECHOSCOPE_"

ENABLED = PREFIX + "ENABLED"
"""The variable that turns the wrapper of an app on or off (`ownapp`). It is no setting of a server."""
OF_CLIENTS: Final = ("URL",)
"""Variables that mean something to those who ask an Echoscope, and nothing to one that serves."""

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
SecondsOrNone = Annotated[float, Meta(ge=0, le=86_400)]
Size = Annotated[int, Meta(ge=1, le=1 << 40, extra={"unit": "bytes"})]
Profile = Literal["local", "public"]
Names = tuple[str, ...]


class SettingsError(ValueError):
    """A value that cannot be used. Its text is one line that names the setting, the value and what is allowed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an instance is started with; see `load` for where the values come from."""

    host: Annotated[str, Meta(description="Address to listen on; loopback means the local profile.", min_length=1)] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(description="Port to listen on; 0 takes a free one.", ge=0, le=65535)] = 8000
    profile: Annotated[
        Literal["auto", "local", "public"],
        Meta(
            description="Who may see what: local (no login) or public (operator token). auto is local on a loopback "
            "address, unless --hosts, --root-path or --trusted-proxies say that strangers come through a proxy."
        ),
    ] = "auto"
    token: Annotated[
        str,
        Meta(description="Operator token of the public profile, 16 characters or more; generated when empty."),
    ] = ""
    hosts: Annotated[
        Names,
        Meta(description="More names under which the inspector may be asked for (Host header), comma-separated."),
    ] = ()
    root_path: Annotated[
        str, Meta(description="Path prefix under which a proxy serves this instance, whether it takes it off or not.")
    ] = ""
    http2: Annotated[
        bool, Meta(description="Speak HTTP/2 beside HTTP/1.1; needs the extra http2, and TLS for browsers.")
    ] = False
    tls: Annotated[
        bool, Meta(description="Serve over TLS; without --certfile, with a certificate made for this run.")
    ] = False
    certfile: Annotated[str, Meta(description="TLS certificate with its chain, a PEM file; serves over TLS.")] = ""
    keyfile: Annotated[
        str, Meta(description="Private key of --certfile, a PEM file; not needed when both are one.")
    ] = ""
    store: Annotated[
        str,
        Meta(
            description="Where exchanges stay: redis://, rediss://, valkey:// or unix:// for a server that several "
            "processes share, sqlite:///FILE for a file that survives a restart. Empty: in memory."
        ),
    ] = ""
    store_without_password: Annotated[
        bool,
        Meta(
            description="Take a store on another machine that asks for no password, in the public profile too: a "
            "network of its own keeps strangers from it."
        ),
    ] = False
    workers: Annotated[
        int,
        Meta(
            description="Processes on the port, which share one log: in --store, or else in a store of their own.",
            ge=1,
            le=256,
        ),
    ] = 1
    max_exchanges: Annotated[Count, Meta(description="Exchanges kept; the oldest go first.")] = 1_000
    max_bytes: Annotated[Size, Meta(description="Memory that the kept exchanges may take.")] = 64 << 20
    kept_body_bytes: Annotated[Size, Meta(description="How much of a body is kept, for each direction.")] = 256 << 10
    max_events: Annotated[
        int,
        Meta(
            description="ASGI messages kept of one exchange: half of them the first, half the last.", ge=2, le=100_000
        ),
    ] = 1_000
    max_body_bytes: Annotated[
        int,
        Meta(
            description="Largest request body; more is answered 413. 0: 16 MiB locally, 1 MiB in public.",
            ge=0,
            le=1 << 40,
            extra={"unit": "bytes"},
        ),
    ] = 0
    max_import_bytes: Annotated[
        Size, Meta(description="Largest file of exchanges that the inspector takes; more is answered 413.")
    ] = 256 << 20
    max_head_bytes: Annotated[Size, Meta(description="Largest request head; more is answered 431.")] = 32 << 10
    max_head_lines: Annotated[Count, Meta(description="Most lines in a request head; more is answered 431.")] = 100
    head_timeout: Annotated[Seconds, Meta(description="Seconds from connecting to the end of the head; then 408.")] = (
        5.0
    )
    keep_alive_timeout: Annotated[
        Seconds,
        Meta(
            description="Seconds that a connection may stay idle after an answer. Behind a proxy longer than the proxy "
            "keeps its own, such as 75."
        ),
    ] = 5.0
    max_connections: Annotated[
        Count,
        Meta(description="Connections at once; beyond, only the inspector and /-/health are answered, others 503."),
    ] = 1_000
    max_connections_per_client: Annotated[
        int,
        Meta(
            description="Connections at once of one client: an IPv4 address or an IPv6 network (/64). This machine and "
            "--trusted-proxies have no such limit. 0: none locally, 64 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    max_bytes_in_flight: Annotated[
        Size,
        Meta(description="Bodies on their way and answers not yet sent, of all requests together; 503 beyond."),
    ] = 64 << 20
    body_idle_timeout: Annotated[
        Seconds, Meta(description="Seconds without a byte of a body that is being sent; then 408.")
    ] = 10.0
    body_total_timeout: Annotated[Seconds, Meta(description="Seconds a body may take altogether; then 408.")] = 300.0
    write_timeout: Annotated[
        Seconds, Meta(description="Seconds without progress of an answer that nobody reads; then it is cut.")
    ] = 30.0
    max_websocket_bytes: Annotated[
        Size, Meta(description="Largest WebSocket message; a larger one closes with 1009.")
    ] = 1 << 20
    websocket_idle_timeout: Annotated[
        SecondsOrNone,
        Meta(
            description="Seconds that a WebSocket may be without a message from either side; then it closes with 1001. "
            "0: for ever locally, 60 in public."
        ),
    ] = 0.0
    websocket_compression: Annotated[
        Literal["on", "off"],
        Meta(description="Whether WebSocket messages are compressed where the client offers it (permessage-deflate)."),
    ] = "on"
    max_duration: Annotated[
        Seconds, Meta(description="Longest that an endpoint may be asked to take: its delay and its duration together.")
    ] = 10.0
    max_generated_bytes: Annotated[
        Size, Meta(description="Largest body that an endpoint may be asked to make, as by /bytes and /drip.")
    ] = 100 << 10
    max_slow_requests: Annotated[
        Count, Meta(description="Requests at once that asked for a delay or a duration; more get 429.")
    ] = 200
    max_slow_requests_per_client: Annotated[
        int,
        Meta(
            description="Such requests of one client address at once. 0: no such limit locally, 8 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    trusted_proxies: Annotated[
        Names,
        Meta(
            description="Proxies whose Forwarded and X-Forwarded headers tell client, scheme and host: addresses and "
            "networks, comma-separated. Empty: none is believed; locally the httpbin endpoints believe everybody."
        ),
    ] = ()
    redirect_hosts: Annotated[
        Names,
        Meta(description="Hosts to which /redirect-to may lead in the public profile, comma-separated."),
    ] = ()
    send_to: Annotated[
        Names,
        Meta(
            description="Hosts, or host:port, to which the inspector may send requests again in the public profile, "
            "comma-separated; locally it may send to any."
        ),
    ] = ()
    response_headers_deny: Annotated[
        Names,
        Meta(description="More header names that /response-headers and /mix refuse to send, comma-separated."),
    ] = ()
    unsafe_responses: Annotated[
        bool,
        Meta(
            description="Let clients compose answers with any header but those of framing, and let the scripts in them "
            "run, in an origin of their own from which nothing below /-/ can be read."
        ),
    ] = False
    cors: Annotated[
        Literal["auto", "credentials", "any"],
        Meta(
            description="Who may read the httpbin endpoints from other origins: any (*), or credentials (the origin "
            "that asks, with its cookies); auto: credentials locally, any in public."
        ),
    ] = "auto"
    hostname: Annotated[
        str, Meta(description="What /hostname tells. Empty: this machine's name locally, echoscope in public.")
    ] = ""
    max_subscribers: Annotated[Count, Meta(description="Dashboards and other readers of the feed at once.")] = 200
    bin: Annotated[
        Names,
        Meta(
            description="A bin that is always there, NAME or NAME=KEY, where the key (16 characters or more) opens it "
            "for others in the public profile; several with commas, or the option again.",
            extra={"repeats": True},
        ),
    ] = ()
    max_bins: Annotated[Count, Meta(description="Bins at once; more are refused until one has expired.")] = 1_000
    max_bin_exchanges: Annotated[Count, Meta(description="Exchanges kept in each bin; the oldest go first.")] = 200
    max_bin_bytes: Annotated[
        Size, Meta(description="Memory that the exchanges of one bin may take, inside --max-bytes for all together.")
    ] = 4 << 20
    bin_idle: Annotated[
        float,
        Meta(description="Seconds without a request after which a bin expires, with all in it.", gt=0, le=31_536_000),
    ] = 86_400.0
    bin_rate: Annotated[
        int,
        Meta(
            description="Requests a second that one bin takes, twice as many at once; more get 429. 0: no such limit "
            "locally, 100 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    max_new_bins: Annotated[
        int,
        Meta(
            description="Bins that one client address may make in an hour. 0: no such limit locally, 10 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    max_bin_answer_bytes: Annotated[
        Size, Meta(description="Largest body of a bin's answer, as it is set and as it is sent.")
    ] = 64 << 10
    visitor_bins: Annotated[bool, Meta(description="Let visitors of the public profile make bins of their own.")] = True
    share_hours: Annotated[
        int, Meta(description="Hours that a link to one exchange may be open, at most.", ge=1, le=87_600)
    ] = 168
    rate: Annotated[
        int,
        Meta(
            description="Requests a second that one client address may send, twice as many at once; more get 429. "
            "0: no such limit locally, 50 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    max_wrong_tokens: Annotated[
        Count,
        Meta(description="Wrong tokens and keys in a minute from one client address in public; then 429."),
    ] = 5
    security_contact: Annotated[
        str,
        Meta(description="A mail address or a URL for reports of abuse, told in /.well-known/security.txt."),
    ] = ""
    shutdown_grace: Annotated[
        Seconds,
        Meta(description="Seconds that requests in flight have to finish after Ctrl-C, SIGTERM or a closed terminal."),
    ] = 10.0
    asgi_only: Annotated[
        bool,
        Meta(description="Answer every request through ASGI, also plain ones, which could be answered directly."),
    ] = False
    quiet: Annotated[bool, Meta(description="Print no line per request.")] = False
    log_format: Annotated[
        Literal["text", "json"],
        Meta(description="How requests and messages are logged: as lines to read, or as one JSON object in each line."),
    ] = "text"
    otlp_endpoint: Annotated[
        str,
        Meta(
            description="Collector to which each exchange is sent as a span of OpenTelemetry, such as "
            "http://localhost:4318; needs the extra otel."
        ),
    ] = ""

    @property
    def effective_profile(self) -> Profile:
        """`profile`, with `auto` decided: local on a loopback address, unless strangers come through a proxy."""
        if self.profile != "auto":
            return self.profile
        return "public" if self.reason_for_public else "local"

    @property
    def reason_for_public(self) -> str | None:
        """Why `auto` is public, as the part of a sentence; None where it is local."""
        strange = next((name for name in self.hosts if not is_loopback(name.rstrip("."))), None)
        if not is_loopback(self.host):
            return f"--host {self.host} can be reached from other machines"
        if strange is not None:
            return f"--hosts {strange} is no name of this machine alone, so others come in by it"
        if self.root_path:
            return f"--root-path {self.root_path} says that a proxy passes requests on to here"
        if self.trusted_proxies:
            return f"--trusted-proxies {','.join(self.trusted_proxies)} says that proxies pass requests on to here"
        return None

    def _in_public(self, limit: int) -> int:
        """A limit that the public profile has by itself; 0, none, in the local one."""
        return 0 if self.effective_profile == "local" else limit

    @property
    def client_rate(self) -> int:
        """`rate`, with 0 decided by the profile; 0 for no limit."""
        return self.rate or self._in_public(50)

    @property
    def rate_of_bin(self) -> int:
        """`bin_rate`, with 0 decided by the profile; 0 for no limit."""
        return self.bin_rate or self._in_public(100)

    @property
    def new_bins(self) -> int:
        """`max_new_bins`, with 0 decided by the profile; 0 for no limit."""
        return self.max_new_bins or self._in_public(10)

    @property
    def fixed_bins(self) -> dict[str, str]:
        """The keys of `bin` by name, "" for none."""
        pairs = (text.partition("=") for text in self.bin)
        return {name: key for name, _, key in pairs}

    @property
    def body_limit(self) -> int:
        """`max_body_bytes` in bytes, with 0 decided by the profile."""
        return self.max_body_bytes or (16 << 20 if self.effective_profile == "local" else 1 << 20)

    @property
    def connections_of_client(self) -> int:
        """`max_connections_per_client`, with 0 decided by the profile; 0 for no limit."""
        return self.max_connections_per_client or self._in_public(64)

    @property
    def websocket_idle_s(self) -> float:
        """`websocket_idle_timeout`, with 0 decided by the profile; 0 for no limit."""
        return self.websocket_idle_timeout or self._in_public(60)


class Setting(msgspec.Struct, frozen=True):
    """One declared setting, as documentation and command line need it."""

    name: str
    type: Any
    default: Any
    help: str
    is_size: bool
    repeats: bool = False

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def kind(self) -> str:
        """What a value looks like: `size`, `flag`, `number`, `seconds`, `names`, `text`, or words to choose from."""
        if self.is_size:
            return "size"
        choices = get_args(_bare(self.type)) if get_origin(_bare(self.type)) is Literal else ()
        kinds = {bool: "flag", int: "number", float: "seconds", tuple: "names", str: "text"}
        return "|".join(choices) or kinds[type(self.default)]

    @property
    def default_text(self) -> str:
        """The default as one would write it: `64MiB`, `10`, `off`; empty for none."""
        if self.kind == "flag":
            return "on" if self.default else "off"
        if self.kind == "names":
            return ",".join(self.default)
        if self.is_size:
            return _size_text(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)


@cache
def declared() -> tuple[Setting, ...]:
    """All settings in the order of their declaration."""
    hints = get_type_hints(Settings, include_extras=True)
    return tuple(
        Setting(
            field.name,
            hints[field.name],
            field.default,
            next(meta.description for meta in _metas(hints[field.name]) if meta.description),
            any((meta.extra or {}).get("unit") == "bytes" for meta in _metas(hints[field.name])),
            any((meta.extra or {}).get("repeats", False) for meta in _metas(hints[field.name])),
        )
        for field in msgspec.structs.fields(Settings)
    )


def load(environ: Mapping[str, str], **given: Any) -> Settings:
    """Settings from the environment and, over it, from the values given by name.

    Values are text or already of their type. Raises `SettingsError` for the first that cannot be used.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in declared():
        if setting.name in given:
            value, source = given[setting.name], setting.option
        elif setting.variable in environ:
            value, source = environ[setting.variable], setting.variable
        else:
            continue
        values[setting.name], sources[setting.name] = _convert(setting, value, source), source
    settings = Settings(**values)
    _check(settings, sources)
    return settings


def unknown_variables(environ: Mapping[str, str]) -> Iterable[str]:
    """A line for each `ECHOSCOPE_…` variable that means nothing, with the nearest name that does."""
    known = [setting.variable.removeprefix(PREFIX) for setting in declared()] + [*OF_CLIENTS]
    for name in environ:
        if name.startswith(PREFIX) and name != ENABLED and name.removeprefix(PREFIX) not in known:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, 1)
            yield f"{name} is no setting of Echoscope" + (f"; did you mean {PREFIX}{near[0]}?" if near else "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _size_text(size: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def _metas(hint: Any) -> list[Meta]:
    metas: list[Meta] = []
    while get_origin(hint) is Annotated:
        metas += [item for item in get_args(hint)[1:] if isinstance(item, Meta)]
        hint = get_args(hint)[0]
    return metas


def _convert(setting: Setting, value: Any, source: str) -> Any:
    if setting.is_size and isinstance(value, str):
        value = _bytes(value)
    elif setting.default == () and isinstance(value, str):
        value = tuple(part.strip() for part in value.split(",") if part.strip())
    elif setting.kind == "seconds" and isinstance(value, str):
        value = _seconds(value)
    elif setting.kind == "flag" and isinstance(value, str):
        value = _FLAGS.get(value.lower(), value)
    try:
        return msgspec.convert(value, setting.type, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {value!r} cannot be used: {_in_words(setting, error)}") from error


def _in_words(setting: Setting, error: msgspec.ValidationError) -> str:
    """What the setting takes, as the rest of a sentence; its range, where the value is outside of it."""
    choices = setting.kind.split("|")
    if len(choices) > 1:
        return f"it takes {', '.join(choices[:-1])} or {choices[-1]}"
    least, most = _range(setting)
    if ", got " in str(error) or least is None:
        return _FORMS[setting.kind]
    return f"{_FORMS[setting.kind].partition(',')[0]}{least}{most or ''}"


def _range(setting: Setting) -> tuple[str | None, str | None]:
    """The bounds of a setting as two parts of a sentence, each None where there is none."""
    least: str | None = None
    most: str | None = None
    for meta in _metas(setting.type):
        if meta.min_length:
            least = " that is not empty"
        if meta.ge is not None or meta.gt is not None:
            least = f" of {meta.ge} or more" if meta.gt is None else f" of more than {meta.gt:g}"
        if meta.le is not None:
            most = f", at most {_size_text(int(meta.le)) if setting.is_size else f'{meta.le:,}'}"
    return least, most


_FLAGS: Final = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}

_FORMS: Final = {
    "flag": "it takes on or off",
    "number": "it takes a whole number",
    "seconds": "it takes seconds, such as 10, 2.5, 5s or 1500ms",
    "size": "it takes a size in bytes, such as 65536, 500kB or 1.5GiB",
    "names": "it takes names with commas between them",
    "text": "it takes a text",
}


_SIZE = re.compile(r"(\d{1,18})(\.\d{1,9})?\s*(?:([kmg])(i?)b)?", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)\s*(ms|s)", re.IGNORECASE | re.ASCII)


def _bytes(text: str) -> int | str:
    """A size in bytes; of a fraction of a unit, the bytes that are whole. What is no size stays as it is."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match[2] and not match[3]):
        return text
    whole, fraction, unit, binary = match.groups()
    base = 1024 if binary else 1000
    factor = base ** ("kmg".index(unit.lower()) + 1) if unit else 1
    return int(Decimal(whole + (fraction or "")) * factor)


def _seconds(text: str) -> float | str:
    """Seconds that have a unit; what has none stays as it is."""
    match = _SECONDS.fullmatch(text.strip())
    if match is None:
        return text
    return float(match[1]) / (1000 if match[2].lower() == "ms" else 1)


_HOST_NAME: Final = re.compile(r"[\w-]+(\.[\w-]+)*\.?|\[?[0-9A-Fa-f:.]+\]?")
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NAMES: Final = (
    ("hosts", _HOST_NAME, "host names without scheme, port and path, such as debug.example.com"),
    ("redirect_hosts", _HOST_NAME, "host names without scheme, port and path, such as example.com"),
    (
        "send_to",
        re.compile(rf"(?:{_HOST_NAME.pattern})(?::[0-9]{{1,5}})?"),
        "hosts, or hosts with a port, without scheme and path, such as example.com or example.com:8443",
    ),
    ("response_headers_deny", _FIELD_NAME, "names of header fields, such as Set-Cookie"),
)
"""What the names in a setting look like, and how that is said."""


BIN_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?"
"""What a bin may be called: it stands in addresses, and no sentence's full stop belongs to it."""

BIN_NAME_RULE: Final = (
    "1 to 64 letters, digits, dots, hyphens and underscores, with a letter or a digit first and no dot last"
)

MIN_SECRET_CHARACTERS: Final = 16

_MIN_DIFFERENT_CHARACTERS: Final = 6

_PLACEHOLDERS: Final = re.compile(
    r"(?:(?:your|my|the|a|some|new|this|is|in|please|put|insert|enter|set|add|use|test|dummy|example|sample|default"
    r"|operator|admin|super|top|very|long|random|access|api|auth|bearer|echoscope|change|changed|replace|me|it|here"
    r"|secret|token|password|passwd|key|value|string|xxx|todo|tbd|fixme|placeholder|qwerty|letmein|abc|abcdef|abcdefgh)"
    r"|[^a-z]|x{3,})+",
)
"""A text made only of the words that stand in examples, and of digits and signs between them."""


def weakness(secret: str) -> str | None:
    """Why a token or a key is no secret, as the rest of a sentence; None where it may be one."""
    if len(secret) < MIN_SECRET_CHARACTERS:
        return f"too short: it must have {MIN_SECRET_CHARACTERS} characters or more"
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        return "it must have only printable ASCII characters, without spaces"
    if len(set(secret)) < _MIN_DIFFERENT_CHARACTERS:
        return f"too simple: it must have {_MIN_DIFFERENT_CHARACTERS} different characters or more"
    is_example = _PLACEHOLDERS.fullmatch(secret.lower()) and not secret.isdigit()
    if is_example or secret in "1234567890" * 10:
        return "it looks like an example: take a random one, such as openssl rand -hex 24 gives"
    return None


def _check_bins(settings: Settings, sources: Mapping[str, str]) -> None:
    names: set[str] = set()
    for text in settings.bin:
        name, has_key, key = text.partition("=")
        if not re.fullmatch(BIN_NAME, name):
            raise SettingsError(f"{sources['bin']}: {name!r} cannot be used: the name of a bin has {BIN_NAME_RULE}")
        if name in names:
            raise SettingsError(f"{sources['bin']}: the bin {name!r} is given twice")
        names.add(name)
        if has_key and (reason := weakness(key)):
            raise SettingsError(f"{sources['bin']}: the key of the bin {name!r} cannot be used: {reason}")
    if len(names) > settings.max_bins:
        raise SettingsError(f"{sources['bin']}: {len(names)} bins are more than --max-bins {settings.max_bins}")


def _check(settings: Settings, sources: Mapping[str, str]) -> None:
    if settings.token and (reason := weakness(settings.token)):
        raise SettingsError(f"{sources['token']}: the operator token cannot be used: {reason}")
    _check_bins(settings, sources)
    contact = settings.security_contact
    if contact and not re.fullmatch(r"(?:mailto:|https://|tel:)?[!-~]{3,200}", contact, re.ASCII):
        raise SettingsError(
            f"{sources['security_contact']}: {contact!r} cannot be used: it takes a mail address, or a URL that begins "
            "with https:, mailto: or tel:"
        )
    if settings.keyfile and not settings.certfile:
        raise SettingsError(f"{sources['keyfile']}: {settings.keyfile!r} cannot be used without --certfile")
    if settings.root_path and not re.fullmatch(r"(/[\w.~-]+)+", settings.root_path, re.ASCII):
        raise SettingsError(
            f"{sources['root_path']}: {settings.root_path!r} cannot be used: it begins with a slash and ends without"
        )
    if settings.otlp_endpoint and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", settings.otlp_endpoint):
        raise SettingsError(
            f"{sources['otlp_endpoint']}: {settings.otlp_endpoint!r} cannot be used: it takes the address of a "
            "collector, such as http://localhost:4318"
        )
    for setting, form, example in _NAMES:
        for name in getattr(settings, setting):
            if not form.fullmatch(name):
                raise SettingsError(f"{sources[setting]}: {name!r} cannot be used: it takes {example}")
    if not settings.hostname.isprintable():
        raise SettingsError(f"{sources['hostname']}: {settings.hostname!r} cannot be used: it takes printable text")
    for name in settings.trusted_proxies:
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise SettingsError(
                f"{sources['trusted_proxies']}: {name!r} cannot be used: it takes addresses and networks, such as "
                "10.0.0.1 or 10.0.0.0/8"
            ) from None
