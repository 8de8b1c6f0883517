"""Which agents are there for the customers, and how that came about."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from handover.models.history import ThreadEvent


class AvailabilityState(models.TextChoices):
    """What an agent says of themselves, in the words of the wire."""

    AVAILABLE = "available", "Available"
    AWAY = "away", "Away"


class Availability(models.Model):
    """What an agent said last, for all pages. Whoever never said anything has no row, and is not there."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="availability", verbose_name="agent"
    )
    state = models.CharField(max_length=9, choices=AvailabilityState.choices)
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "availability of agents"

    def __str__(self) -> str:
        return f"{self.user} ({self.state})"


class AvailabilityChange(models.Model):
    """One change of an agent's availability. Only ever appended; the database refuses anything else."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="agent"
    )
    state = models.CharField(max_length=9, choices=AvailabilityState.choices)
    at = models.DateTimeField()
    actor_kind = models.CharField("kind of actor", max_length=8, choices=ThreadEvent.ActorKind.choices)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_label = models.CharField("actor", max_length=200, blank=True)
    correlation_id = models.CharField("request id", max_length=64, blank=True)

    class Meta:
        verbose_name = "change of availability"
        verbose_name_plural = "changes of availability"
        indexes = [models.Index(fields=["-at"], name="availability_change_by_time")]

    def __str__(self) -> str:
        return f"{self.user}: {self.state}"
