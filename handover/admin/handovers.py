"""Handovers: made by services, so read-only."""

from __future__ import annotations

from django.contrib import admin

from handover.admin_base import PageFilter, ReadOnlyAdmin
from handover.models import Handover


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    """One line a handover and what became of it."""

    list_display = [
        "requested_at",
        "thread",
        "source",
        "from_party",
        "to_party",
        "state",
        "error",
        "repeats",
        "token",
        "user",
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
