"""For gunicorn: what the environ says."""

import json
from collections.abc import Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    believed = {
        "client": environ["REMOTE_ADDR"],
        "scheme": environ["wsgi.url_scheme"],
        "host": environ.get("HTTP_HOST"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(believed).encode()]
