"""Pages and the bot apps on them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from handover import learning
from handover.admin_base import save_edited
from handover.models import BotApp, Source


class BotAppInline(admin.TabularInline):
    """The apps that threads of the page may be handed to."""

    model = BotApp
    extra = 0


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """What an administrator decides is editable; what the platform told or taught us is not."""

    list_display = ["name", "foreign_id", "channel_type", "is_active", "primary", "control_mode", "can_take"]
    list_filter = ["is_active", "primary", "control_mode"]
    search_fields = ["name", "foreign_id"]
    search_help_text = "Name or page id"
    inlines = [BotAppInline]
    fields = [
        "name",
        "is_active",
        "primary",
        "primary_note",
        "handover_deadline",
        "channel_type",
        "foreign_id",
        "agent_app_id",
        "control_mode",
        "mode_read_at",
        "requests_refused",
        "can_take",
    ]
    readonly_fields = [
        "primary_note",
        "channel_type",
        "foreign_id",
        "agent_app_id",
        "control_mode",
        "mode_read_at",
        "requests_refused",
        "can_take",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Pages are connected by their channel, which asks the platform too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page is disabled, not deleted: its history stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Source, form: ModelForm, change: bool) -> None:
        """The platform may teach us something about the page meanwhile."""
        if "primary" in form.changed_data:
            learning.forget_roles(obj)
            save_edited(obj, form, "primary_note", "requests_refused", "can_take", "updated_at")
        else:
            save_edited(obj, form, "updated_at")


@admin.register(BotApp)
class BotAppAdmin(admin.ModelAdmin):
    """All bot apps of all pages."""

    list_display = ["name", "app_id", "source", "is_active"]
    list_display_links = ["name", "app_id"]
    list_filter = ["is_active"]
    list_select_related = ["source"]
    search_fields = ["name", "app_id", "source__name", "source__foreign_id"]
    search_help_text = "Name or id of the app or of its page"
    autocomplete_fields = ["source"]
