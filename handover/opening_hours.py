"""When a page is open: weekly hours, as the clock on the wall of the page's time zone shows them.

They are written as staff would put them on a door, a line for some days of the week:

    Mon-Fri 09:00-12:30, 13:30-18:00
    Sat 22:00-02:00

Hours that end before they begin end on the next day. No hours at all mean always open.
Pure: no Django, no ORM, and the moment is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FORM = "Mon-Fri 09:00-12:30, 13:30-18:00"
"""What a line looks like."""

_A_DAY = 24 * 60
_WEEKS_AHEAD = timedelta(weeks=2)
"""Hours that the clock jumps over fall out for a week, so the next ones are found within two."""
_LINE = re.compile(r"(?P<days>[A-Za-z][A-Za-z ,-]*?)\s+(?P<times>[0-9][0-9: ,-]*)")
_TIME = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")


@dataclass(frozen=True)
class Span:
    """Hours that begin on a weekday (0 is Monday), in minutes after that day's midnight.

    `closes` is the first minute that is no longer open; it is beyond 24 hours where it is on the next day.
    """

    weekday: int
    opens: int
    closes: int

    def covers(self, weekday: int, minute: int) -> bool:
        """Whether a minute of a weekday is within these hours, begun on that day or on the one before."""
        if weekday == self.weekday:
            return self.opens <= minute < self.closes
        return weekday == (self.weekday + 1) % 7 and minute + _A_DAY < self.closes


@dataclass(frozen=True)
class OpeningHours:
    """The hours of every week, in one time zone."""

    spans: tuple[Span, ...] = ()
    zone: tzinfo = UTC

    def is_open(self, now: datetime) -> bool:
        """Whether the page is open. An hour that the clock shows twice in a night is open both times."""
        local = now.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return not self.spans or any(span.covers(local.weekday(), minute) for span in self.spans)

    def opens_next(self, now: datetime) -> datetime:
        """When a page that is closed `now` opens, in UTC. Raises ValueError where it never closes."""
        return min(at for at in self._openings(now) if at > now and self.is_open(at))

    def _openings(self, now: datetime) -> Iterator[datetime]:
        """Where hours begin from today on. Where the clock is set, some of these times are twice or never."""
        today = now.astimezone(self.zone).date()
        for days in range(_WEEKS_AHEAD.days + 1):
            day = today + timedelta(days)
            for span in self.spans:
                if span.weekday == day.weekday():
                    begins = datetime.combine(day, time(*divmod(span.opens, 60)), self.zone)
                    yield from (begins.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@lru_cache(maxsize=256)
def read_spans(text: str) -> tuple[Span, ...]:
    """The hours that a text has, a line for some days of the week.

    Raises ValueError, whose words name the line.
    """
    lines = enumerate(text.replace("\N{EN DASH}", "-").splitlines(), start=1)
    return tuple(span for number, line in lines if line.strip() for span in _read_line(number, line.strip()))


@lru_cache(maxsize=256)
def read_zone(name: str) -> tzinfo:
    """A time zone by its name in the tz database; UTC where the name is empty. Raises ValueError."""
    if not name:
        return UTC
    # Asked first, as ZoneInfo takes a name for a path and fails in as many ways as a path can. It reads the
    # disk each time, so a name that is known is remembered.
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone that is known here.")
    return ZoneInfo(name)


def _read_line(number: int, line: str) -> Iterator[Span]:
    try:
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError
        times = [_read_times(part) for part in match["times"].split(",")]
        for weekday in (day for part in match["days"].split(",") for day in _read_days(part)):
            yield from (Span(weekday, opens, closes) for opens, closes in times)
    except ValueError:
        raise ValueError(f'Line {number} cannot be read: "{line}". Write it like "{FORM}".') from None


def _read_days(part: str) -> list[int]:
    """`Mon`, or `Fri-Mon`, which goes over the weekend."""
    first, _, last = (name.strip().capitalize() for name in part.partition("-"))
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return [(begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1)]


def _read_times(part: str) -> tuple[int, int]:
    """`09:00-17:00`; `22:00-02:00`, which goes over midnight; `00:00-24:00`, the whole day."""
    opens, closes = (_read_minute(text.strip()) for text in part.split("-"))
    if opens in (closes, _A_DAY):
        raise ValueError
    return opens, closes if closes > opens else closes + _A_DAY


def _read_minute(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError
    hour, minute = int(match["hour"]), int(match["minute"])
    if minute > 59 or hour * 60 + minute > _A_DAY:
        raise ValueError
    return hour * 60 + minute
