"""Handovers: made by services, so read-only."""

from __future__ import annotations

from django.contrib import admin

from handover.admin.read_only import ReadOnlyAdmin
from handover.models import Handover


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    """One line a handover and what became of it."""

    list_display = ["requested_at", "thread", "from_party", "to_party", "state", "error", "repeats", "token"]
    list_filter = ["state", "to_party", "source"]
    list_select_related = ["thread__identity", "token"]
    search_fields = ["thread__identity__foreign_id", "correlation_id"]
    date_hierarchy = "requested_at"
