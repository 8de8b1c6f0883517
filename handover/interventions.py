"""Open a person's engagement in a thread, and everything that becomes of it.

Each change is decided and made under the thread's lock, with its line of history in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from handover import alerts, categories, doorbell, history, replies, reply_queue, situations, threads
from handover.actors import SYSTEM, Actor
from handover.decision import Answer, Decision, decide_opening
from handover.engagement import Change, Engagement, Status, decide_change
from handover.errors import ServiceError
from handover.models import (
    Content,
    Handover,
    Intervention,
    InterventionComment,
    InterventionStatus,
    Reply,
    Thread,
)
from handover.models.interventions import OVER
from handover.text import storable

LONGEST_NOTE = 5000
"""Characters."""

FURTHEST = timedelta(days=366)
"""How far ahead an engagement may be deferred."""

_AT_A_TIME = 50
_CHANGES = [
    *("status", "user", "deferred_at", "deferred_until"),
    *("closing_at", "closed_at", "closed_by", "updated_at"),
]
_Maker = Callable[[Thread, Intervention, Actor], None]


def open_intervention(
    thread: Thread, user: User, actor: Actor, *, content: Content | None = None, is_bots: bool = False
) -> Intervention:
    """Engage a user in a thread. A person's opening closes the bot's own; the bot's own is opened once.

    Raises `ServiceError`: `intervention_engaged` where a person's is open, `handover_in_progress` while
    a handover is being carried out.
    """
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        _refuse_opening(locked, is_bots=is_bots)
        own = _the_bots(locked).filter(user=user).first() if is_bots else None
        return own or _open(locked, user, actor, content, is_bots=is_bots)


def close_intervention(seen: Intervention, actor: Actor, *, needs_reply: bool = False) -> Intervention:
    """End an engagement.

    Agents close only what they have replied under (`needs_reply`), as in Engage Digital. Staff in the admin
    close without: an intervention that somebody forgot blocks every way back to the bot, and whoever is to
    free the thread has nothing to say to the customer.

    Raises `ServiceError`: `forbidden` where it is over already or lacks the reply, `intervention_in_progress`
    where it was open as it was `seen`, and somebody else has closed it since.
    """
    return _change(Change.CLOSE, seen, actor, _close, needs_reply=needs_reply)


def cancel(seen: Intervention, actor: Actor) -> Intervention:
    """Undo an opening: the row stays for the history alone. Raises `ServiceError` as `close_intervention`
    does, and `forbidden` where there is a reply."""

    def make(thread: Thread, row: Intervention, actor: Actor) -> None:
        row.closed_by = actor.label
        reply_queue.handle_all(thread)
        _end(thread, row, InterventionStatus.CANCELLED)
        _record(thread, row, "intervention.canceled", f"canceled by {actor.label}", actor)

    return _change(Change.CANCEL, seen, actor, make)


def complete(seen: Intervention, actor: Actor, category_ids: Sequence[str] = ()) -> Intervention:
    """Close the bot's own, and add categories to its thread. Raises `ServiceError` `forbidden` for a person's
    and for one that is over, and `intervention_in_progress` as `close_intervention` does."""
    with transaction.atomic():
        row = _change(Change.COMPLETE, seen, actor, _close)
        categories.add(row.thread, category_ids, actor)
    return row


def defer(seen: Intervention, actor: Actor, until: datetime | None = None) -> Intervention:
    """Put an engagement aside, `until` then or until it is reactivated. It still blocks the way to the bot.

    Raises `ServiceError` `forbidden` for one that is over or being closed, and for the bot's own.
    """

    def make(thread: Thread, row: Intervention, actor: Actor) -> None:
        row.status, row.deferred_at, row.deferred_until = InterventionStatus.DEFERRED, timezone.now(), until
        back = f" until {until:%Y-%m-%dT%H:%M:%SZ}" if until else ""
        _record(thread, row, "intervention.deferred", f"deferred by {actor.label}{back}", actor)

    return _change(Change.DEFER, seen, actor, make, lambda row: _is_deferred(row, until))


def reactivate(seen: Intervention, actor: Actor) -> Intervention:
    """Take up again what was deferred. Raises `ServiceError` as `defer` does."""
    return _change(Change.REACTIVATE, seen, actor, _reactivate, _is_active)


def reassign(seen: Intervention, user: User, actor: Actor) -> Intervention:
    """Make it another user's. Raises `ServiceError` as `defer` does."""

    def make(thread: Thread, row: Intervention, actor: Actor) -> None:
        row.user = user
        cause = f"assigned to {user.get_username()} by {actor.label}"
        _record(thread, row, "intervention.user_updated", cause, actor)

    return _change(Change.REASSIGN, seen, actor, make, lambda row: row.user_id == user.pk)


def finish_closing(thread: Thread, actor: Actor) -> None:
    """The replies of the intervention that is being closed have all gone out, or failed. The thread is
    locked."""
    for row in thread.interventions.filter(status=InterventionStatus.CLOSING):
        _end(thread, row, InterventionStatus.CLOSED)
        cause = f"closed by {row.closed_by}: its last reply is done with"
        _record(thread, row, "intervention.closed", cause, actor)


def comment(intervention: Intervention, user: User, body: str, actor: Actor) -> InterventionComment:
    """Leave a note for other agents, on one that is over, too."""
    with transaction.atomic():
        thread = threads.lock(intervention.thread_id)
        note = InterventionComment.objects.create(intervention=intervention, user=user, body=storable(body))
        history.append_unchanged(
            thread,
            "intervention_comment.created",
            actor,
            f"note by {actor.label}",
            intervention=intervention,
            texts={"comment": note.body},
        )
        threads.save(thread)
    return note


def reactivate_due(now: datetime) -> int:
    """Reactivate what was deferred until a time that has come. Returns how many there were."""
    due = Intervention.objects.filter(status=InterventionStatus.DEFERRED, deferred_until__lte=now)
    return sum(_reactivate_if_due(row, now) for row in due[:_AT_A_TIME])


def plan_opening(thread: Thread, *, is_bots: bool = False) -> Decision:
    """What `open_intervention` would decide now. Changes nothing."""
    situation = situations.of_thread(thread, thread.source.cast(), timezone.now())
    return decide_opening(situation, is_bots=is_bots)


def plan_change(change: Change, intervention: Intervention) -> Decision:
    """What the function for this change would decide now, for staff. Changes nothing."""
    return decide_change(change, _engagement(intervention, intervention))


def _refuse_opening(thread: Thread, *, is_bots: bool) -> None:
    decision = plan_opening(thread, is_bots=is_bots)
    if decision.answer is Answer.REFUSE:
        raise _refusal(decision, situations.in_progress(thread, timezone.now()))


def _refusal(decision: Decision, running: Handover | None = None) -> ServiceError:
    why_not = decision.why_not
    return ServiceError(why_not.code, why_not.message, handover=running, decision=decision)


def _open(
    thread: Thread, user: User, actor: Actor, content: Content | None, *, is_bots: bool
) -> Intervention:
    for row in _the_bots(thread):
        _close(thread, row, actor)
    intervention = Intervention.objects.create(
        source=thread.source,
        thread=thread,
        identity=thread.identity,
        content=content,
        user=user,
        is_bots=is_bots,
        opened_at=timezone.now(),
    )
    if not is_bots:
        thread.agent_wanted_since = None
        alerts.stop(thread)
        _want_control(thread)
    _append(thread, intervention, "intervention.opened", f"opened by {user.get_username()}", actor)
    return intervention


def _want_control(thread: Thread) -> None:
    """Whatever was to be given back is wanted again; and asked for at once, where the page is set so."""
    thread.give_back_for, thread.control_due_at, thread.control_attempts = None, None, 0
    if thread.source.asks_on_opening:
        thread.control_due_at = thread.attend_at = timezone.now()
        doorbell.ring_for(thread)


def _the_bots(thread: Thread) -> QuerySet[Intervention]:
    return thread.interventions.filter(is_bots=True).exclude(status__in=OVER)


def _change(
    change: Change,
    seen: Intervention,
    actor: Actor,
    make: _Maker,
    is_so: Callable[[Intervention], bool] = lambda row: False,
    *,
    needs_reply: bool = False,
) -> Intervention:
    with transaction.atomic():
        thread = threads.lock(seen.thread_id)
        row = Intervention.objects.select_related("user").get(pk=seen.pk)
        engaged = _engagement(row, seen, needs_reply=needs_reply, is_so_already=is_so(row))
        decision = decide_change(change, engaged)
        if decision.answer is Answer.REFUSE:
            raise _refusal(decision)
        if decision.answer is Answer.RECORD:
            make(thread, row, actor)
    return row


def _engagement(
    row: Intervention, seen: Intervention, *, needs_reply: bool = False, is_so_already: bool = False
) -> Engagement:
    return Engagement(
        Status(row.status),
        Status(seen.status),
        is_bots=row.is_bots,
        replies=replies.count(row),
        needs_reply=needs_reply,
        is_so_already=is_so_already,
    )


def _is_deferred(row: Intervention, until: datetime | None) -> bool:
    return row.status == InterventionStatus.DEFERRED and row.deferred_until == until


def _is_active(row: Intervention) -> bool:
    return row.status == InterventionStatus.OPENED


def _reactivate_if_due(seen: Intervention, now: datetime) -> bool:
    """Somebody else may have deferred it anew, or ended it, meanwhile."""
    with transaction.atomic():
        thread = threads.lock(seen.thread_id)
        row = Intervention.objects.get(pk=seen.pk)
        is_deferred = row.status == InterventionStatus.DEFERRED
        is_due = is_deferred and row.deferred_until is not None and row.deferred_until <= now
        if is_due:
            _reactivate(thread, row, SYSTEM)
    return is_due


def _reactivate(thread: Thread, row: Intervention, actor: Actor) -> None:
    row.status, row.deferred_at, row.deferred_until = InterventionStatus.OPENED, None, None
    _record(thread, row, "intervention.reactivated", f"reactivated by {actor.label}", actor)


def _close(thread: Thread, row: Intervention, actor: Actor) -> None:
    row.closed_by = actor.label
    if not row.is_bots:
        reply_queue.handle_all(thread)
    if Reply.objects.filter(intervention=row, is_pending=True).exists():
        _close_once_sent(thread, row, actor)
        return
    _end(thread, row, InterventionStatus.CLOSED)
    _record(thread, row, "intervention.closed", f"closed by {actor.label}", actor)


def _close_once_sent(thread: Thread, row: Intervention, actor: Actor) -> None:
    """What still waits goes out first."""
    row.status, row.closing_at = InterventionStatus.CLOSING, timezone.now()
    row.deferred_at = row.deferred_until = None
    thread.attend_at = row.closing_at
    doorbell.ring_for(thread)
    _record(thread, row, "intervention.closing", f"closed by {actor.label}; replies still wait", actor)


def _end(thread: Thread, row: Intervention, status: InterventionStatus) -> None:
    """It is over. Control that was held for a person's goes back."""
    row.status, row.closed_at = status, timezone.now()
    if not row.is_bots:
        thread.agent_wanted_since = None
        alerts.stop(thread)
        thread.give_back_for, thread.control_due_at, thread.control_attempts = row, row.closed_at, 0
        thread.attend_at = row.closed_at
        doorbell.ring_for(thread)


def _record(thread: Thread, row: Intervention, name: str, cause: str, actor: Actor) -> None:
    if row.status in OVER:
        row.deferred_at = row.deferred_until = None
    row.save(update_fields=_CHANGES)
    _append(thread, row, name, cause, actor)


def _append(thread: Thread, row: Intervention, name: str, cause: str, actor: Actor) -> None:
    history.append_unchanged(thread, name, actor, cause, intervention=row)
    threads.save(thread)
