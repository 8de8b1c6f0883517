"""Saved replies: kept by whoever may, for one page or for all."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from handover.console.tables import reach_of
from handover.models import SavedReply


@admin.register(SavedReply)
class SavedReplyAdmin(admin.ModelAdmin):
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedReply]:
        """Those of the pages that whoever asks may see, and those of all pages."""
        rows: QuerySet[SavedReply] = super().get_queryset(request)
        reach = reach_of(request)
        return (
            rows if reach.source_ids is None else rows.filter(Q(source=None) | Q(source__in=reach.source_ids))
        )

    def has_change_permission(self, request: HttpRequest, obj: SavedReply | None = None) -> bool:
        """What stands on all pages is changed by who sees all pages."""
        return super().has_change_permission(request, obj) and _is_within(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: SavedReply | None = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and _is_within(request, obj)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Only pages that whoever asks may see, and one of them, unless they see all."""
        reach = reach_of(request)
        kwargs["queryset"] = reach.sources().order_by("name", "pk")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and reach.source_ids is not None:
            field.required = True
        return field

    @admin.display(description="text")
    def beginning(self, row: SavedReply) -> str:
        """The first words."""
        return row.text if len(row.text) <= 80 else f"{row.text[:80]}…"


def _reach(request: HttpRequest) -> Reach:
    return Reach.of_staff(staff_of(request))


def _is_within(request: HttpRequest, row: SavedReply | None) -> bool:
    reach = reach_of(request)
    return row is None or reach.source_ids is None or row.source_id in reach.source_ids
