"""Replies of agents' that failed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q

from handover.figures.spans import Span
from handover.models import Synchronization, ThreadEvent


@dataclass(frozen=True)
class Failed:
    """The replies of one page that failed within a span; `still`: those that have not gone out since."""

    source_id: int
    count: int
    still: int


def failed(source_ids: Collection[int], span: Span) -> list[Failed]:
    """By the history: a reply that was retried and failed again counts once."""
    events = ThreadEvent.objects.filter(
        name="content.api_submission_failed",
        at__gte=span.begins,
        at__lt=span.ends,
        thread__source__in=source_ids,
    )
    still = Q(content__synchronization_status=Synchronization.EXPORT_FAILURE)
    rows = events.values_list("thread__source").annotate(
        count=Count("content", distinct=True), still=Count("content", distinct=True, filter=still)
    )
    return [Failed(*row) for row in rows.order_by()]
