"""'Hand over to bot', 'Hand over to agent': the plan, the question, the platform's answer."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from handover import handovers
from handover.actors import Actor
from handover.admin import words
from handover.admin.thread.action import ThreadAction, plan_context, who_was_first
from handover.admin.thread.finding import find_thread
from handover.admin_base import moment, staff_of
from handover.decision import Ask, Decision
from handover.errors import ServiceError
from handover.handovers import HandoverRequest
from handover.models import BotApp, Handover, HandoverState, Source, Thread
from handover.ownership import Party
from handover.reach import Reach


class HandOverForm(forms.Form):
    """`planned` is the call that staff were shown, so that nothing else is done in its place; `seen` the last
    line of history then, so that nobody overruns somebody else."""

    app_id = forms.CharField(required=False, max_length=32)
    planned = forms.CharField(required=False, max_length=16)
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500, "class": "area"}),
        help_text="Optional, up to 500 characters. It is kept in the history and sent to the platform.",
    )


class HandOverPage(ThreadAction):
    """A thread's handover to one of the two sides."""

    permission = "handover.hand_over_thread"
    to_party: Party = Party.AGENT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        thread = find_thread(pk, request)
        return self._ask(request, thread, HandOverForm(), request.GET.get("app_id", "")[:32])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand over, and tell what became of it."""
        thread, form = find_thread(pk, request), HandOverForm(request.POST)
        if not form.is_valid():
            return self._ask(request, thread, form, form.cleaned_data.get("app_id", ""))
        asked = self._request(thread, form.cleaned_data["app_id"], form.cleaned_data["reason"])
        why_not = who_was_first(thread, request) or self._changed(request, thread, asked)
        if why_not:
            return self._ask(request, thread, form, asked.ask.app_id, why_not)
        return self.tell(request, thread, *_hand_over(thread, asked, Actor.for_staff(staff_of(request))))

    def _request(self, thread: Thread, app_id: str, reason: str = "") -> HandoverRequest:
        to_bot = self.to_party is Party.BOT
        ask = Ask(Party.AGENT, Party.BOT, app_id) if to_bot else Ask(Party.BOT, Party.AGENT, in_person=True)
        source = thread.source
        return HandoverRequest(
            ask, source.channel_type, thread.identity.foreign_id, source.foreign_id, reason=reason
        )

    def _changed(self, request: HttpRequest, thread: Thread, asked: HandoverRequest) -> str:
        if "planned" not in request.POST:
            return ""
        decision, _ = _plan(thread, asked)
        return words.has_changed(decision, request.POST["planned"])

    def _ask(
        self, request: HttpRequest, thread: Thread, form: HandOverForm, app_id: str, note: str = ""
    ) -> HttpResponse:
        decision, why_not = _plan(thread, self._request(thread, app_id))
        bots = _bots_to_choose(thread.source) if self.to_party is Party.BOT else []
        return self.show(
            request,
            f"Hand over to {self.to_party}",
            thread=thread,
            note=note,
            form=form,
            fields=[form["reason"]],
            bots=bots,
            app_id=app_id,
            is_chosen=bool(app_id) or not bots,
            button=f"Hand over to {self.to_party}",
            **plan_context(thread, decision, why_not),
        )


def _bots_to_choose(source: Source) -> list[BotApp]:
    """The page's bot apps, where there is a choice."""
    bots = [bot for bot in source.bot_apps.all() if bot.is_active]
    return bots if len(bots) > 1 else []


def _plan(thread: Thread, asked: HandoverRequest) -> tuple[Decision | None, str]:
    try:
        return handovers.plan(asked, _its_page(thread)), ""
    except ServiceError as error:
        return None, error.message


def _its_page(thread: Thread) -> Reach:
    return Reach(frozenset({thread.source_id}))


def _hand_over(thread: Thread, asked: HandoverRequest, actor: Actor) -> tuple[int, str]:
    """Do it, and say in words what came of it. The platform is called: no transaction may be open."""
    try:
        handover = handovers.hand_over(asked, actor, _its_page(thread))
    except ServiceError as error:
        return failed(error)
    return succeeded(handover)


def succeeded(handover: Handover) -> tuple[int, str]:
    """What came of a handover that was not refused, with the level of the message."""
    handover.refresh_from_db()
    if handover.state == HandoverState.COMPLETED:
        return messages.SUCCESS, f"Handed over to {handover.to_party}. {handover.outcome}"
    until = moment(handover.deadline_at)
    # Not INFO, which Django's admin shows with the tick of a success.
    return messages.WARNING, f"Asked, not granted yet. The request expires at {until}."


def failed(error: ServiceError) -> tuple[int, str]:
    """Why nothing, or nothing known, came of one, with the level of the message."""
    state = error.handover.state if error.handover is not None else HandoverState.REFUSED
    if error.code.endswith("unavailable"):
        if state == HandoverState.UNKNOWN:
            return messages.WARNING, f"Whether control moved is not known yet. {error.message}"
        return messages.ERROR, f"Not handed over. {error.message} It may work later."
    return messages.ERROR, f"Refused, nothing was handed over. {error.message}"
