"""An agent's engagement in a thread, open until closed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from handover import engagement
from handover.engagement import Status
from handover.models.sources import Source
from handover.models.threads import Content, Identity, Thread


class InterventionStatus(models.TextChoices):
    """`engagement.Status`, as a column has it."""

    OPENED = Status.OPENED.value
    DEFERRED = Status.DEFERRED.value
    CLOSING = Status.CLOSING.value
    CLOSED = Status.CLOSED.value
    CANCELLED = Status.CANCELLED.value


OVER = tuple(InterventionStatus(status) for status in engagement.OVER)
NOT_OVER = tuple(status for status in InterventionStatus if status not in OVER)


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
    deferred_until = models.DateTimeField(
        null=True, blank=True, help_text="When it is reactivated by itself; empty where somebody has to."
    )
    closing_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was closed while replies still waited."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
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
        indexes = [
            models.Index(fields=["thread", "status"], name="intervention_of_thread"),
            models.Index(
                fields=["deferred_until"],
                name="intervention_return_due",
                condition=Q(deferred_until__isnull=False),
            ),
            models.Index(fields=["user", "status"], name="intervention_of_user"),
        ]

    def __str__(self) -> str:
        return f"Intervention of {self.user} ({self.status})"


class InterventionComment(models.Model):
    """A note of an agent's for other agents. The customer never sees it."""

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Note of {self.user}"
