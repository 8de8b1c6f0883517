"""The history: appended by services, never edited by anybody."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from handover.admin_base import ReadOnlyAdmin
from handover.models import ThreadEvent, ThreadEventText


class SubjectFilter(admin.SimpleListFilter):
    """By what the events are about. Their full names would have to be read off the whole table."""

    title = "subject"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """What stands before the dot of an event's name."""
        return [("thread_control", "thread control"), ("intervention", "interventions")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ThreadEvent]) -> QuerySet[ThreadEvent]:
        """The events about the chosen subject."""
        return queryset.filter(name__startswith=f"{self.value()}.") if self.value() else queryset


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
    list_filter = [SubjectFilter, "actor_kind", "owner_after", "at"]
    list_select_related = ["thread__identity"]
    search_fields = [
        "thread__identity__foreign_id__exact",
        "name__exact",
        "actor_label__exact",
        "correlation_id__exact",
        "delivery_ref__exact",
    ]
    search_help_text = "Person's id, event's name, actor, request id or delivery, each in full"
    ordering = ["-at", "-seq"]


@admin.register(ThreadEventText)
class ThreadEventTextAdmin(ReadOnlyAdmin):
    """What people wrote along with an event."""

    fields = ["event", "body"]
    list_display = ["event", "thread"]
    list_select_related = ["event__thread__identity"]
    search_fields = ["event__thread__identity__foreign_id__exact"]
    search_help_text = "Person's id, in full"

    @admin.display(description="thread")
    def thread(self, row: ThreadEventText) -> str:
        """The thread that the event belongs to."""
        return str(row.event.thread)
