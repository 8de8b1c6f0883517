"""Handovers: made by services, so read-only."""

from __future__ import annotations

from django.contrib import admin

from handover.admin_base import NamesIdentity, PageFilter, ReadOnlyAdmin
from handover.console.tables import OfPages
from handover.models import Handover


@admin.register(Handover)
class HandoverAdmin(OfPages, NamesIdentity, ReadOnlyAdmin):
    """One line a handover and what became of it."""

    about = (
        "Each request to move a thread between bot and agent, and what became of it. Requested means that the"
        " platform was asked and control has not come yet; unknown, that its answer was lost."
    )
    list_display = [
        "requested_at",
        "identity",
        "direction",
        "state",
        "repeats",
        "asked_by",
        "source",
    ]
    list_filter = ["state", "to_party", ("source", PageFilter), "requested_at"]
    list_select_related = ["thread__identity", "source", "token", "user"]
    search_fields = [
        "thread__identity__foreign_id__exact",
        "thread__identity__last_name",
        "source__foreign_id__exact",
        "correlation_id__exact",
        "token__name",
        "user__username",
    ]
    search_help_text = "Person (id or last name), page id, request id, token or staff member"
    date_hierarchy = "requested_at"
    fieldsets = [
        (None, {"fields": ["thread", "source", "direction", "app_id", "reason"]}),
        ("What became of it", {"fields": ["state", "outcome", "error", "settled_at", "deadline_at"]}),
        ("Who asked", {"fields": ["token", "user", "requested_at", "repeats", "correlation_id"]}),
        (
            "Upkeep",
            {
                "classes": ["collapse"],
                "fields": ["verb", "lease_until", "attempts", "next_attempt_at", "thread_category_ids"],
            },
        ),
    ]
    readonly_fields = ["direction"]

    @admin.display(description="direction", ordering="to_party")
    def direction(self, row: Handover) -> str:
        """From whom to whom."""
        return f"{row.get_from_party_display()} → {row.get_to_party_display()}"

    @admin.display(description="asked by", ordering="token__name")
    def asked_by(self, row: Handover) -> str:
        """An API token, or a member of staff in the admin."""
        return row.token.name if row.token else str(row.user or "")
