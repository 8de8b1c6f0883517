"""Which agents are there, the page where one says so, and the lines that it leaves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone

from handover import agents, availability
from handover.actors import Actor
from handover.admin_base import ActionPage, ReadOnlyAdmin, action_url, staff_of
from handover.models import Availability, AvailabilityChange, AvailabilityState


class SetForm(forms.Form):
    """Which button was pressed."""

    state = forms.ChoiceField(choices=AvailabilityState.choices)


class SetPage(ActionPage):
    """Whoever is logged in says that they are there, or away."""

    permission = agents.MAY_ENGAGE
    template_name = "admin/handover/availability/set.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """What was said last, and a button for what is not so yet."""
        row = availability.of(staff_of(request))
        others = [state for state in AvailabilityState if row is None or state != row.state]
        return self.show(request, "Your availability", row=row, others=others)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Say it, and tell so on the agent's row. What was no button's press is asked again."""
        form, user = SetForm(request.POST), staff_of(request)
        if not form.is_valid():
            return self.get(request)
        state = AvailabilityState(form.cleaned_data["state"])
        # Not refused: the permission that leads here makes an agent.
        row = availability.set_state(user, state, Actor.for_staff(user))
        messages.success(request, f"You are {row.get_state_display().lower()} now.")
        return self.back_to(row)


@admin.register(Availability)
class AvailabilityAdmin(ReadOnlyAdmin):
    """One line an agent who has ever said something."""

    about = (
        "What each agent said last. Pages that want agents to be there hand threads over only while one is"
        " available: an active member of staff who may open interventions."
    )
    list_display = ["user", "state", "since", "is_agent"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    search_help_text = "Member of staff"
    ordering = ["user__username"]
    fields = ["user", "state", "since", "is_agent"]
    readonly_fields = ["is_agent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Availability]:
        """With who is still an agent: permissions are given and taken elsewhere."""
        its_agent = agents.agents(timezone.now()).filter(pk=OuterRef("user"))
        rows: QuerySet[Availability] = super().get_queryset(request)
        return rows.annotate(is_agent=Exists(its_agent))

    @admin.display(description="is an agent", boolean=True)
    def is_agent(self, row: Any) -> bool:
        """Whether what they say counts."""
        return bool(row.is_agent)

    def get_urls(self) -> list[URLPattern]:
        """The page of the action comes first: what follows takes any address for a row's."""
        return [action_url(self, "set/", SetPage, "set"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """With the link to one's own, for whoever may."""
        context = {"may_set": request.user.has_perm(SetPage.permission), **(extra_context or {})}
        return super().changelist_view(request, context)


@admin.register(AvailabilityChange)
class AvailabilityChangeAdmin(ReadOnlyAdmin):
    """One line a change."""

    about = "Who made which agent available or away, and when. The database refuses to change it."
    list_display = ["at", "user", "state", "actor_label", "actor_kind"]
    list_filter = ["state", "actor_kind", "at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "actor_label__exact", "correlation_id__exact"]
    search_help_text = "Member of staff, actor or request id"
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    fields = ["user", "state", "at", "actor_label", "actor_kind", "correlation_id"]
