"""Who holds a thread: a pure reading of the evidence. No Django, no ORM, no network.

The remote platform is the truth; a `Picture` is what we may claim about it. It is a fold over
`Evidence`, ordered by the channel's own clock, so that late, repeated or reordered news ends in the
same picture. The strength of each kind of evidence follows Meta's pages on conversation routing:

* a handover event or an answer of the platform says who holds the thread;
* where a customer's message was delivered says so only where a default app exists;
* delivery to us as a bystander ("standby") says no more than "not ours";
* an echo says who spoke. It never overturns a handover event; at most it makes us unsure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

OWNERSHIP_LASTS = timedelta(hours=24)
"""Control lapses this long after the customer's last message (Meta, conversation routing)."""

ANSWER_PRECISION = timedelta(seconds=1)
"""Answers are dated by their `Date` header: whole seconds. Closer contradictions cannot be ordered."""

FRESH_FOR = timedelta(minutes=1)
"""A confirmed picture older than this is read again before anything is taken on its strength."""


class Party(StrEnum):
    """The two sides a handover names."""

    BOT = "bot"
    AGENT = "agent"


class Owner(StrEnum):
    """Who controls a thread, as far as can be told."""

    AGENT = "agent"
    BOT = "bot"
    INBOX = "inbox"
    OTHER = "other"
    IDLE = "idle"
    UNKNOWN = "unknown"


class ControlMode(StrEnum):
    """How the platform decides about control on a source.

    RECEIVERS is the old handover protocol with a primary app, ROUTING is Conversation Routing with a
    default app, OPEN has neither.
    """

    RECEIVERS = "receivers"
    ROUTING = "routing"
    OPEN = "open"
    UNKNOWN = "unknown"


class How(StrEnum):
    """What a picture rests on."""

    NOTHING = "nothing"
    HANDOVER_EVENT = "handover_event"
    OUR_CALL = "our_call"
    OWNER_READ = "owner_read"
    MESSAGE_ROUTING = "message_routing"
    ECHO = "echo"
    LAPSED = "lapsed"


STRONG = frozenset({How.HANDOVER_EVENT, How.OUR_CALL, How.OWNER_READ})
ANSWERS = frozenset({How.OUR_CALL, How.OWNER_READ})
HELD = frozenset({Owner.AGENT, Owner.BOT, Owner.INBOX, Owner.OTHER})


class EvidenceKind(StrEnum):
    """What one piece of news says."""

    HOLDS = "holds"
    """`app_id` holds the thread; an empty `app_id` means that nobody does."""
    HELD_ELSEWHERE = "held_elsewhere"
    """Somebody other than us holds the thread, and the platform does not say who. An `app_id` is our own
    guess: the target of a pass of ours whose answer was lost."""
    ROUTED_TO_US = "routed_to_us"
    """A customer's message was delivered to us as its owner."""
    ROUTED_ELSEWHERE = "routed_elsewhere"
    """A customer's message was delivered to us as a bystander."""
    SPOKE = "spoke"
    """`app_id` sent a message."""


CUSTOMER_ACTIONS = frozenset({EvidenceKind.ROUTED_TO_US, EvidenceKind.ROUTED_ELSEWHERE})
STRONG_KINDS = frozenset({EvidenceKind.HOLDS, EvidenceKind.HELD_ELSEWHERE})


@dataclass(frozen=True)
class Evidence:
    """One piece of news. `at` is the channel's clock, `received_at` is ours."""

    kind: EvidenceKind
    at: datetime
    received_at: datetime
    how: How = How.NOTHING
    app_id: str = ""
    previous_app_id: str = ""
    """Who held the thread before, where the platform names it."""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Cast:
    """Who is who on a source. `default` is the party whose app gets conversations nobody else holds."""

    agent_app_id: str
    bot_app_ids: frozenset[str]
    inbox_app_ids: frozenset[str] = frozenset()
    default: Party | None = None
    mode: ControlMode = ControlMode.UNKNOWN

    def owner_of(self, app_id: str) -> Owner:
        """The holder that an app id stands for; an empty id is nobody."""
        if not app_id:
            return Owner.IDLE
        if app_id == self.agent_app_id:
            return Owner.AGENT
        if app_id in self.bot_app_ids:
            return Owner.BOT
        return Owner.INBOX if app_id in self.inbox_app_ids else Owner.OTHER

    @property
    def has_default(self) -> bool:
        """Whether the place a message was delivered to says anything about control."""
        if self.mode is ControlMode.OPEN:
            return False
        return self.mode is ControlMode.ROUTING or self.default is not None

    @property
    def only_bot_app_id(self) -> str:
        """The bot's app id where exactly one is registered, else empty."""
        return next(iter(self.bot_app_ids)) if len(self.bot_app_ids) == 1 else ""


@dataclass(frozen=True)
class Picture:
    """What we claim about a thread. `since`, `observed_at`, `expires_at`: the channel's clock."""

    owner: Owner = Owner.UNKNOWN
    app_id: str = ""
    since: datetime | None = None
    observed_at: datetime | None = None
    expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    """Our clock: when evidence for this very holder last reached us."""
    how: How = How.NOTHING
    sure: bool = False

    def judged(self, now: datetime) -> Picture:
        """The picture as it stands at `now`: held threads lapse. A lapse is inferred, so never sure."""
        if self.owner not in HELD or self.expires_at is None or now < self.expires_at:
            return self
        return replace(self, owner=Owner.IDLE, app_id="", since=self.expires_at, how=How.LAPSED, sure=False)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the holder was confirmed within the last minute."""
        return self.sure and self.confirmed_at is not None and now - self.confirmed_at <= FRESH_FOR

    def says_the_same_as(self, other: Picture) -> bool:
        """Whether both name the same holder with the same certainty."""
        return (self.owner, self.app_id, self.sure) == (other.owner, other.app_id, other.sure)


def fold(evidence: Iterable[Evidence], cast: Cast, start: Picture | None = None) -> Picture:
    """The picture that a set of evidence amounts to, whatever the order it came in."""
    picture = start or Picture()
    for piece in in_order(evidence):
        picture = learn(picture, piece, cast)
    return picture


def in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    """By the channel's clock; what happened in the same instant always in the same order."""
    return sorted(evidence, key=_by_time)


def learn(picture: Picture, piece: Evidence, cast: Cast) -> Picture:
    """The picture after one more piece of evidence, which must not be older than the picture."""
    before = picture.judged(piece.at)
    after = _READINGS[piece.kind](before, piece, cast)
    if piece.kind in CUSTOMER_ACTIONS:
        after = _prolonged(after, piece.at)
    return replace(after, observed_at=max(piece.at, picture.observed_at or piece.at))


def _by_time(piece: Evidence) -> tuple[datetime, bool, bool, str, str]:
    """In one instant our own call comes last: what else is dated so is a reading that it has overtaken."""
    is_our_call = piece.how is How.OUR_CALL
    return piece.at, piece.kind in STRONG_KINDS, is_our_call, piece.kind, piece.app_id


def _prolonged(picture: Picture, wrote_at: datetime) -> Picture:
    until = wrote_at + OWNERSHIP_LASTS
    return replace(picture, expires_at=max(until, picture.expires_at or until))


def _holds(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    owner = cast.owner_of(piece.app_id)
    same = before.owner is owner and before.app_id == piece.app_id
    return replace(
        before,
        owner=owner,
        app_id=piece.app_id,
        since=before.since if same and before.since else piece.at,
        expires_at=_end(before, piece),
        confirmed_at=piece.received_at,
        how=piece.how,
        sure=same or not _overlap(before, piece),
    )


def _end(before: Picture, piece: Evidence) -> datetime:
    """The customer's clock goes on when control moves; one that has run out says nothing any more."""
    is_running = before.expires_at is not None and before.expires_at > piece.at
    return piece.expires_at or (before.expires_at if is_running else None) or piece.at + OWNERSHIP_LASTS


def _overlap(before: Picture, piece: Evidence) -> bool:
    """Whether an event is too close to the answer before it to say which came first.

    An answer took effect at any time within the second that it is dated by. What sorts before an answer
    had happened by then, or had been seen when the call was made.
    """
    return piece.how not in ANSWERS and _just_answered(before, piece)


def _just_answered(before: Picture, piece: Evidence) -> bool:
    if before.how not in ANSWERS or before.observed_at is None:
        return False
    return piece.at - before.observed_at <= ANSWER_PRECISION


def _held_elsewhere(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    """Consistent with any other holder we knew of, but no proof that it is still that one."""
    told = replace(
        before,
        expires_at=_end(before, piece),
        confirmed_at=piece.received_at,
        how=piece.how,
    )
    if before.owner in (Owner.BOT, Owner.INBOX) or (before.owner is Owner.OTHER and before.app_id):
        return replace(told, sure=False)
    return replace(
        told,
        owner=cast.owner_of(piece.app_id) if piece.app_id else Owner.OTHER,
        app_id=piece.app_id,
        since=before.since if before.owner is Owner.OTHER else piece.at,
        sure=piece.app_id == "",
    )


def _routed_to_us(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    if not cast.has_default:
        return before
    # While the mode is not known, every app may be getting every message.
    is_known = cast.mode is not ControlMode.UNKNOWN
    if before.owner is Owner.AGENT:
        return replace(before, confirmed_at=piece.received_at, sure=before.sure or is_known)
    if _just_answered(before, piece):
        return replace(before, sure=False)
    held = replace(piece, kind=EvidenceKind.HOLDS, how=How.MESSAGE_ROUTING, app_id=cast.agent_app_id)
    return replace(_holds(before, held, cast), sure=is_known)


def _routed_elsewhere(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    if before.owner in (Owner.BOT, Owner.INBOX, Owner.OTHER):
        return before
    if before.owner is Owner.AGENT:
        return _somebody_else(before, piece)
    if cast.has_default and cast.default is Party.BOT:
        return _default_bot(before, piece, cast)
    return _somebody_else(before, piece)


def _somebody_else(before: Picture, piece: Evidence) -> Picture:
    if before.owner is Owner.AGENT and _just_answered(before, piece):
        return replace(before, sure=False)
    return replace(
        before,
        owner=Owner.OTHER,
        app_id="",
        since=piece.at,
        confirmed_at=piece.received_at,
        how=How.MESSAGE_ROUTING,
        sure=False,
    )


def _default_bot(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    """A thread nobody held goes to the default app (Meta, conversation routing: entry points)."""
    return replace(
        before,
        owner=Owner.BOT,
        app_id=cast.only_bot_app_id,
        since=piece.at,
        confirmed_at=piece.received_at,
        how=How.MESSAGE_ROUTING,
        sure=cast.only_bot_app_id != "",
    )


def _spoke(before: Picture, piece: Evidence, cast: Cast) -> Picture:
    if cast.mode is ControlMode.OPEN and not before.app_id:
        return before  # With no default app anybody may speak in a thread that nobody holds.
    speaker = cast.owner_of(piece.app_id)
    if before.owner is speaker and before.app_id in ("", piece.app_id):
        # Only the holder may send, except where there is no default app: it held the thread when it spoke.
        sure = before.sure or cast.mode is not ControlMode.OPEN
        return replace(before, app_id=piece.app_id, confirmed_at=piece.received_at, sure=sure)
    if before.owner is Owner.IDLE and _just_answered(before, piece):
        return replace(before, sure=False)  # It may have spoken before control was released.
    is_named = before.owner is not Owner.IDLE and before.app_id != ""
    if before.how in STRONG and is_named:
        return replace(before, sure=False)
    names_the_holder = before.owner is Owner.OTHER and not before.app_id and before.sure
    return _speaker_holds(before, piece, speaker, sure=names_the_holder)


def _speaker_holds(before: Picture, piece: Evidence, speaker: Owner, *, sure: bool) -> Picture:
    return replace(
        before,
        owner=speaker,
        app_id=piece.app_id,
        since=piece.at,
        expires_at=_end(before, piece),
        confirmed_at=piece.received_at,
        how=How.ECHO,
        sure=sure,
    )


_READINGS = {
    EvidenceKind.HOLDS: _holds,
    EvidenceKind.HELD_ELSEWHERE: _held_elsewhere,
    EvidenceKind.ROUTED_TO_US: _routed_to_us,
    EvidenceKind.ROUTED_ELSEWHERE: _routed_elsewhere,
    EvidenceKind.SPOKE: _spoke,
}
