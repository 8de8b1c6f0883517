"""A person on a source, the conversation with them, and its messages."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from handover import labels
from handover.models.sources import Source
from handover.ownership import How, Owner, Picture


class Identity(models.Model):
    """One person as known on one source."""

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="identities", verbose_name="page"
    )
    foreign_id = models.CharField(max_length=64)
    first_name = models.CharField(max_length=200, blank=True)
    last_name = models.CharField(max_length=200, blank=True)
    picture_url = models.TextField(blank=True)
    is_known = models.BooleanField(
        "confirmed",
        default=True,
        help_text="The platform has confirmed this person. Until then the API does not show them.",
    )
    profile_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When name and picture are to be asked for; empty when they need not.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["source", "foreign_id"], name="identity_once_a_source")
        ]
        indexes = [
            models.Index(fields=["foreign_id"], name="identity_foreign_id"),
            models.Index(
                fields=["profile_due_at"],
                name="identity_profile_due",
                condition=models.Q(profile_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The person's name, or the foreign id while none is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.foreign_id


class Thread(models.Model):
    """The running conversation of one identity, with our picture of who holds it.

    The `owner_*` columns are `ownership.Picture`; what each clock is stands there.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="threads", verbose_name="page")
    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, related_name="thread")
    owner = models.CharField(
        "holder", max_length=8, choices=labels.choices(labels.HOLDERS), default=Owner.UNKNOWN.value
    )
    owner_app_id = models.CharField(max_length=64, blank=True)
    owner_since = models.DateTimeField(null=True, blank=True)
    owner_observed_at = models.DateTimeField(null=True, blank=True)
    owner_expires_at = models.DateTimeField(null=True, blank=True)
    owner_confirmed_at = models.DateTimeField(null=True, blank=True)
    owner_how = models.CharField(max_length=16, choices=labels.choices(labels.HOW), default=How.NOTHING.value)
    owner_sure = models.BooleanField("sure", default=False)
    owner_check_at = models.DateTimeField(
        null=True, blank=True, help_text="When the owner is to be read; empty when it need not be."
    )
    last_customer_at = models.DateTimeField("customer wrote last", null=True, blank=True)
    last_content_at = models.DateTimeField("last message", null=True, blank=True)
    last_answer_at = models.DateTimeField(
        "last answer", null=True, blank=True, help_text="The last message that went out, whoever sent it."
    )
    customer_waits_since = models.DateTimeField(
        null=True, blank=True, help_text="The customer's first message since then; empty where there is none."
    )
    agent_wanted_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a handover to the agents completed; empty where somebody of theirs has come since.",
    )
    waits_since = models.DateTimeField(
        null=True, blank=True, help_text="The former, or else the latter: since when somebody waits."
    )
    talked_over_at = models.DateTimeField(
        null=True, blank=True, help_text="When the bot last wrote while our app held the thread."
    )
    failed_sends = models.PositiveIntegerField(
        default=0, help_text="How many replies have failed that nobody has dealt with."
    )
    active_at = models.DateTimeField(
        "last activity",
        default=timezone.now,
        help_text="The last message, or while there is none when the thread was made.",
    )
    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody who may answer last had it open in the console."
    )
    alert_at = models.DateTimeField(
        null=True, blank=True, help_text="When to write to the page's addresses, unless somebody looks."
    )
    alert_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When that e-mail went out; empty since somebody has looked."
    )
    delivered_until = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)
    attend_at = models.DateTimeField(
        null=True, blank=True, help_text="When the agent's side is to be attended to; empty when it need not."
    )
    attended_until = models.DateTimeField(
        null=True, blank=True, help_text="Somebody is attending to it until then; past that, left behind."
    )
    control_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When control is to be sought, or given back, next; empty when neither is wanted.",
    )
    control_attempts = models.PositiveIntegerField(default=0)
    give_back_for = models.ForeignKey(
        "Intervention",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The intervention that control was held for and that is over.",
    )
    thread_category_ids = models.JSONField(default=list, blank=True)
    history_length = models.PositiveIntegerField(default=0)
    history_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [
            ("hand_over_thread", "Can hand a thread over to the bot or to an agent"),
            ("reply_to_thread", "Can answer the customer of a thread, and retry replies that failed"),
        ]
        indexes = [
            models.Index(fields=["source", "-last_content_at"], name="thread_by_activity"),
            # The overview counts all threads by holder, lapsed ones apart, without reading a row.
            models.Index(fields=["source", "owner", "owner_expires_at"], name="thread_by_holder"),
            models.Index(fields=["-active_at", "-id"], name="thread_active"),
            models.Index(fields=["source", "-active_at", "-id"], name="thread_active_of_source"),
            models.Index(
                fields=["last_customer_at"],
                name="thread_waits",
                condition=models.Q(waits_since__isnull=False),
            ),
            models.Index(
                fields=["source", "last_customer_at"],
                name="thread_waits_of_source",
                condition=models.Q(waits_since__isnull=False),
            ),
            models.Index(fields=["owner", "owner_expires_at"], name="thread_held"),
            models.Index(
                fields=["owner", "talked_over_at"],
                name="thread_talked_over",
                condition=models.Q(talked_over_at__isnull=False),
            ),
            models.Index(
                fields=["failed_sends"], name="thread_failed_sends", condition=models.Q(failed_sends__gt=0)
            ),
            models.Index(
                fields=["alert_at"], name="thread_alert_due", condition=models.Q(alert_at__isnull=False)
            ),
            models.Index(
                fields=["owner_check_at"],
                name="thread_check_due",
                condition=models.Q(owner_check_at__isnull=False),
            ),
            models.Index(
                fields=["attend_at"],
                name="thread_attend_due",
                condition=models.Q(attend_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Thread of {self.identity}"

    @property
    def picture(self) -> Picture:
        """What we claim about control, not yet judged at any time."""
        return Picture(
            owner=Owner(self.owner),
            app_id=self.owner_app_id,
            since=self.owner_since,
            observed_at=self.owner_observed_at,
            expires_at=self.owner_expires_at,
            confirmed_at=self.owner_confirmed_at,
            how=How(self.owner_how),
            sure=self.owner_sure,
        )

    @picture.setter
    def picture(self, picture: Picture) -> None:
        self.owner = picture.owner
        self.owner_app_id = picture.app_id
        self.owner_since = picture.since
        self.owner_observed_at = picture.observed_at
        self.owner_expires_at = picture.expires_at
        self.owner_confirmed_at = picture.confirmed_at
        self.owner_how = picture.how
        self.owner_sure = picture.sure


class Author(models.TextChoices):
    """Who wrote a content."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    INBOX = "inbox"
    OTHER = "other", "Other app"


class Synchronization(models.TextChoices):
    """How far a content's exchange with the channel has come (Engage Digital's words)."""

    SUCCESS = "success"
    EXPORT_PENDING = "export_pending", "To be sent"
    EXPORT_FAILURE = "export_failure", "Failed"


class Content(models.Model):
    """One message in a thread, from whichever side."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        POSTBACK = "postback"

    class Field(models.TextChoices):
        """Where it was delivered: to the thread's owner, or to us as a bystander."""

        MESSAGING = "messaging"
        STANDBY = "standby"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="contents", verbose_name="page")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="contents")
    # Null until the channel has given it one, as the empty text could be there only once.
    foreign_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    author = models.CharField(max_length=8, choices=Author.choices)
    app_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.MESSAGE)
    field = models.CharField(
        "came as",
        max_length=9,
        choices=Field.choices,
        help_text="Messaging: to us as the thread's owner. Standby: to us as a bystander.",
    )
    body = models.TextField("text", blank=True)
    attachments: models.JSONField[Any] = models.JSONField(default=list, blank=True)
    payload = models.TextField(blank=True, help_text="What a tapped button carries.")
    in_reply_to_foreign_id = models.CharField(max_length=255, blank=True)
    sent_at = models.DateTimeField(help_text="The channel's clock.")
    received_at = models.DateTimeField(help_text="Our clock.")
    synchronization_status = models.CharField(
        "synchronization", max_length=16, choices=Synchronization.choices, default=Synchronization.SUCCESS
    )
    synchronization_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "foreign_id"], name="content_once_a_source")]
        indexes = [models.Index(fields=["thread", "sent_at"], name="content_of_thread")]

    def __str__(self) -> str:
        # What was said is no title: it stands where it may be read.
        return f"{self.get_author_display()}, {self.sent_at:%Y-%m-%d %H:%M:%S} UTC"
