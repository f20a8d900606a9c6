"""Whether this process is one in production, where an inspector around an app is a risk: it keeps what users send.

Nobody can tell for certain. So only what says it plainly counts: the word `production` in one of the variables that
frameworks and teams name the environment by, or a variable that only a platform sets which runs deployed apps.
"""

from collections.abc import Mapping
from typing import Final

from ...base.settings import ENABLED, SettingsError

ENVIRONMENT_VARIABLES: Final = (
    "ENVIRONMENT", "ENV", "APP_ENV", "APP_ENVIRONMENT", "PYTHON_ENV", "DEPLOYMENT_ENVIRONMENT", "DEPLOY_ENV", "STAGE",
    "FASTAPI_ENV", "STARLETTE_ENV", "LITESTAR_ENV", "QUART_ENV", "FLASK_ENV", "DJANGO_ENV", "NODE_ENV",
)  # fmt: skip
PRODUCTION_WORDS: Final = frozenset({"production", "prod", "prd", "live"})

PLATFORM_VARIABLES: Final[Mapping[str, str]] = {
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
    "DYNO": "Heroku",
    "FLY_APP_NAME": "Fly.io",
    "RENDER": "Render",
    "RAILWAY_ENVIRONMENT": "Railway",
    "K_SERVICE": "Cloud Run",
    "GAE_ENV": "App Engine",
    "WEBSITE_SITE_NAME": "Azure App Service",
    "AWS_EXECUTION_ENV": "AWS",
    "ECS_CONTAINER_METADATA_URI_V4": "Amazon ECS",
    "VERCEL": "Vercel",
}
"""Variables that a platform sets for what is deployed on it, with its name."""

_WORDS: Final = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0"), False),
}


def why_off(enabled: bool | None, environ: Mapping[str, str]) -> str | None:
    """Why there is neither recording nor an inspector, as a sentence; None where there is. `enabled`: what the code
    says, if it says anything. Raises `SettingsError`."""
    if enabled not in (None, True, False):
        raise SettingsError(f"enabled: {enabled!r} cannot be used: it takes True or False, or None for what is usual")
    said = _said_in(environ)
    if said is not None:
        return None if said else f"{ENABLED} says so."
    if enabled is not None:
        return None if enabled else "enabled=False says so."
    sign = _sign_of_production(environ)
    return sign and f"{sign}: this is production. enabled=True or {ENABLED}=on turns it on all the same."


def _said_in(environ: Mapping[str, str]) -> bool | None:
    word = environ.get(ENABLED, "")
    if not word:
        return None
    if word.lower() not in _WORDS:
        raise SettingsError(f"{ENABLED}: {word!r} cannot be used: it takes on or off")
    return _WORDS[word.lower()]


def _sign_of_production(environ: Mapping[str, str]) -> str | None:
    for name in ENVIRONMENT_VARIABLES:
        if (word := environ.get(name, "").strip()).lower() in PRODUCTION_WORDS:
            return f"{name} is {word!r}"
    for name, platform in PLATFORM_VARIABLES.items():
        if environ.get(name):
            return f"{name} is set, as on {platform}"
    return None
