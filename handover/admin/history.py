"""The history: appended by services, never edited by anybody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from handover.admin import lines
from handover.admin_base import NamesIdentity, ReadOnlyAdmin
from handover.console.tables import OfPages
from handover.models import ThreadEvent, ThreadEventText


class SubjectFilter(admin.SimpleListFilter):
    """By what the events are about. Their full names would have to be read off the whole table."""

    title = "subject"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """What the names of events begin with."""
        return [
            ("thread_control", "Thread control"),
            ("intervention", "Interventions"),
            ("content.", "Replies"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ThreadEvent]) -> QuerySet[ThreadEvent]:
        """The events about the chosen subject."""
        subject = self.value()
        return queryset.filter(name__startswith=subject) if subject else queryset


@admin.register(ThreadEvent)
class ThreadEventAdmin(OfPages, NamesIdentity, ReadOnlyAdmin):
    """One line an event."""

    source_path = "thread__source"
    about = (
        "The history of all threads: who held each when, through whom, and why. The database refuses to"
        " change it."
    )
    list_display = ["at", "identity", "seq", "what", "who", "holder", "cause"]
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
    fieldsets = [
        (None, {"fields": ["thread", "seq", "at", "what", "who", "holder", "cause"]}),
        ("Where it came from", {"fields": ["handover", "intervention", "delivery_ref", "correlation_id"]}),
        ("The call to the platform", {"fields": ["call_in_words"]}),
        (
            "What it rests on",
            {
                "fields": [
                    "evidence_kind",
                    "evidence_how",
                    "evidence_at",
                    "evidence_app_id",
                    "evidence_previous_app_id",
                    "evidence_expires_at",
                ]
            },
        ),
        (
            "The chain",
            {"classes": ["collapse"], "fields": ["name", "prev", "digest", "text_digest", "evidence_key"]},
        ),
    ]
    readonly_fields = ["what", "who", "holder", "call_in_words"]

    @admin.display(description="what", ordering="name")
    def what(self, row: ThreadEvent) -> str:
        """The event's name in words."""
        return lines.what(row)

    @admin.display(description="who", ordering="actor_label")
    def who(self, row: ThreadEvent) -> str:
        """Who brought it about."""
        return lines.who(row)

    @admin.display(description="holder", ordering="owner_after")
    def holder(self, row: ThreadEvent) -> str:
        """Who held the thread before and after."""
        return lines.holder(row)

    @admin.display(description="call")
    def call_in_words(self, row: ThreadEvent) -> str:
        """Which call was made, and what was answered."""
        return lines.call(row)


@admin.register(ThreadEventText)
class ThreadEventTextAdmin(OfPages, ReadOnlyAdmin):
    """What people wrote along with an event."""

    source_path = "event__thread__source"
    about = (
        "What people and apps wrote along with a change. It is kept apart from the history, which stays whole"
        " when it is erased."
    )
    fields = ["event", "thread", "text"]
    list_display = ["event", "thread", "text"]
    list_select_related = ["event__thread__identity"]
    readonly_fields = ["thread", "text"]
    search_fields = ["event__thread__identity__foreign_id__exact"]
    search_help_text = "Person's id, in full"

    @admin.display(description="thread")
    def thread(self, row: ThreadEventText) -> str:
        """The thread that the event belongs to."""
        return str(row.event.thread)

    @admin.display(description="text")
    def text(self, row: ThreadEventText) -> str:
        """Each text, under what it is."""
        texts: dict[str, Any] = row.body
        return "\n".join(f"{name.capitalize()}: {text}" for name, text in texts.items())
