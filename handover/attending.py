"""Attend to the agent's side of a thread: send what waits, get control for it, give control back.

One at a time attends to a thread, by a lease on its row; so replies go out in order, and threads beside each
other. Each step is planned and written down under the thread's lock, carried out outside of it, and settled
under it together with the plan for the next. Who finds the lease of somebody who died plans anew from the
rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from handover import (
    correlation,
    giving_back,
    interventions,
    reply_queue,
    seeking,
    sending,
    situations,
    threads,
)
from handover.actors import SYSTEM
from handover.channel import ChannelError
from handover.engagement import Status
from handover.models import Reply, Thread
from handover.replying import Attendance, Deed, Doubt, End, Step, next_step
from handover.visit import CALL_SECONDS, Settle, Visit

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=CALL_SECONDS + 5)


def attend(thread_id: int) -> bool:
    """Do everything that can be done about a thread now. False where nothing is due, or somebody is about it.

    Goes over the network: must not run inside a transaction.
    """
    with correlation.piece_of_work():
        visit = _begin(thread_id)
        if visit is None:
            return False
        while visit.step.deed is not Deed.REST:
            visit = _go_on(visit, _DEEDS[visit.step.deed](visit))
    return True


def due(now: datetime) -> list[int]:
    """The threads whose time has come and that nobody attends to, the longest due first."""
    is_free = Q(attended_until__isnull=True) | Q(attended_until__lte=now)
    rows = Thread.objects.filter(is_free, attend_at__lte=now).order_by("attend_at", "pk")
    return list(rows.values_list("pk", flat=True)[:_AT_A_TIME])


_AT_A_TIME = 500


def _begin(thread_id: int) -> Visit | None:
    with transaction.atomic():
        thread, now = threads.lock(thread_id), timezone.now()
        is_attended = thread.attended_until is not None and thread.attended_until > now
        if thread.attend_at is None or thread.attend_at > now or is_attended:
            return None
        return _plan(thread)


def _go_on(visit: Visit, settle: Settle) -> Visit:
    """Settle what was carried out, and plan the next step, in one transaction."""
    with transaction.atomic():
        thread = threads.lock_again(visit.thread)
        settle(thread)
        return _plan(thread, just_read=visit.step.deed is Deed.READ)


def _plan(thread: Thread, *, just_read: bool = False) -> Visit:
    while True:
        reply = reply_queue.first_waiting(thread)
        attendance = _attendance(thread, reply, just_read=just_read)
        step = next_step(attendance)
        at_once = _AT_ONCE.get(step.deed)
        if at_once is None:
            break
        at_once(thread, reply, step)
    _write_down(thread, reply, step)
    threads.save(thread)
    return Visit(thread, reply, attendance, step)


def _attendance(thread: Thread, reply: Reply | None, *, just_read: bool) -> Attendance:
    thread.attended_until = None  # By ourselves: to the rules nobody else is at it.
    now, source = timezone.now(), thread.source
    cast = source.cast()
    situation = situations.of_thread(thread, cast, now, just_read=just_read)
    return Attendance(
        situation=situation,
        window=situations.window(thread),
        waiting=reply_queue.waiting(reply) if reply is not None else None,
        intervention=Status(situation.engaged) if situation.engaged else None,
        control_due_at=thread.control_due_at,
        is_to_give_back=thread.give_back_for_id is not None,
        passes_back=giving_back.passes_to_bot(source, cast),
    )


def _write_down(thread: Thread, reply: Reply | None, step: Step) -> None:
    """What is about to be done stands on the rows before it is, so that a crash leaves the truth behind."""
    if step.deed is Deed.REST:
        thread.attend_at, thread.attended_until = step.until, None
        return
    now = timezone.now()
    thread.attend_at, thread.attended_until = now, now + LEASE
    if step.deed is Deed.SEND and reply is not None:
        reply.asked_at, reply.doubt, reply.attempts = now, "", reply.attempts + 1
        reply_queue.save(reply)


# What is done at once, as it needs nobody else.


def _fail(thread: Thread, reply: Reply | None, step: Step) -> None:
    if reply is not None and step.end is not None:
        if step.end is End.OUTCOME_UNKNOWN:
            reply.doubt = Doubt.UNKNOWN
        reply_queue.fail(thread, reply, f"{step.end} - {step.because}")


def _finish(thread: Thread, reply: Reply | None, step: Step) -> None:
    interventions.finish_closing(thread, SYSTEM)


def _keep(thread: Thread, reply: Reply | None, step: Step) -> None:
    thread.control_due_at, thread.control_attempts, thread.give_back_for_id = None, 0, None


_AT_ONCE: dict[Deed, Callable[[Thread, Reply | None, Step], None]] = {
    Deed.FAIL: _fail,
    Deed.FINISH: _finish,
    Deed.KEEP: _keep,
}


# What goes over the network.


def _read(visit: Visit) -> Settle:
    try:
        reading = seeking.read(visit)
    except ChannelError as error:
        return seeking.could_not_look(visit, error)
    return reading


_DEEDS: dict[Deed, Callable[[Visit], Settle]] = {
    Deed.SEND: sending.send,
    Deed.SEEK: seeking.seek,
    Deed.READ: _read,
    Deed.RELEASE: giving_back.release,
    Deed.PASS_BACK: giving_back.pass_back,
}
