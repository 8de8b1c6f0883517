"""Which lines of the history somebody looks for, as conditions on rows.

They are of two sorts: what an index finds in the order of time, and what has to be looked at line by line.
The latter are put so that no database takes an index for them, which would have it read and sort all lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from handover.labels import EVENTS
from handover.models import Source, ThreadEvent
from handover.outcomes import Outcome, names_of
from handover.ownership import How, Owner, Party


class Subject(StrEnum):
    """What lines are about."""

    CONTROL = "control"
    INTERVENTIONS = "interventions"
    REPLIES = "replies"
    READINGS = "readings"
    ALL = "all"


class Direction(StrEnum):
    """Which way control went, or was to go."""

    BOT_TO_AGENT = "bot_agent"
    AGENT_TO_BOT = "agent_bot"
    TO_AGENT = "agent"
    TO_BOT = "bot"
    TO_INBOX = "inbox"
    TO_OTHER = "other"
    TO_IDLE = "idle"
    TO_UNSURE = "unknown"


class CauseKind(StrEnum):
    """Where a line came from."""

    API = "api"
    ADMIN = "admin"
    WEBHOOK = "webhook"
    MESSAGE = "message"
    READING = "reading"
    DEADLINE = "deadline"
    SYSTEM = "system"


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is left out is not asked about. `since` is part of it, `until` is not."""

    subject: Subject = Subject.CONTROL
    threads: frozenset[int] | None = None
    source: Source | None = None
    direction: Direction | None = None
    outcome: Outcome | None = None
    actor_kind: str = ""
    actor: str = ""
    cause_kind: CauseKind | None = None
    cause: str = ""
    since: datetime | None = None
    until: datetime | None = None
    request_id: str = ""


_BEGINNINGS = {
    Subject.CONTROL: "thread_control.",
    Subject.INTERVENTIONS: "intervention",
    Subject.REPLIES: "content.",
    Subject.READINGS: "content_thread.read",
}
_MOVED = {
    Direction.TO_AGENT: Owner.AGENT,
    Direction.TO_BOT: Owner.BOT,
    Direction.TO_INBOX: Owner.INBOX,
    Direction.TO_OTHER: Owner.OTHER,
    Direction.TO_IDLE: Owner.IDLE,
    Direction.TO_UNSURE: Owner.UNKNOWN,
}
_BETWEEN = {
    Direction.BOT_TO_AGENT: (Party.BOT, Party.AGENT),
    Direction.AGENT_TO_BOT: (Party.AGENT, Party.BOT),
}
_KINDS = ThreadEvent.ActorKind
_CAUSES = {
    CauseKind.API: Q(actor_kind=_KINDS.TOKEN),
    CauseKind.ADMIN: Q(actor_kind=_KINDS.STAFF),
    CauseKind.WEBHOOK: Q(actor_kind=_KINDS.WEBHOOK) & ~Q(name__endswith=".inferred"),
    CauseKind.MESSAGE: Q(name__endswith=".inferred"),
    CauseKind.READING: Q(evidence_how=How.OWNER_READ),
    CauseKind.DEADLINE: Q(name__endswith=".expired"),
    CauseKind.SYSTEM: Q(actor_kind=_KINDS.SYSTEM) & ~Q(name__endswith=".expired"),
}


def indexed(wanted: Wanted) -> Q:
    """What an index finds in the order of time."""
    found = Q()
    if wanted.threads is not None:
        found &= Q(thread__in=wanted.threads)
    if wanted.request_id:
        found &= Q(correlation_id=wanted.request_id)
    if wanted.since is not None:
        found &= Q(at__gte=wanted.since)
    if wanted.until is not None:
        found &= Q(at__lt=wanted.until)
    name = _only_name(wanted)
    return found & Q(name=name) if name else found


def sifted(wanted: Wanted) -> Q:
    """What has to be looked at line by line, but for the page."""
    found = Q() if _only_name(wanted) else _named(wanted)
    if wanted.direction is not None:
        found &= _went(wanted.direction)
    if wanted.actor_kind:
        found &= Q(actor_kind=wanted.actor_kind)
    if wanted.actor:
        found &= Q(actor_label__icontains=wanted.actor)
    if wanted.cause_kind is not None:
        found &= _CAUSES[wanted.cause_kind]
    return found & Q(cause__icontains=wanted.cause) if wanted.cause else found


def is_dense(wanted: Wanted) -> bool:
    """Whether little is passed over on the way along the index: most lines are about control."""
    return sifted(wanted) in (Q(), _about(Subject.CONTROL))


def _only_name(wanted: Wanted) -> str:
    """The one name that all lines wanted have, or an empty one."""
    if wanted.outcome is None:
        return _BEGINNINGS[Subject.READINGS] if wanted.subject is Subject.READINGS else ""
    names = names_of(wanted.outcome)
    is_about_control = wanted.subject in (Subject.CONTROL, Subject.ALL)
    return names[0] if is_about_control and len(names) == 1 else ""


def _named(wanted: Wanted) -> Q:
    """The names that the lines may have."""
    about = _about(wanted.subject)
    if wanted.outcome is None:
        return about
    return about & ~Q(name__in=EVENTS.keys() - set(names_of(wanted.outcome)))


def _about(subject: Subject) -> Q:
    return Q(name__startswith=_BEGINNINGS[subject]) if subject in _BEGINNINGS else Q()


def _went(direction: Direction) -> Q:
    """By who held the thread before and after; between bot and agent also by what the handover was to do."""
    if direction in _MOVED:
        owner = _MOVED[direction]
        return Q(owner_after=owner) & ~Q(owner_before=owner)
    from_party, to_party = _BETWEEN[direction]
    moved = Q(owner_before=from_party, owner_after=to_party)
    return moved | Q(handover__from_party=from_party, handover__to_party=to_party)
