"""Moments and lengths of time in words. All times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def clock(at: datetime) -> str:
    """To the second: `09:47:31`."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def minute(at: datetime) -> str:
    """To the minute: `09:47`."""
    return f"{at.astimezone(UTC):%H:%M}"


def day(at: datetime) -> str:
    """Day and month: `22 Nov`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b}"


def day_and_minute(at: datetime) -> str:
    """`22 Nov 09:47`."""
    return f"{day(at)} {minute(at)}"


def full(at: datetime) -> str:
    """`22 Nov 2026, 09:47`."""
    return f"{day(at)} {at.astimezone(UTC).year}, {minute(at)}"


def long_day(at: datetime) -> str:
    """`Sunday 22 November 2026`."""
    at = at.astimezone(UTC)
    return f"{at:%A} {at.day} {at:%B} {at.year}"


def is_one_day(start: datetime, end: datetime) -> bool:
    """Whether both are on the same day."""
    return start.astimezone(UTC).date() == end.astimezone(UTC).date()


def how_long(length: timedelta) -> str:
    """The two largest units: `39 s`, `5 min`, `2 h 5 min`, `3 d 4 h`."""
    left = max(0, round(length.total_seconds()))
    for place, (seconds, unit) in enumerate(_UNITS):
        if left >= seconds:
            return f"{left // seconds} {unit}{_rest(left % seconds, place + 1)}"
    return "0 s"


def _rest(left: int, place: int) -> str:
    if place >= len(_UNITS):
        return ""
    seconds, unit = _UNITS[place]
    return f" {left // seconds} {unit}" if left >= seconds else ""
