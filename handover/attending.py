"""Attend to the agent's side of a thread: send what waits, get control for it, give control back.

One at a time attends to a thread, by a lease on its row; so replies go out in order, and threads beside each
other. Each step is planned and written down under the thread's lock, carried out outside of it, and settled
under it together with the plan for the next. Who finds the lease of somebody who died plans anew from the
rows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
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
from handover.models import Intervention, InterventionStatus, Reply, Thread
from handover.prepared import Given, Select
from handover.replying import Attendance, Deed, Doubt, End, Step, next_step
from handover.visit import CALL_SECONDS, Settle, Visit

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=CALL_SECONDS + 5)

stopping = threading.Event()
"""Set while this process is about to end: what is in hand is finished, and the rest left to others."""

_PAUSES = (0.05, 0.2, 1.0)
"""Seconds between tries to write down what became of a step."""


def attend(thread_id: int) -> bool:
    """Do what can be done about a thread now. False where nothing was due, or somebody else is about it.

    Goes over the network: must not run inside a transaction.
    """
    with correlation.piece_of_work():
        if not _is_due(_SEEN.first(pk=thread_id)):
            return False
        visit = _begin(thread_id)
        while visit is not None:
            visit = _persistently(visit, _DEEDS[visit.step.deed](visit))
    return True


def _persistently(visit: Visit, settle: Settle) -> Visit | None:
    """What the platform answered must not be forgotten for a moment's trouble with the database."""
    for pause in _PAUSES:
        try:
            return _go_on(visit, settle)
        except (OperationalError, InterfaceError) as error:
            log.warning("attending.database", thread=visit.thread.pk, error=type(error).__name__)
            time.sleep(pause)
    return _go_on(visit, settle)


def due(now: datetime) -> list[int]:
    """The threads whose time has come and that nobody attends to, the longest due first."""
    is_free = Q(attended_until__isnull=True) | Q(attended_until__lte=now)
    rows = Thread.objects.filter(is_free, attend_at__lte=now).order_by("attend_at", "pk")
    return list(rows.values_list("pk", flat=True)[:_AT_A_TIME])


_AT_A_TIME = 500


_SEEN = Select(lambda: Thread.objects.filter(pk=Given("pk")).values_list("attend_at", "attended_until"))
_CLOSING = Select(
    lambda: Intervention.objects.filter(
        thread=Given("thread"), status=InterventionStatus.CLOSING.value
    ).values_list("pk")[:1]
)


def _is_due(clocks: tuple[datetime | None, datetime | None] | None) -> bool:
    """By `attend_at` and `attended_until`; None where there is no such thread."""
    attend_at, attended_until = clocks or (None, None)
    now = timezone.now()
    return attend_at is not None and attend_at <= now and (attended_until is None or attended_until <= now)


def _begin(thread_id: int) -> Visit | None:
    with transaction.atomic():
        thread = threads.lock(thread_id)
        return _plan(thread) if _is_due((thread.attend_at, thread.attended_until)) else None


def _go_on(visit: Visit, settle: Settle) -> Visit | None:
    """Settle what was carried out, and plan the next step, in one transaction.

    Who was away for so long that somebody else has taken over keeps what came of the step, and goes.
    """
    with transaction.atomic():
        thread = threads.lock(visit.thread.pk)
        is_ours = thread.attended_until == visit.thread.attended_until
        just_read = _settle(thread, visit, settle)
        if is_ours and not stopping.is_set():
            return _plan(thread, just_read=just_read)
        if is_ours:
            thread.attend_at, thread.attended_until = timezone.now(), None
        threads.save(thread)
    return None


def _settle(thread: Thread, visit: Visit, settle: Settle) -> bool:
    """What became of a step says nothing about what somebody has wanted of control since it was planned."""
    wish = _wish(thread)
    just_read = settle(thread) is True
    if wish != _wish(visit.thread):
        thread.give_back_for_id, thread.control_due_at = wish
    return just_read


def _wish(thread: Thread) -> tuple[int | None, datetime | None]:
    return thread.give_back_for_id, thread.control_due_at


def _plan(thread: Thread, *, just_read: bool = False) -> Visit | None:
    """The next step that goes over the network, written down; None where there is none to be taken now."""
    while True:
        reply = reply_queue.first_waiting(thread)
        if reply is None and not _wants_more(thread):
            _rest(thread, None)
            return None
        attendance = _attendance(thread, reply, just_read=just_read)
        step = next_step(attendance)
        at_once = _AT_ONCE.get(step.deed)
        if at_once is None:
            break
        at_once(thread, reply, step)
    if step.deed is Deed.REST:
        _rest(thread, step.until)
        return None
    _write_down(thread, reply, step)
    return Visit(thread, reply, attendance, step)


def _wants_more(thread: Thread) -> bool:
    """Whether there is anything to be done besides replies; most often there is not."""
    wants_control = thread.control_due_at is not None or thread.give_back_for_id is not None
    return wants_control or _CLOSING.first(thread=thread.pk) is not None


def _rest(thread: Thread, until: datetime | None) -> None:
    thread.attend_at, thread.attended_until = until, None
    threads.save(thread)


def _attendance(thread: Thread, reply: Reply | None, *, just_read: bool) -> Attendance:
    thread.attended_until = None  # By ourselves: to the rules nobody else is at it.
    now, source = timezone.now(), thread.source
    cast = source.cast()
    situation = situations.of_thread(thread, cast, now, just_read=just_read)
    return Attendance(
        situation=situation,
        window=situations.window(thread, None if reply is None else reply.user),
        waiting=reply_queue.waiting(reply) if reply is not None else None,
        intervention=Status(situation.engaged) if situation.engaged else None,
        closing_until=_closing_until(thread) if situation.engaged == Status.CLOSING else None,
        control_due_at=thread.control_due_at,
        is_to_give_back=thread.give_back_for_id is not None,
        passes_back=giving_back.passes_to_bot(source, cast),
    )


def _closing_until(thread: Thread) -> datetime | None:
    closing = situations.open_intervention(thread)
    if closing is None or closing.closing_at is None:
        return None
    return closing.closing_at + timedelta(seconds=thread.source.deadline_seconds)


def _write_down(thread: Thread, reply: Reply | None, step: Step) -> None:
    """What is about to be done stands on the rows before it is, so that a crash leaves the truth behind."""
    now = timezone.now()
    thread.attend_at, thread.attended_until = now, now + LEASE
    if step.deed is Deed.SEND and reply is not None:
        reply.asked_at, reply.doubt, reply.attempts = now, "", reply.attempts + 1
        reply_queue.save(reply)
    threads.save(thread)


# What is done at once, as it needs nobody else.


def _fail(thread: Thread, reply: Reply | None, step: Step) -> None:
    if reply is not None and step.end is not None:
        if step.end is End.OUTCOME_UNKNOWN:
            reply.doubt = Doubt.UNKNOWN
        reply_queue.fail(thread, reply, f"{step.end} - {step.because}")
        if thread.give_back_for_id is None and reply_queue.first_waiting(thread) is None:
            _keep(thread, None, step)  # Control was wanted for replies; there is none left.


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
        return seeking.read(visit)
    except ChannelError as error:
        return seeking.could_not_look(visit, error)


_DEEDS: dict[Deed, Callable[[Visit], Settle]] = {
    Deed.SEND: sending.send,
    Deed.SEEK: seeking.seek,
    Deed.READ: _read,
    Deed.RELEASE: giving_back.release,
    Deed.PASS_BACK: giving_back.pass_back,
}
