"""Have Facebook send a page's webhooks to our app.

Both the app (in its dashboard) and the page have to be subscribed. The page's half is done here. Facebook
drops it in silence after an hour of failing deliveries (Meta, "Webhooks"), so it is renewed every day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from channels_fb import channel
from channels_fb.models import Page
from handover.channel import ChannelError, Deadline, Refused

FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_handovers",
    "messaging_referrals",
    "standby",
    "message_echoes",
    "message_deliveries",
    "message_reads",
)
"""In the plural: the routing page also writes `messaging_handover`, the table of fields does not."""

RENEW_AFTER = timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(minutes=5)


def subscribe(page: Page, deadline: Deadline) -> None:
    """Ask Facebook, and keep on the page what it said. Raises `ChannelError`."""
    try:
        channel.call(page, "POST", "subscribed_apps", {"subscribed_fields": ",".join(FIELDS)}, deadline)
    except ChannelError as error:
        _failed(page, error)
        raise
    now = timezone.now()
    _keep(page, token_note="", subscribed_at=now, subscription_due_at=now + RENEW_AFTER)


def _failed(page: Page, error: ChannelError) -> None:
    note = error.message[:500] if isinstance(error, Refused) else page.token_note
    _keep(page, token_note=note, subscription_due_at=timezone.now() + TRY_AGAIN_AFTER)


def _keep(page: Page, **values: str | datetime | None) -> None:
    for name, value in values.items():
        setattr(page, name, value)
    Page.objects.filter(pk=page.pk).update(**values, updated_at=timezone.now())
