"""Ids on the wire: the database key as 24 hex digits, the form that clients of Engage Digital know."""

from __future__ import annotations

import re

FORM = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_LARGEST_KEY = 2**63 - 1


def wire_id(key: int) -> str:
    """A database key as it stands on the wire."""
    return f"{key:024x}"


def key_of(text: str) -> int | None:
    """The database key behind a wire id; None for what cannot be one."""
    if not FORM.fullmatch(text):
        return None
    key = int(text, 16)
    return key if 0 < key <= _LARGEST_KEY else None
