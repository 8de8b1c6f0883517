"""An agent's reply: accepted here at once, and sent by whoever attends to the thread."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from handover import alerts, doorbell, reply_queue, situations, threads
from handover.actors import Actor
from handover.decision import Answer, Decision, RefusalCode
from handover.engagement import Status
from handover.errors import ServiceError
from handover.models import Author, Content, Intervention, Reply, Synchronization, Thread
from handover.replying import Draft, decide_reply
from handover.text import storable


def reply(
    thread: Thread,
    body: str,
    user: User,
    actor: Actor,
    *,
    in_reply_to: Content | None = None,
    one_time_key: str = "",
) -> Content:
    """Accept a reply under the person's intervention that is open on the thread. It is sent in its turn.

    Of several with the same `one_time_key` the first alone is written: to the others it is the answer.

    Raises `ServiceError`: `content_refused` where there is no such intervention, the text is empty or too
    long, or the messaging window is closed; `source_inactive` where the page is disabled.
    """
    text = storable(body)
    with transaction.atomic():
        locked = threads.lock(thread.pk)
        first = written_with(locked, one_time_key)
        if first is not None:
            return first
        _refuse(plan_reply(locked, text, user))
        return _create(locked, text, user, actor, in_reply_to, one_time_key)


def written_with(thread: Thread, one_time_key: str) -> Content | None:
    """The reply that was accepted with this key already."""
    if not one_time_key:
        return None
    row = thread.replies.filter(one_time_key=one_time_key).select_related("content").first()
    return row.content if row is not None else None


def plan_reply(thread: Thread, body: str, author: User | None = None, *, engages: bool = False) -> Decision:
    """What `reply` would decide now, and by which calls the reply would go out; of a person, where no
    author is named. `engages`: as if an intervention were open. Changes nothing."""
    source = thread.source
    situation = situations.of_thread(thread, source.cast(), timezone.now())
    engaged = Status.OPENED.value if engages else situation.engaged
    draft = Draft(
        body=body,
        longest_text=source.channel.reply_limits.longest_text,
        window=situations.window(thread, author),
        intervention=Status(engaged) if engaged else None,
    )
    return decide_reply(draft, situation)


def retry(seen: Content, actor: Actor) -> Content:
    """Have a failed reply sent after all, behind whatever waits by now, under the intervention that is open.

    Whoever retries one of unknown outcome accepts that the customer may get it twice. Raises `ServiceError`
    as `reply` does, and `content_refused` for what has not failed.
    """
    with transaction.atomic():
        thread = threads.lock(seen.thread_id)
        row = failed_reply(seen)
        _refuse(plan_reply(thread, row.content.body, row.user))
        _queue_again(thread, row, actor)
    return row.content


def failed_reply(seen: Content) -> Reply:
    """The reply that this content is, as it is now. Raises `ServiceError` `content_refused` for what has not
    failed, as only that can be retried."""
    row = Reply.objects.select_related("content", "user", "token").filter(content=seen.pk).first()
    if row is None or row.content.synchronization_status != Synchronization.EXPORT_FAILURE:
        raise ServiceError(RefusalCode.CONTENT_REFUSED, "Only a reply that has failed can be retried.")
    return row


def _refuse(decision: Decision) -> None:
    if decision.answer is Answer.REFUSE:
        why_not = decision.why_not
        raise ServiceError(why_not.code, why_not.message, decision=decision)


def _create(
    thread: Thread,
    text: str,
    user: User,
    actor: Actor,
    in_reply_to: Content | None,
    one_time_key: str,
) -> Content:
    now = _next_in_line(thread)
    reply_queue.handle_all(thread)
    content = Content.objects.create(
        source=thread.source,
        thread=thread,
        author=Author.AGENT,
        field=Content.Field.MESSAGING,
        body=text,
        in_reply_to_foreign_id=(in_reply_to.foreign_id or "") if in_reply_to is not None else "",
        sent_at=now,
        received_at=now,
        synchronization_status=Synchronization.EXPORT_PENDING,
    )
    row = Reply.objects.create(
        content=content,
        thread=thread,
        intervention=_open_intervention(thread),
        in_reply_to=in_reply_to,
        user=user,
        token_id=actor.token_id,
        one_time_key=one_time_key or None,
        queued_at=now,
        due_at=now,
        expires_at=_expiry(thread, now),
    )
    _announce(thread, row, "content.replied", f"reply written by {user.get_username()}", actor, now)
    return content


def _queue_again(thread: Thread, row: Reply, actor: Actor) -> None:
    now, may_have_gone_out = _next_in_line(thread), row.doubt != ""
    row.content.synchronization_status, row.content.synchronization_error = Synchronization.EXPORT_PENDING, ""
    row.content.save(update_fields=["synchronization_status", "synchronization_error", "updated_at"])
    row.intervention, row.is_pending, row.retries = _open_intervention(thread), True, row.retries + 1
    row.queued_at = row.due_at = now
    row.expires_at, row.attempts, row.asked_at, row.doubt = _expiry(thread, now), 0, None, ""
    row.has_taken = False
    reply_queue.handle(thread, row)
    row.save()
    twice = "; it may have gone out, so the customer may get it twice" if may_have_gone_out else ""
    _announce(thread, row, "content.retried_synchronization", f"retried by {actor.label}{twice}", actor, now)


def _next_in_line(thread: Thread) -> datetime:
    """Now; but never before what waits already, as clocks of several machines differ."""
    last = (
        thread.replies.filter(is_pending=True)
        .order_by("-queued_at")
        .values_list("queued_at", flat=True)
        .first()
    )
    return max(timezone.now(), last or timezone.now())


def _announce(thread: Thread, row: Reply, name: str, cause: str, actor: Actor, now: datetime) -> None:
    reply_queue.append(thread, row, name, cause, actor)
    thread.attend_at = now
    alerts.stop(thread)
    threads.save(thread)
    doorbell.ring_for(thread)


def _open_intervention(thread: Thread) -> Intervention:
    """That of `plan_reply`, which has found one. Raises ValueError where none is."""
    row = situations.open_intervention(thread)
    if row is None:
        raise ValueError("no intervention is open")
    return row


def _expiry(thread: Thread, now: datetime) -> datetime:
    return now + timedelta(seconds=thread.source.reply_max_age)
