"""How many threads each holder has at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from handover.models import Thread
from handover.ownership import HELD, Owner

Holders = Counter[Owner]
"""How many threads each has."""


def held(source_ids: Collection[int], now: datetime) -> dict[int, Holders]:
    """The threads of each page by holder. Control that has lapsed is nobody's, as `Picture.judged` says.

    Most threads of a page have lapsed, so those that have not are the few to look for.
    """
    threads = Thread.objects.filter(source__in=source_ids)
    holders: dict[int, Holders] = {source_id: Counter() for source_id in source_ids}
    for source_id, owner, count in _counted(threads):
        holders[source_id][Owner.IDLE if owner in HELD else owner] += count
    # One condition with "or" would have the database go through all of them.
    for lasts in (Q(owner_expires_at__gt=now), Q(owner_expires_at__isnull=True)):
        for source_id, owner, count in _counted(threads.filter(lasts, owner__in=HELD)):
            holders[source_id][Owner.IDLE] -= count
            holders[source_id][owner] += count
    return holders


def _counted(threads: QuerySet[Thread]) -> Iterator[tuple[int, Owner, int]]:
    rows = threads.values_list("source", "owner").annotate(count=Count("*")).order_by("source", "owner")
    for source_id, owner, count in rows:
        yield source_id, Owner(owner), count
