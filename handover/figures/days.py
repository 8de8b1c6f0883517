"""The handovers of each page in each piece of time; days that are over are counted once and kept.

So a span of many days costs no more than today does, whatever was handed over in it. A day is kept when
nothing of it can change any more, that is once everything in it is settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handover.figures import handovers
from handover.figures.spans import Piece
from handover.figures.waits import Waits, rounded
from handover.models import DayOfHandovers, HandoverState
from handover.ownership import Party
from handover.settling import OPEN

Ended = Counter[HandoverState]
"""How many handovers stand where."""

KEPT_AFTER = timedelta(hours=1)
"""A call that failed may turn out to have worked, within seconds."""


@dataclass
class Count:
    """What was asked for on one page in one piece of time; `waits` by the app that held the thread."""

    ended: dict[Party, Ended] = field(default_factory=lambda: {party: Counter() for party in Party})
    waits: dict[str, Waits] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is open any more."""
        return not any(ended[state] for ended in self.ended.values() for state in OPEN)


Counts = dict[tuple[int, Piece], Count]
"""By the key of the page and the piece."""


def counts(source_ids: Collection[int], pieces: Sequence[Piece], now: datetime) -> Counts:
    """A count for each page in each piece."""
    found = _kept(source_ids, [piece for piece in pieces if _is_over(piece, now)])
    lacking = [
        (source_id, piece) for source_id in source_ids for piece in pieces if (source_id, piece) not in found
    ]
    fresh = _counted_anew(source_ids, lacking)
    _keep((key, count) for key, count in fresh.items() if _is_over(key[1], now) and count.is_settled)
    return found | fresh


def _is_over(piece: Piece, now: datetime) -> bool:
    return piece.is_a_day and piece.ends + KEPT_AFTER <= now


def _kept(source_ids: Collection[int], days: Iterable[Piece]) -> Counts:
    by_date = {day.begins.date(): day for day in days}
    rows = DayOfHandovers.objects.filter(source__in=source_ids, day__in=by_date)
    return {(row.source_id, by_date[row.day]): _count_of(row) for row in rows}


def _count_of(row: DayOfHandovers) -> Count:
    ended = {
        Party(party): Counter({HandoverState(state): count for state, count in states.items()})
        for party, states in row.ended.items()
    }
    waits = {
        app_id: Counter({int(tenths): count for tenths, count in took.items()})
        for app_id, took in row.waits.items()
    }
    return Count(ended, waits)


def _counted_anew(source_ids: Collection[int], lacking: Sequence[tuple[int, Piece]]) -> Counts:
    """Counts for what is lacking, and no others. Where one page lacks a piece, all are counted in it."""
    fresh: Counts = {key: Count() for key in lacking}
    pieces = sorted({piece for _, piece in lacking}, key=lambda piece: piece.begins)
    if not pieces:
        return fresh
    for tally in handovers.tallies(source_ids, pieces):
        for count in _of(fresh, tally.source_id, pieces[tally.piece]):
            count.ended[tally.to_party][tally.state] += tally.count
    for wait in handovers.waits(source_ids, pieces):
        for count in _of(fresh, wait.source_id, pieces[wait.piece]):
            count.waits.setdefault(wait.app_id, Counter())[rounded(wait.tenths)] += wait.count
    return fresh


def _of(fresh: Counts, source_id: int, piece: Piece) -> Iterator[Count]:
    if (source_id, piece) in fresh:
        yield fresh[source_id, piece]


def _keep(settled: Iterable[tuple[tuple[int, Piece], Count]]) -> None:
    """Somebody else may have counted the same meanwhile, and come to the same."""
    rows = [
        DayOfHandovers(source_id=source_id, day=day.begins.date(), ended=count.ended, waits=count.waits)
        for (source_id, day), count in settled
    ]
    if rows:
        DayOfHandovers.objects.bulk_create(rows, ignore_conflicts=True)
