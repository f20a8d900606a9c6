"""Scopes and messages against the ASGI specification: what is wrong with them, by whom, and which sentence says so.

Pure: plain values in, breaches out. `Conversation` follows one connection message by message; `breaches` does so for
an exchange that is kept. What the specification leaves open is no breach, and what it does not know, such as keys that
a framework adds, is passed over.
"""

from .breach import Breach, BreachDocument, By, documents
from .conversation import Conversation
from .recorded import breaches

__all__ = ["Breach", "BreachDocument", "By", "Conversation", "breaches", "documents"]
