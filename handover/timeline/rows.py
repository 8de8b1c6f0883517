"""Read what a timeline is made from: the newest rows of one thread, and never more than a picture can show.

No text of a message is read, so a picture may be shown to whoever may see the thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from handover.decision import Verb
from handover.models import (
    Author,
    Content,
    Handover,
    Intervention,
    Reply,
    Synchronization,
    Thread,
    ThreadEvent,
)
from handover.models.interventions import InterventionStatus
from handover.ownership import HELD, Owner, Party, Picture
from handover.timeline.excerpt import since
from handover.timeline.facts import (
    Asked,
    Engagement,
    Event,
    Facts,
    Fate,
    Holder,
    Lane,
    Message,
    Outcome,
    WindowRule,
)
from handover.wire_ids import wire_id

MOST = 300
"""Of the messages, and of the lines of history: more would lie on top of each other."""
MOST_ENGAGEMENTS = 50

_MARGIN = 0.04
"""Of a picture that begins with the thread itself: what stands before its first moment."""
_FATES = {
    Synchronization.SUCCESS: Fate.SENT,
    Synchronization.EXPORT_PENDING: Fate.PENDING,
    Synchronization.EXPORT_FAILURE: Fate.FAILED,
}
_EVENT_COLUMNS = (
    *("at", "name", "actor_kind", "actor_label", "cause", "call", "evidence_at", "evidence_expires_at"),
    *("owner_before", "app_id_before", "sure_before", "owner_after", "app_id_after", "sure_after"),
    *("thread_id", "handover__requested_at", "handover__settled_at", "handover__state"),
    *("handover__verb", "handover__to_party"),
)
_CONTENT_COLUMNS = (
    *("thread_id", "author", "app_id", "sent_at", "synchronization_status", "synchronization_error"),
    *("reply__user__username", "reply__user__first_name", "reply__user__last_name"),
)


class Span(StrEnum):
    """How far a picture reaches back."""

    HOUR = "1h"
    DAY = "1d"
    WEEK = "7d"
    ALL = "all"


LENGTHS = {
    Span.HOUR: timedelta(hours=1),
    Span.DAY: timedelta(days=1),
    Span.WEEK: timedelta(days=7),
}


def telling_span(thread: Thread, now: datetime) -> Span:
    """The shortest span in which something was said or moved last."""
    last = max(moment for moment in (thread.last_content_at, thread.owner_since, thread.created_at) if moment)
    return next((span for span, length in LENGTHS.items() if now - last < length), Span.ALL)


def read(thread: Thread, now: datetime, span: Span) -> Facts:
    """One thread's facts. `source` and `identity` should have been read with the thread. At most six queries,
    however much the thread has."""
    return _facts(thread, now, _newest(thread, now, span))


@dataclass(frozen=True)
class _Newest:
    """The newest rows, oldest first, and since when they are all that there is."""

    events: Sequence[ThreadEvent]
    contents: Sequence[Content]
    start: datetime
    is_cut: bool


def _newest(thread: Thread, now: datetime, span: Span) -> _Newest:
    asked_for = now - LENGTHS[span] if span in LENGTHS else None
    events, contents = _events(thread), _contents(thread, asked_for)
    moments = ([_moment(row) for row in events], [row.sent_at for row in contents])
    cut_at = max((of_kind[1] for of_kind in moments if len(of_kind) > MOST), default=None)
    if cut_at is not None and (asked_for is None or cut_at > asked_for):
        return _Newest(events, contents, min(cut_at, now), is_cut=True)
    first = min((of_kind[0] for of_kind in moments if of_kind), default=thread.created_at)
    begins = first - (now - first) * _MARGIN
    return _Newest(events, contents, min(max(asked_for or begins, begins), now), is_cut=False)


def _moment(row: ThreadEvent) -> datetime:
    return row.evidence_at or row.at


def _events(thread: Thread) -> list[ThreadEvent]:
    """By number, which is indexed: those before the picture tell who held the thread when it begins."""
    rows = thread.events.select_related("handover").only(*_EVENT_COLUMNS).order_by("-seq")
    return list(rows[: MOST + 1])[::-1]


def _contents(thread: Thread, since: datetime | None) -> list[Content]:
    rows = thread.contents.select_related("reply__user").only(*_CONTENT_COLUMNS).order_by("-sent_at", "-pk")
    return list((rows.filter(sent_at__gte=since) if since else rows)[: MOST + 1])[::-1]


def _facts(thread: Thread, now: datetime, newest: _Newest) -> Facts:
    names = {bot.app_id: bot.name or f"app {bot.app_id}" for bot in thread.source.bot_apps.all()}
    told = tuple(_event(row, names) for row in newest.events)
    held = thread.picture
    known = Facts(
        person=thread.identity.display_name,
        page=thread.source.name,
        thread=wire_id(thread.pk),
        start=newest.start,
        now=now,
        held=told[0].before if told else _holder(held.owner, held.app_id, held.sure, names),
        held_since=None,
        held_until=_until(held),
        window=_window(thread),
        events=told,
        messages=tuple(_message(row, names) for row in newest.contents),
        engagements=tuple(_engagements(thread)),
        wrote_before=_wrote_before(thread, newest.start),
        is_cut=newest.is_cut,
    )
    return since(known, newest.start)


def _until(held: Picture) -> datetime | None:
    return held.expires_at if held.owner in HELD else None


def _window(thread: Thread) -> WindowRule:
    source = thread.source
    limits = source.channel.reply_limits
    return WindowRule(limits.response_within, limits.by_hand_within if source.may_tag_human_agent else None)


def _wrote_before(thread: Thread, start: datetime) -> datetime | None:
    last = thread.last_customer_at
    if last is None or last < start:
        return last
    written = thread.contents.filter(author=Author.CUSTOMER, sent_at__lt=start).order_by("-sent_at")
    return written.values_list("sent_at", flat=True).first()


def _holder(owner: str, app_id: str, is_sure: bool, names: Mapping[str, str]) -> Holder:
    """Our app and the Inbox are known by what they are."""
    is_named = app_id and owner in (Owner.BOT, Owner.OTHER)
    return Holder(Owner(owner), is_sure, names.get(app_id, f"app {app_id}") if is_named else "")


def _event(row: ThreadEvent, names: Mapping[str, str]) -> Event:
    return Event(
        at=_moment(row),
        name=row.name,
        before=_holder(row.owner_before, row.app_id_before, row.sure_before, names),
        after=_holder(row.owner_after, row.app_id_after, row.sure_after, names),
        cause=row.cause,
        actor=_actor(row),
        answer=_answer(row.call) if row.call else "",
        asked=_asked(row.handover) if row.handover else None,
        expires_at=row.evidence_expires_at,
    )


def _actor(row: ThreadEvent) -> str:
    """Platform and system have no name, and the cause says what they did."""
    if row.actor_kind == ThreadEvent.ActorKind.TOKEN:
        return f"token {row.actor_label}"
    return row.actor_label if row.actor_kind == ThreadEvent.ActorKind.STAFF else ""


def _answer(call: Mapping[str, Any]) -> str:
    """What the platform said to a call that it did not simply obey."""
    if call["status"] == 200:
        return ""
    status = f"HTTP {call['status']}" if call["status"] else "no answer"
    code = f", code {call['code']}" if call["code"] is not None else ""
    said = f": {call['message']}" if call["message"] else ""
    return f"{call['edge']}: {status}{code}{said}"


def _asked(row: Handover) -> Asked:
    return Asked(
        at=row.requested_at,
        to_party=Party(row.to_party),
        outcome=Outcome(row.state),
        verb=Verb(row.verb) if row.verb else None,
        settled_at=row.settled_at,
    )


def _message(row: Content, names: Mapping[str, str]) -> Message:
    return Message(
        at=row.sent_at,
        author=Lane(row.author),
        fate=_FATES[Synchronization(row.synchronization_status)],
        by=_writer(row, names),
        why=row.synchronization_error.partition(" - ")[2] or row.synchronization_error,
    )


def _writer(row: Content, names: Mapping[str, str]) -> str:
    reply: Reply | None = getattr(row, "reply", None)
    if reply is not None:
        return reply.user.get_full_name() or reply.user.get_username()
    is_named = row.app_id and row.author in (Author.BOT, Author.OTHER)
    return names.get(row.app_id, f"app {row.app_id}") if is_named else ""


def _engagements(thread: Thread) -> list[Engagement]:
    rows = thread.interventions.select_related("user").order_by("-opened_at", "-pk")[:MOST_ENGAGEMENTS]
    return [_engagement(row) for row in rows][::-1]


def _engagement(row: Intervention) -> Engagement:
    is_aside = row.status == InterventionStatus.DEFERRED
    return Engagement(
        by="the bot" if row.is_bots else row.user.get_full_name() or row.user.get_username(),
        opened_at=row.opened_at,
        status=row.get_status_display().lower(),
        closed_at=row.closed_at,
        deferred_at=row.deferred_at if is_aside else None,
    )
