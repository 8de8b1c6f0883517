"""Apps, pages and deliveries in the admin. Secrets go in and never come out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_fb import connecting
from channels_fb.models import App, Delivery, DeliveryItem, Page
from channels_fb.webhooks import processing
from handover.text import storable

LONGEST_SHOWN = 100_000
"""Characters of a delivery that are put on a page; it may have ten million."""


class _SecretField(forms.CharField):
    """Written, never read: the field is empty whatever is stored, and left empty it changes nothing."""

    def __init__(self, label: str) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        super().__init__(label=label, required=False, widget=widget, help_text="Leave empty to keep it.")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            raise forms.ValidationError("This holds characters that none has; was it cut or quoted?")


class _SecretsForm(forms.ModelForm):
    """The fields in `secrets` must be filled in once, when the row is made."""

    secrets: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.secrets if self.instance.pk is None else ():
            self.fields[name].required = True
            self.fields[name].help_text = ""


class AppForm(_SecretsForm):
    secrets = ("new_secret", "new_verify_token")
    new_secret = _SecretField("App secret")
    new_verify_token = _SecretField("Verify token")

    class Meta:
        model = App
        fields = ("app_id", "name")

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_secret"]:
            connecting.change_secret(self.instance, self.cleaned_data["new_secret"])
        if self.cleaned_data["new_verify_token"]:
            self.instance.verify_token = self.cleaned_data["new_verify_token"]
        return super().save(commit)


class PageForm(_SecretsForm):
    secrets = ("new_page_token",)
    new_page_token = _SecretField("Page token")

    class Meta:
        model = Page
        fields = ("source", "app")

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_page_token"]:
            connecting.change_page_token(self.instance, self.cleaned_data["new_page_token"])
        return super().save(commit)


@admin.register(App)
class AppAdmin(admin.ModelAdmin):
    form = AppForm
    fields = ("app_id", "name", "new_secret", "new_verify_token", "previous_secret_until")
    readonly_fields = ("previous_secret_until",)
    list_display = ("app_id", "name", "previous_secret_until", "updated_at")
    search_fields = ("app_id", "name")


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    form = PageForm
    fields = ("source", "app", "new_page_token", "token_note", "subscribed_at", "subscription_due_at")
    readonly_fields = ("token_note", "subscribed_at", "subscription_due_at")
    list_display = ("source", "app", "subscribed_at", "token_note")
    list_select_related = ("source", "app")
    list_filter = ("app",)
    search_fields = ("source__name", "source__foreign_id", "app__app_id")


class _ReadOnly:
    """What Facebook sent is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeliveryItemInline(_ReadOnly, admin.TabularInline):
    model = DeliveryItem
    fields = ("position", "kind", "note", "page_id", "psid", "raw")
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(_ReadOnly, admin.ModelAdmin):
    list_display = ("received_at", "app", "state", "attempts", "repeats", "kept_items", "error")
    list_filter = ("state", "app", "received_at")
    search_fields = ("sha256", "items__page_id", "items__psid")
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
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request).select_related("app")
        return rows.defer("body").annotate(kept=Count("items"))

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
        self.message_user(request, f"{count} deliveries will be processed again.")

    def has_process_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("channels_fb.change_delivery")


@admin.register(DeliveryItem)
class DeliveryItemAdmin(_ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "kind", "note", "page_id", "psid", "delivery")
    list_filter = ("kind", "created_at")
    list_select_related = ("delivery",)
    search_fields = ("page_id", "psid", "note")
    fields = ("delivery", "position", "kind", "note", "page_id", "psid", "raw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryItem]:
        return super().get_queryset(request).defer("delivery__body")
