"""Signatures of webhooks: is a request signed with a secret, over the bytes as they came, and if not, why not?

Pure: a request, a scheme and a secret in, a verdict out.
"""

from ...exchange.replies import Verdict
from .check import BadScheme, check, check_settings
from .delivery import Delivery, delivery_of
from .scheme import Options, Scheme
from .schemes import SCHEMES

__all__ = [
    "SCHEMES", "BadScheme", "Delivery", "Options", "Scheme", "Verdict", "check", "check_settings",
    "delivery_of",
]  # fmt: skip
