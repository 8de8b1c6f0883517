"""Interventions: opened and closed by services, on pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern

from handover.admin.engage import ClosePage
from handover.admin_base import MoreOnForms, PageFilter, ReadOnlyAdmin, action_url
from handover.models import Intervention
from handover.models.interventions import OVER


@admin.register(Intervention)
class InterventionAdmin(MoreOnForms, ReadOnlyAdmin):
    """One line an engagement."""

    about = (
        "Agents' engagements in threads. While a person's is open, the thread is not handed over to the bot;"
        " the bot's own blocks nothing. An intervention is opened on its thread's page."
    )
    change_form_template = "admin/handover/intervention/change_form.html"
    list_display = ["opened_at", "identity", "user", "status", "closed_at", "whose", "source"]
    list_filter = ["status", "is_bots", ("source", PageFilter), "opened_at"]
    list_select_related = ["identity", "source", "user"]
    search_fields = [
        "identity__foreign_id__exact",
        "identity__last_name",
        "user__username",
        "source__foreign_id__exact",
    ]
    search_help_text = "Person (id or last name), staff member or page id"

    fields = [
        "thread",
        "source",
        "user",
        "whose",
        "status",
        "opened_at",
        "deferred_at",
        "closed_at",
        "content",
    ]
    readonly_fields = ["whose"]

    @admin.display(description="whose", ordering="is_bots")
    def whose(self, row: Intervention) -> str:
        """Only a person's keeps the thread from the bot."""
        return "the bot's own" if row.is_bots else "a person's"

    def get_urls(self) -> list[URLPattern]:
        """The page of the action comes first: what follows takes any address for a row's."""
        close = action_url(self, "<int:pk>/close/", ClosePage, "close")
        return [close, *super().get_urls()]

    def more(self, request: HttpRequest, row: Intervention) -> dict[str, Any]:
        """The link to close it, for whoever may."""
        return {"may_close": row.status not in OVER and request.user.has_perm(ClosePage.permission)}
