"""How many customers wait for nobody, and how often a bot spoke while an agent held the thread.

What that means is for `handover.attention` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from handover import thread_views
from handover.figures.spans import Span
from handover.models import Author, Content, Thread


@dataclass(frozen=True)
class Unattended:
    """The threads of one page that nobody attends to; somebody waits in one of them since `since`."""

    source_id: int
    count: int
    since: datetime


def unattended(source_ids: Collection[int], now: datetime) -> list[Unattended]:
    """By page; pages where nobody waits for nobody are left out."""
    threads = thread_views.unattended(Thread.objects.filter(source__in=source_ids), now)
    rows = threads.order_by().values_list("source").annotate(count=Count("*"), since=Min("waits_since"))
    return [Unattended(*row) for row in rows]


def talk_over(source_ids: Collection[int], span: Span) -> Counter[str]:
    """The threads in which each bot's app spoke while an agent held them, by its last time that is known.

    Of all pages there are few, and the database finds them by that time; asked for some pages, it would go
    through all of their threads.
    """
    spoke = Content.objects.filter(
        thread=OuterRef("pk"), author=Author.BOT, sent_at=OuterRef("talked_over_at")
    )
    threads = Thread.objects.filter(
        talked_over_at__isnull=False, talked_over_at__gte=span.begins, talked_over_at__lt=span.ends
    )
    app_id = Coalesce(Subquery(spoke.values("app_id")[:1]), Value(""))
    by_bot: Counter[str] = Counter()
    for source_id, app, count in threads.order_by().values_list("source", app_id).annotate(count=Count("*")):
        if source_id in source_ids:
            by_bot[app] += count
    return by_bot
