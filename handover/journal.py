"""The history of all threads, for reading: newest first, a page at a time or all that is wanted.

It has no end, so a page costs the same however long it is: it is found by walking back along an index by
time. What the index cannot find by itself is looked for among so many lines only. The page then says how far
back that was, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from handover.journal_search import Wanted, indexed, is_dense, sifted
from handover.models import Identity, Source, Thread, ThreadEvent
from handover.reach import Reach

SHOWN = 50
"""Lines on a page."""
LOOKED_THROUGH = 20_000
"""Lines that a page is looked for among, at most."""
COUNTED = 1_000
"""Lines are counted up to here."""
MOST_PEOPLE = 50
"""Whoever looks for a person does not mean more people than these."""
_AT_A_TIME = 500


@dataclass(frozen=True)
class Page:
    """Some lines, newest first. `next_key`: the line after which to go on; None at the end.

    `looked_back_to` is set where the search stopped before the page was full.
    """

    rows: list[ThreadEvent]
    next_key: int | None
    looked_back_to: datetime | None


@dataclass(frozen=True)
class Count:
    """How many lines there are; where `is_more`, at least so many."""

    number: int
    is_more: bool


def page(wanted: Wanted, reach: Reach, after: ThreadEvent | None = None) -> Page:
    """The newest lines within reach, or those that come after one."""
    floor = _floor(wanted, reach, after)
    rows = list(with_all(_newest_first(_between(_found(wanted, reach), after, floor)))[: SHOWN + 1])
    if len(rows) > SHOWN:
        return Page(rows[:SHOWN], rows[SHOWN - 1].pk, None)
    return Page(rows, floor.pk, floor.at) if floor else Page(rows, None, None)


def count(wanted: Wanted, reach: Reach) -> Count:
    """How many lines there are to page through."""
    floor = _floor(wanted, reach, None)
    rows = _newest_first(_between(_found(wanted, reach), None, floor))
    number = rows.values("pk")[: COUNTED + 1].count()
    return Count(min(number, COUNTED), number > COUNTED or floor is not None)


def walk(wanted: Wanted, reach: Reach) -> Iterator[list[ThreadEvent]]:
    """All lines, some at a time, each time by a query of its own: nothing stays open, nothing piles up."""
    found, after = _newest_first(_found(wanted, reach)), None
    while rows := list(with_all(_between(found, after, None))[:_AT_A_TIME]):
        yield rows
        after = rows[-1]


def within(reach: Reach) -> QuerySet[ThreadEvent]:
    """All lines within reach."""
    return ThreadEvent.objects.filter(_on_page(reach, None))


def with_all(rows: QuerySet[ThreadEvent]) -> QuerySet[ThreadEvent]:
    """With what is shown of each. Fetched apart: with joins SQLite would begin at the threads, and sort."""
    return rows.prefetch_related("thread__identity", "thread__source__bot_apps", "handover")


def threads_of(person: str, reach: Reach) -> frozenset[int] | None:
    """The threads of whoever has this foreign id, or else these words in their name. None: of too many."""
    exactly = _threads(reach, Q(foreign_id=person))
    if exactly:
        return exactly
    named = Q()
    for word in person.split():
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word)
    found = _threads(reach, named)
    return found if len(found) <= MOST_PEOPLE else None


def _threads(reach: Reach, who: Q) -> frozenset[int]:
    people = reach.limit(Identity.objects.filter(who, thread__isnull=False))
    return frozenset(people.values_list("thread", flat=True)[: MOST_PEOPLE + 1])


def _found(wanted: Wanted, reach: Reach) -> QuerySet[ThreadEvent]:
    return ThreadEvent.objects.filter(indexed(wanted), sifted(wanted), _on_page(reach, wanted.source))


def _on_page(reach: Reach, source: Source | None) -> Q:
    """On a page within reach, or on this one of them."""
    if reach.source_ids is None and source is None:
        return Q()
    threads = reach.limit(Thread.objects.filter(pk=OuterRef("thread")))
    return Q(Exists(threads if source is None else threads.filter(source=source)))


def _floor(wanted: Wanted, reach: Reach, after: ThreadEvent | None) -> ThreadEvent | None:
    """The last line to look at, the first that was written at its moment. None where few are passed over, or
    where there are few to look through."""
    is_few = wanted.threads is not None or wanted.request_id != ""
    if is_few or (is_dense(wanted) and not _on_page(reach, wanted.source)):
        return None
    walked = _between(ThreadEvent.objects.filter(indexed(wanted)), after, None)
    # By time alone, so that the index is all that is read.
    times = walked.order_by("-at").values_list("at", flat=True)[LOOKED_THROUGH : LOOKED_THROUGH + 1]
    return ThreadEvent.objects.only("pk", "at").filter(at__in=list(times)).order_by("pk").first()


def _newest_first(rows: QuerySet[ThreadEvent]) -> QuerySet[ThreadEvent]:
    return rows.order_by("-at", "-pk")


def _between(
    rows: QuerySet[ThreadEvent], after: ThreadEvent | None, floor: ThreadEvent | None
) -> QuerySet[ThreadEvent]:
    """Those after one and down to the floor. What an index can use are the bounds by time alone."""
    if after is not None:
        rows = rows.filter(Q(at__lt=after.at) | Q(pk__lt=after.pk), at__lte=after.at)
    if floor is not None:
        rows = rows.filter(at__gte=floor.at)
    return rows
