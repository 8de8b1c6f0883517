"""Webhook deliveries, and the items in them that we could not process: Facebook's, so read-only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_fb.models import Delivery, DeliveryItem
from channels_fb.webhooks import processing
from handover.admin_base import ReadOnly, ReadOnlyAdmin
from handover.text import storable

LONGEST_SHOWN = 100_000
"""Characters of a delivery that are put on a page; it may have ten million."""


class DeliveryItemInline(ReadOnly, admin.TabularInline):
    model = DeliveryItem
    fields = ("position", "kind", "note", "page_id", "psid", "raw")
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    about = (
        "Facebook's webhooks as they came, each with what became of it. Kept items are those that were not"
        " understood, or could not be recorded."
    )
    list_display = ("received_at", "app", "state", "attempts", "repeats", "kept_items", "error")
    list_filter = ("state", "app", "received_at")
    search_fields = ("sha256__exact", "items__page_id__exact", "items__psid__exact")
    search_help_text = "SHA-256, or page id or PSID of an item kept, each in full"
    fields = (
        ("app", "received_at", "repeats"),
        ("state", "attempts", "processed_at"),
        ("next_attempt_at", "lease_until"),
        "error",
        "sha256",
        "text",
    )
    readonly_fields = ("text",)
    inlines = (DeliveryItemInline,)
    actions = ("process_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without the bytes. Items are counted for the rows on the page, not by grouping all."""
        rows: QuerySet[Delivery] = super().get_queryset(request).select_related("app")
        return rows.defer("body").annotate(kept=_kept())

    @admin.display(description="kept items")
    def kept_items(self, delivery: Delivery) -> int:
        return int(getattr(delivery, "kept", 0))

    @admin.display(description="as it came")
    def text(self, delivery: Delivery) -> SafeString:
        text = storable(bytes(delivery.body)[: 4 * LONGEST_SHOWN].decode(errors="replace"))[:LONGEST_SHOWN]
        return format_html("<pre>{}</pre>", text)

    @admin.action(description="Process again", permissions=["process_again"])
    def process_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        count = processing.process_again(deliveries)
        deliveries_ = "1 delivery" if count == 1 else f"{count} deliveries"
        self.message_user(request, f"{deliveries_} will be processed again.")

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels_fb.change_delivery")


def _kept() -> Coalesce:
    items = DeliveryItem.objects.filter(delivery=OuterRef("pk")).order_by().values("delivery")
    return Coalesce(Subquery(items.values(count=Count("pk"))), 0, output_field=IntegerField())


@admin.register(DeliveryItem)
class DeliveryItemAdmin(ReadOnlyAdmin):
    about = (
        "What stood in a delivery and was not understood, belongs to a page that is not connected,"
        " or could not be recorded."
    )
    list_display = ("created_at", "kind", "note", "page_id", "psid", "delivery")
    list_filter = ("kind", "created_at")
    search_fields = ("page_id__exact", "psid__exact", "note")
    search_help_text = "Page id or PSID in full, or words of the note"
    fields = ("delivery", "position", "kind", "note", "page_id", "psid", "raw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryItem]:
        """Without the bytes of the delivery."""
        rows: QuerySet[DeliveryItem] = super().get_queryset(request).select_related("delivery")
        return rows.defer("delivery__body")
