"""The history: appended by services, never edited by anybody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from handover.admin import lines
from handover.admin.history_export import ExportPage
from handover.admin.history_held import HeldPage
from handover.admin.history_list import HistoryPage
from handover.admin.history_record import ChainPage, RecordPage
from handover.admin.recorded_reading import RecordsReading
from handover.admin_base import ReadOnlyAdmin
from handover.console.pages import ConsolePage
from handover.console.tables import OfPages
from handover.models import Thread, ThreadEvent, ThreadEventText


@admin.register(ThreadEvent)
class ThreadEventAdmin(OfPages, ReadOnlyAdmin):
    """One line an event: the list is a page of ours, the form is the address of one line for good."""

    source_path = "thread__source"
    change_form_template = "admin/handover/threadevent/change_form.html"
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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our page, instead of Django's list."""
        page: Any = HistoryPage.as_view(site=self.admin_site)
        return page(request)  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        """Ours come first: what follows takes any address for a row's."""
        return [
            self._url("<int:pk>/record/", RecordPage, "record"),
            self._url("<int:pk>/chain/", ChainPage, "chain"),
            self._url("held/", HeldPage, "held"),
            self._url("export/csv/", ExportPage, "export_csv", kind="csv"),
            self._url("export/json/", ExportPage, "export_json", kind="json"),
            *super().get_urls(),
        ]

    def _url(self, route: str, page: type[ConsolePage], name: str, **attributes: Any) -> URLPattern:
        view = page.as_view(site=self.admin_site, **attributes)
        return path(route, self.admin_site.admin_view(view), name=f"handover_threadevent_{name}")

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
class ThreadEventTextAdmin(RecordsReading, OfPages, ReadOnlyAdmin):
    """What people wrote along with an event."""

    said = ["text"]

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

    def thread_of(self, row: ThreadEventText) -> Thread:
        """The event's."""
        return row.event.thread

    @admin.display(description="thread")
    def thread(self, row: ThreadEventText) -> str:
        """The thread that the event belongs to."""
        return str(row.event.thread)

    @admin.display(description="text")
    def text(self, row: ThreadEventText) -> str:
        """Each text, under what it is."""
        texts: dict[str, Any] = row.body
        return "\n".join(f"{name.capitalize()}: {text}" for name, text in texts.items())
