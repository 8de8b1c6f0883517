"""Who may call the API, and which groups are the roles of staff."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from handover.models.sources import Source


class ApiToken(models.Model):
    """An access token. Only its SHA-256 is kept: the token has 256 random bits, so that is enough.

    A token that was rotated has the digest of the one before in `previous_digest`, which is valid too until
    `previous_until`. Name, rights, pages and the count of calls are the same for both.
    """

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Null, as a unique column must be where there is nothing to be unique.
    previous_digest = models.CharField(  # noqa: DJ001
        max_length=64, unique=True, null=True, editable=False
    )
    previous_until = models.DateTimeField("previous token valid until", null=True, blank=True, editable=False)
    previous_used_at = models.DateTimeField(
        "previous token last used",
        null=True,
        blank=True,
        editable=False,
        help_text="Since it was rotated: whoever has it still.",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="api_tokens",
        help_text="Whom the token acts as: a service user of its own, or a member of staff.",
    )
    may_hand_over = models.BooleanField(default=True)
    may_reply = models.BooleanField(default=True)
    may_read = models.BooleanField(default=True)
    is_limited = models.BooleanField(
        "limited to pages",
        default=False,
        help_text="To those chosen here. Otherwise the token reaches all pages, later ones too.",
    )
    sources = models.ManyToManyField(Source, blank=True, verbose_name="pages")
    per_minute = models.PositiveIntegerField("calls a minute", default=500, help_text="At most.")
    is_active = models.BooleanField("enabled", default=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="In UTC. Empty for a token that does not expire."
    )
    window_started_at = models.DateTimeField(null=True, editable=False)
    window_calls = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API token"
        permissions = [("issue_token", "Can issue an API token")]

    def __str__(self) -> str:
        return self.name

    def has_previous(self, now: datetime) -> bool:
        """Whether the token before the last rotation is valid at `now` (our clock)."""
        return self.previous_until is not None and now < self.previous_until

    def allowed_sources(self) -> models.QuerySet[Source]:
        """The sources that the token may act on: all, or those it is limited to."""
        return self.sources.all() if self.is_limited else Source.objects.all()


class StaffRole(models.Model):
    """Which group is a role's, whatever administrators call it now: for migrations that add rights."""

    key = models.CharField("role", max_length=32, unique=True)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="role")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key}: {self.group}"
