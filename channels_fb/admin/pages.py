"""Facebook pages: connected, changed and checked on pages of their own, which ask Facebook too."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from channels_fb import connecting
from channels_fb.admin.connect import CheckPage, ConnectPage
from channels_fb.admin.secrets import SecretField, SecretsAdmin, SecretsForm
from channels_fb.models import Page
from handover.admin_base import MoreOnForms, action_url, moment
from handover.console.tables import OfPages, sees_all_pages


class PageForm(SecretsForm):
    """A page's token may be renewed without anything else."""

    secrets = {"new_page_token": "page_token"}

    new_page_token = SecretField("Page token")

    class Meta:
        model = Page
        fields = ()

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_page_token"]:
            connecting.change_page_token(self.instance, self.cleaned_data["new_page_token"])
        return super().save(commit)


@admin.register(Page)
class PageAdmin(OfPages, MoreOnForms, SecretsAdmin):
    about = (
        "How each page is reached at Facebook: by which app, with which token, and whether its webhooks come."
        " What is decided about a page, such as its primary app and its bots, stands under Pages."
    )
    form = PageForm
    fields = (
        "source",
        "app",
        "new_page_token",
        "token_note",
        "subscribed_at",
        "subscription_due_at",
        "mode",
        "mode_read_at",
    )
    readonly_fields = (
        "source",
        "app",
        "token_note",
        "subscribed_at",
        "subscription_due_at",
        "mode",
        "mode_read_at",
    )
    list_display = ("source", "app", "is_active", "mode", "subscribed_at", "token_note")
    list_select_related = ("source", "app")
    list_filter = ("source__is_active", "source__control_mode", "subscribed_at")
    search_fields = ("source__name", "source__foreign_id", "app__app_id")
    search_help_text = "Page's name or id, or app id"

    def get_urls(self) -> list[URLPattern]:
        """The pages of the actions come first: what follows takes any address for a row's."""
        return [
            action_url(self, "connect/", ConnectPage, "connect"),
            action_url(self, "<int:pk>/check/", CheckPage, "check"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Connecting a page makes the row, and asks Facebook."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        """A page is disabled, not deleted: its threads are still reached by it."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """With the link to connect one, for whoever may."""
        return super().changelist_view(request, {**_allowed(request), **(extra_context or {})})

    def more(self, request: HttpRequest, row: Page) -> dict[str, Any]:
        """The links to check it and to change how it is connected, for whoever may."""
        return _allowed(request)

    @admin.display(description="active", boolean=True, ordering="source__is_active")
    def is_active(self, row: Page) -> bool:
        """Whether its threads may be handed over."""
        return row.source.is_active

    @admin.display(description="mode", ordering="source__control_mode")
    def mode(self, row: Page) -> str:
        """How Facebook decides about control on the page."""
        return row.source.get_control_mode_display()

    @admin.display(description="mode read at")
    def mode_read_at(self, row: Page) -> str:
        """When Facebook last told the mode."""
        return moment(row.source.mode_read_at, "never")


def _allowed(request: HttpRequest) -> dict[str, object]:
    return {"may_connect": request.user.has_perm(ConnectPage.permission) and sees_all_pages(request)}
