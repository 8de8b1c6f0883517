"""Which stretch of time is looked at, and in which bars: pure. All of it in UTC.

A span of hours or days counts the one under way: 7 days are today and the six days before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

MOST_DAYS = 92
"""A span is read row by row, so it has an end."""
MOST_BARS = 10
"""So many still have room for their numbers at the width of a phone."""

_HOURS_A_BAR = timedelta(hours=3)
_A_DAY = timedelta(days=1)


class SpanKind(StrEnum):
    """What can be chosen, by its name in addresses."""

    TODAY = "today"
    HOURS = "24h"
    WEEK = "7d"
    MONTH = "30d"
    DATES = "dates"


WORDS = {
    SpanKind.TODAY: "Today",
    SpanKind.HOURS: "Last 24 hours",
    SpanKind.WEEK: "Last 7 days",
    SpanKind.MONTH: "Last 30 days",
    SpanKind.DATES: "From and to",
}
_DAYS = {SpanKind.TODAY: 1, SpanKind.WEEK: 7, SpanKind.MONTH: 30}


@dataclass(frozen=True)
class Span:
    """From `begins` up to `ends`, which is no longer in it."""

    kind: SpanKind
    begins: datetime
    ends: datetime

    @property
    def before(self) -> Span:
        """As long a time, right before."""
        return Span(self.kind, self.begins - (self.ends - self.begins), self.begins)

    @property
    def is_of_hours(self) -> bool:
        """Whether its bars are hours of a day."""
        return self.ends - self.begins <= _A_DAY

    def bars(self) -> list[Bar]:
        """The span cut up into at most ten pieces; the last one ends with the span."""
        return [Bar(piece, self.is_of_hours) for piece in self._cut(self._step())]

    def pieces(self) -> list[Piece]:
        """What is counted by itself: days, or hours in a span of hours. No piece is in two bars."""
        return self._cut(_HOURS_A_BAR if self.is_of_hours else _A_DAY)

    def _cut(self, step: timedelta) -> list[Piece]:
        starts = [self.begins]
        while starts[-1] + step < self.ends:
            starts.append(starts[-1] + step)
        return [Piece(*ends) for ends in zip(starts, [*starts[1:], self.ends], strict=True)]

    def _step(self) -> timedelta:
        if self.is_of_hours:
            return _HOURS_A_BAR
        days = -(-(self.ends - self.begins) // _A_DAY)
        return _A_DAY * -(-days // MOST_BARS)


@dataclass(frozen=True)
class Piece:
    """From `begins` up to `ends`, which is no longer in it."""

    begins: datetime
    ends: datetime

    @property
    def is_a_day(self) -> bool:
        """Whether it is a whole day of UTC."""
        return self.begins.time() == time() and self.ends - self.begins == _A_DAY


@dataclass(frozen=True)
class Bar:
    """What is drawn as one bar, and called by its hours or days."""

    piece: Piece
    is_of_hours: bool

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return self.piece.begins

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return self.piece.ends

    @property
    def label(self) -> str:
        """For below a bar: "15:00", "Mon 16", or the first of several days, "16 Nov"."""
        if self.is_of_hours:
            return f"{self.begins:%H:%M}"
        return (
            f"{self.begins:%a} {self.begins.day}"
            if self._is_one_day
            else f"{self.begins.day} {self.begins:%b}"
        )

    @property
    def name(self) -> str:
        """In full, for titles and tables."""
        if self.is_of_hours:
            return f"{_day(self.begins)}, {self.begins:%H:%M} to {self.ends:%H:%M}"
        if self._is_one_day:
            return _day(self.begins)
        return f"{_day(self.begins)} to {_day(self.ends - timedelta(microseconds=1))}"

    @property
    def _is_one_day(self) -> bool:
        return self.ends - self.begins <= _A_DAY


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"


def in_words(span: Span) -> str:
    """From when to when, for people."""
    return f"{_moment(span.begins)} to {_moment(span.ends)} UTC"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}, {at:%H:%M}"


def choose(kind: SpanKind, now: datetime, first: str = "", last: str = "") -> Span:
    """The span of a kind; `first` and `last` are dates, both in it, and count for `DATES` alone.

    Raises ValueError, whose words say what is wrong with them.
    """
    if kind is SpanKind.DATES:
        return _between(_date(first), _date(last), now)
    if kind is SpanKind.HOURS:
        full_hour = now.replace(minute=0, second=0, microsecond=0)
        return Span(kind, full_hour - timedelta(hours=23), now)
    return Span(kind, _midnight(now.date()) - _A_DAY * (_DAYS[kind] - 1), now)


def _between(first: date, last: date, now: datetime) -> Span:
    if first > last:
        raise ValueError("The first day is after the last one.")
    if first > now.date():
        raise ValueError("The first day is still to come.")
    if (last - first).days >= MOST_DAYS:
        raise ValueError(f"At most {MOST_DAYS} days can be looked at at once.")
    return Span(SpanKind.DATES, _midnight(first), min(_midnight(last) + _A_DAY, now))


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("Both days are needed, written like 2026-11-24.") from None
    if not date.min + timedelta(MOST_DAYS * 2) < day < date.max - timedelta(2):
        raise ValueError("Nothing is known of so distant a day.")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
