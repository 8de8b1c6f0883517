"""Send one reply, and settle what the platform answered.

Only what surely did not happen is repeated: where there was no connection, and where the platform answered
with an error of its own. A message may never reach a customer twice.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from handover import history, pauses, readings, reply_queue
from handover.channel import (
    ChannelError,
    Deadline,
    NotOwner,
    OutcomeUnknown,
    OutgoingMessage,
    SentMessage,
    Unavailable,
)
from handover.messaging_window import MessageTag
from handover.models import Reply, Synchronization, Thread
from handover.ownership import Owner
from handover.replying import ECHO_WITHIN, Doubt
from handover.visit import CALL_SECONDS, FIRST_PAUSE, LONGEST_PAUSE, Settle, Visit
from handover.wire_ids import wire_id

CONTESTED_AFTER = 3
"""Tries. Where control is lost between grant and message this often, somebody else wants it, too."""


def send(visit: Visit) -> Settle:
    """Send the first waiting reply under its content's id, and say how to settle it."""
    thread, reply = visit.thread, visit.reply_waiting
    message = OutgoingMessage(reply.content.body, wire_id(reply.content_id), visit.step.tag)
    deadline = Deadline(CALL_SECONDS)
    try:
        sent = thread.source.channel.send_message(
            thread.source, thread.identity.foreign_id, message, deadline
        )
    except ChannelError as error:
        return _if_still_asking(reply, _failure_of(visit, error))
    if visit.step.tag is MessageTag.HUMAN_AGENT and not _held_before(visit):
        return _sent_and_taken(visit, sent, deadline)
    return _unless_known(reply, sent)


_SettleReply = Callable[[Thread, Reply], None]


def _if_still_asking(seen: Reply, settle: _SettleReply) -> Settle:
    """An echo may have told the end before the answer did, or somebody else have taken over meanwhile."""

    def settle_if_asking(thread: Thread) -> None:
        reply = reply_queue.again(seen)
        if reply.is_pending and reply.asked_at == seen.asked_at:
            settle(thread, reply)

    return settle_if_asking


def _unless_known(seen: Reply, sent: SentMessage) -> Settle:
    """That it went out holds whatever was thought of it meanwhile."""

    def settle(thread: Thread) -> None:
        reply = reply_queue.again(seen)
        if not reply.is_pending:
            reply.content.refresh_from_db()
            if reply.content.synchronization_status == Synchronization.SUCCESS:
                return
        reply_queue.succeed(thread, reply, sent.foreign_id, sent.at)

    return settle


def _held_before(visit: Visit) -> bool:
    picture = visit.attendance.situation.picture
    return picture.owner is Owner.AGENT and picture.sure


def _sent_and_taken(visit: Visit, sent: SentMessage, deadline: Deadline) -> Settle:
    """What is sent under the tag takes control where our app's take-over switch is on (Meta, conversation
    routing). Whether it did is not in the answer, so the owner is read."""
    seen = visit.thread.picture
    try:
        reading = readings.read_owner(visit.thread, deadline)
    except ChannelError:
        reading = None
    settle = _unless_known(visit.reply_waiting, sent)
    actor = reply_queue.actor_of(visit.reply_waiting)

    def settle_both(thread: Thread) -> None:
        settle(thread)
        if reading is None:
            thread.owner_check_at = timezone.now()
            return
        readings.record_reading(thread, reading, actor, seen=seen, ends=[])
        if thread.picture.owner is Owner.AGENT:
            cause = "the reply was sent under the tag HUMAN_AGENT, which takes control"
            history.append_unchanged(thread, "thread_control.taken", actor, cause, call=sent.call)

    return settle_both


def _failure_of(visit: Visit, error: ChannelError) -> _SettleReply:
    if isinstance(error, NotOwner):
        return lambda thread, reply: _held_elsewhere(visit, thread, reply, error)
    if isinstance(error, Unavailable):
        return lambda thread, reply: _try_later(reply, error)
    if isinstance(error, OutcomeUnknown):
        return lambda thread, reply: _doubt(reply, error)
    return lambda thread, reply: _refused(thread, reply, error)


def _held_elsewhere(visit: Visit, thread: Thread, reply: Reply, error: NotOwner) -> None:
    """Another app holds the thread: get control for it. The same message goes out once that has come."""
    now = timezone.now()
    readings.record_not_ours(
        thread, error, reply_queue.actor_of(reply), seen=visit.thread.picture, content=reply.content
    )
    if thread.control_due_at is None:
        thread.control_due_at, thread.control_attempts = now, 0
    reply.asked_at, reply.due_at = None, now
    if reply.attempts > CONTESTED_AFTER:
        reply.due_at += pauses.growing(reply.attempts - CONTESTED_AFTER, FIRST_PAUSE, LONGEST_PAUSE)
    reply.note = error.message
    reply_queue.save(reply)


def _try_later(reply: Reply, error: Unavailable) -> None:
    """It did not happen. The platform's own estimate counts more than ours."""
    pause = pauses.growing(reply.attempts - 1, FIRST_PAUSE / 2, LONGEST_PAUSE)
    pause = pauses.at_least(error.retry_after, pause)
    reply.asked_at, reply.due_at, reply.note = None, timezone.now() + pause, error.message
    reply_queue.save(reply)


def _doubt(reply: Reply, error: OutcomeUnknown) -> None:
    now = timezone.now()
    reply.asked_at, reply.note = now, error.message
    reply.doubt = Doubt.FAILED if error.is_answered else Doubt.UNKNOWN
    pause = pauses.growing(reply.attempts - 1, FIRST_PAUSE, LONGEST_PAUSE)
    reply.due_at = now + max(pause, ECHO_WITHIN)
    reply_queue.save(reply)


def _refused(thread: Thread, reply: Reply, error: ChannelError) -> None:
    reply.asked_at = None
    reply_queue.fail(
        thread, reply, f"{thread.source.channel.vendor}_error - {error.message}", reply_queue.actor_of(reply)
    )
