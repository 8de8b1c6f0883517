"""What falls due on Facebook's side of the house; the worker's sweep calls `run_due`."""

from __future__ import annotations

from datetime import datetime

import structlog

from channels_fb import subscription
from channels_fb.models import Page
from channels_fb.webhooks import processing
from handover.channel import ChannelError, Deadline

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Deliveries, and pages, that one sweep looks at; the next one goes on."""

CALL_SECONDS = 15


def run_due(now: datetime) -> int:
    """Process the deliveries and subscribe the pages that are due at `now`. How many were done."""
    return _process_deliveries(now) + _subscribe_pages(now)


def _process_deliveries(now: datetime) -> int:
    done = 0
    for delivery in list(processing.due(now)[:AT_ONCE]):
        try:
            done += processing.process(delivery)
        except Exception:  # noqa: BLE001 - one delivery must not hold back the next.
            log.exception("delivery.postponed", delivery=delivery.pk)
    return done


def _subscribe_pages(now: datetime) -> int:
    pages = Page.objects.filter(subscription_due_at__lte=now, source__is_active=True)
    keys = list(pages.order_by("subscription_due_at").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_subscribe(key, now) for key in keys)


def _subscribe(key: int, now: datetime) -> int:
    """The date is moved on first, so that of two workers only one asks."""
    rows = Page.objects.filter(pk=key)
    if not rows.filter(subscription_due_at__lte=now).update(
        subscription_due_at=now + subscription.TRY_AGAIN_AFTER
    ):
        return 0
    try:
        subscription.subscribe(rows.select_related("app", "source").get(), Deadline(CALL_SECONDS))
    except ChannelError as error:
        log.warning("page.not_subscribed", page=key, error=str(error))
    return 1
