"""Reading single values of a webhook's JSON: what is usable comes out clean, all else is `Unusable`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handover.text import has_control_characters, storable

LONGEST_ID = 64
LONGEST_MID = 255
"""Characters, as the columns have them."""

DEEPEST = 50
"""Levels of nesting. Meta's events have five; SQLite and PostgreSQL give up somewhere beyond a thousand."""

_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""2000 and 2100 in Unix seconds. What is reckoned with a time must not leave the calendar."""

_LEAST_MILLISECONDS = 100_000_000_000
"""Read as seconds this is the year 5138; Meta writes milliseconds, one of its samples seconds."""

Json = dict[str, Any]


class Unusable(ValueError):
    """A value that no event of Meta's has; the text says which and why."""


class RepeatedKeys(dict[str, Any]):
    """A JSON object that named a key twice: one of the two values is lost."""


def load(body: bytes) -> Any:
    """The JSON of a delivery. Raises `Unusable`.

    NaN, infinities and numbers of absurd length, which no database takes, come out as text.
    """
    try:
        return json.loads(
            body,
            parse_constant=str,
            parse_float=_real,
            parse_int=_whole,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise Unusable("the delivery is nested too deeply") from None
    except ValueError as error:
        raise Unusable(f"the delivery is no JSON ({type(error).__name__})") from None


def _real(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= 20 else digits


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    return found if len(found) == len(pairs) else RepeatedKeys(found)


def dump(value: Any) -> str:
    """The value as storable JSON text; empty where it is nested too deeply to be written."""
    try:
        return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    except RecursionError:
        return ""


def clean(value: Any, depth: int = 0) -> Any:
    """The value with storable text throughout. Raises `Unusable` where it cannot be kept faithfully."""
    if depth > DEEPEST:
        raise Unusable("it is nested too deeply")
    if isinstance(value, RepeatedKeys):
        raise Unusable("it has the same key twice")
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): clean(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [clean(inner, depth + 1) for inner in value]
    return value


def identifier(value: object, name: str, longest: int = LONGEST_ID) -> str:
    """An id, which Meta writes as text and as a number; empty where it is null, empty or absent."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unusable(f"{name} is neither text nor a whole number")
    text = storable(str(value))
    if len(text) > longest:
        raise Unusable(f"{name} is longer than {longest} characters")
    if has_control_characters(text) or text != text.strip():
        raise Unusable(f"{name} holds blanks or control characters")
    return text


def moment(value: object, name: str) -> datetime | None:
    """A time in milliseconds or seconds, by magnitude; None where it is null or absent."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable(f"{name} is no number")
    seconds = value / 1000 if value >= _LEAST_MILLISECONDS else value
    if not _EARLIEST <= seconds < _LATEST:
        raise Unusable(f"{name} is not between the years 2000 and 2100")
    return datetime.fromtimestamp(seconds, UTC)


def text(value: object) -> str:
    """Text as it is, null as nothing, all else as the JSON it came as."""
    if value is None:
        return ""
    return storable(value) if isinstance(value, str) else dump(value)


def sub_object(holder: Mapping[str, Any], name: str) -> Json:
    """The object under a key; empty where it is null or absent."""
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unusable(f"{name} is no object")
    return value
