"""Accounts and groups of staff. Who administers them gives no more than they have: see `delegation`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as djangos
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.html import format_html_join

from handover import delegation
from handover.admin_base import link_to, staff_of
from handover.reach import Reach

MOST_PAGES = 50
"""Of somebody's pages that are named on their form."""

admin.site.unregister(User)
admin.site.unregister(Group)


class OnlyOwnRights(admin.ModelAdmin):
    """Forms that give rights offer those of whoever fills them in, and take no others."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Groups and rights to choose from."""
        kwargs["queryset"] = _to_give(db_field.name, staff_of(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _to_give(name: str, manager: User) -> QuerySet[Any]:
    if name == "groups":
        return delegation.groups_to_give(manager)
    return delegation.rights_to_give(manager).select_related("content_type")


@admin.register(User)
class UserAdmin(OnlyOwnRights, djangos.UserAdmin):
    """One line an account."""

    about = (
        "Who may log in here, and the service users that tokens act as. What staff may do stands in their"
        " groups; which pages they see, on the pages' forms."
    )
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "roles", "last_login"]
    search_help_text = "Name or e-mail address"
    readonly_fields = ["pages_seen"]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Django's, with the pages; the password only for whoever may set it."""
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            return sets
        name = ("username", "password") if self.has_change_permission(request, obj) else ("username",)
        pages = ("Pages", {"fields": ("pages_seen",)})
        return ((None, {"fields": name}), *sets[1:-1], pages, sets[-1])

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Superusers alone make superusers."""
        fields = list(super().get_readonly_fields(request, obj))
        return fields if staff_of(request).is_superuser else [*fields, "is_superuser"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With the groups, which are listed."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Not of whoever may do more."""
        return super().has_change_permission(request, obj) and _may_administer(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Not of whoever may do more."""
        return super().has_delete_permission(request, obj) and _may_administer(request, obj)

    @admin.display(description="groups")
    def roles(self, row: User) -> str:
        """Their names. A superuser needs none."""
        if row.is_superuser:
            return "superuser"
        return ", ".join(sorted(group.name for group in row.groups.all())) or "none"

    @admin.display(description="sees the threads of")
    def pages_seen(self, row: User) -> str:
        """The pages given to them, each as a link, or the words for all and for none."""
        reach = Reach.of_staff(row)
        if reach.source_ids is None:
            return "all pages"
        pages = reach.sources().order_by("name", "pk")[:MOST_PAGES]
        none = "no page: one is given on the page's form, under “Who sees its threads”"
        return format_html_join(", ", "{}", ((link_to(page),) for page in pages)) or none


@admin.register(Group)
class GroupAdmin(OnlyOwnRights, djangos.GroupAdmin):  # type: ignore[misc]
    """One line a group."""

    about = (
        "Rights that go together. Agent, Supervisor, Auditor and Administrator are there from the beginning,"
        " and can be changed."
    )
    search_help_text = "Name"

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Not of one that gives more than they have."""
        return super().has_change_permission(request, obj) and _may_give(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Not of one that gives more than they have."""
        return super().has_delete_permission(request, obj) and _may_give(request, obj)


def _may_administer(request: HttpRequest, user: User | None) -> bool:
    return user is None or delegation.may_administer(staff_of(request), user)


def _may_give(request: HttpRequest, group: Group | None) -> bool:
    return group is None or delegation.may_administer_group(staff_of(request), group)
