"""Open and close a person's engagement in a thread."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from handover import history, situations, threads
from handover.actors import Actor
from handover.decision import Answer, Decision, decide_closing, decide_opening
from handover.errors import ServiceError
from handover.models import Content, Handover, Intervention, InterventionStatus, Thread
from handover.models.interventions import OVER


def open_intervention(
    thread: Thread, user: User, actor: Actor, *, content: Content | None = None, is_bots: bool = False
) -> Intervention:
    """Engage a user in a thread. A person's opening closes the bot's own.

    Raises `ServiceError`: `intervention_engaged` where a person's is open, `handover_in_progress` while
    a handover is being carried out.
    """
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        _refuse_opening(locked)
        _close_the_bots(locked, actor)
        intervention = Intervention.objects.create(
            source=locked.source,
            thread=locked,
            identity=locked.identity,
            content=content,
            user=user,
            is_bots=is_bots,
            opened_at=timezone.now(),
        )
        _append(locked, intervention, "intervention.opened", f"opened by {user.get_username()}", actor)
    return intervention


def close_intervention(intervention: Intervention, actor: Actor) -> Intervention:
    """End an engagement. Raises `ServiceError` `forbidden` where it is over already."""
    with transaction.atomic():
        locked = threads.lock(intervention.thread_id)
        row = Intervention.objects.get(pk=intervention.pk)
        decision = plan_closing(row)
        if decision.answer is Answer.REFUSE:
            raise _refusal(decision)
        _close(locked, row, actor)
    return row


def plan_opening(thread: Thread) -> Decision:
    """What `open_intervention` would decide now. Changes nothing."""
    return decide_opening(situations.of_thread(thread, thread.source.cast(), timezone.now()))


def plan_closing(intervention: Intervention) -> Decision:
    """What `close_intervention` would decide now. Changes nothing."""
    return decide_closing(intervention.status, is_over=intervention.status in OVER)


def _refuse_opening(thread: Thread) -> None:
    decision = plan_opening(thread)
    if decision.answer is Answer.REFUSE:
        raise _refusal(decision, situations.in_progress(thread, timezone.now()))


def _refusal(decision: Decision, running: Handover | None = None) -> ServiceError:
    why_not = decision.why_not
    return ServiceError(why_not.code, why_not.message, handover=running, decision=decision)


def _close_the_bots(thread: Thread, actor: Actor) -> None:
    for row in thread.interventions.filter(is_bots=True).exclude(status__in=OVER):
        _close(thread, row, actor)


def _close(thread: Thread, row: Intervention, actor: Actor) -> None:
    row.status, row.closed_at = InterventionStatus.CLOSED, timezone.now()
    row.save(update_fields=["status", "closed_at", "updated_at"])
    _append(thread, row, "intervention.closed", f"closed by {actor.label}", actor)


def _append(thread: Thread, row: Intervention, name: str, cause: str, actor: Actor) -> None:
    history.append_unchanged(thread, name, actor, cause, intervention=row)
    threads.save(thread)
