"""Which messages are replies under an intervention: one rule, for the decision and for what is shown.

An agent's reply is a message of our app's in the thread since the intervention was opened, whether it has
gone out or still waits to, but not one that surely failed; of the bot's own intervention, one that a bot's
app sent. The thread has one such engagement at a time, so whatever was sent meanwhile was sent under it.
`opened_at` is our clock, so it is compared with when the echo reached us, not with when the platform says
that the message was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from handover.models import Author, Content, Intervention, Synchronization
from handover.replying import Doubt


def counted(rows: QuerySet[Intervention]) -> QuerySet[Any]:
    """The rows, each with `replies_count` and `first_reply_id`."""
    return rows.annotate(replies_count=_of_its_side(_count), first_reply_id=_of_its_side(_first))


def count(intervention: Intervention) -> int:
    """How many replies there are under an intervention now."""
    row = counted(Intervention.objects.filter(pk=intervention.pk))
    return int(row.values_list("replies_count", flat=True).get())


def _of_its_side(what: Callable[[Author], Subquery | Coalesce]) -> Case:
    return Case(When(is_bots=True, then=what(Author.BOT)), default=what(Author.AGENT))


def _sent_by(author: Author) -> QuerySet[Content]:
    """Replies written here belong to their intervention; what the platform told of, to the one of its
    time."""
    meanwhile = Q(
        reply__isnull=True,
        received_at__gte=OuterRef("opened_at"),
        received_at__lte=Coalesce(OuterRef("closed_at"), F("received_at")),
    )
    surely_failed = Q(synchronization_status=Synchronization.EXPORT_FAILURE) & ~Q(reply__doubt=Doubt.UNKNOWN)
    ours = Q(reply__intervention=OuterRef("pk")) & ~surely_failed
    return Content.objects.filter(meanwhile | ours, thread=OuterRef("thread"), author=author)


def _count(author: Author) -> Coalesce:
    by_thread = _sent_by(author).order_by().values("thread").annotate(n=Count("pk"))
    return Coalesce(Subquery(by_thread.values("n")), 0)


def _first(author: Author) -> Subquery:
    return Subquery(_sent_by(author).order_by("received_at", "pk").values("pk")[:1])
