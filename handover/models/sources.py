"""A source is a channel account that messages come from; a bot app is who else may speak on it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from handover import channel, labels
from handover.mail_addresses import read_addresses
from handover.opening_hours import FORM, OpeningHours, read_spans, read_zone
from handover.ownership import Cast, ControlMode, Party
from handover.prepared import Given, Select


class Primary(models.TextChoices):
    """Whose app gets the conversations that nobody else holds.

    The guide says "primary app"; the platform's word today is "default app".
    """

    AGENT = "agent", "our agent app"
    BOT = "bot", "the bot's app"
    NONE = "none", "no app"


class AfterClosing(models.TextChoices):
    """What becomes of control when an intervention is over."""

    RELEASE = "release", "release control"
    PASS_TO_BOT = "pass_to_bot", "pass control to the bot's app"


class Source(models.Model):
    """One channel account, for Messenger one Facebook page."""

    channel_type = models.CharField(max_length=32)
    foreign_id = models.CharField("page id", max_length=64)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField("active", default=True)
    agent_app_id = models.CharField(max_length=64, help_text="The app that we call the platform as.")
    primary = models.CharField(
        "primary app",
        max_length=8,
        choices=Primary.choices,
        default=Primary.NONE,
        help_text="Who gets a conversation that nobody holds. Facebook calls it the default app today.",
    )
    primary_note = models.CharField(
        max_length=300, blank=True, help_text="What the platform said about the primary app, if it differs."
    )
    roles_told_at = models.DateTimeField(null=True, blank=True, help_text="The platform's clock.")
    control_mode = models.CharField(
        "mode",
        max_length=16,
        choices=labels.choices(labels.MODES),
        default=ControlMode.UNKNOWN.value,
    )
    mode_read_at = models.DateTimeField(null=True, blank=True)
    mode_check_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mode is to be read again; empty when it need not be."
    )
    requests_refused = models.BooleanField(
        default=False, help_text="Learnt: the platform refused a request for control from us."
    )
    can_take = models.BooleanField(
        "take-over switch", null=True, help_text="Learnt from the answer to a take; empty until one was made."
    )
    handover_deadline = models.PositiveIntegerField(
        null=True, blank=True, help_text="Seconds until a request is expired; empty for the setting's."
    )
    needs_agent = models.BooleanField(
        "agents have to be there",
        default=False,
        help_text="Refuse bot to agent outside the opening hours, and while no agent is available.",
    )
    opening_hours = models.TextField(
        blank=True,
        help_text=f"A line for some days of the week, such as {FORM}; 22:00-02:00 ends on the next day."
        " Empty for always open.",
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="Of the opening hours, such as Europe/Vienna. Empty for UTC."
    )
    asks_on_opening = models.BooleanField(
        "ask for control when an intervention opens",
        default=False,
        help_text="Otherwise it is asked for when the agent's first reply is held back for want of it.",
    )
    may_tag_human_agent = models.BooleanField(
        "human agent tag",
        default=False,
        help_text="The platform lets people answer up to 7 days after the customer wrote, by a tag that it"
        " has to grant to the app. A tagged reply takes control where the take-over switch is on.",
    )
    reply_max_age = models.PositiveIntegerField(
        "longest wait of a reply",
        default=1800,
        help_text="Seconds. A reply that could not go out by then has failed; it may be retried by hand.",
    )
    after_closing = models.CharField(
        "when an intervention is closed",
        max_length=16,
        choices=AfterClosing.choices,
        default=AfterClosing.RELEASE,
    )
    alert_after = models.PositiveIntegerField(
        "seconds until an e-mail",
        null=True,
        blank=True,
        help_text="An e-mail is sent where a thread waits for an agent and nobody has looked at it for that"
        " long. Empty for none.",
    )
    alert_to = models.TextField(
        "e-mail to", blank=True, help_text="Addresses, separated by commas or one on a line."
    )
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="pages",
        limit_choices_to={"is_staff": True},
        help_text="Who sees this page's threads, besides those who may see all pages.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "page"
        permissions = [("see_all_pages", "Can see all pages, not only those given to them")]
        constraints = [
            models.UniqueConstraint(fields=["channel_type", "foreign_id"], name="source_once_a_channel")
        ]
        indexes = [
            models.Index(
                fields=["mode_check_at"],
                name="source_mode_due",
                condition=models.Q(mode_check_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.foreign_id})"

    def clean(self) -> None:
        """Hours and addresses that cannot be read are never stored."""
        fields = (("opening_hours", read_spans), ("time_zone", read_zone), ("alert_to", read_addresses))
        for field, read in fields:
            try:
                read(getattr(self, field))
            except ValueError as error:
                raise ValidationError({field: str(error)}) from None

    @property
    def hours(self) -> OpeningHours:
        """When the page is open."""
        return OpeningHours(read_spans(self.opening_hours), read_zone(self.time_zone))

    @property
    def channel(self) -> channel.Channel:
        """The channel this source is on. Raises KeyError where its package is not installed."""
        return channel.get(self.channel_type)

    @property
    def deadline_seconds(self) -> int:
        """How long a request for control stays open."""
        if self.handover_deadline is None:
            return int(settings.HANDOVER_DEADLINE)
        return self.handover_deadline

    def cast(self) -> Cast:
        """Who is who on this source. Costs one query."""
        return Cast(
            agent_app_id=self.agent_app_id,
            bot_app_ids=frozenset(app_id for (app_id,) in _ACTIVE_BOTS.all(source=self.pk)),
            inbox_app_ids=self.channel.inbox_app_ids,
            default=None if self.primary == Primary.NONE else Party(self.primary),
            mode=ControlMode(self.control_mode),
        )


class BotApp(models.Model):
    """An app that a thread may be handed to on a source."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="bot_apps", verbose_name="page")
    app_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "app_id"], name="bot_app_once_a_source")]

    def __str__(self) -> str:
        return f"{self.name or 'bot'} ({self.app_id})"

    def clean(self) -> None:
        """Threads are never handed to the app that calls the platform for the agents."""
        if self.source_id and self.app_id == self.source.agent_app_id:
            raise ValidationError({"app_id": "This is the agent's app; it cannot be a bot's at once."})


_ACTIVE_BOTS = Select(
    lambda: BotApp.objects.filter(source=Given("source"), is_active=True).values_list("app_id")
)
