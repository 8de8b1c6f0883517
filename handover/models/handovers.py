"""One request to move a thread between bot and agent, with its outcome."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from handover import labels
from handover.models.access import ApiToken
from handover.models.sources import Source
from handover.models.threads import Thread


class HandoverState(models.TextChoices):
    """Where a handover stands.

    UNKNOWN is also the state while the platform is being asked: should the process die, the row says
    the truth. `lease_until` tells the two apart.
    """

    REQUESTED = "requested"
    COMPLETED = "completed"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Handover(models.Model):
    """The record that a `Handover-Id` names."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="handovers", verbose_name="page"
    )
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="handovers")
    from_party = models.CharField("from", max_length=8, choices=labels.choices(labels.PARTIES))
    to_party = models.CharField("to", max_length=8, choices=labels.choices(labels.PARTIES))
    app_id = models.CharField(max_length=64, blank=True, help_text="The app that is to hold the thread.")
    holder_app_id = models.CharField(
        "app that held the thread",
        max_length=64,
        blank=True,
        help_text="When the handover was asked for; empty where nobody did, or it was not known.",
    )
    state = models.CharField(max_length=9, choices=HandoverState.choices, default=HandoverState.UNKNOWN)
    verb = models.CharField(max_length=10, choices=labels.choices(labels.VERBS), blank=True)
    error = models.CharField(max_length=40, blank=True, help_text="The identifier that was answered.")
    outcome = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    thread_category_ids: models.JSONField[Any] = models.JSONField(null=True, blank=True)
    repeats = models.PositiveIntegerField(default=0, help_text="How often the same was asked again.")
    token = models.ForeignKey(ApiToken, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    correlation_id = models.CharField("request id", max_length=64, blank=True)
    sought_for = models.ForeignKey(
        "Intervention",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="handovers",
        help_text="The agent's intervention that wanted control; empty where somebody asked.",
    )
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Being carried out until then; past that, left behind."
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(
        null=True, blank=True, help_text="When an unknown outcome is to be read again."
    )

    class Meta:
        permissions = [("view_figures", "Can see the overview")]
        indexes = [
            models.Index(fields=["thread", "-requested_at"], name="handover_of_thread"),
            # The overview counts those of a span by page, direction and state without reading a row.
            models.Index(fields=["source", "requested_at", "to_party", "state"], name="handover_by_page"),
            # Those that are not settled. SQLite knows "is null" again in a query, but no list of states.
            models.Index(fields=["deadline_at"], name="handover_open", condition=Q(settled_at__isnull=True)),
            models.Index(fields=["state", "deadline_at"], name="handover_by_state"),
            models.Index(
                fields=["lease_until"], name="handover_leased", condition=Q(lease_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_party} to {self.to_party}: {self.state}"
