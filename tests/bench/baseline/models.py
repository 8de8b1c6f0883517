"""One table for what was asked, one for what was received."""

from django.db import models


class Asked(models.Model):
    """A row that the bare handover writes."""

    foreign_id = models.CharField(max_length=64)
    note = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "baseline"

    def __str__(self) -> str:
        return self.note


class Received(models.Model):
    """A delivery as it came."""

    body = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "baseline"

    def __str__(self) -> str:
        return f"{self.at}"
