"""People and their threads: the platform's, so read-only. Threads are handed over and answered here."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern

from handover.admin.engage import OpenPage
from handover.admin.hand_over import HandOverPage
from handover.admin.reply import ReplyPage
from handover.admin.thread import page as thread_page
from handover.admin.thread.finding import find_thread
from handover.admin.thread_list import ThreadListPage
from handover.admin_base import (
    PageFilter,
    ReadOnlyAdmin,
    action_url,
    link_to,
)
from handover.console.tables import OfPages
from handover.models import Identity, Thread
from handover.ownership import Party


@admin.register(Identity)
class IdentityAdmin(OfPages, ReadOnlyAdmin):
    """One line a person."""

    about = (
        "The people of each page, as the platform knows them there. Whoever writes to two pages is two"
        " identities."
    )
    list_display = ["display_name", "foreign_id", "is_known", "created_at", "source"]
    fields = [
        "display_name",
        "foreign_id",
        "source",
        "thread",
        "picture_url",
        "is_known",
        "created_at",
        "profile_due_at",
    ]
    readonly_fields = ["display_name", "thread"]
    list_filter = ["is_known", ("source", PageFilter)]
    list_select_related = ["source"]
    search_fields = ["foreign_id", "first_name", "last_name", "source__foreign_id__exact"]
    search_help_text = "Name or id of the person, or page id"

    @admin.display(description="name", ordering="first_name")
    def display_name(self, row: Identity) -> str:
        """The person's name, or the foreign id while none is known."""
        return row.display_name

    @admin.display(description="thread")
    def thread(self, row: Identity) -> str:
        """The conversation with the person, as a link."""
        return link_to(row.thread) if hasattr(row, "thread") else "none yet"


@admin.register(Thread)
class ThreadAdmin(OfPages, ReadOnlyAdmin):
    """Threads: the list and each one's page are pages of ours."""

    search_fields = [
        "identity__foreign_id",
        "identity__first_name",
        "identity__last_name",
        "source__foreign_id__exact",
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list of threads, which is a page of ours."""
        return cast(HttpResponse, ThreadListPage.as_view(site=self.admin_site)(request))

    def get_urls(self) -> list[URLPattern]:
        """The pages of the actions come first: what follows takes any address for a row's."""
        return [
            *(
                action_url(
                    self,
                    f"<int:pk>/hand-over-to-{party}/",
                    HandOverPage,
                    f"hand_over_to_{party}",
                    to_party=party,
                )
                for party in Party
            ),
            action_url(self, "<int:pk>/open-intervention/", OpenPage, "open_intervention"),
            action_url(self, "<int:pk>/reply/", ReplyPage, "reply"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thread]:
        """With the bot apps, whose names stand for holders."""
        rows: QuerySet[Thread] = super().get_queryset(request)
        return rows.select_related("source", "identity", "give_back_for").prefetch_related("source__bot_apps")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The thread's own page. It is there to be looked at: what it offers is sent elsewhere."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        if not re.fullmatch("[0-9]{1,18}", object_id):
            raise Http404
        thread = find_thread(int(object_id), request)
        return thread_page.show(request, thread, self.admin_site)
