"""People, their threads and their messages: Facebook's, so read-only."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from handover.admin.read_only import ReadOnlyAdmin
from handover.decision import describe
from handover.models import Content, Identity, Thread


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """One line a person."""

    list_display = ["display_name", "foreign_id", "source", "is_known", "created_at"]
    list_filter = ["source", "is_known"]
    list_select_related = ["source"]
    search_fields = ["foreign_id", "first_name", "last_name"]


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    """One line a thread, with who holds it."""

    list_display = ["identity", "source", "holder", "last_content_at"]
    list_filter = ["source", "owner"]
    list_select_related = ["source", "identity"]
    search_fields = ["identity__foreign_id", "identity__first_name", "identity__last_name"]
    ordering = ["-last_content_at"]

    @admin.display(description="holder")
    def holder(self, row: Thread) -> str:
        """Who holds the thread, judged now."""
        return describe(row.picture.judged(timezone.now()))


@admin.register(Content)
class ContentAdmin(ReadOnlyAdmin):
    """One line a message."""

    list_display = ["sent_at", "thread", "author", "kind", "field", "body"]
    list_filter = ["author", "field", "source"]
    list_select_related = ["thread__identity"]
    search_fields = ["foreign_id", "thread__identity__foreign_id"]
    date_hierarchy = "sent_at"
