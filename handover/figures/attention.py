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
from handover.ownership import Owner


@dataclass(frozen=True)
class Unattended:
    """The threads of one page that nobody attends to; somebody waits in one of them since `since`."""

    source_id: int
    count: int
    since: datetime


def unattended(source_ids: Collection[int], now: datetime) -> list[Unattended]:
    """By page; pages where nobody waits for nobody are left out.

    Asked for some pages, the database may go through all of their threads; those of all pages where somebody
    waits it finds at once.
    """
    threads = thread_views.unattended(Thread.objects.all(), now)
    rows = threads.order_by().values_list("source").annotate(count=Count("*"), since=Min("waits_since"))
    return [Unattended(*row) for row in rows if row[0] in source_ids]


def talk_over(source_ids: Collection[int], span: Span) -> Counter[str]:
    """The threads in which each bot's app spoke while an agent held them, by its last time that is known.

    They are looked for on all pages for the same reason, and with any holder, as that is what the index of
    these few threads begins with.
    """
    spoke = Content.objects.filter(
        thread=OuterRef("pk"), author=Author.BOT, sent_at=OuterRef("talked_over_at")
    )
    threads = Thread.objects.filter(
        owner__in=list(Owner),
        talked_over_at__isnull=False,
        talked_over_at__gte=span.begins,
        talked_over_at__lt=span.ends,
    )
    app_id = Coalesce(Subquery(spoke.values("app_id")[:1]), Value(""))
    by_bot: Counter[str] = Counter()
    for source_id, app, count in threads.order_by().values_list("source", app_id).annotate(count=Count("*")):
        if source_id in source_ids:
            by_bot[app] += count
    return by_bot
