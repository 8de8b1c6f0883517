"""Get control of a thread for an agent's reply, or for an intervention that was opened.

The asking itself is a handover like any other, by the same rules; it stands in the list of handovers. While
it waits to be granted the owner is read now and then, as a grant's webhook may be lost.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from handover import handovers, pauses, readings, reply_queue, settling, situations
from handover.actors import SYSTEM, Actor
from handover.channel import ChannelError, Deadline, Unavailable
from handover.decision import Decision, RefusalCode, Verb, decide
from handover.engagement import Status
from handover.errors import ServiceError
from handover.holders import describe
from handover.models import Handover, HandoverState, Intervention, Thread
from handover.ownership import Owner
from handover.replying import BUSY_PAUSE, REPLYING, End
from handover.visit import CALL_SECONDS, FIRST_PAUSE, LONGEST_PAUSE, Settle, Visit

REASON = "An agent wants to answer"


def seek(visit: Visit) -> Settle:
    """Ask for control or take it; where it was asked for already, look whether it has come."""
    if visit.attendance.situation.is_requested:
        return _look(visit)
    intervention = situations.open_intervention(visit.thread)
    if intervention is None:
        return _give_up_seeking
    try:
        handover = handovers.hand_over_thread(
            visit.thread,
            replace(REPLYING, may_take=not _has_taken(visit)),
            _actor(visit, intervention),
            reason=REASON,
            sought_for=intervention,
        )
    except ServiceError as error:
        return _not_got(visit, error)
    return _asked_or_got(visit, handover)


def take_over(intervention: Intervention, actor: Actor) -> Handover:
    """Take control, or ask for it, whoever holds the thread: a person says so.

    Raises `ServiceError`: `forbidden` where the intervention is no person's or over, and all that a handover
    raises. Goes over the network: must not run inside a transaction.
    """
    intervention.refresh_from_db(fields=["status"])
    _refuse_taking_over(intervention)
    return handovers.hand_over_thread(
        intervention.thread, _TAKING_OVER, actor, reason=REASON, sought_for=intervention
    )


def plan_take_over(intervention: Intervention) -> Decision:
    """What `take_over` would decide before the platform is asked. Changes nothing, calls nothing.

    Raises `ServiceError` `forbidden` as it does.
    """
    _refuse_taking_over(intervention)
    thread = intervention.thread
    return decide(_TAKING_OVER, situations.of_thread(thread, thread.source.cast(), timezone.now()))


_TAKING_OVER = replace(REPLYING, by_force=True)


def _refuse_taking_over(intervention: Intervention) -> None:
    if intervention.is_bots or intervention.status not in (Status.OPENED, Status.DEFERRED):
        raise ServiceError(
            RefusalCode.FORBIDDEN, "Control is taken over under a person's intervention that is open."
        )


def read(visit: Visit) -> Settle:
    """Read who holds the thread. Raises `ChannelError`."""
    reading = readings.read_owner(visit.thread, Deadline(CALL_SECONDS))
    seen = visit.thread.picture

    def settle(thread: Thread) -> bool:
        readings.record_reading(thread, reading, _actor(visit), seen=seen, ends=settling.loose_ends(thread))
        return True

    return settle


def could_not_look(visit: Visit, error: ChannelError) -> Settle:
    """Look again later."""

    def settle(thread: Thread) -> None:
        told = error.retry_after if isinstance(error, Unavailable) else None
        pause = pauses.at_least(told, _look_again(thread))
        thread.control_due_at = timezone.now() + pause
        _note(visit, error.message, due_in=pause)

    return settle


def _look(visit: Visit) -> Settle:
    try:
        settle_reading = read(visit)
    except ChannelError as error:
        return could_not_look(visit, error)

    def settle(thread: Thread) -> None:
        settle_reading(thread)
        thread.control_due_at = timezone.now() + _look_again(thread)
        if thread.picture.owner is Owner.IDLE and thread.picture.sure:
            # The holder has let go instead of passing. Whoever asks for an idle thread gets it at once.
            settling.give_up_asking(thread)
            thread.control_due_at = timezone.now()

    return settle


def _look_again(thread: Thread) -> timedelta:
    pause = pauses.growing(thread.control_attempts, FIRST_PAUSE, LONGEST_PAUSE)
    thread.control_attempts += 1
    return pause


def _has_taken(visit: Visit) -> bool:
    return visit.reply is not None and visit.reply.has_taken


def _actor(visit: Visit, intervention: Intervention | None = None) -> Actor:
    if visit.reply is not None:
        return reply_queue.actor_of(visit.reply)
    return Actor.for_staff(intervention.user) if intervention is not None else SYSTEM


def _give_up_seeking(thread: Thread) -> None:
    thread.control_due_at, thread.control_attempts = None, 0


def _asked_or_got(visit: Visit, handover: Handover) -> Settle:
    def settle(thread: Thread) -> None:
        if visit.reply is None:
            _give_up_seeking(thread)  # Asked once, for an opening; a reply asks again.
            return
        if handover.verb == Verb.TAKE and handover.state == HandoverState.COMPLETED:
            visit.reply.has_taken = True
        if thread.picture.owner is Owner.AGENT and thread.picture.sure:
            _give_up_seeking(thread)
        else:
            thread.control_due_at = timezone.now() + _look_again(thread)
        _note(visit, f"{handover.outcome} {describe(thread.picture)}.")

    return settle


def _not_got(visit: Visit, error: ServiceError) -> Settle:
    def settle(thread: Thread) -> None:
        vendor = thread.source.channel.vendor
        if visit.reply is None and error.code != f"{vendor}_unavailable":
            _give_up_seeking(thread)
        elif visit.reply is not None and error.code == f"{vendor}_error":
            _give_up_seeking(thread)
            _end(visit, thread, error)
        else:
            thread.control_due_at = timezone.now() + _pause_after(thread, error)
            _note(visit, error.message)

    return settle


def _end(visit: Visit, thread: Thread, error: ServiceError) -> None:
    """The platform lets us neither ask nor take: no waiting will change that."""
    reply = visit.reply_waiting
    reply.refresh_from_db()
    if reply.is_pending:
        reply_queue.fail(thread, reply, f"{End.CONTROL_NOT_GRANTED} - {error.message}", _actor(visit))


def _pause_after(thread: Thread, error: ServiceError) -> timedelta:
    if error.code == RefusalCode.HANDOVER_IN_PROGRESS:
        return BUSY_PAUSE
    return pauses.at_least(error.retry_after, _look_again(thread))


def _note(visit: Visit, note: str, due_in: timedelta | None = None) -> None:
    """What the reply waits for, for whoever looks at it."""
    reply = visit.reply
    if reply is None:
        return
    reply.refresh_from_db(fields=["is_pending", "asked_at", "doubt", "echoed_at"])
    reply.note = note
    if due_in is not None:
        reply.due_at = timezone.now() + due_in
    reply_queue.save(reply)
