"""What becomes of an intervention, one action each: the plan, the question, the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from handover import interventions, seeking
from handover.actors import Actor
from handover.admin import agents_side, hand_over, words
from handover.admin.thread.action import ThreadAction, plan_context, who_was_first
from handover.admin.thread.finding import find_intervention, find_thread
from handover.admin_base import moment, staff_of
from handover.decision import Decision
from handover.engagement import Change, Status
from handover.errors import ServiceError
from handover.interventions import FURTHEST, LONGEST_NOTE
from handover.models import Intervention, Thread

BEFORE_ITS_END = (Status.OPENED, Status.DEFERRED)


class ChangePage(ThreadAction):
    """One change. The services decide; what is offered on an intervention's page only spares a refusal."""

    permission = "handover.open_intervention"
    """For whoever engaged."""
    of_others = "handover.close_intervention"
    """For everybody else."""
    name = ""
    title = ""
    button = ""
    done = ""
    """What the history will say that somebody did; empty where it matters to nobody whose it is."""
    form: type[forms.Form] = forms.Form
    offered_while: tuple[Status, ...] = BEFORE_ITS_END
    is_for_bots = False

    def allows(self, request: HttpRequest) -> bool:
        """Whose it is comes later, when it is known which."""
        may = request.user.has_perm(self.permission) or request.user.has_perm(self.of_others)
        return may and bool(self.model_admin.has_view_permission(request))

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        return self._ask(request, self._find(request, pk), self.form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the change, and tell so."""
        row, form = self._find(request, pk), self.form(request.POST)
        if not form.is_valid():
            return self._ask(request, row, form)
        why_not = self._first(request, row) or self._changed(request, row)
        if why_not:
            return self._ask(request, row, form, why_not)
        try:
            level, said = self.make(row, form.cleaned_data, staff_of(request))
        except ServiceError as error:
            level, said = self.failed(error)
        return self.tell(request, row.thread, level, said)

    def plan(self, row: Intervention) -> Decision | None:
        """What would be decided; None where nothing is. May raise `ServiceError`."""
        raise NotImplementedError

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """Make the change, and say so, with the message's level. May raise `ServiceError`."""
        raise NotImplementedError

    def failed(self, error: ServiceError) -> tuple[int, str]:
        """Why not."""
        return messages.ERROR, f"Refused, nothing was {self.done}. {error.message}"

    def comes_of_it(self, row: Intervention) -> str:
        """What the change comes to, where the plan does not say so."""
        return ""

    @classmethod
    def label(cls) -> str:
        """On the button that leads here."""
        return cls.name.replace("_", " ").capitalize()

    @classmethod
    def is_offered(cls, row: Intervention, request: HttpRequest) -> bool:
        """Whether the intervention's page leads here."""
        fits = row.status in cls.offered_while and (cls.is_for_bots or not row.is_bots)
        return fits and cls.may_change(row, request)

    @classmethod
    def may_change(cls, row: Intervention, request: HttpRequest) -> bool:
        """Whether whoever asks has the right that it takes, by whose it is."""
        is_own = row.user_id == request.user.pk
        return request.user.has_perm(cls.permission if is_own else cls.of_others)

    def _find(self, request: HttpRequest, pk: int) -> Intervention:
        row = find_intervention(pk, request)
        if not self.may_change(row, request):
            raise PermissionDenied
        return row

    def _ask(self, request: HttpRequest, row: Intervention, form: forms.Form, note: str = "") -> HttpResponse:
        context = self._plan_context(find_thread(row.thread_id, request), row)
        if not context["is_refused"]:
            context["summary"] = self.comes_of_it(row) or context["summary"]
        is_theirs = bool(self.done) and row.user_id != staff_of(request).pk
        return self.show(
            request,
            self.title,
            intervention=row,
            note=note,
            lead=_not_yours(row, self.done, staff_of(request)) if is_theirs else "",
            form=form,
            fields=list(form),
            button=self.button,
            **context,
        )

    def _first(self, request: HttpRequest, row: Intervention) -> str:
        """A note is in nobody's way."""
        return who_was_first(row.thread, request) if self.done else ""

    def _changed(self, request: HttpRequest, row: Intervention) -> str:
        if "planned" not in request.POST:
            return ""
        try:
            return words.has_changed(self.plan(row), request.POST["planned"])
        except ServiceError:
            return ""

    def _plan_context(self, thread: Thread, row: Intervention) -> dict[str, Any]:
        try:
            decision = self.plan(row)
        except ServiceError as error:
            return {"thread": thread, **plan_context(thread, None, error.message)}
        if decision is None:
            return {"thread": thread, **plan_context(thread, None), "is_refused": False}
        return {"thread": thread, **plan_context(thread, decision)}


def _not_yours(row: Intervention, done: str, user: User) -> str:
    return (
        f"It is {row.user.get_username()}'s, not yours: the history will say that it was {done} by you,"
        f" {user.get_username()}."
    )


class ClosePage(ChangePage):
    """End an engagement, one's own or somebody else's."""

    name, title, button, done = "close", "Close an intervention", "Close the intervention", "closed"
    is_for_bots = True

    def plan(self, row: Intervention) -> Decision:
        """By the rules for staff, who need no reply."""
        return interventions.plan_change(Change.CLOSE, row)

    def comes_of_it(self, row: Intervention) -> str:
        """What goes out first, and how control goes back."""
        return agents_side.end_of(row)

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """It may have to wait for its last replies."""
        after = interventions.close_intervention(row, Actor.for_staff(user))
        whose = f"The intervention of {row.user.get_username()}"
        if after.status == Status.CLOSING:
            return messages.WARNING, f"{whose} is being closed: the replies that wait go out first."
        return messages.SUCCESS, f"{whose} is closed."


class CancelPage(ChangePage):
    """Undo an opening."""

    name, title, button, done = "cancel", "Cancel an intervention", "Cancel the intervention", "cancelled"
    is_for_bots = True

    def plan(self, row: Intervention) -> Decision:
        """Only without a reply."""
        return interventions.plan_change(Change.CANCEL, row)

    def comes_of_it(self, row: Intervention) -> str:
        """How control goes back."""
        return agents_side.end_of(row)

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """The row stays, for the history."""
        interventions.cancel(row, Actor.for_staff(user))
        return messages.SUCCESS, f"The intervention of {row.user.get_username()} is cancelled."


class DeferForm(forms.Form):
    """Until when."""

    until = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "field"}, format="%Y-%m-%dT%H:%M"
        ),
        help_text="In UTC. It is then reactivated by itself. Leave empty where somebody will do so.",
    )

    def clean_until(self) -> datetime | None:
        """As the API has it: within a year."""
        until: datetime | None = self.cleaned_data["until"]
        now = timezone.now()
        if until is not None and not now < until < now + FURTHEST:
            raise ValidationError(f"This must be within the next {FURTHEST.days} days.")
        return until


class DeferPage(ChangePage):
    """Put an engagement aside."""

    name, title, button, done = "defer", "Defer an intervention", "Defer the intervention", "deferred"
    form = DeferForm

    def plan(self, row: Intervention) -> Decision:
        """While it is open."""
        return interventions.plan_change(Change.DEFER, row)

    def comes_of_it(self, row: Intervention) -> str:
        """The thread stays the agent's."""
        return "Only our own record changes. The thread is still not handed over to the bot."

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """Until then, or until somebody reactivates it."""
        until = sent["until"]
        interventions.defer(row, Actor.for_staff(user), until)
        return messages.SUCCESS, f"Deferred until {moment(until, 'somebody reactivates it')}."


class ReactivatePage(ChangePage):
    """Take up again what was deferred."""

    name, title, done = "reactivate", "Reactivate an intervention", "reactivated"
    button = "Reactivate the intervention"
    offered_while = (Status.DEFERRED,)

    def plan(self, row: Intervention) -> Decision:
        """While it is open."""
        return interventions.plan_change(Change.REACTIVATE, row)

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """It is active again."""
        interventions.reactivate(row, Actor.for_staff(user))
        return messages.SUCCESS, f"The intervention of {row.user.get_username()} is active."


class ReassignForm(forms.Form):
    """Whose it is to be."""

    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        widget=forms.Select(attrs={"class": "select"}),
        help_text="Members of staff, and tokens' users.",
    )


class ReassignPage(ChangePage):
    """Make it another user's."""

    name, title, button, done = (
        "reassign",
        "Reassign an intervention",
        "Reassign the intervention",
        "reassigned",
    )
    form = ReassignForm

    def plan(self, row: Intervention) -> Decision:
        """While it is open."""
        return interventions.plan_change(Change.REASSIGN, row)

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """To whom was chosen."""
        interventions.reassign(row, sent["user"], Actor.for_staff(user))
        return messages.SUCCESS, f"The intervention is {sent['user'].get_username()}'s now."


class TakeOverPage(ChangePage):
    """Take control of the thread for the agent, whoever holds it."""

    permission = of_others = "handover.hand_over_thread"
    name, title, button, done = "take_over", "Take the thread over", "Take the thread over", "taken over"

    def plan(self, row: Intervention) -> Decision:
        """By force, as a person says so."""
        return seeking.plan_take_over(row)

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """The platform is called: no transaction may be open."""
        return hand_over.succeeded(seeking.take_over(row, Actor.for_staff(user)))

    def failed(self, error: ServiceError) -> tuple[int, str]:
        """The platform may have been asked."""
        return hand_over.failed(error)


class NoteForm(forms.Form):
    """A note's text."""

    body = forms.CharField(
        label="Note",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "class": "area"}),
        help_text=f"For other agents; the customer never sees it. Up to {LONGEST_NOTE} characters.",
    )


class NotePage(ChangePage):
    """Leave a note for other agents, on one that is over, too."""

    of_others = ChangePage.permission
    name, title, button = "note", "Leave a note", "Leave the note"
    form = NoteForm
    offered_while = tuple(Status)
    is_for_bots = True

    def plan(self, row: Intervention) -> None:
        """There is nothing to decide."""

    def make(self, row: Intervention, sent: dict[str, Any], user: User) -> tuple[int, str]:
        """In the name of whoever is logged in."""
        interventions.comment(row, user, sent["body"], Actor.for_staff(user))
        return messages.SUCCESS, "The note is there."


CHANGES: tuple[type[ChangePage], ...] = (
    TakeOverPage,
    NotePage,
    DeferPage,
    ReactivatePage,
    ReassignPage,
    CancelPage,
    ClosePage,
)
"""In the order in which an intervention's page offers them."""
