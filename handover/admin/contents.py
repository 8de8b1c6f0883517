"""Messages: the platform's and the services', so read-only. A reply that failed is retried here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern

from handover.admin.recorded_reading import RecordsReading
from handover.admin.reply import RetryPage
from handover.admin_base import MoreOnForms, NamesIdentity, PageFilter, ReadOnlyAdmin, action_url
from handover.console.tables import OfPages
from handover.models import Content, Synchronization


@admin.register(Content)
class ContentAdmin(RecordsReading, OfPages, MoreOnForms, NamesIdentity, ReadOnlyAdmin):
    """One line a message."""

    said = ["beginning"]

    about = "The messages of all threads, from whichever side. A reply is written on its thread's page."
    change_form_template = "admin/handover/content/change_form.html"
    list_display = [
        "sent_at",
        "identity",
        "author",
        "beginning",
        "synchronization_status",
        "source",
    ]
    fieldsets = [
        (None, {"fields": ["thread", "source", "author", "body", "attachments", "payload"]}),
        ("How it came", {"fields": ["sent_at", "received_at", "kind", "field", "app_id"]}),
        (
            "Exchange with the platform",
            {
                "fields": [
                    "foreign_id",
                    "in_reply_to_foreign_id",
                    "synchronization_status",
                    "synchronization_error",
                    "waits_for",
                ]
            },
        ),
    ]
    readonly_fields = ["waits_for"]
    list_filter = ["author", "kind", "field", "synchronization_status", ("source", PageFilter), "sent_at"]
    list_select_related = ["thread__identity", "source", "reply"]
    search_fields = ["foreign_id__exact", "thread__identity__foreign_id__exact", "source__foreign_id__exact"]
    search_help_text = "Message id, person's id or page id, each in full"

    def get_urls(self) -> list[URLPattern]:
        """The page of the action comes first: what follows takes any address for a row's."""
        return [action_url(self, "<int:pk>/retry/", RetryPage, "retry"), *super().get_urls()]

    def more(self, request: HttpRequest, row: Content) -> dict[str, Any]:
        """The link to retry it, for whoever may."""
        has_failed = row.synchronization_status == Synchronization.EXPORT_FAILURE
        return {"may_retry": has_failed and request.user.has_perm(RetryPage.permission)}

    @admin.display(description="waits for")
    def waits_for(self, row: Content) -> str:
        """Why a reply has not gone out yet."""
        return row.reply.note if hasattr(row, "reply") else ""

    @admin.display(description="text")
    def beginning(self, row: Content) -> str:
        """The first words."""
        return row.body if len(row.body) <= 80 else f"{row.body[:80]}…"
