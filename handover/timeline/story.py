"""A timeline's picture in moments and lanes, not yet in pixels: bars, marks and lines, with their titles.

Everything that is drawn has a title, and no title holds what anybody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handover.labels import HOLDERS
from handover.ownership import Owner
from handover.timeline import marks, words
from handover.timeline.facts import Engagement, Facts, Lane
from handover.timeline.marks import Mark
from handover.timeline.stretches import Stretch, name_of, stretches
from handover.timeline.windows import Window, windows

SHORTEST = timedelta(seconds=30)
"""What took less is drawn with room around it."""
AHEAD = 0.25
"""Of what has been: how far the picture goes on after now, as the messaging window does."""

_HOLDERS_TOLD = 6
_ALWAYS = (Lane.CUSTOMER, Lane.BOT, Lane.AGENT, Lane.INBOX, Lane.IDLE, Lane.INTERVENTION, Lane.WINDOW)


@dataclass(frozen=True)
class Bar:
    """Who held the thread for a while."""

    lane: Lane
    start: datetime
    end: datetime
    is_sure: bool
    title: str


@dataclass(frozen=True)
class Line:
    """An intervention. From `deferred_at` on it is put aside."""

    start: datetime
    end: datetime
    is_over: bool
    label: str
    title: str
    deferred_at: datetime | None = None


@dataclass(frozen=True)
class Story:
    """The whole picture, from `start` to `end`; `now` is within, as the last thing that is known."""

    name: str
    heading: str
    subheading: str
    description: str
    start: datetime
    now: datetime
    end: datetime
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    windows: tuple[Window, ...]


def tell(facts: Facts) -> Story:
    """The picture of what is known."""
    start, end = _axis(facts)
    found = stretches(facts)
    made = tuple(marks.of(facts, found))
    bars = tuple(_bar(stretch, facts) for stretch in found if stretch.start < stretch.end)
    return Story(
        name=f"Who held the thread of {facts.person}, {_span(facts)}",
        heading=f"{facts.person} on {facts.page}",
        subheading=_subheading(facts),
        description=" ".join(_description(facts, found, made)),
        start=start,
        now=facts.now,
        end=end,
        lanes=_lanes(bars, made),
        bars=bars,
        marks=made,
        lines=tuple(_line(engagement, facts, start) for engagement in facts.engagements),
        windows=tuple(windows(facts, end)),
    )


def _axis(facts: Facts) -> tuple[datetime, datetime]:
    start = min(facts.start, facts.now - SHORTEST)
    return start, facts.now + (facts.now - start) * AHEAD


def _bar(stretch: Stretch, facts: Facts) -> Bar:
    until = "now" if stretch.end == facts.now else facts.days.minute(stretch.end)
    holder, since = name_of(stretch.holder), facts.days.minute(stretch.start)
    title = f"{holder}: {since} to {until}"
    if stretch.holder.owner is not Owner.UNKNOWN and not stretch.holder.is_sure:
        title += ", as far as we know"
    title += f". {stretch.why}" if stretch.why else ""
    return Bar(stretch.holder.lane, stretch.start, stretch.end, stretch.holder.is_sure, title)


def _lanes(bars: Sequence[Bar], made: Sequence[Mark]) -> tuple[Lane, ...]:
    used = {bar.lane for bar in bars} | {mark.lane for mark in made} | {mark.to_lane for mark in made}
    return tuple(lane for lane in Lane if lane in _ALWAYS or lane in used)


def _line(engagement: Engagement, facts: Facts, start: datetime) -> Line:
    end = engagement.closed_at or facts.now
    since = facts.days.minute(engagement.opened_at)
    until = f" until {facts.days.minute(end)}" if engagement.closed_at else ""
    return Line(
        start=max(engagement.opened_at, start),
        end=end,
        is_over=engagement.closed_at is not None,
        label=engagement.by,
        title=f"Intervention of {engagement.by}, {since}{until}: {engagement.status}",
        deferred_at=engagement.deferred_at,
    )


# In words.


def _span(facts: Facts) -> str:
    if words.is_one_day(facts.start, facts.now):
        return f"{words.long_day(facts.start)}, {words.minute(facts.start)} to {words.minute(facts.now)} UTC"
    return f"{words.full(facts.start)} to {words.full(facts.now)} UTC"


def _subheading(facts: Facts) -> str:
    days = words.long_day(facts.start)
    if not words.is_one_day(facts.start, facts.now):
        days = f"{days} to {words.long_day(facts.now)}"
    return f"Thread {facts.thread}, {days}, times in UTC. Seen until {facts.days.second(facts.now)}."


def _description(facts: Facts, found: Sequence[Stretch], made: Sequence[Mark]) -> Iterator[str]:
    """What the picture shows, for whoever does not see it: the last holders, and what happened how often."""
    if facts.is_cut:
        yield f"Only what happened since {words.full(facts.start)} is drawn: before that there is too much."
    yield f"{_holders(found[-_HOLDERS_TOLD:], facts.days)}."
    for kind, (one, many) in marks.COUNTED.items():
        number = sum(mark.kind is kind for mark in made)
        if number:
            yield f"{number} {one if number == 1 else many}."
    for engagement in facts.engagements:
        if engagement.closed_at is None:
            since = facts.days.minute(engagement.opened_at)
            yield f"Intervention of {engagement.by} since {since}, {engagement.status}."


def _holders(found: Sequence[Stretch], days: words.Days) -> str:
    """`Idle until 09:41, bot until 09:55, agent since then`."""
    names = [HOLDERS[stretch.holder.owner] for stretch in found]
    told = [f"{name} until {days.minute(s.end)}" for name, s in zip(names, found[:-1], strict=False)]
    return ", ".join([*told, f"{names[-1]} since {days.minute(found[-1].start)}"])
