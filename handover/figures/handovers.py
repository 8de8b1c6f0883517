"""The handovers that were asked for: how many, how they ended, how long control took.

The database counts, so that what comes back is as long as there are pages, pieces of time, bots and reasons,
not handovers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Count, F, Func, IntegerField, Q, QuerySet, Value, When

from handover import thread_views
from handover.decision import Verb
from handover.figures.spans import Piece, Span
from handover.models import Handover, HandoverState
from handover.ownership import Party

MOST_REASONS = 8


@dataclass(frozen=True)
class Tally:
    """So many handovers of one page in one piece of time. `piece`: its place, from 0."""

    source_id: int
    piece: int
    to_party: Party
    state: HandoverState
    count: int


@dataclass(frozen=True)
class Wait:
    """How often control came from `app_id` so many tenths of a second after it was asked for.
    `app_id`: empty where the holder was not known."""

    source_id: int
    piece: int
    app_id: str
    tenths: int
    count: int


@dataclass(frozen=True)
class Reason:
    """Why handovers came to nothing. `error`: the identifier that was answered. `words`: the platform's own,
    where the identifier says no more than that they were its."""

    state: HandoverState
    error: str
    words: str
    count: int


@dataclass(frozen=True)
class Waiting:
    """A request of one page that is not granted yet."""

    source_id: int
    deadline_at: datetime | None


class _TenthsBetween(Func):
    """Tenths of a second from one moment column to another, rounded."""

    output_field = IntegerField()

    def __init__(self, begins: str, ends: str) -> None:
        super().__init__(F(begins), F(ends))

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite counts in days."""
        template = "CAST(ROUND((JULIANDAY(%(ends)s) - JULIANDAY(%(begins)s)) * 864000) AS INTEGER)"
        return self._as(template, compiler)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL has a type for it."""
        return self._as("CAST(ROUND(EXTRACT(EPOCH FROM %(ends)s - %(begins)s) * 10) AS INTEGER)", compiler)

    def _as(self, template: str, compiler: Any) -> Any:
        begins, ends = (compiler.compile(moment)[0] for moment in self.get_source_expressions())
        return template % {"begins": begins, "ends": ends}, []


def tallies(source_ids: Collection[int], pieces: Sequence[Piece]) -> list[Tally]:
    """What was asked for within these pieces of time, in their order, by page, direction and state."""
    rows = _in_any(source_ids, pieces).values_list("source", _place(pieces), "to_party", "state")
    return [
        Tally(source, piece, Party(to_party), HandoverState(state), count)
        for source, piece, to_party, state, count in rows.annotate(count=Count("*")).order_by()
    ]


def waits(source_ids: Collection[int], pieces: Sequence[Piece]) -> list[Wait]:
    """How long it took from each request to control, by page, piece of time and whoever held the thread.

    Only what was asked of somebody counts: what is taken, or there already, waits for nobody.
    """
    granted = _in_any(source_ids, pieces).filter(
        to_party=Party.AGENT, state=HandoverState.COMPLETED, verb=Verb.REQUEST
    )
    tenths = _TenthsBetween("requested_at", "settled_at")
    rows = granted.values_list("source", _place(pieces), "holder_app_id", tenths)
    return [Wait(*row) for row in rows.annotate(count=Count("*")).order_by()]


def how_many(source_ids: Collection[int], span: Span) -> int:
    """All that was asked for within the span."""
    return _within(source_ids, span).count()


def reasons(source_ids: Collection[int], span: Span) -> list[Reason]:
    """Why handovers were refused, or failed: the most frequent first, and not all.

    A platform's own errors share an identifier, so they are told apart by what it said.
    """
    words = Case(
        When(error__endswith="_error", then=F("outcome")), default=Value(""), output_field=CharField()
    )
    ended = _within(source_ids, span).filter(state__in=[HandoverState.REFUSED, HandoverState.FAILED])
    rows = ended.values_list("state", "error", words).annotate(count=Count("*"))
    most = rows.order_by("-count", "state", "error")[:MOST_REASONS]
    return [Reason(HandoverState(state), *rest) for state, *rest in most]


def waiting(source_ids: Collection[int], now: datetime) -> list[Waiting]:
    """The requests that wait for control now, whenever they were made; the one that expires next first.

    They are open for minutes, so there are never many; in this order they are found without going through
    everything that these pages ever asked for.
    """
    open_ = thread_views.requested(now).filter(settled_at__isnull=True)
    rows = open_.order_by("deadline_at").values_list("source", "deadline_at")
    return [Waiting(*row) for row in rows if row[0] in source_ids]


def _within(source_ids: Collection[int], span: Span) -> QuerySet[Handover]:
    return Handover.objects.filter(
        source__in=source_ids, requested_at__gte=span.begins, requested_at__lt=span.ends
    )


def _in_any(source_ids: Collection[int], pieces: Sequence[Piece]) -> QuerySet[Handover]:
    """Pieces that follow on each other are one condition."""
    ranges: list[Piece] = []
    for piece in pieces:
        if ranges and ranges[-1].ends == piece.begins:
            ranges[-1] = Piece(ranges[-1].begins, piece.ends)
        else:
            ranges.append(piece)
    within = (Q(requested_at__gte=range_.begins, requested_at__lt=range_.ends) for range_ in ranges)
    return Handover.objects.filter(reduce(or_, within), source__in=source_ids)


def _place(pieces: Sequence[Piece]) -> Case:
    """In which piece a handover was asked for that is in one of them."""
    before_its_end = [
        When(requested_at__lt=piece.ends, then=Value(place)) for place, piece in enumerate(pieces[:-1])
    ]
    return Case(*before_its_end, default=Value(len(pieces) - 1), output_field=IntegerField())
