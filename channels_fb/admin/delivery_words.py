"""The state of a delivery, and what came of processing it again, in words."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.utils import timezone

from channels_fb.models import Delivery, DeliveryItem
from handover.admin_base import moment
from handover.text import first_line


def state(delivery: Delivery) -> str:
    """Where it stands now."""
    if _is_in_hand(delivery, timezone.now()):
        return "being processed"
    if delivery.state == Delivery.State.FAILED:
        return f"failed, {_tried_again(delivery)}"
    return "processed" if delivery.state == Delivery.State.PROCESSED else "to be processed"


def outcome(delivery: Delivery) -> tuple[int, str]:
    """What came of processing it again, with the level of the message."""
    if delivery.state == Delivery.State.FAILED:
        return messages.ERROR, f"It failed, {_tried_again(delivery)}. {first_line(delivery.error)}"
    if delivery.state == Delivery.State.PROCESSED:
        return _processed(delivery)
    if delivery.error:
        return messages.ERROR, f"The database was in trouble. {first_line(delivery.error)}"
    return messages.WARNING, "It is not processed yet: the worker does so within seconds."


def _processed(delivery: Delivery) -> tuple[int, str]:
    count = delivery.items.filter(kind=DeliveryItem.Kind.UNKNOWN).count()
    if not count:
        return messages.SUCCESS, "Processed: everything in it is recorded."
    items = "1 item was" if count == 1 else f"{count} items were"
    return messages.WARNING, f"Processed, but {items} not understood, or of a page that is not connected."


def _tried_again(delivery: Delivery) -> str:
    if delivery.next_attempt_at is None:
        return f"given up after {delivery.attempts} attempts"
    return f"tried again at {moment(delivery.next_attempt_at)}"


def _is_in_hand(delivery: Delivery, now: datetime) -> bool:
    return delivery.lease_until is not None and delivery.lease_until > now
