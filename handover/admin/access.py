"""API tokens: issued by `issue_token`, limited and switched off here. The token itself is never shown."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from handover.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """One line a token, without its digest."""

    list_display = ["name", "user", "is_active", "may_hand_over", "may_reply", "may_read", "last_used_at"]
    list_filter = ["is_active"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    filter_horizontal = ["sources"]
    readonly_fields = ["user", "last_used_at", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A token is seen once, when it is issued: `manage.py issue_token`."""
        return False
