"""People and their threads: the platform's, so read-only. Threads are handed over and answered here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone

from handover import transcripts
from handover.admin import agents_side, lines, words
from handover.admin.engage import OpenPage
from handover.admin.hand_over import HandOverPage
from handover.admin.intervention_changes import ClosePage
from handover.admin.reply import ReplyPage
from handover.admin_base import (
    MoreOnForms,
    PageFilter,
    ReadOnlyAdmin,
    action_url,
    link_to,
    moment,
    staff_of,
)
from handover.models import Identity, Intervention, Reply, Synchronization, Thread
from handover.models.interventions import OVER
from handover.ownership import Party, Picture

SHOWN = 20
"""Of a thread's messages, and of its history: the last ones. The lists have the others."""

SHOWN_INTERVENTIONS = 5


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
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
class ThreadAdmin(MoreOnForms, ReadOnlyAdmin):
    """One line a thread, with who holds it."""

    about = (
        "The running conversation of each person, and who holds it. A thread is handed over, and an"
        " intervention opened, on its own page."
    )
    change_form_template = "admin/handover/thread/change_form.html"
    list_display = ["identity", "holder", "is_sure", "since", "last_content_at", "source"]
    list_filter = ["owner", "owner_sure", ("source", PageFilter), "last_content_at"]
    list_select_related = ["source", "identity"]
    search_fields = [
        "identity__foreign_id",
        "identity__first_name",
        "identity__last_name",
        "source__foreign_id__exact",
    ]
    search_help_text = "Name or id of the person, or page id"
    ordering = [F("last_content_at").desc(nulls_last=True), "-pk"]
    fieldsets = [
        (None, {"fields": ["identity", "source"]}),
        ("Who holds it", {"fields": ["holder", "since", "until", "how_we_know", "confirmed", "is_sure"]}),
        ("The agent's side", {"fields": ["window", "control_due"]}),
        (
            "Conversation",
            {
                "fields": [
                    "last_customer_at",
                    "last_content_at",
                    "delivered_until",
                    "read_until",
                    "thread_category_ids",
                ]
            },
        ),
        (
            "Upkeep",
            {
                "classes": ["collapse"],
                "fields": [
                    "owner_check_at",
                    "attend_at",
                    "attended_until",
                    "history_length",
                    "history_digest",
                    "created_at",
                    "updated_at",
                ],
            },
        ),
    ]
    readonly_fields = [
        "holder",
        "since",
        "until",
        "how_we_know",
        "confirmed",
        "is_sure",
        "window",
        "control_due",
    ]

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

    def more(self, request: HttpRequest, row: Thread) -> dict[str, Any]:
        """What was said and done last, and the actions, as far as the user may see each."""
        if request.user.has_perm("handover.view_content"):
            transcripts.note_reading(row, staff_of(request))
        return {**_last_of(row, request), **_allowed(request)}

    @admin.display(description="holder", ordering="owner")
    def holder(self, row: Thread) -> str:
        """Who holds the thread, judged now."""
        return words.holder(_picture(row), row.source)

    @admin.display(description="since", ordering="owner_since")
    def since(self, row: Thread) -> str:
        """Since when, by the platform's clock."""
        return moment(_picture(row).since)

    @admin.display(description="until")
    def until(self, row: Thread) -> str:
        """When control lapses unless the customer writes again."""
        return moment(_picture(row).expires_at)

    @admin.display(description="how we know")
    def how_we_know(self, row: Thread) -> str:
        """What it rests on."""
        return words.how(_picture(row), row.source)

    @admin.display(description="last confirmed")
    def confirmed(self, row: Thread) -> str:
        """When evidence for this holder last reached us, by our clock."""
        return moment(_picture(row).confirmed_at)

    @admin.display(description="sure", boolean=True)
    def is_sure(self, row: Thread) -> bool:
        """Whether that is certain, or only as far as we know."""
        return _picture(row).sure

    @admin.display(description="messaging window")
    def window(self, row: Thread) -> str:
        """Until when the customer may be answered."""
        return agents_side.window(row)

    @admin.display(description="control")
    def control_due(self, row: Thread) -> str:
        """What is still to be done about it."""
        return agents_side.control_due(row)


def _picture(row: Thread) -> Picture:
    return row.picture.judged(timezone.now())


def _last_of(thread: Thread, request: HttpRequest) -> dict[str, Any]:
    shown: dict[str, Any] = {"shown": SHOWN}
    if request.user.has_perm("handover.view_intervention"):
        shown["interventions"] = _interventions(thread)
    if request.user.has_perm("handover.view_content"):
        shown["waiting"], shown["failed"] = _waiting(thread), _failed(thread)
        shown["contents"] = list(thread.contents.order_by("-sent_at", "-pk")[:SHOWN])
    if request.user.has_perm("handover.view_threadevent"):
        shown["events"] = [lines.line(row) for row in thread.events.order_by("-seq")[:SHOWN]]
    return shown


def _interventions(thread: Thread) -> list[tuple[Intervention, bool]]:
    """The last ones, each with whether it can still be closed."""
    rows = thread.interventions.select_related("user").order_by("-opened_at", "-pk")[:SHOWN_INTERVENTIONS]
    return [(row, row.status not in OVER) for row in rows]


def _waiting(thread: Thread) -> list[Reply]:
    """In the order in which they go out: the first holds back those behind it."""
    rows = thread.replies.filter(is_pending=True).select_related("content", "user")
    return list(rows.order_by("queued_at", "pk")[:SHOWN])


def _failed(thread: Thread) -> list[Reply]:
    """The last ones, newest first."""
    failed = thread.replies.filter(content__synchronization_status=Synchronization.EXPORT_FAILURE)
    return list(failed.select_related("content", "user").order_by("-queued_at", "-pk")[:SHOWN])


def _allowed(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_hand_over": request.user.has_perm(HandOverPage.permission),
        "may_open": request.user.has_perm(OpenPage.permission),
        "may_close": request.user.has_perm(ClosePage.permission),
        "may_reply": request.user.has_perm(ReplyPage.permission),
    }
