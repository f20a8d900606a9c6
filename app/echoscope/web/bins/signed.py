"""How the sender of a bin signs."""

import msgspec


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scheme of `signatures` by its id, with the secret; `options` are the scheme's own.

    The secret leaves the process on no way but to the store.
    """

    scheme: str
    secret: str
    options: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Signed({self.scheme!r})"
