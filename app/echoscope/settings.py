"""Every setting, declared once: name, type, default and help.

From one declaration come the command line option `--kebab-case`, the environment variable
`ECHOSCOPE_UPPER_CASE` and the README's row. Sizes are in bytes and accept `64MiB`; durations are in seconds.
"""

import difflib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

PREFIX = "ECHOSCOPE_"

OF_CLIENTS: Final = ("URL",)
"""Variables that mean something to those who ask an Echoscope, and nothing to one that serves."""

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
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
        Meta(description="Who may see what: local (no login) or public (operator token); auto decides by the address."),
    ] = "auto"
    token: Annotated[
        str,
        Meta(description="Operator token of the public profile, 16 characters or more; generated when empty."),
    ] = ""
    hosts: Annotated[
        Names,
        Meta(description="More names under which the inspector may be asked for (Host header), comma-separated."),
    ] = ()
    root_path: Annotated[str, Meta(description="Path prefix under which a proxy serves this instance.")] = ""
    http2: Annotated[
        bool, Meta(description="Speak HTTP/2 beside HTTP/1.1; needs the extra http2, and TLS for browsers.")
    ] = False
    tls: Annotated[
        bool, Meta(description="Serve over TLS; without --certfile with a certificate made for this run alone.")
    ] = False
    certfile: Annotated[str, Meta(description="TLS certificate with its chain, a PEM file; serves over TLS.")] = ""
    keyfile: Annotated[
        str, Meta(description="Private key of --certfile, a PEM file; not needed when both are one.")
    ] = ""
    max_exchanges: Annotated[Count, Meta(description="Exchanges kept; the oldest go first.")] = 1_000
    max_bytes: Annotated[Size, Meta(description="Memory that the kept exchanges may take.")] = 64 << 20
    kept_body_bytes: Annotated[Size, Meta(description="How much of a body is kept, for each direction.")] = 256 << 10
    max_events: Annotated[
        int,
        Meta(description="ASGI messages kept of one exchange: the first and the last halves.", ge=2, le=100_000),
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
            description="The same for one client address. 0: no such limit locally, 8 in public.",
            ge=0,
            le=1_000_000_000,
        ),
    ] = 0
    trusted_proxies: Annotated[
        Names,
        Meta(
            description="Proxies whose Forwarded and X-Forwarded headers the httpbin endpoints believe: addresses and "
            "networks, comma-separated. Empty: everybody's locally, nobody's in public."
        ),
    ] = ()
    redirect_hosts: Annotated[
        Names,
        Meta(description="Hosts to which /redirect-to may lead in the public profile, comma-separated."),
    ] = ()
    response_headers_deny: Annotated[
        Names,
        Meta(description="More header names that /response-headers and /mix refuse to send, comma-separated."),
    ] = ()
    unsafe_responses: Annotated[
        bool,
        Meta(description="Let clients compose answers with any header but those of framing, and without the sandbox."),
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
    shutdown_grace: Annotated[
        Seconds, Meta(description="Seconds that requests in flight have to finish after Ctrl-C or SIGTERM.")
    ] = 10.0
    asgi_only: Annotated[
        bool,
        Meta(description="Answer every request through ASGI, also the plain ones that need no conversation."),
    ] = False
    quiet: Annotated[bool, Meta(description="Print no line per request.")] = False

    @property
    def effective_profile(self) -> Profile:
        """`profile`, with `auto` decided: local on a loopback address, public on any other."""
        if self.profile != "auto":
            return self.profile
        return "local" if is_loopback(self.host) else "public"

    @property
    def body_limit(self) -> int:
        """`max_body_bytes` in bytes, with 0 decided by the profile."""
        return self.max_body_bytes or (16 << 20 if self.effective_profile == "local" else 1 << 20)


class Setting(msgspec.Struct, frozen=True):
    """One declared setting, as documentation and command line need it."""

    name: str
    type: Any
    default: Any
    help: str
    is_size: bool

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
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
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
    found: list[Meta] = []
    while get_origin(hint) is Annotated:
        found += [item for item in get_args(hint)[1:] if isinstance(item, Meta)]
        hint = get_args(hint)[0]
    return found


def _convert(setting: Setting, value: Any, source: str) -> Any:
    if setting.is_size and isinstance(value, str):
        value = _bytes(value)
    elif setting.default == () and isinstance(value, str):
        value = tuple(part.strip() for part in value.split(",") if part.strip())
    elif setting.kind == "flag" and isinstance(value, str):
        value = _FLAGS.get(value.lower(), value)
    try:
        return msgspec.convert(value, setting.type, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {value!r} cannot be used: {_in_words(setting, error)}") from error


def _in_words(setting: Setting, error: msgspec.ValidationError) -> str:
    """What the setting takes; of a value in another range, that."""
    choices = setting.kind.split("|")
    if len(choices) > 1:
        return f"it takes {' or '.join(choices)}"
    text = str(error).replace("`", "")
    if ", got " in text:
        return _FORMS[setting.kind]
    return text[:1].lower() + text[1:]


_FLAGS: Final = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}

_FORMS: Final = {
    "flag": "it takes on or off",
    "number": "it takes a whole number",
    "seconds": "it takes seconds, such as 10 or 2.5",
    "size": "it takes a size in bytes, such as 65536, 500kB or 64MiB",
    "names": "it takes names with commas between them",
    "text": "it takes a text",
}


_SIZE = re.compile(r"(\d+)\s*(?:([kmg])(i?)b)?", re.IGNORECASE | re.ASCII)


def _bytes(text: str) -> int | str:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return text
    number, unit, binary = match.groups()
    base = 1024 if binary else 1000
    return int(number) * (base ** ("kmg".index(unit.lower()) + 1) if unit else 1)


def _check(settings: Settings, sources: Mapping[str, str]) -> None:
    if settings.token and len(settings.token) < 16:
        raise SettingsError(f"{sources['token']}: too short: an operator token has 16 characters or more")
    if settings.token and not (settings.token.isascii() and settings.token.isprintable()):
        raise SettingsError(f"{sources['token']}: only printable ASCII characters can be sent as a token")
    if settings.keyfile and not settings.certfile:
        raise SettingsError(f"{sources['keyfile']}: {settings.keyfile!r} cannot be used without --certfile")
    if settings.root_path and not re.fullmatch(r"(/[\w.~-]+)+", settings.root_path, re.ASCII):
        raise SettingsError(
            f"{sources['root_path']}: {settings.root_path!r} cannot be used: it begins with a slash and ends without"
        )
    for name in settings.trusted_proxies:
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise SettingsError(
                f"{sources['trusted_proxies']}: {name!r} cannot be used: it takes addresses and networks, such as "
                "10.0.0.1 or 10.0.0.0/8"
            ) from None
