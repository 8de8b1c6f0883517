"""Rows on their way into the database, and in which order they get there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from channels_fb.models import Delivery, DeliveryItem
from handover import correlation, history, threads
from handover.history import Entry
from handover.models import (
    Content,
    Handover,
    Intervention,
    InterventionComment,
    Reply,
    Thread,
    ThreadEvent,
    ThreadEventText,
)

AT_ONCE = 500
"""Rows for each statement."""


@dataclass(frozen=True)
class Line:
    """A line of history to come. It can be chained when what it points at has been stored."""

    thread: Thread
    at: datetime
    correlation_id: str
    entry: Entry
    delivery: Delivery | None = None


@dataclass
class Rows:
    """Of one batch of threads, which are stored already. Those named first are pointed at by those below."""

    deliveries: list[Delivery] = field(default_factory=list)
    items: list[DeliveryItem] = field(default_factory=list)
    contents: list[Content] = field(default_factory=list)
    interventions: list[Intervention] = field(default_factory=list)
    comments: list[InterventionComment] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)


def store(rows: Rows, lines: Iterable[Line], batch: Iterable[Thread]) -> None:
    """Everything, inside the caller's transaction."""
    for each in fields(rows):
        made = getattr(rows, each.name)
        if made:
            type(made[0]).objects.bulk_create(made, batch_size=AT_ONCE)
    _store_history(lines)
    for thread in batch:
        threads.save(thread)


def _store_history(lines: Iterable[Line]) -> None:
    events: list[ThreadEvent] = []
    texts: list[ThreadEventText] = []
    for line in lines:
        with correlation.resumed(line.correlation_id):
            event, text = history.chained(line.thread, _with_delivery(line), line.at)
        events.append(event)
        if text is not None:
            texts.append(text)
    ThreadEvent.objects.bulk_create(events, batch_size=AT_ONCE)
    ThreadEventText.objects.bulk_create(texts, batch_size=AT_ONCE)


def _with_delivery(line: Line) -> Entry:
    return line.entry if line.delivery is None else replace(line.entry, delivery_ref=line.delivery.reference)
