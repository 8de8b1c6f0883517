"""'Hand over to bot', 'Hand over to agent': the plan, the question, the platform's answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from handover import handovers
from handover.actors import Actor
from handover.admin import words
from handover.admin_base import ActionPage, moment, staff_of
from handover.decision import Answer, Ask, Decision
from handover.errors import ServiceError
from handover.handovers import HandoverRequest
from handover.models import BotApp, Handover, HandoverState, Source, Thread
from handover.ownership import Party
from handover.reach import Reach

CHANGED = "What would happen has changed since this page was shown. Please look at it again."


class HandOverForm(forms.Form):
    """`planned` is the call that staff were shown, so that nothing else is done in its place."""

    app_id = forms.CharField(required=False, max_length=32)
    planned = forms.CharField(required=False, max_length=16)
    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "maxlength": 500}),
        help_text="Optional, up to 500 characters. It is kept in the history and sent to the platform.",
    )


class HandOverPage(ActionPage):
    """A thread's handover to one of the two sides."""

    permission = "handover.hand_over_thread"
    template_name = "admin/handover/thread/hand_over.html"
    to_party: Party = Party.AGENT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The plan, and the question if it does not refuse."""
        return self._ask(request, find_thread(pk), HandOverForm(), request.GET.get("app_id", "")[:32])

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand over, and tell on the thread's page what became of it."""
        thread, form = find_thread(pk), HandOverForm(request.POST)
        if not form.is_valid():
            return self._ask(request, thread, form, form.cleaned_data.get("app_id", ""))
        asked = self._request(thread, form.cleaned_data["app_id"], form.cleaned_data["reason"])
        if "planned" in request.POST and self._has_changed(thread, asked, form.cleaned_data["planned"]):
            messages.warning(request, CHANGED)
            return self._ask(request, thread, form, asked.ask.app_id)
        level, text = _hand_over(thread, asked, Actor.for_staff(staff_of(request)))
        messages.add_message(request, level, text)
        return self.back_to(thread)

    def _request(self, thread: Thread, app_id: str, reason: str = "") -> HandoverRequest:
        to_bot = self.to_party is Party.BOT
        ask = Ask(Party.AGENT, Party.BOT, app_id) if to_bot else Ask(Party.BOT, Party.AGENT, in_person=True)
        source = thread.source
        return HandoverRequest(
            ask, source.channel_type, thread.identity.foreign_id, source.foreign_id, reason=reason
        )

    def _has_changed(self, thread: Thread, asked: HandoverRequest, planned: str) -> bool:
        """A refusal is not looked for here: it is told, and recorded, by the service."""
        decision, _ = _plan(thread, asked)
        return decision is not None and decision.refusal is None and words.move(decision) != planned

    def _ask(self, request: HttpRequest, thread: Thread, form: HandOverForm, app_id: str) -> HttpResponse:
        decision, why_not = _plan(thread, self._request(thread, app_id))
        bots = _bots_to_choose(thread.source) if self.to_party is Party.BOT else []
        return self.show(
            request,
            f"Hand over to {self.to_party}",
            thread=thread,
            original=thread,
            to_party=self.to_party,
            adminform=self.fields_of(form, "reason"),
            bots=bots,
            app_id=app_id,
            planned=words.move(decision) if decision else "",
            is_chosen=bool(app_id) or not bots,
            **plan_context(thread, decision, why_not),
        )


def find_thread(pk: int) -> Thread:
    """A thread with all that its plans name. 404 where there is none."""
    bots = Prefetch("source__bot_apps", queryset=BotApp.objects.order_by("name", "pk"))
    rows = Thread.objects.select_related("source", "identity").prefetch_related(bots)
    return get_object_or_404(rows, pk=pk)


def plan_context(thread: Thread, decision: Decision | None, why_not: str = "") -> dict[str, Any]:
    """What the templates of plans show. Without a decision, `why_not` says why there is none."""
    picture = thread.picture.judged(timezone.now())
    context = {
        "facts": words.facts(picture, thread.source),
        "platform": words.platform_of(thread.source),
        "is_refused": True,
        "summary": why_not,
    }
    if decision is None:
        return context
    return {
        **context,
        "rules": decision.rules,
        "calls": words.calls(decision, thread.source),
        "summary": words.summary(decision, thread.source),
        "is_refused": decision.answer is Answer.REFUSE,
    }


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
