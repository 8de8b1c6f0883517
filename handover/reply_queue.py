"""The replies that wait on a thread, in order, and how one of them ends. The thread must be locked."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from handover import history, last_words
from handover.actors import PLATFORM, SYSTEM, Actor
from handover.models import Content, Reply, Synchronization, Thread
from handover.prepared import Given, Select, Update
from handover.replying import Doubt, Waiting

_FIRST = Select(
    lambda: (
        Reply.objects.filter(thread=Given("thread"), is_pending=True)
        .select_related("content", "user", "token")
        .order_by("queued_at", "pk")[:1]
    )
)
_AGAIN = Select(lambda: Reply.objects.filter(pk=Given("reply")))
_WITH_FOREIGN_ID = Select(
    lambda: Content.objects.filter(source=Given("source"), foreign_id=Given("foreign_id")).values_list("pk")
)
_SUCCEEDED = Update(
    lambda: Content.objects.filter(pk=Given("pk")),
    synchronization_status=Synchronization.SUCCESS.value,
    synchronization_error="",
    foreign_id=Given("foreign_id"),
    app_id=Given("app_id"),
    sent_at=Given("sent_at"),
    updated_at=Given("updated_at"),
)
_KEPT = (
    *("is_pending", "due_at", "asked_at", "doubt", "attempts", "has_taken", "echoed_at", "note"),
    "unhandled_since",
)
_SAVE = Update(
    lambda: Reply.objects.filter(pk=Given("pk")),
    **{column: Given(column) for column in (*_KEPT, "updated_at")},
)


def first_waiting(thread: Thread) -> Reply | None:
    """The reply whose turn it is."""
    return _FIRST.first(thread=thread.pk)


def again(seen: Reply) -> Reply:
    """The reply as it stands now; its message and who wrote it are those it was `seen` with."""
    reply = _AGAIN.one(reply=seen.pk)
    reply.content, reply.user, reply.token = seen.content, seen.user, seen.token
    return reply


def waiting(reply: Reply) -> Waiting:
    """What the rules look at."""
    return Waiting(
        due_at=reply.due_at,
        expires_at=reply.expires_at,
        asked_at=reply.asked_at,
        doubt=Doubt(reply.doubt) if reply.doubt else None,
        has_taken=reply.has_taken,
        note=reply.note,
    )


def actor_of(reply: Reply) -> Actor:
    """Who wrote it."""
    return Actor.for_token(reply.token) if reply.token is not None else Actor.for_staff(reply.user)


def save(reply: Reply) -> None:
    """Write what changes while it is on its way."""
    reply.updated_at = timezone.now()
    _SAVE.run(pk=reply.pk, **{column: getattr(reply, column) for column in (*_KEPT, "updated_at")})


def succeed(thread: Thread, reply: Reply, foreign_id: str, sent_at: datetime) -> None:
    """It went out, under this id of the channel's; perhaps after it had been given up."""
    if reply.content.synchronization_status == Synchronization.EXPORT_FAILURE:
        cause = "it went out after all, though it had been given up"
        append(thread, reply, "content.exported", cause, PLATFORM)
    content, app_id = reply.content, thread.source.agent_app_id
    is_dated_back = content.synchronization_status == Synchronization.SUCCESS and sent_at < content.sent_at
    if not _is_free(content, foreign_id):
        foreign_id = f"{foreign_id[:200]}#{content.pk}"
    _SUCCEEDED.run(
        pk=content.pk, foreign_id=foreign_id, app_id=app_id, sent_at=sent_at, updated_at=timezone.now()
    )
    content.foreign_id, content.app_id, content.sent_at = foreign_id, app_id, sent_at
    content.synchronization_status, content.synchronization_error = Synchronization.SUCCESS, ""
    reply.is_pending, reply.asked_at, reply.doubt, reply.note = False, None, "", ""
    handle(thread, reply)
    save(reply)
    last_words.said(thread, content)
    if is_dated_back:
        last_words.dated_back(thread)


def _is_free(content: Content, foreign_id: str) -> bool:
    """False where the channel has given the same id to another reply, which it should not.

    An echo that lost our metadata on its way was taken for another message of our app's; it is forgotten.
    """
    others = [
        pk
        for (pk,) in _WITH_FOREIGN_ID.all(source=content.source_id, foreign_id=foreign_id)
        if pk != content.pk
    ]
    if others:
        Content.objects.filter(pk__in=others, reply__isnull=True).delete()
    return not others or not Content.objects.filter(pk__in=others).exists()


def fail(thread: Thread, reply: Reply, error: str, actor: Actor = SYSTEM) -> None:
    """It will not go out by itself any more. `error`: for the agent, an identifier, a dash, a sentence."""
    content = reply.content
    content.synchronization_status, content.synchronization_error = Synchronization.EXPORT_FAILURE, error
    content.save(update_fields=["synchronization_status", "synchronization_error", "updated_at"])
    reply.is_pending, reply.note = False, ""
    reply.unhandled_since = timezone.now()
    thread.failed_sends += 1
    save(reply)
    append(thread, reply, "content.api_submission_failed", f"the reply failed: {error}", actor)


def handle(thread: Thread, reply: Reply) -> None:
    """Somebody has dealt with this reply's failure, or it was none. The caller saves both."""
    if reply.unhandled_since is not None:
        reply.unhandled_since = None
        thread.failed_sends = max(thread.failed_sends - 1, 0)


def handle_all(thread: Thread) -> None:
    """Somebody who sees what has failed goes on without it. The caller saves the thread."""
    if thread.failed_sends:
        Reply.objects.filter(thread=thread, unhandled_since__isnull=False).update(unhandled_since=None)
        thread.failed_sends = 0


def append(thread: Thread, reply: Reply, name: str, cause: str, actor: Actor) -> None:
    """A line of history about it. The caller saves the thread."""
    history.append_unchanged(
        thread, name, actor, cause, intervention=reply.intervention, content=reply.content
    )
