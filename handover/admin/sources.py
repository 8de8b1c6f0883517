"""Pages and the bot apps on them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from handover import agents, learning
from handover.admin import agents_side, rules_in_words
from handover.admin_base import save_edited
from handover.console.tables import OfPages
from handover.models import BotApp, Source


class BotAppInline(admin.TabularInline):
    """The apps that threads of the page may be handed to."""

    model = BotApp
    extra = 0
    verbose_name_plural = "bot apps, which threads of the page may be handed to"


@admin.register(Source)
class SourceAdmin(OfPages):
    """What an administrator decides is editable; what the platform told or taught us is not."""

    source_path = "pk"
    about = (
        "What is decided about each page: whether it is active, whose app is primary, which bot apps it has,"
        " how long a request may wait, whether agents have to be there. How it is reached, by token and"
        " webhooks, stands under Page connections."
    )
    list_display = ["name", "foreign_id", "is_active", "primary", "control_mode", "take_over"]
    list_filter = ["is_active", "primary", "control_mode"]
    search_fields = ["name", "foreign_id"]
    ordering = ["name", "pk"]
    search_help_text = "Name or page id"
    inlines = [BotAppInline]
    autocomplete_fields = ["staff"]
    fieldsets = [
        ("What it comes to", {"fields": ["rules"]}),
        (None, {"fields": ["name", "is_active", "primary", "primary_note", "handover_deadline"]}),
        (
            "The agent's side",
            {
                "fields": [
                    "asks_on_opening",
                    "may_tag_human_agent",
                    "reply_max_age",
                    "after_closing",
                    "in_effect",
                ]
            },
        ),
        ("When nobody looks", {"fields": ["alert_after", "alert_to"]}),
        ("When agents are there", {"fields": ["needs_agent", "opening_hours", "time_zone", "right_now"]}),
        ("Who sees its threads", {"fields": ["staff"]}),
        ("Where it is", {"fields": ["channel_type", "foreign_id", "agent_app_id"]}),
        (
            "What the platform told, and what its answers taught us",
            {"fields": ["control_mode", "mode_read_at", "requests", "take_over"]},
        ),
    ]
    readonly_fields = [
        "rules",
        "in_effect",
        "primary_note",
        "channel_type",
        "foreign_id",
        "agent_app_id",
        "control_mode",
        "mode_read_at",
        "requests",
        "take_over",
        "right_now",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Pages are connected by their channel, which asks the platform too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page is disabled, not deleted: its history stays."""
        return False

    @admin.display(description="rules as stored")
    def rules(self, row: Source) -> SafeString:
        """Everything that happens by itself, by what stands below."""
        stored = Source.objects.get(pk=row.pk)
        items = ((rule,) for rule in rules_in_words.rules(stored))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", items))

    @admin.display(description="right now")
    def right_now(self, row: Source) -> str:
        """What a bot that asks for an agent would hear, by the hours as they are stored."""
        absence = agents.absence(Source.objects.get(pk=row.pk), timezone.now())
        if absence is None:
            return "The page does not ask whether agents are there."
        return absence or "The page is open and an agent is available."

    @admin.display(description="requests for control")
    def requests(self, row: Source) -> str:
        """Whether the platform takes them from us here."""
        if row.requests_refused:
            return "refused by the platform: control is taken instead"
        return "not refused so far"

    @admin.display(description="take-over switch", ordering="can_take")
    def take_over(self, row: Source) -> str:
        """It can be neither read nor set, only learnt."""
        return {True: "on", False: "off", None: "not known before a take"}[row.can_take]

    @admin.display(description="so control is")
    def in_effect(self, row: Source) -> str:
        """What becomes of control, bot apps considered."""
        return agents_side.goes_back(row)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """The bot apps are known only now."""
        super().save_related(request, form, formsets, change)
        if agents_side.passes_to_nobody(form.instance):
            messages.warning(request, f"Control will be {agents_side.goes_back(form.instance)}.")

    def save_model(self, request: HttpRequest, obj: Source, form: ModelForm, change: bool) -> None:
        """The platform may teach us something about the page meanwhile."""
        if "primary" in form.changed_data:
            learning.forget_roles(obj)
            save_edited(obj, form, "primary_note", "requests_refused", "can_take", "updated_at")
        else:
            save_edited(obj, form, "updated_at")


@admin.register(BotApp)
class BotAppAdmin(OfPages):
    """All bot apps of all pages."""

    about = "The apps that threads may be handed to, of all pages. They stand on their page's form, too."
    list_display = ["name", "app_id", "source", "is_active"]
    list_display_links = ["name", "app_id"]
    list_filter = ["is_active"]
    list_select_related = ["source"]
    search_fields = ["name", "app_id", "source__name", "source__foreign_id"]
    search_help_text = "Name or id of the app or of its page"
    autocomplete_fields = ["source"]
