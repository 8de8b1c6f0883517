"""Is a delivery Facebook's? (Meta, "Webhooks": X-Hub-Signature-256.)"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

_FORM = re.compile(r"sha256=([0-9a-fA-F]{64})")


def is_signed(header: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether the raw bytes were signed with one of the secrets.

    The bytes as they came, never JSON written anew: Meta signs its own way of escaping.
    """
    form = _FORM.fullmatch(header)
    if form is None:
        return False
    given = bytes.fromhex(form[1])
    # Each is compared, so that the time taken does not tell which one fits. An empty secret is none.
    fits = [hmac.compare_digest(given, _signature(secret, body)) for secret in secrets if secret]
    return any(fits)


def _signature(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()
