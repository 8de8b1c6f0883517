"""API tokens: issued and rotated on pages that show the token once; limited and switched off here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils import timezone

from handover import tokens
from handover.admin_base import ActionPage, MoreOnForms, action_url, save_edited
from handover.console.tables import OfNoPage
from handover.models import ApiToken, Source

_RIGHTS = {
    "handover": "hand threads over",
    "reply": "reply and work with interventions",
    "read": "read what the API tells",
}
_OVERLAPS = {0: "not at all: it ends at once", 1: "1 hour", 24: "1 day", 168: "7 days", 720: "30 days"}
"""Hours."""


def _staff_users() -> forms.ModelChoiceField:
    users = get_user_model().objects.filter(is_staff=True, is_active=True).order_by("username")
    return forms.ModelChoiceField(
        users,
        required=False,
        label="Acts as",
        empty_label="a service user of its own",
        help_text="A member of staff, or a service user that is made with the token.",
    )


class IssueForm(forms.Form):
    """What a new token may do."""

    name = forms.CharField(max_length=140, help_text="Who will use it, for example the bot's name.")
    staff = _staff_users()
    pages = forms.ModelMultipleChoiceField(
        Source.objects.order_by("name", "pk"),
        required=False,
        help_text="Limits the token to these. Choose none for all pages, later ones too.",
    )
    rights = forms.MultipleChoiceField(
        choices=[(right, _RIGHTS[right]) for right in tokens.RIGHTS],
        initial=tokens.RIGHTS,
        widget=forms.CheckboxSelectMultiple,
    )
    per_minute = forms.IntegerField(
        label="Calls a minute", min_value=1, max_value=1_000_000, initial=500, help_text="At most."
    )
    expires_at = forms.DateTimeField(
        label="Expires",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="In UTC. Leave empty for a token that does not expire.",
    )

    def clean_expires_at(self) -> datetime | None:
        """One that has expired already is of no use."""
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError("This has passed already.")
        return expires_at


class IssuePage(ActionPage):
    """Issue a token. It is in the answer to the POST and nowhere else: no session, no message, no log."""

    permission = "handover.issue_token"
    template_name = "admin/handover/apitoken/issue.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.show(request, "Issue a token", adminform=self.fields_of(IssueForm()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Issue the token and show it."""
        form = IssueForm(request.POST)
        if not form.is_valid():
            return self.show(request, "Issue a token", adminform=self.fields_of(form))
        token = tokens.issue(
            form.cleaned_data["name"],
            staff=form.cleaned_data["staff"],
            sources=form.cleaned_data["pages"],
            rights=form.cleaned_data["rights"],
            per_minute=form.cleaned_data["per_minute"],
            expires_at=form.cleaned_data["expires_at"],
        )
        row = tokens.row_of(token)
        self.model_admin.log_addition(request, row, "Issued.")
        return self.show(request, "Token issued", token=token, row=row, original=row)


class RotateForm(forms.Form):
    """How long both tokens are valid."""

    overlap = forms.TypedChoiceField(
        label="The old token is valid for",
        choices=list(_OVERLAPS.items()),
        coerce=int,
        initial=24,
        help_text="Until then both are. Put the new one into the bot meanwhile.",
    )


class RotatePage(ActionPage):
    """Put a new token in the place of one, or end the old one of a rotation before its time.

    The new token is in the answer to the POST and nowhere else.
    """

    permission = "handover.issue_token"
    template_name = "admin/handover/apitoken/rotate.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would happen, and the question."""
        return self._ask(request, _token(pk), RotateForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rotate the token and show the new one, or end the old one."""
        row = _token(pk)
        if "end" in request.POST:
            return self._end(request, row)
        form = RotateForm(request.POST)
        token = _rotate(form, row) if form.is_valid() else None
        if token is None:
            return self._ask(request, row, form)
        self.model_admin.log_change(request, row, "Rotated.")
        row = _token(pk)
        return self.show(request, "Token rotated", token=token, row=row, original=row)

    def _ask(self, request: HttpRequest, row: ApiToken, form: RotateForm) -> HttpResponse:
        return self.show(
            request,
            f"Rotate the token of {row}",
            adminform=self.fields_of(form),
            row=row,
            original=row,
            has_previous=row.has_previous(timezone.now()),
        )

    def _end(self, request: HttpRequest, row: ApiToken) -> HttpResponse:
        tokens.end_previous(row)
        self.model_admin.log_change(request, row, "The token before the rotation was ended.")
        messages.success(request, f"Only the newest token of {row} is valid now.")
        return self.back_to(row)


def _token(pk: int) -> ApiToken:
    return get_object_or_404(ApiToken.objects.select_related("user"), pk=pk)


def _rotate(form: RotateForm, row: ApiToken) -> str | None:
    """None where that cannot be, which the form then says."""
    try:
        return tokens.rotate(row, timedelta(hours=form.cleaned_data["overlap"]))
    except tokens.CannotRotate as error:
        form.add_error(None, str(error))
    return None


@admin.register(ApiToken)
class ApiTokenAdmin(OfNoPage, MoreOnForms):
    """One line a token, without its digest."""

    about = (
        "Who may call the API, for what, on which pages and how often. A token is shown once, when it is"
        " issued or rotated; one that is no longer wanted is disabled here."
    )
    list_display = [
        "name",
        "user",
        "is_active",
        "rights",
        "is_limited",
        "per_minute",
        "expires_at",
        "last_used_at",
    ]
    list_filter = ["is_active", "may_hand_over", "may_reply", "may_read", "is_limited"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "sources__foreign_id__exact"]
    search_help_text = "Name, user, or id of a page it is limited to"
    autocomplete_fields = ["sources"]
    fields = [
        "name",
        "user",
        "is_active",
        ("may_hand_over", "may_reply", "may_read"),
        "is_limited",
        "sources",
        "per_minute",
        "expires_at",
        "last_used_at",
        ("previous_until", "previous_used_at"),
        "created_at",
    ]
    readonly_fields = ["user", "last_used_at", "previous_until", "previous_used_at", "created_at"]

    def get_urls(self) -> list[URLPattern]:
        """The pages of the actions come first: what follows takes any address for a row's."""
        return [
            action_url(self, "issue/", IssuePage, "issue"),
            action_url(self, "<int:pk>/rotate/", RotatePage, "rotate"),
            *super().get_urls(),
        ]

    def more(self, request: HttpRequest, row: ApiToken) -> dict[str, Any]:
        """The link to rotate it, for whoever may."""
        return {"may_issue": request.user.has_perm(RotatePage.permission)}

    @admin.display(description="rights")
    def rights(self, row: ApiToken) -> str:
        """What the token may do."""
        may = {"hand over": row.may_hand_over, "reply": row.may_reply, "read": row.may_read}
        return ", ".join(right for right, is_given in may.items() if is_given) or "none"

    def has_add_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A token is made by issuing it, as it is seen only then."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A token is disabled, not deleted: the handovers it asked for name it."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        """Calls are counted on the row meanwhile."""
        save_edited(obj, form)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """With the link to issue one, for whoever may."""
        context = {"may_issue": request.user.has_perm(IssuePage.permission), **(extra_context or {})}
        return super().changelist_view(request, context)
