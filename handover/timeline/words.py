"""Moments and lengths of time in words. All times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class Days:
    """How moments of a picture are written: with their day, unless all of it is on that one."""

    start: datetime
    end: datetime

    def minute(self, at: datetime) -> str:
        """`09:47`, or `22 Nov 09:47`."""
        return f"{self._day(at)}{minute(at)}"

    def second(self, at: datetime) -> str:
        """`09:47:31`, or `22 Nov 09:47:31`."""
        return f"{self._day(at)}{at.astimezone(UTC):%H:%M:%S}"

    def _day(self, at: datetime) -> str:
        is_the_only_one = is_one_day(self.start, self.end) and is_one_day(self.start, at)
        return "" if is_the_only_one else f"{day(at)} "


def minute(at: datetime) -> str:
    """`09:47`."""
    return f"{at.astimezone(UTC):%H:%M}"


def day(at: datetime) -> str:
    """`22 Nov`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b}"


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
