"""Which moves of control the page offers, and whether each is possible now: by the pure decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode

from handover import seeking, situations
from handover.admin import words
from handover.decision import Answer, Ask, Decision, Situation, Verb, decide
from handover.errors import ServiceError
from handover.models import BotApp, Intervention, Thread
from handover.ownership import Party

MOST_BOTS = 5
"""More bot apps than these are chosen among on the page of the handover itself."""


@dataclass(frozen=True)
class Move:
    """One move. `state`: what the plan comes to, in two or three words."""

    key: str
    label: str
    url: str
    state: str
    icon: str
    is_possible: bool


def moves_of(thread: Thread, engaged: Intervention | None, now: datetime) -> list[Move]:
    """The moves on a thread. As many statements, however many bots there are."""
    situation = situations.of_thread(thread, thread.source.cast(), now)
    to_agent = Ask(Party.BOT, Party.AGENT, in_person=True)
    agent = _move("agent", "Hand to the agent", _url(thread, Party.AGENT), decide(to_agent, situation))
    return [agent, *_taking_over(engaged), *_to_bots(thread, situation)]


def _to_bots(thread: Thread, situation: Situation) -> Iterator[Move]:
    bots = [bot for bot in thread.source.bot_apps.all() if bot.is_active]
    if len(bots) > MOST_BOTS:
        yield Move("bot", "Hand to a bot", _url(thread, Party.BOT), "choose", "chev", True)
        return
    for bot in bots:
        yield _to_bot(bot, thread, situation)


def _to_bot(bot: BotApp, thread: Thread, situation: Situation) -> Move:
    decision = decide(Ask(Party.AGENT, Party.BOT, bot.app_id), situation)
    url = f"{_url(thread, Party.BOT)}?{urlencode({'app_id': bot.app_id})}"
    return _move(f"bot-{bot.pk}", f"Hand to {bot.name or bot.app_id}", url, decision)


def _taking_over(engaged: Intervention | None) -> Iterator[Move]:
    """Only under an intervention; elsewhere the agent is handed the thread."""
    if engaged is None:
        return
    url = reverse("admin:handover_intervention_take_over", args=[engaged.pk])
    try:
        decision = seeking.plan_take_over(engaged)
    except ServiceError:
        return
    yield _move("over", "Take over, whoever holds it", url, decision)


def _move(key: str, label: str, url: str, decision: Decision) -> Move:
    if decision.answer is Answer.REFUSE:
        return Move(key, label, url, "refused", "lock", False)
    if decision.answer is Answer.NOTHING_TO_DO:
        return Move(key, label, url, "held already", "okc", True)
    if decision.answer is Answer.REPEAT:
        return Move(key, label, url, "asked already", "clock", True)
    states = {Verb.REQUEST.value: "can be asked for", "": "held, it seems"}
    return Move(key, label, url, states.get(words.move(decision), "possible"), "check", True)


def _url(thread: Thread, party: Party) -> str:
    return reverse(f"admin:handover_thread_hand_over_to_{party}", args=[thread.pk])
