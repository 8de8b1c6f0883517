"""Texts that agents answer with again and again."""

from __future__ import annotations

from django.db import models

from handover.models.sources import Source


class SavedReply(models.Model):
    """A text to put into a reply, on one page or on all."""

    title = models.CharField(max_length=80, help_text="By which agents find it.")
    text = models.TextField(
        max_length=2000, help_text="Up to 2000 characters; an agent may change it before sending."
    )
    source = models.ForeignKey(
        Source,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_replies",
        verbose_name="page",
        help_text="Empty for all pages.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "saved replies"
        ordering = ["title", "pk"]
        indexes = [models.Index(fields=["source", "title"], name="saved_reply_of_page")]

    def __str__(self) -> str:
        return self.title
