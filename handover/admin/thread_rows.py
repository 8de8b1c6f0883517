"""Threads as lines of the list: what each says, for one query a subject however many lines there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from handover import situations, thread_views
from handover.admin.words import platform_of
from handover.attention import Attention, Facts, attention_of
from handover.messaging_window import MessagingWindow
from handover.models import Content, Handover, HandoverState, Intervention, Reply, Thread
from handover.models.interventions import NOT_OVER
from handover.ownership import Owner, Picture

CATEGORIES = 1
"""So many are shown; of the rest, how many there are."""


@dataclass(frozen=True)
class Line:
    """One thread, as the list shows it at a moment."""

    thread: Thread
    picture: Picture
    attention: Attention
    waits_for: float
    """Seconds."""
    last: Content | None
    """The last message, for whoever may read it there."""
    engaged: Intervention | None
    is_mine: bool
    asked_left: float | None
    """Seconds until the request for control expires."""
    is_being_asked: bool
    to_send: int

    @property
    def person(self) -> str:
        """Who it is with."""
        return self.thread.identity.display_name

    @property
    def platform(self) -> str:
        """Who is asked for control."""
        return platform_of(self.thread.source)

    @property
    def categories(self) -> list[str]:
        """Those that are shown."""
        return [str(category) for category in self.thread.thread_category_ids[:CATEGORIES]]

    @property
    def more_categories(self) -> int:
        """How many besides."""
        return max(len(self.thread.thread_category_ids) - CATEGORIES, 0)

    @property
    def is_new(self) -> bool:
        """Whether the customer's word is for people: somebody waits, and neither bot nor others answer."""
        waits = self.attention.waits_since is not None
        return waits and (self.attention.is_urgent or self.picture.owner is Owner.AGENT)

    @property
    def look(self) -> str:
        """The classes of its row."""
        if self.attention.failed_sends:
            mark = "broken"
        else:
            mark = "waits" if self.attention.is_urgent or self.attention.talks_over else ""
        return f"{mark} new".strip() if self.is_new else mark


def fetched(rows: QuerySet[Thread], *, with_texts: bool) -> list[Thread]:
    """The rows with all that a line shows of them; with texts, which message was last."""
    rows = rows.select_related("source", "identity").prefetch_related("source__bot_apps")
    if with_texts:
        said = Content.objects.filter(thread=OuterRef("pk")).order_by("-sent_at", "-pk")
        rows = rows.annotate(last_content=Subquery(said.values("pk")[:1]))
    return list(rows)


def lines(threads: Sequence[Thread], user: User, now: datetime) -> list[Line]:
    """The threads as lines, in their order, as `user` has them."""
    about = _Rest.of(threads, now)
    return [_line(thread, about, user, now) for thread in threads]


@dataclass(frozen=True)
class _Rest:
    """What hangs on the threads, by their keys."""

    engaged: dict[int, Intervention]
    running: dict[int, list[Handover]]
    to_send: dict[int, int]
    last: dict[int, Content]

    @classmethod
    def of(cls, threads: Sequence[Thread], now: datetime) -> _Rest:
        keys = [thread.pk for thread in threads]
        people = Intervention.objects.filter(thread__in=keys, is_bots=False, status__in=NOT_OVER)
        pending = Reply.objects.filter(thread__in=keys, is_pending=True).values_list("thread")
        last = [getattr(thread, "last_content", None) for thread in threads]
        return cls(
            engaged={row.thread_id: row for row in people.select_related("user")},
            running=_running(keys, now),
            to_send=dict(pending.annotate(n=Count("pk"))),
            last={row.thread_id: row for row in Content.objects.filter(pk__in=filter(None, last))}
            if any(last)
            else {},
        )


def _running(keys: list[int], now: datetime) -> dict[int, list[Handover]]:
    """Requests that are open, and what is being carried out at this moment."""
    leased = Q(state=HandoverState.UNKNOWN, lease_until__gt=now)
    rows = Handover.objects.filter(
        leased | Q(pk__in=thread_views.requested(now).values("pk")), thread__in=keys
    )
    running: dict[int, list[Handover]] = {}
    for row in rows.order_by("requested_at"):
        running.setdefault(row.thread_id, []).append(row)
    return running


def _line(thread: Thread, about: _Rest, user: User, now: datetime) -> Line:
    running = about.running.get(thread.pk, [])
    asked = next((row for row in running if row.state == HandoverState.REQUESTED), None)
    engaged = about.engaged.get(thread.pk)
    attention = attention_of(_facts(thread, engaged, asked), now)
    waits_since = attention.waits_since
    return Line(
        thread=thread,
        picture=thread.picture.judged(now),
        attention=attention,
        waits_for=(now - waits_since).total_seconds() if waits_since is not None else 0,
        last=about.last.get(thread.pk),
        engaged=engaged,
        is_mine=engaged is not None and engaged.user_id == user.pk,
        asked_left=None
        if asked is None or asked.deadline_at is None
        else (asked.deadline_at - now).total_seconds(),
        is_being_asked=any(row.state == HandoverState.UNKNOWN for row in running),
        to_send=about.to_send.get(thread.pk, 0),
    )


def _facts(thread: Thread, engaged: Intervention | None, asked: Handover | None) -> Facts:
    return Facts(
        picture=thread.picture,
        window=_window(thread),
        is_engaged=engaged is not None,
        customer_waits_since=thread.customer_waits_since,
        agent_wanted_since=thread.agent_wanted_since,
        requested_at=None if asked is None else asked.requested_at,
        last_answer_at=thread.last_answer_at,
        talked_over_at=thread.talked_over_at,
        failed_sends=thread.failed_sends,
    )


def _window(thread: Thread) -> MessagingWindow | None:
    try:
        return situations.window(thread)
    except KeyError:  # The channel's package is not installed any more.
        return None
