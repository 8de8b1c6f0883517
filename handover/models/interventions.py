"""An agent's engagement in a thread, open until closed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from handover.models.sources import Source
from handover.models.threads import Content, Identity, Thread


class InterventionStatus(models.TextChoices):
    """Everything but closed and cancelled counts as engaged: it comes back to the agent."""

    OPENED = "opened"
    DEFERRED = "deferred"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OVER = (InterventionStatus.CLOSED, InterventionStatus.CANCELLED)


class Intervention(models.Model):
    """One engagement. `is_bots` marks the bot's own, which never blocks a handover."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="interventions", verbose_name="page"
    )
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="interventions")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="interventions")
    content = models.ForeignKey(Content, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="interventions")
    is_bots = models.BooleanField("the bot's own", default=False)
    status = models.CharField(
        max_length=9, choices=InterventionStatus.choices, default=InterventionStatus.OPENED
    )
    opened_at = models.DateTimeField()
    deferred_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("open_intervention", "Can open an intervention"),
            ("close_intervention", "Can close an intervention, somebody else's too"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread"],
                condition=Q(is_bots=False) & ~Q(status__in=OVER),
                name="one_open_intervention_of_a_person",
            )
        ]
        indexes = [models.Index(fields=["thread", "status"], name="intervention_of_thread")]

    def __str__(self) -> str:
        return f"Intervention of {self.user} ({self.status})"
