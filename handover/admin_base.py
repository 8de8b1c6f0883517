"""What the admins of the domain and of the channels build on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth.models import User
from django.db.models import Field, Model
from django.forms import Form, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString

from handover.console.pages import ConsolePage
from handover.console.tables import reach_of

MOST_PAGES = 30
"""More than these make no filter that one could read; they are found by search."""


class ReadOnly:
    """Rows that the platform, the services or the history own: to be looked at, never edited here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows come from services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows change by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows stay."""
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """A large table that nothing can be added to, changed in or deleted from."""

    show_full_result_count = False
    change_form_template = "admin/read_only_form.html"


class NamesIdentity:
    """Rows of threads, listed with whom they are about."""

    @admin.display(description="identity", ordering="thread__identity__first_name")
    def identity(self, row: Any) -> str:
        """The person's name, or the foreign id while none is known."""
        return str(row.thread.identity)


class MoreOnForms(admin.ModelAdmin):
    """A model whose form pages show more than its fields."""

    def more(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template of a row's page gets besides."""
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Django's page, with more."""
        if obj is not None:
            context.update(self.more(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)


class PageFilter(admin.RelatedFieldListFilter):
    """Filter by page, of those that somebody may see. Of too many only the one that is chosen already,
    by a link, is offered."""

    def field_choices(self, field: Field, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[Any]:
        """The pages by name."""
        rows = reach_of(request).sources().order_by("name", "pk")
        first = [(row.pk, str(row)) for row in rows[: MOST_PAGES + 1]]
        if len(first) <= MOST_PAGES:
            return first
        wanted = [pk for pk in self.lookup_val or () if str(pk).isdigit()]
        return [(row.pk, str(row)) for row in rows.filter(pk__in=wanted)]

    def has_output(self) -> bool:
        """A filter that is not shown would not be applied either."""
        return bool(self.lookup_val) or super().has_output()


class ActionPage(ConsolePage):
    """One action on rows of a table: GET shows what would happen, POST does it.

    It does not go through the model admin's own form view, which holds a transaction open. Whoever may not
    look at the rows is answered 403, too; a row that they may not see is 404.
    """

    model_admin: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A page of its own has the row's key in its address, as `pk`."""
        if "pk" in kwargs and self.allows(request) and not self._is_there(request, kwargs["pk"]):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def allows(self, request: HttpRequest) -> bool:
        """Whether whoever asks may act, and look at the rows."""
        return super().allows(request) and bool(self.model_admin.has_view_permission(request))

    def _is_there(self, request: HttpRequest, pk: int) -> bool:
        return bool(self.model_admin.get_queryset(request).filter(pk=pk).exists())

    def frame(self, request: HttpRequest) -> dict[str, Any]:
        """With what the templates need to know of the table."""
        return {**super().frame(request), "opts": self.model_admin.opts}

    def fields_of(self, form: Form, *names: str) -> AdminForm:
        """A form as the admin's own templates show one: all fields, or those named."""
        fields = list(names or form.fields)
        # Typed for the forms of models, but it asks nothing of them that others lack.
        return AdminForm(cast(Any, form), [(None, {"fields": fields})], {}, model_admin=self.model_admin)

    def back_to(self, row: Model) -> HttpResponseRedirect:
        """To the row's own page, where the messages are shown."""
        return HttpResponseRedirect(page_of(row))


def moment(at: datetime | None, never: str = "not known") -> str:
    """A time with its zone, or the words for none."""
    return never if at is None else str(formats.localize(at))


def save_edited(row: Model, form: ModelForm, *more: str) -> None:
    """Write what was edited, and `more`: the services write other columns of the row at the same time."""
    columns = {field.name for field in row._meta.concrete_fields}
    row.save(update_fields=[*(name for name in form.changed_data if name in columns), *more])


def page_of(row: Model) -> str:
    """The address of a row's own page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link_to(row: Model) -> SafeString:
    """A link to a row's own page, called as the row is."""
    return format_html('<a href="{}">{}</a>', page_of(row), row)


def staff_of(request: HttpRequest) -> User:
    """Who is logged in: the admin lets nobody through that is not."""
    return cast(User, request.user)


def action_url(
    model_admin: admin.ModelAdmin, route: str, page: type[ActionPage], name: str, **attributes: Any
) -> URLPattern:
    """Where an action's page is: only for staff, with the CSRF check, never cached."""
    view = page.as_view(model_admin=model_admin, site=model_admin.admin_site, **attributes)
    options = model_admin.opts
    full_name = f"{options.app_label}_{options.model_name}_{name}"
    return path(route, model_admin.admin_site.admin_view(view), name=full_name)
