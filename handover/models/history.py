"""The audit history: rows that are only ever appended, chained per thread."""

from __future__ import annotations

from typing import Any

from django.db import models

from handover import labels
from handover.models.handovers import Handover
from handover.models.interventions import Intervention
from handover.models.threads import Content, Thread


class ThreadEvent(models.Model):
    """One line of a thread's history.

    `seq` counts from 1 without gaps; `digest` covers the row, the salted digest of its personal text
    and `prev`, the digest before it. `at` is our clock. Where the row rests on something the platform
    told, `evidence_*` holds it: `evidence_at` is the platform's clock, and an `evidence_key` keeps the
    same news from being recorded twice.
    """

    class ActorKind(models.TextChoices):
        TOKEN = "token", "API token"
        STAFF = "staff", "Staff"
        WEBHOOK = "webhook", "Platform"
        SYSTEM = "system", "System"

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField("no.")
    prev = models.CharField("digest before", max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    name = models.CharField(max_length=40)
    actor_kind = models.CharField("kind of actor", max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField("actor", max_length=200, blank=True)
    owner_before = models.CharField("holder before", max_length=8, choices=labels.choices(labels.HOLDERS))
    app_id_before = models.CharField(max_length=64, blank=True)
    sure_before = models.BooleanField()
    owner_after = models.CharField("holder after", max_length=8, choices=labels.choices(labels.HOLDERS))
    app_id_after = models.CharField(max_length=64, blank=True)
    sure_after = models.BooleanField()
    cause = models.CharField(max_length=300)
    call: models.JSONField[Any] = models.JSONField(
        null=True, blank=True, help_text="The call to the platform and its answer."
    )
    evidence_kind = models.CharField(
        "what it says", max_length=16, choices=labels.choices(labels.EVIDENCE), blank=True
    )
    evidence_how = models.CharField(
        "how it came", max_length=16, choices=labels.choices(labels.HOW), blank=True
    )
    evidence_at = models.DateTimeField("at, by the platform's clock", null=True, blank=True)
    evidence_app_id = models.CharField("app", max_length=64, blank=True)
    evidence_previous_app_id = models.CharField("app before", max_length=64, blank=True)
    evidence_expires_at = models.DateTimeField("control expires", null=True, blank=True)
    # Null, as a unique column must be where there is nothing to be unique.
    evidence_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    handover = models.ForeignKey(
        Handover, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    intervention = models.ForeignKey(
        Intervention, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    # A message may be erased; the line, which nobody can change, then names what is no more.
    content = models.ForeignKey(
        Content,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="events",
    )
    delivery_ref = models.CharField(
        "delivery", max_length=64, blank=True, help_text="The webhook delivery behind it."
    )
    correlation_id = models.CharField("request id", max_length=64, blank=True)
    text_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["thread", "seq"]
        permissions = [("export_history", "Can export the history")]
        constraints = [
            models.UniqueConstraint(fields=["thread", "seq"], name="event_seq_once_a_thread"),
            models.UniqueConstraint(fields=["thread", "evidence_key"], name="evidence_once_a_thread"),
        ]
        indexes = [
            models.Index(fields=["-at"], name="event_by_time"),
            # Lest the journal is read from end to end for a name that is rare.
            models.Index(fields=["name", "-at"], name="event_by_name"),
            models.Index(fields=["correlation_id"], name="event_by_request"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {labels.EVENTS.get(self.name, self.name)}"


class ThreadEventText(models.Model):
    """The personal text of an event. It may be erased; the chain covers only its salted digest."""

    event = models.OneToOneField(ThreadEvent, on_delete=models.PROTECT, related_name="text")
    salt = models.CharField(max_length=32)
    body: models.JSONField[Any] = models.JSONField()

    def __str__(self) -> str:
        return f"Text of event {self.event_id}"
