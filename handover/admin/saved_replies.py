"""Saved replies: kept by whoever may, for one page or for all."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from handover.console.tables import OfPages, sees_all_pages
from handover.models import SavedReply
from handover.reach import Reach


@admin.register(SavedReply)
class SavedReplyAdmin(OfPages):
    """One line a text. Whoever does not see all pages keeps those of their own pages only."""

    about = (
        "Texts that agents put into the reply box on a thread's page, where they may still change them."
        " One of no page is offered on all pages."
    )
    list_display = ["title", "beginning", "source", "updated_at"]
    list_select_related = ["source"]
    fields = ["title", "text", "source"]
    search_fields = ["title", "text"]
    search_help_text = "Title or text"

    def within(self, rows: QuerySet[SavedReply], reach: Reach) -> QuerySet[SavedReply]:
        """Those of the pages that whoever asks may see, and those of all pages."""
        if reach.source_ids is None:
            return rows
        return rows.filter(Q(source=None) | Q(source__in=reach.source_ids))

    def has_change_permission(self, request: HttpRequest, obj: SavedReply | None = None) -> bool:
        """What stands on all pages is changed by who sees all pages."""
        return super().has_change_permission(request, obj) and _may_keep(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: SavedReply | None = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and _may_keep(request, obj)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Only pages that whoever asks may see, and one of them, unless they see all."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and not sees_all_pages(request):
            field.required = True
        return field

    @admin.display(description="text")
    def beginning(self, row: SavedReply) -> str:
        """The first words."""
        return row.text if len(row.text) <= 80 else f"{row.text[:80]}…"


def _may_keep(request: HttpRequest, row: SavedReply | None) -> bool:
    return row is None or row.source_id is not None or sees_all_pages(request)
