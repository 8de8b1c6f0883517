"""Tables of the console: rows of pages, for whoever may see the page, and rows that are of none."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import Http404, HttpRequest

from handover.models import Source
from handover.reach import Reach


def reach_of(request: HttpRequest) -> Reach:
    """The pages that whoever asks may see, looked up once a request."""
    user: AbstractBaseUser | AnonymousUser = request.user
    kept: Reach | None = getattr(user, "_reach", None)
    if kept is None:
        kept = Reach.of_staff(user)
        user._reach = kept  # type: ignore[union-attr]
    return kept


class OfPages(admin.ModelAdmin):
    """Rows of pages. Those of pages that whoever looks may not see are not there for them: not in lists, not
    in what actions and searches find, not as choices of a form; at their address they are answered 404.

    `source_path` leads from a row to its page.
    """

    source_path = "source"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What all of Django's pages begin with."""
        return self.within(super().get_queryset(request), reach_of(request))

    def within(self, rows: QuerySet[Any], reach: Reach) -> QuerySet[Any]:
        """Those of the rows that are there for somebody with that reach."""
        return reach.limit(rows, self.source_path)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row at an address. Raises 403 where no row may be seen, 404 where this one is not there."""
        if not (self.has_view_or_change_permission(request) or self.has_delete_permission(request)):
            raise PermissionDenied
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Only a page that they may see can be chosen, whatever is sent."""
        if db_field.related_model is Source:
            kwargs["queryset"] = reach_of(request).sources().order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class OfNoPage(admin.ModelAdmin):
    """Rows that belong to no page alone: for whoever may see all pages, and has the right to the rows."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether they may look."""
        return sees_all_pages(request) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether they may add."""
        return sees_all_pages(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether they may change."""
        return sees_all_pages(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether they may delete."""
        return sees_all_pages(request) and super().has_delete_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether they are shown that there is such a table."""
        return sees_all_pages(request) and super().has_module_permission(request)


def sees_all_pages(request: HttpRequest) -> bool:
    """Whether no page is out of reach for whoever asks, later ones included."""
    return reach_of(request).source_ids is None


def sees_no_page(request: HttpRequest) -> bool:
    """Whether no page was given to whoever asks."""
    return reach_of(request).source_ids == frozenset()
