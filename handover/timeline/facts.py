"""What a timeline is made from: one thread's rows, without the text of any message.

Moments are the platform's clock where it told of something, ours otherwise. The two differ by seconds, which
a picture for people can bear; no rule rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from handover.decision import Verb
from handover.ownership import Owner, Party
from handover.timeline.words import Days


class Lane(StrEnum):
    """A row of the picture, from top to bottom. Who writes and who holds are called alike."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    INBOX = "inbox"
    OTHER = "other"
    IDLE = "idle"
    UNKNOWN = "unknown"
    INTERVENTION = "intervention"
    WINDOW = "window"


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    PENDING = "pending"
    FAILED = "failed"


class Outcome(StrEnum):
    """How a handover stands."""

    REQUESTED = "requested"
    COMPLETED = "completed"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Holder:
    """Who held the thread, as a line of history says. `app`: its name, empty where none is known."""

    owner: Owner = Owner.UNKNOWN
    is_sure: bool = False
    app: str = ""

    @property
    def lane(self) -> Lane:
        """The row that it is drawn in."""
        return Lane(self.owner)


@dataclass(frozen=True)
class Message:
    """One message. `by`: whoever wrote it, where that is known by name; `why`: why it was not sent."""

    at: datetime
    author: Lane
    fate: Fate = Fate.SENT
    by: str = ""
    why: str = ""


@dataclass(frozen=True)
class Asked:
    """The handover that a line of history is about."""

    at: datetime
    to_party: Party
    outcome: Outcome
    verb: Verb | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One line of history. `actor` and `cause` are clauses; `answer` is what the platform said to a call."""

    at: datetime
    name: str
    before: Holder
    after: Holder
    cause: str = ""
    actor: str = ""
    answer: str = ""
    asked: Asked | None = None
    expires_at: datetime | None = None
    """When the platform said that control ends, where it did."""


@dataclass(frozen=True)
class Engagement:
    """An intervention. `status`: in a word; `closed_at` is None while it is not over."""

    by: str
    opened_at: datetime
    status: str
    closed_at: datetime | None = None
    deferred_at: datetime | None = None
    """Since when it has been put aside; None while it is not."""


@dataclass(frozen=True)
class WindowRule:
    """How long after each action of the customer's they may be answered; `by_hand` by a person, or None."""

    response: timedelta
    by_hand: timedelta | None = None


@dataclass(frozen=True)
class Facts:
    """All that is known of one thread from `start` until `now`. Events are in the order of the history."""

    person: str
    page: str
    thread: str
    """The thread's id, as the API has it."""
    start: datetime
    now: datetime
    held: Holder
    """Who held the thread at the start."""
    held_since: datetime | None
    """When that was last told, if it was before the start."""
    held_until: datetime | None
    """When control lapsed, or will, of who holds it now."""
    window: WindowRule
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    engagements: tuple[Engagement, ...] = ()
    wrote_before: datetime | None = None
    """When the customer wrote last before the start."""
    is_cut: bool = False
    """There was more than is drawn, so the start is later than was asked for."""

    @cached_property
    def written(self) -> tuple[datetime, ...]:
        """When the customer wrote, in order: the last time before the start, and since."""
        since = [message.at for message in self.messages if message.author is Lane.CUSTOMER]
        return tuple(sorted([*([self.wrote_before] if self.wrote_before else []), *since]))

    @property
    def days(self) -> Days:
        """How its moments are written."""
        return Days(self.start, self.now)
