"""A conversation as people read it: messages, and what became of control between them: pure.

Messages are dated by the channel's clock. So are changes of control that the channel told of; others have
only ours. The order is for reading: nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from handover.ownership import OWNERSHIP_LASTS, Owner

SAME_MOMENT = timedelta(seconds=2)
"""Closer than that, times of two clocks do not tell what came first."""


@dataclass(frozen=True)
class Message:
    """Something said. `row` is the caller's own record of it."""

    at: datetime
    row: Any
    is_customers: bool = False
    is_bots: bool = False
    is_out_of_turn: bool = False
    """A bot said it while the agent's app surely held the thread."""


@dataclass(frozen=True)
class Turn:
    """A change of control, or an attempt at one. Equal holders: nothing moved."""

    at: datetime
    row: Any
    before: Owner
    after: Owner
    is_sure: bool = True


@dataclass(frozen=True)
class Day:
    """A day begins, in UTC."""

    day: date


Entry = Message | Turn


@dataclass(frozen=True)
class Hold:
    """Who holds the thread where a piece begins, and until when unless the customer writes."""

    owner: Owner = Owner.UNKNOWN
    is_sure: bool = False
    until: datetime | None = None

    def is_agents(self, at: datetime) -> bool:
        """Whether the agent's app surely holds it at that time."""
        return self.owner is Owner.AGENT and self.is_sure and (self.until is None or at < self.until)

    def after(self, entry: Entry) -> Hold:
        """The hold once this has happened: control lapses as `ownership` has it."""
        if isinstance(entry, Turn):
            return Hold(entry.after, entry.is_sure, entry.at + OWNERSHIP_LASTS)
        return replace(self, until=entry.at + OWNERSHIP_LASTS) if entry.is_customers else self


@dataclass(frozen=True)
class Piece:
    """A stretch of a conversation, oldest first. `has_earlier`: something came before it."""

    entries: tuple[Entry, ...] = ()
    has_earlier: bool = False


def newest(messages: Iterable[Message], turns: Iterable[Turn], size: int) -> Piece:
    """The last `size` entries of two lists that are each newest first."""
    # The channel's news comes late at times, so a list may be out of order here and there: within a piece
    # that is put right, and no entry is ever lost between two pieces.
    streams: tuple[Iterable[Entry], Iterable[Entry]] = (messages, turns)
    found = list(islice(merge(*streams, key=_moment, reverse=True), size + 1))
    oldest_first = found[:size][::-1]
    return Piece(tuple(entry for _, _, entry in sorted(_placed(oldest_first), key=_place)), len(found) > size)


def marked(entries: Sequence[Entry], start: Hold) -> Iterator[Entry]:
    """The entries, with the bots' messages marked that were said while the agent held the thread."""
    hold = start
    for entry in entries:
        if isinstance(entry, Message) and entry.is_bots and hold.is_agents(entry.at):
            yield replace(entry, is_out_of_turn=True)
        else:
            yield entry
        hold = hold.after(entry)


def with_days(entries: Iterable[Entry]) -> Iterator[Entry | Day]:
    """The entries, with a mark before the first of each day."""
    last: date | None = None
    for entry in entries:
        if entry.at.date() != last:
            last = entry.at.date()
            yield Day(last)
        yield entry


def _moment(entry: Entry) -> datetime:
    return entry.at


def _placed(entries: Iterable[Entry]) -> Iterator[tuple[datetime, bool, Entry]]:
    """Each entry with when it happened, as far as the order goes.

    Changes of about the same moment stay in the order in which they were written down: one is dated by the
    channel's clock, another by ours, and answers only by whole seconds. At the same moment a message comes
    first: what it says of control follows from it.
    """
    last = datetime.min.replace(tzinfo=UTC)
    for entry in entries:
        if isinstance(entry, Turn):
            last = last if entry.at < last <= entry.at + SAME_MOMENT else entry.at
            yield last, True, entry
        else:
            yield entry.at, False, entry


def _place(placed: tuple[datetime, bool, Entry]) -> tuple[datetime, bool]:
    return placed[:2]
