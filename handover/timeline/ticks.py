"""The marks of the time axis: round moments, as many as have room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handover.timeline.words import day, minute

_STEPS = (
    *(timedelta(seconds=seconds) for seconds in (5, 10, 15, 30)),
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 3, 7)),
)
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_A_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
"""Ticks are counted from there, so that days begin at midnight and weeks on Mondays."""


@dataclass(frozen=True)
class Tick:
    """One round moment and what stands at it."""

    at: datetime
    label: str


def ticks(start: datetime, end: datetime, most: int) -> list[Tick]:
    """Round moments from start to end, both included: about `most` at the most."""
    for step in _STEPS:
        if (end - start) / step <= most:
            return [Tick(at, _label(at, step)) for at in _regular(start, end, step)]
    for months in _MONTHS:
        if (end - start) / (30 * _DAY * months) <= most:
            break
    return [Tick(at, f"{at:%b %Y}") for at in _first_days(start, end, months)]


def _label(at: datetime, step: timedelta) -> str:
    is_midnight = (at - _A_MONDAY) % _DAY == timedelta(0)
    if step >= _DAY or is_midnight:
        return day(at)
    return f"{at:%H:%M:%S}" if step < _MINUTE else minute(at)


def _regular(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    at = _A_MONDAY - ((_A_MONDAY - start) // step) * step
    while at <= end:
        yield at
        at += step


def _first_days(start: datetime, end: datetime, months: int) -> Iterator[datetime]:
    start = start.astimezone(UTC)
    count = start.year * 12 + start.month - 1
    count -= count % months
    while (at := datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)) <= end:
        if at >= start:
            yield at
        count += months
