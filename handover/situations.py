"""From rows to a `Situation`: everything that a decision about one thread rests on."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from handover import agents
from handover.decision import Situation
from handover.messaging_window import MessagingWindow, window_of
from handover.models import Handover, HandoverState, Identity, Intervention, Source, Thread
from handover.models.interventions import OVER
from handover.ownership import Cast, Party, Picture
from handover.prepared import Given, Select
from handover.settling import TOLD_BY_THE_OWNER

_IS_RUNNING = Q(state__in=[HandoverState.REQUESTED, HandoverState.UNKNOWN]) | Q(lease_until__isnull=False)
_RUNNING = Select(lambda: Handover.objects.filter(_IS_RUNNING, thread=Given("thread")))
_RUNNING_FOR = Select(
    lambda: Handover.objects.filter(_IS_RUNNING, thread__identity=Given("identity")).select_related("thread")
)
_ENGAGED = Select(
    lambda: (
        Intervention.objects.filter(thread=Given("thread"), is_bots=False)
        .exclude(status__in=OVER)
        .select_related("user")[:1]
    )
)


def of_thread(
    thread: Thread,
    cast: Cast,
    now: datetime,
    *,
    own: Handover | None = None,
    just_read: bool = False,
    running: list[Handover] | None = None,
) -> Situation:
    """The situation of a thread. `own` is the handover being carried out by whoever asks.

    `running`: what `running_on` found, where it was asked already.
    """
    if running is None:
        running = [handover for handover in running_on(thread) if own is None or handover.pk != own.pk]
    engaged = open_intervention(thread)
    return Situation(
        now=now,
        picture=thread.picture.judged(now),
        cast=cast,
        source_active=thread.source.is_active,
        requests_refused=thread.source.requests_refused,
        takes_refused=thread.source.can_take is False,
        engagement="" if engaged is None else _engagement(engaged),
        engaged="" if engaged is None else str(engaged.status),
        in_progress=next((_words(h) for h in running if is_leased(h, now)), ""),
        is_given_back=_is_given_back(thread, now),
        is_requested=any(_is_requested(h, now) for h in running),
        has_loose_ends=any(_is_loose(h, now) for h in running),
        just_read=just_read,
        absence=agents.absence(thread.source, now),
    )


def window(thread: Thread, author: User | None = None) -> MessagingWindow:
    """Until when the customer may be answered, by an author, or by a person if none is named.

    The platform's tag is for what people write: a service user's token may belong to a program. The source
    must be installed as a channel.
    """
    source, is_person = thread.source, author is None or author.is_staff
    limits = source.channel.reply_limits
    return window_of(thread.last_customer_at, limits, may_tag=source.may_tag_human_agent and is_person)


def of_stranger(source: Source, cast: Cast, now: datetime) -> Situation:
    """The situation at first contact: nothing is known of any thread."""
    return Situation(
        now=now,
        picture=Picture(),
        cast=cast,
        source_active=source.is_active,
        requests_refused=source.requests_refused,
        absence=agents.absence(source, now),
    )


def pending_request(thread: Thread, now: datetime) -> Handover:
    """The request for control that is waiting to be granted. Raises StopIteration where none is."""
    return requested(running_on(thread), now)


def requested(running: list[Handover], now: datetime) -> Handover:
    """The same, among the handovers that are running."""
    return next(handover for handover in running if _is_requested(handover, now))


def in_progress(thread: Thread, now: datetime) -> Handover | None:
    """The handover that somebody is carrying out on the thread at this moment."""
    return thread.handovers.filter(lease_until__gt=now).first()


def running_on(thread: Thread) -> list[Handover]:
    """The handovers that are not over, or that somebody is about."""
    return _RUNNING.all(thread=thread.pk)


def running_for(identity: Identity) -> list[Handover]:
    """The same of a person, each with its thread."""
    return _RUNNING_FOR.all(identity=identity.pk)


def is_leased(handover: Handover, now: datetime) -> bool:
    """Whether somebody is carrying it out at this moment."""
    return handover.lease_until is not None and handover.lease_until > now


def _is_requested(handover: Handover, now: datetime) -> bool:
    waits = handover.state == HandoverState.REQUESTED and handover.to_party == Party.AGENT
    return waits and (handover.deadline_at is None or handover.deadline_at > now)


def _is_loose(handover: Handover, now: datetime) -> bool:
    if handover.state != HandoverState.UNKNOWN or handover.verb not in TOLD_BY_THE_OWNER:
        return False
    return not is_leased(handover, now)


def _words(handover: Handover) -> str:
    return f"Another handover, from {handover.from_party} to {handover.to_party},"


def _is_given_back(thread: Thread, now: datetime) -> bool:
    is_attended = thread.attended_until is not None and thread.attended_until > now
    return thread.give_back_for_id is not None and is_attended


def _engagement(open_one: Intervention) -> str:
    """Whose intervention is open and since when, in words."""
    return f"{open_one.user.get_username()} has it ({open_one.status}) since {_moment(open_one.opened_at)}"


def open_intervention(thread: Thread) -> Intervention | None:
    """A person's intervention that is not over: opened, deferred or closing."""
    return _ENGAGED.first(thread=thread.pk)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
