"""/gzip, /deflate, /brotli, /zstd: always compressed, whatever the client accepts; that is what they are for."""

import gzip
import zlib
from collections.abc import Callable
from functools import partial
from typing import Final

from ..endpoint.answers import JSON, Answer, Refused, json_bytes
from ..endpoint.request import Request
from . import reflect

ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": partial(gzip.compress, mtime=0),  # the same bytes for the same request, whenever it comes
    "deflate": zlib.compress,
}
"""By content coding (RFC 9110, section 8.4.1; `deflate` is zlib's format). What is not installed is not in it."""

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:
    pass
else:
    ENCODERS["br"] = brotli.compress

try:
    import zstandard
except ImportError:
    pass
else:
    ENCODERS["zstd"] = zstandard.compress


def compressed(coding: str, key: str, package: str) -> Callable[[Request], Answer]:
    """The endpoint of a coding. `key`: what its reflection says; `package`: what to install when it is missing."""

    def endpoint(request: Request) -> Answer:
        encode = ENCODERS.get(coding)
        if encode is None:
            raise Refused(501, f"This server has no {coding}: pip install {package}, then start it again.")
        answer = {
            "headers": reflect.headers(request),
            "method": "GET" if request.method == "HEAD" else request.method,
            "origin": request.origin,
            key: True,
        }
        headers = [JSON, (b"content-encoding", coding.encode())]
        return Answer(headers=headers, body=encode(json_bytes(answer)))

    return endpoint


use_gzip = compressed("gzip", "gzipped", "")
use_deflate = compressed("deflate", "deflated", "")
use_brotli = compressed("br", "brotli", "brotli")
use_zstd = compressed("zstd", "zstd", "zstandard")
