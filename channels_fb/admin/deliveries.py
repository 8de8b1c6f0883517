"""Webhook deliveries, and the items in them that we could not process: Facebook's, so read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_fb.admin import delivery_contents, delivery_words
from channels_fb.admin.process_again import ProcessPage, process_some
from channels_fb.models import Delivery, DeliveryItem
from handover.admin_base import MoreOnForms, ReadOnlyAdmin, action_url
from handover.console.tables import OfNoPage
from handover.text import first_line

SHOWN_TIMES = 10
"""Of the times that somebody had a delivery processed again: the last ones."""


@admin.register(Delivery)
class DeliveryAdmin(OfNoPage, MoreOnForms, ReadOnlyAdmin):
    about = (
        "Facebook's webhooks as they came, each with what became of it. Kept items are those that were not"
        " understood, or could not be recorded."
    )
    change_form_template = "admin/channels_fb/delivery/change_form.html"
    list_display = ("received_at", "app", "state_now", "attempts", "repeats", "kept_items", "why")
    list_filter = ("state", "app", "received_at")
    search_fields = ("sha256__exact", "items__page_id__exact", "items__psid__exact")
    search_help_text = "SHA-256, or page id or PSID of an item kept, each in full"
    readonly_fields = ("state_now", "why")
    actions = ("process_again",)

    def get_urls(self) -> list[URLPattern]:
        """The page of the action comes first: what follows takes any address for a row's."""
        page = action_url(self, "<int:pk>/process-again/", ProcessPage, "process_again")
        return [page, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without the bytes. Items are counted for the rows on the page, not by grouping all."""
        rows: QuerySet[Delivery] = super().get_queryset(request).select_related("app")
        return rows.defer("body").annotate(kept=_kept())

    def get_fields(self, request: HttpRequest, obj: Delivery | None = None) -> list[Any]:
        """Without what there is nothing to say about."""
        fields = ["state_now"]
        fields += ["why"] if obj is not None and obj.error else []
        fields += ["app", "received_at"]
        fields += ["repeats"] if obj is not None and obj.repeats else []
        return [*fields, "attempts", "processed_at", "sha256"]

    def more(self, request: HttpRequest, row: Delivery) -> dict[str, Any]:
        """What stands in it, as it came for whoever may read messages, and who had it processed again."""
        shown = {
            "lines": delivery_contents.lines(row),
            "most": delivery_contents.MOST_ITEMS,
            "times": _times(row),
            "may_process": self.has_process_again_permission(request),
            "may_read": may_read(request),
        }
        if shown["may_read"]:
            shown["text"] = delivery_contents.pretty(bytes(row.body))
        return shown

    @admin.display(description="kept items")
    def kept_items(self, delivery: Delivery) -> int:
        return int(getattr(delivery, "kept", 0))

    @admin.display(description="state", ordering="state")
    def state_now(self, delivery: Delivery) -> str:
        return delivery_words.state(delivery)

    @admin.display(description="error")
    def why(self, delivery: Delivery) -> str:
        return first_line(delivery.error)

    @admin.action(description="Process again", permissions=["process_again"])
    def process_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        process_some(self, request, list(deliveries))

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ProcessPage.permission)


def may_read(request: HttpRequest) -> bool:
    """Deliveries hold what customers wrote, of any thread, and reading them here leaves no trace in any: so
    they are for whoever may read transcripts and answers customers besides."""
    return request.user.has_perms(("handover.view_content", "handover.reply_to_thread"))


def _times(delivery: Delivery) -> QuerySet[LogEntry]:
    kind = ContentType.objects.get_for_model(Delivery)
    rows = LogEntry.objects.filter(content_type=kind, object_id=str(delivery.pk))
    return rows.select_related("user").order_by("-pk")[:SHOWN_TIMES]


def _kept() -> Coalesce:
    items = DeliveryItem.objects.filter(delivery=OuterRef("pk")).order_by().values("delivery")
    return Coalesce(Subquery(items.values(count=Count("pk"))), 0, output_field=IntegerField())


@admin.register(DeliveryItem)
class DeliveryItemAdmin(OfNoPage, ReadOnlyAdmin):
    about = (
        "What stood in a delivery and was not understood, belongs to a page that is not connected,"
        " or could not be recorded."
    )
    list_display = ("created_at", "kind", "why", "page_id", "psid", "delivery")
    list_filter = ("kind", "created_at")
    search_fields = ("page_id__exact", "psid__exact", "note")
    search_help_text = "Page id or PSID in full, or words of the note"
    readonly_fields = ("why", "text")

    def get_fields(self, request: HttpRequest, obj: DeliveryItem | None = None) -> list[Any]:
        """With what came, for whoever may read messages."""
        fields = ["delivery", "position", "kind", "why", "page_id", "psid"]
        return [*fields, "text"] if may_read(request) else fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryItem]:
        """Without the bytes of the delivery."""
        rows: QuerySet[DeliveryItem] = super().get_queryset(request).select_related("delivery")
        return rows.defer("delivery__body")

    @admin.display(description="note", ordering="note")
    def why(self, item: DeliveryItem) -> str:
        return first_line(item.note)

    @admin.display(description="as it came")
    def text(self, item: DeliveryItem) -> SafeString:
        return format_html("<pre>{}</pre>", delivery_contents.pretty(item.raw.encode()))
