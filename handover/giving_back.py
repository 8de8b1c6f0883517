"""Give control back once the intervention that it was held for is over: release it, or pass it to the bot's
app.

The guide: "When the intervention is closed, we will release thread control". What fails is recorded and tried
again; the intervention stays closed whatever happens here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from handover import evidence, handovers, history, pauses, readings, settling
from handover.actors import SYSTEM
from handover.channel import (
    ChannelError,
    ControlAnswer,
    Deadline,
    NotOwner,
    OutcomeUnknown,
    OwnerReading,
    Unavailable,
)
from handover.decision import Ask, RefusalCode
from handover.errors import ServiceError
from handover.models import AfterClosing, Reply, Source, Synchronization, Thread
from handover.ownership import Cast, Party, Picture
from handover.visit import CALL_SECONDS, FIRST_PAUSE, Settle, Visit

LONGEST_PAUSE = timedelta(hours=1)
"""Control that cannot be given back lapses by itself within a day."""

_OVER = frozenset({RefusalCode.CONTROL_CONFLICT, RefusalCode.INTERVENTION_ENGAGED})
"""Answers by which the thread is not ours to give, or wanted again."""


def passes_to_bot(source: Source, cast: Cast) -> bool:
    """Whether control goes to the bot's app. Where a page has several there is no telling to which."""
    return source.after_closing == AfterClosing.PASS_TO_BOT and cast.only_bot_app_id != ""


def release(visit: Visit) -> Settle:
    """Release control, and say how to settle it."""
    thread, deadline = visit.thread, Deadline(CALL_SECONDS)
    source, foreign_id = thread.source, thread.identity.foreign_id
    try:
        answer = source.channel.release_control(source, foreign_id, _metadata(thread), deadline)
    except NotOwner as error:
        return _was_not_ours(visit, error)
    except OutcomeUnknown as error:
        return _read_what_happened(visit, error, deadline)
    except ChannelError as error:
        return _failed(visit, error)
    return _released(visit, answer)


def pass_back(visit: Visit) -> Settle:
    """Pass control to the bot's app, and say how to settle it: a handover like any other."""
    bot = visit.attendance.situation.cast.only_bot_app_id
    ask = Ask(Party.AGENT, Party.BOT, bot)
    try:
        handovers.hand_over_thread(visit.thread, ask, SYSTEM, reason=_metadata(visit.thread), gives_back=True)
    except ServiceError as error:
        if error.code == f"{visit.thread.source.channel.vendor}_error":
            return release(visit)  # The bot's app does not get it, so nobody keeps it.
        return _done if error.code in _OVER else _try_again_later(error.retry_after)
    return _done


def _metadata(thread: Thread) -> str:
    """The outcome and who closed, for whoever gets the thread."""
    row = thread.give_back_for
    if row is None:
        return ""
    replies = Reply.objects.filter(intervention=row)
    sent = replies.filter(content__synchronization_status=Synchronization.SUCCESS).count()
    failed = replies.filter(content__synchronization_status=Synchronization.EXPORT_FAILURE).count()
    by = f" by {row.closed_by}" if row.closed_by else ""
    return f"Intervention {row.status}{by}; replies sent: {sent}, failed: {failed}"


def _done(thread: Thread) -> None:
    thread.give_back_for_id, thread.control_due_at, thread.control_attempts = None, None, 0


def _released(visit: Visit, answer: ControlAnswer) -> Settle:
    def settle(thread: Thread) -> None:
        seen = visit.thread.picture
        piece = evidence.of_call(answer.at, "", seen=seen, now=thread.picture)
        (step,) = evidence.weigh(thread, [piece], thread.source.cast())
        if evidence.is_questionable(step, seen):
            thread.owner_check_at = timezone.now()
        entry = history.Entry(
            name="thread_control.released",
            actor=SYSTEM,
            cause=f"{_why(thread)}; the platform released control",
            before=step.before,
            after=thread.picture,
            call=answer.call,
            evidence=piece,
            intervention=thread.give_back_for,
        )
        history.append(thread, entry)
        _done(thread)

    return settle


def _why(thread: Thread) -> str:
    row = thread.give_back_for
    return f"the intervention is {row.status}" if row is not None else "nobody needs control any more"


def _was_not_ours(visit: Visit, error: NotOwner) -> Settle:
    def settle(thread: Thread) -> None:
        readings.record_not_ours(
            thread,
            error,
            SYSTEM,
            seen=visit.thread.picture,
            may_be_nobodys=True,
            intervention=thread.give_back_for,
        )
        thread.owner_check_at = timezone.now()
        _done(thread)

    return settle


def _read_what_happened(visit: Visit, error: OutcomeUnknown, deadline: Deadline) -> Settle:
    """No answer: the owner tells."""
    try:
        reading = readings.read_owner(visit.thread, deadline)
    except ChannelError:
        return _failed(visit, error)
    return _told(visit, error, reading)


def _told(visit: Visit, error: OutcomeUnknown, reading: OwnerReading) -> Settle:
    def settle(thread: Thread) -> None:
        _append_failure(thread, "thread_control.unknown", error, thread.picture)
        ends = settling.loose_ends(thread)
        readings.record_reading(thread, reading, SYSTEM, seen=visit.thread.picture, ends=ends)
        if reading.app_id == thread.source.agent_app_id:
            _try_again_later(None)(thread)
        else:
            _done(thread)

    return settle


def _failed(visit: Visit, error: ChannelError) -> Settle:
    """Without an answer control may be gone all the same."""

    def settle(thread: Thread) -> None:
        before, is_unknown = thread.picture, isinstance(error, OutcomeUnknown)
        thread.picture = replace(before, sure=before.sure and not is_unknown)
        name = "thread_control.unknown" if is_unknown else "thread_control.failed"
        _append_failure(thread, name, error, before)
        _try_again_later(error.retry_after if isinstance(error, Unavailable) else None)(thread)

    return settle


def _append_failure(thread: Thread, name: str, error: ChannelError, before: Picture) -> None:
    entry = history.Entry(
        name=name,
        actor=SYSTEM,
        cause=f"{_why(thread)}; control was not released: {error.message}",
        before=before,
        after=thread.picture,
        call=error.call,
        intervention=thread.give_back_for,
    )
    history.append(thread, entry)


def _try_again_later(retry_after: int | None) -> Settle:
    def settle(thread: Thread) -> None:
        pause = pauses.growing(thread.control_attempts, FIRST_PAUSE, LONGEST_PAUSE)
        thread.control_attempts += 1
        thread.control_due_at = timezone.now() + pauses.at_least(retry_after, pause)

    return settle
