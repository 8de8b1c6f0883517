"""Interventions: opened and closed by services, so read-only."""

from __future__ import annotations

from django.contrib import admin

from handover.admin.read_only import ReadOnlyAdmin
from handover.models import Intervention


@admin.register(Intervention)
class InterventionAdmin(ReadOnlyAdmin):
    """One line an engagement."""

    list_display = ["opened_at", "thread", "user", "is_bots", "status", "closed_at"]
    list_filter = ["status", "is_bots", "source"]
    list_select_related = ["thread__identity", "user"]
    search_fields = ["thread__identity__foreign_id", "user__username"]
