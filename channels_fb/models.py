"""Meta apps, Facebook pages, and the webhook deliveries that came for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from channels_fb.encryption import EncryptedTextField
from handover.models import Source
from handover.text import first_line


class App(models.Model):
    """A Meta app of ours: what its webhooks are signed with, and what our calls are proved with."""

    app_id = models.CharField("app id", max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    secret = EncryptedTextField("app secret")
    previous_secret = EncryptedTextField(blank=True)
    previous_secret_until = models.DateTimeField(
        "previous secret valid until",
        null=True,
        blank=True,
        help_text="Webhooks signed with the secret before this one are still taken until then.",
    )
    verify_token = EncryptedTextField(help_text="What Facebook has to name when the callback is verified.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "Meta app"

    def __str__(self) -> str:
        return f"{self.name or 'App'} ({self.app_id})"

    def valid_secrets(self, now: datetime) -> list[str]:
        """The secrets that a webhook may be signed with at `now` (our clock)."""
        if self.previous_secret_until is not None and now < self.previous_secret_until:
            return [self.secret, self.previous_secret]
        return [self.secret]


class Page(models.Model):
    """How a source is reached at Facebook: by which app, with which token."""

    source = models.OneToOneField(
        Source, on_delete=models.CASCADE, related_name="facebook_page", verbose_name="page"
    )
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="pages")
    page_token = EncryptedTextField(help_text="The app's access token for this page.")
    token_note = models.CharField(
        max_length=500, blank=True, help_text="Why the token was of no use when it was last tried."
    )
    subscribed_at = models.DateTimeField(
        "webhooks subscribed",
        null=True,
        blank=True,
        help_text="When Facebook last agreed to send the page's webhooks.",
    )
    subscription_due_at = models.DateTimeField(
        "to be renewed", null=True, blank=True, help_text="When Facebook is to be asked again to send them."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "page connection"
        permissions = [("connect_page", "Can connect a Facebook page, and check it at Facebook")]
        indexes = [
            models.Index(
                fields=["subscription_due_at"],
                name="page_subscription_due",
                condition=models.Q(subscription_due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.source)


class Examination(models.Model):
    """What the page doctor found when it last looked at a page.

    `findings` are `doctor.finding.Finding`s as objects, the worst first; `broken` and `watched` count them.
    """

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="examination")
    at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long it took.")
    broken = models.PositiveIntegerField("to fix")
    watched = models.PositiveIntegerField("to watch")
    findings: models.JSONField[Any] = models.JSONField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.page}: {self.broken} to fix"


class Delivery(models.Model):
    """One webhook delivery, as the bytes that came.

    `next_attempt_at` is when it is to be processed, empty once that is done or given up. Whoever
    processes it holds `lease_until`; a process that dies leaves a lease that runs out.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        PROCESSED = "processed"
        FAILED = "failed"

    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="deliveries")
    body = models.BinaryField()
    sha256 = models.CharField("SHA-256", max_length=64)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    repeats = models.PositiveIntegerField(default=0, help_text="How often Facebook sent the same again.")

    class Meta:
        verbose_name_plural = "deliveries"
        permissions = [("process_delivery", "Can have a delivery processed again")]
        constraints = [models.UniqueConstraint(fields=["app", "sha256"], name="delivery_once_an_app")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["-received_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk} of {self.received_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def reference(self) -> str:
        """How the history names it."""
        return f"delivery {self.pk}"


class DeliveryItem(models.Model):
    """An item of a delivery that could not be processed, or that we do not understand.

    `position` counts the delivery's items from 0, over all its entries.
    """

    class Kind(models.TextChoices):
        UNKNOWN = "unknown"
        FAILED = "failed"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    page_id = models.CharField(max_length=64, blank=True)
    psid = models.CharField("PSID", max_length=64, blank=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    note = models.CharField(max_length=500)
    raw = models.TextField(blank=True, help_text="The item as JSON text.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "position"], name="delivery_item_once_a_position")
        ]
        indexes = [models.Index(fields=["kind", "-created_at"], name="delivery_item_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {first_line(self.note)}"
