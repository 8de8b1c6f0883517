"""Answer a customer in one go: engage in the thread where nobody is, and reply."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.models import User
from django.db import transaction

from handover import contents, interventions, situations, threads
from handover.actors import Actor
from handover.decision import Answer, Decision
from handover.models import Content, Thread


def answer(thread: Thread, body: str, user: User, actor: Actor, one_time_key: str = "") -> Content:
    """Accept a reply under the intervention that is open, or under one that is opened for it for the author.

    Raises `ServiceError` as `contents.reply` and `interventions.open_intervention` do; then neither has
    happened.
    """
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        first = contents.written_with(locked, one_time_key)
        if first is None and situations.open_intervention(locked) is None:
            interventions.open_intervention(locked, user, actor)
        return first or contents.reply(locked, body, user, actor, one_time_key=one_time_key)


def plan(thread: Thread, body: str, author: User) -> Decision:
    """What `answer` would decide now, and by which calls the reply would go out. Changes nothing."""
    if situations.open_intervention(thread) is not None:
        return contents.plan_reply(thread, body, author)
    opening = interventions.plan_opening(thread)
    if opening.answer is Answer.REFUSE:
        return opening
    reply = contents.plan_reply(thread, body, author, engages=True)
    own = tuple(rule for rule in reply.rules if rule.name != "intervention_open")
    return replace(reply, rules=(*opening.rules, *own))
