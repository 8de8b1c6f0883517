"""Cells that a spreadsheet shows as they are: pure. No Django, no ORM, no network."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a cell begins with that is reckoned, not shown (OWASP, CSV injection); the wide forms, too."""
_NUMBER_TO_BE = re.compile(r"0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+")
"""Ids that would be read as numbers: without their leading zeros, rounded, or as a power of ten."""


def cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would make something else of it."""
    is_safe = not _FORMULA.match(text.lstrip(" ")) and not _NUMBER_TO_BE.fullmatch(text)
    return text if is_safe else f"'{text}"
