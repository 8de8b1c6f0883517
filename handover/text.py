"""Text from outside, made safe to store and to show."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD for what no database takes: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


def first_line(text: str) -> str:
    """An error alone: on the lines that follow PostgreSQL repeats the row, with what somebody wrote."""
    return text.split("\n", 1)[0]


def has_control_characters(text: str) -> bool:
    """Whether a text holds characters that no identifier or label has."""
    return any(not character.isprintable() for character in text)
