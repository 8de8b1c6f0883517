"""Somebody has a thread open in the console."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from handover import durability
from handover.models import Thread

NOTED_EVERY = timedelta(seconds=10)
"""A page that is open asks for news more often than it is worth to write down."""


def look(thread: Thread, user: User) -> None:
    """Note that the thread is looked at, which also stops its e-mail (`alerts`).

    Only whoever may answer counts: an auditor helps no customer. Call it when the thread's page is served and
    whenever that asks for news. Takes no lock, so that nobody waits for readers.
    """
    if not (user.has_perm("handover.reply_to_thread") or user.has_perm("handover.open_intervention")):
        return
    now = timezone.now()
    is_new = Q(looked_at__isnull=True) | Q(looked_at__lte=now - NOTED_EVERY)
    is_alerted = Q(alert_at__isnull=False) | Q(alert_sent_at__isnull=False)
    with durability.can_be_made_again():
        rows = Thread.objects.filter(is_new | is_alerted, pk=thread.pk)
        rows.update(looked_at=now, alert_at=None, alert_sent_at=None)
