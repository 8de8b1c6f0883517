"""An agent's reply on its way to the customer: what still has to be done about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from handover import labels
from handover.models.access import ApiToken
from handover.models.interventions import Intervention
from handover.models.threads import Content, Thread


class Reply(models.Model):
    """What a content needs that is to be sent. How far it has come stands on the content itself.

    A thread's replies go out one after the other, in the order of `queued_at`; one that is in doubt holds
    back those behind it. All moments are our clock's.
    """

    content = models.OneToOneField(Content, on_delete=models.CASCADE, related_name="reply")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="replies")
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="replies")
    in_reply_to = models.ForeignKey(
        Content, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ApiToken, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_pending = models.BooleanField(default=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before then is it tried next.")
    expires_at = models.DateTimeField(help_text="What has not gone out by then has failed.")
    attempts = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the platform was asked last; empty once the answer is known."
    )
    doubt = models.CharField(max_length=8, choices=labels.choices(labels.DOUBTS), blank=True)
    has_taken = models.BooleanField(default=False, help_text="Control was taken for it, which is done once.")
    echoed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the platform told that it went out, by itself."
    )
    note = models.TextField(blank=True, help_text="What it is waiting for.")
    # Null, as a unique column must be where there is nothing to be unique.
    one_time_key = models.CharField(  # noqa: DJ001
        max_length=64,
        null=True,
        blank=True,
        help_text="Of the form that it was sent with, so that it is sent once.",
    )
    unhandled_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it failed; empty where it has not, or somebody has dealt with it.",
    )
    retries = models.PositiveIntegerField(default=0, help_text="How often it was retried by hand.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "replies"
        constraints = [models.UniqueConstraint(fields=["thread", "one_time_key"], name="reply_once_a_form")]
        indexes = [
            models.Index(
                fields=["thread", "queued_at"], name="reply_pending", condition=models.Q(is_pending=True)
            ),
            models.Index(
                fields=["thread"],
                name="reply_unhandled",
                condition=models.Q(unhandled_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Reply of {self.user}"
