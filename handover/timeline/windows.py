"""The messaging window, as it was and is: each action of the customer's opens it for a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handover.timeline.facts import Facts


@dataclass(frozen=True)
class Window:
    """The customer may be answered; only by a person where `is_by_hand`."""

    start: datetime
    end: datetime
    goes_on: bool
    """Beyond the end of the picture."""
    label: str
    title: str
    is_by_hand: bool = False


def windows(facts: Facts, end: datetime) -> Iterator[Window]:
    """All that can be seen of it from the picture's start to its `end`."""
    for opened, last in _runs(facts.written, facts.window.response):
        closes = last + facts.window.response
        if closes > facts.start:
            yield _window(facts, opened, closes, end, is_by_hand=False)
        yield from _by_hand(facts, closes, last, end)


def _by_hand(facts: Facts, closed: datetime, last: datetime, end: datetime) -> Iterator[Window]:
    """When only a person may still write: after the window has closed, until the customer writes again."""
    if facts.window.by_hand is None:
        return
    closes = min([last + facts.window.by_hand, *(moment for moment in facts.written if moment > last)])
    if max(closed, facts.start) < min(closes, end):
        yield _window(facts, closed, closes, end, is_by_hand=True)


def _runs(written: Sequence[datetime], within: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """First and last of what follows each other within a time."""
    first = last = None
    for moment in written:
        if last is not None and first is not None and moment - last > within:
            yield first, last
            first = None
        first, last = first or moment, moment
    if first is not None and last is not None:
        yield first, last


def _window(facts: Facts, opens: datetime, closes: datetime, end: datetime, *, is_by_hand: bool) -> Window:
    since, until = facts.days.minute(opens), facts.days.minute(closes)
    what = "Only a person may answer" if is_by_hand else "Messaging window open"
    return Window(
        start=max(opens, facts.start),
        end=min(closes, end),
        goes_on=closes > end,
        label=f"until {until}",
        title=f"{what} since {since}, until {until}",
        is_by_hand=is_by_hand,
    )
