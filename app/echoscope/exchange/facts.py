"""What is known of an exchange besides its numbers, its scope and its messages: one struct for every form of it.

The log keeps it in the head of an exchange; summary, document, files and client have its fields among their own. So a
new fact is a field here, with a default for exchanges of which it is not known, and a line where it is seen.
"""

from typing import Final

import msgspec


class Facts(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """Facts about an exchange, of which those are told that are known.

    `reason`: why the server refused the request.
    """

    reason: str | None = None


NO_FACTS: Final = Facts()


def facts_in(told: Facts) -> Facts:
    """The facts that stand among the fields of another struct."""
    return Facts(**{name: getattr(told, name) for name in Facts.__struct_fields__})
