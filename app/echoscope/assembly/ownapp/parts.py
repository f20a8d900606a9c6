"""What both wrappers are made of, the one around ASGI apps and the one around WSGI apps."""

import inspect
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec.structs import replace
from starlette.types import ASGIApp

from ...base.settings import PREFIX, Settings, SettingsError, load
from ...insight.masking import use_key
from ...log.log import Logs
from ...log.store import Bounds
from ...web.operations.service import Operations
from ...web.visitors.access import Access
from ..deferred import Loaded
from .interfaces import Interface, described, interface_of
from .place import Place
from .production import why_off

if TYPE_CHECKING:
    from ...web.inspector.recording import Switch

logger = logging.getLogger(__name__)

is_paused: Final[ContextVar[bool]] = ContextVar("echoscope_is_paused", default=False)
"""Whether an Echoscope outside is paused: one inside then passes on what comes, too."""


def check_app(app: Any, interface: Interface, wrapper: str) -> None:
    """Raises `TypeError` for what is no app, and for one of another interface. `wrapper`: what takes the other one."""
    own = interface_of(app)
    if not callable(app):
        raise TypeError(f"Echoscope() wraps an app that can be called, not {described(app)}")
    if own == "factory":
        raise TypeError(f"Echoscope() wraps an app; {described(app)} takes no arguments: is it what makes one? Call it")
    if own == "asgi2":
        raise TypeError(
            f"{described(app)} is an app of ASGI 2: echoscope.asgi2.single_callable makes one of today's of it"
        )
    if own == "none":
        hint = ", but its instances may be" if inspect.isclass(app) else ": an app takes other arguments"
        raise TypeError(f"Echoscope() wraps an app; {described(app)} is none{hint}")
    if own is not None and own != interface:
        raise TypeError(f"{described(app)} is an app of {own.upper()}: {wrapper} wraps it")


def is_enabled(enabled: bool | None, environ: Mapping[str, str]) -> bool:
    """Whether to record and to answer at all. Raises `SettingsError`."""
    reason = why_off(enabled, environ)
    if reason is not None:
        logger.warning("Echoscope is off: %s", reason)
    return reason is None


SETTINGS: Final = (
    "max_exchanges", "max_bytes", "kept_body_bytes", "max_events", "max_bytes_in_flight", "max_subscribers",
    "max_import_bytes", "token", "hosts", "profile", "trusted_proxies", "send_to",
)  # fmt: skip
"""What can be set of a wrapper; the other settings are those of our own server, its endpoints and its stores."""


def settings_of(environ: Mapping[str, str], given: Mapping[str, Any]) -> Settings:
    """The settings of a wrapper. A token opens it to whoever has that. Raises `TypeError` for a name that is no
    setting's, and `SettingsError` for a value that cannot be used."""
    for name in given:
        if name not in SETTINGS:
            near = get_close_matches(name, SETTINGS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(SETTINGS)}"
            raise TypeError(f"Echoscope() has no setting {name!r}; {hint}")
    variables = {PREFIX + name.upper() for name in SETTINGS}
    try:
        settings = load({name: environ[name] for name in variables if name in environ}, **given)
    except SettingsError as error:
        option, colon, reason = str(error).partition(":")
        raise SettingsError(option.removeprefix("--").replace("-", "_") + colon + reason) from error
    return replace(settings, profile="public") if settings.token and settings.profile == "auto" else settings


def inspected_logs(settings: Settings, place: Place, switch: "Switch") -> tuple[Logs, Loaded]:
    """The log of a wrapper, in the memory of its process, and the inspector of it, which can pause `switch`."""
    logs = Logs(Bounds(settings.max_exchanges, settings.max_bytes), settings.max_subscribers)
    use_key(logs.main.secret("masking"))
    token = settings.token or logs.main.token
    access = Access(settings, token, logs.shelf, lambda: f"{place.prefix}/login#token={quote(token, safe='')}")

    def inspector() -> ASGIApp:
        from ...web.inspector.api import Api
        from ...web.inspector.app import Inspector
        from ...web.inspector.shares import Shares

        api, shares = Api(logs.main, settings, switch=switch), Shares(logs.main, settings.share_hours)
        return Inspector(api, access, Operations(settings, logs.main), shares)

    return logs, Loaded(inspector)
