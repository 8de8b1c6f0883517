"""The history: appended by services, never edited by anybody."""

from __future__ import annotations

from django.contrib import admin

from handover.admin.read_only import ReadOnlyAdmin
from handover.models import ThreadEvent, ThreadEventText


@admin.register(ThreadEvent)
class ThreadEventAdmin(ReadOnlyAdmin):
    """One line an event."""

    list_display = [
        "at",
        "thread",
        "seq",
        "name",
        "actor_kind",
        "actor_label",
        "owner_before",
        "owner_after",
        "cause",
    ]
    list_filter = ["name", "actor_kind", "owner_after"]
    list_select_related = ["thread__identity"]
    search_fields = ["thread__identity__foreign_id", "correlation_id", "delivery_ref"]
    date_hierarchy = "at"
    ordering = ["-at", "-seq"]


@admin.register(ThreadEventText)
class ThreadEventTextAdmin(ReadOnlyAdmin):
    """What people wrote along with an event."""

    list_display = ["event"]
    list_select_related = ["event"]
    search_fields = ["event__thread__identity__foreign_id"]
