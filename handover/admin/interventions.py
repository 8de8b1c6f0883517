"""Interventions: opened and changed by services, on pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, reverse

from handover.admin.intervention_changes import CHANGES, ChangePage
from handover.admin_base import MoreOnForms, PageFilter, ReadOnlyAdmin, action_url
from handover.console.tables import OfPages
from handover.models import Intervention


@admin.register(Intervention)
class InterventionAdmin(OfPages, MoreOnForms, ReadOnlyAdmin):
    """One line an engagement."""

    about = (
        "Agents' engagements in threads. While a person's is open, the thread is not handed over to the bot;"
        " the bot's own blocks nothing. An intervention is opened on its thread's page, and"
        " closed, deferred or handed to somebody else on its own."
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
        "deferred_until",
        "closed_at",
        "closed_by",
        "content",
    ]
    readonly_fields = ["whose"]

    @admin.display(description="whose", ordering="is_bots")
    def whose(self, row: Intervention) -> str:
        """Only a person's keeps the thread from the bot."""
        return "the bot's own" if row.is_bots else "a person's"

    def get_urls(self) -> list[URLPattern]:
        """The pages of the actions come first: what follows takes any address for a row's."""
        pages = (
            action_url(self, f"<int:pk>/{page.name.replace('_', '-')}/", page, page.name) for page in CHANGES
        )
        return [*pages, *super().get_urls()]

    def more(self, request: HttpRequest, row: Intervention) -> dict[str, Any]:
        """Its notes, and the links to what may be done with it by whoever looks."""
        return {
            "notes": list(row.comments.select_related("user")),
            "changes": [
                (_address(page, row), page.label()) for page in CHANGES if page.is_offered(row, request)
            ],
        }


def _address(page: type[ChangePage], row: Intervention) -> str:
    return reverse(f"admin:handover_intervention_{page.name}", args=[row.pk])
