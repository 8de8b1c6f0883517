"""Figures that are counted once and kept."""

from __future__ import annotations

from typing import Any

from django.db import models

from handover.models.sources import Source


class DayOfHandovers(models.Model):
    """What the handovers came to that were asked for on one page on one day, once all of them are settled.

    Nothing but a count of `Handover`: it may be emptied at any time, and is made anew when it is asked for.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", verbose_name="page")
    day = models.DateField(help_text="In UTC.")
    ended: models.JSONField[Any] = models.JSONField(help_text="How many, by whom they were to and by state.")
    waits: models.JSONField[Any] = models.JSONField(
        help_text="How often control took so many tenths of a second, by the app that held the thread."
    )

    class Meta:
        verbose_name_plural = "days of handovers"
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="day_once_a_page")]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.day}"
