"""Looks at one exchange: in the thread beside the loop and, where it is long, in the process apart.

In a thread, one search for names through 16 MiB would hold the interpreter's lock, and so the loop, for two seconds.
"""

from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec

from msgspec.structs import replace

from ...base.apart import LOOKS
from ...base.threads import beside
from ...exchange.model import encode
from ...insight.masking import key_in_use, use_key
from ...log.store import Encoded, Found, Outlined

P = ParamSpec("P")

LONG_BYTES: Final = 64 << 10
"""An exchange that takes more, with the bytes among the arguments, is looked at apart: through so much, such a search
takes 7 ms."""


async def looked(look: Callable[Concatenate[Found, P], bytes], one: Found, *args: P.args, **kwargs: P.kwargs) -> bytes:
    """What `look` gives for an exchange and these arguments. It must be importable by its name, and the arguments must
    be such that pickle knows them. Raises what it raises."""
    kept = one.kept
    size = kept.size + sum(len(value) for value in args if isinstance(value, bytes))
    if isinstance(kept, Outlined) or size <= LONG_BYTES:
        return await beside(look, one, *args, **kwargs)
    data = kept.data if isinstance(kept, Encoded) else await beside(lambda: encode(kept.exchange))
    outline = replace(one, kept=Encoded(kept.id, b""))
    pieces = await LOOKS.do(_looked, look, args, kwargs, key_in_use(), outline, data=[data])
    return await beside(b"".join, pieces)  # which does not hold the lock while it copies much


def _looked(
    look: Callable[..., bytes], args: tuple[Any, ...], kwargs: dict[str, Any], key: bytes, outline: Found, data: bytes
) -> bytes:
    use_key(key)
    return look(replace(outline, kept=Encoded(outline.id, data)), *args, **kwargs)
