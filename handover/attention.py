"""What a thread asks of the staff: a pure rule over its facts. No Django, no ORM, no network.

*Somebody waits* where the customer had the last word, and where a handover to the agents has completed and
nobody of theirs has come since, whatever the bot said for goodbye. What is still to be sent, or failed, is
no answer.

*Unattended* is a thread where somebody waits, the customer may still be answered, and nobody who answers
surely holds the thread: the bot, the Page Inbox, another app, or our own app under a person's intervention
that is not over. That our app holds it is not enough, as an app does not answer; and who holds it only as
far as we know may not know of it either.

`thread_views` says the same in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handover.messaging_window import MessagingWindow
from handover.ownership import Owner, Picture

ANSWERING = frozenset({Owner.BOT, Owner.INBOX, Owner.OTHER})
"""Who answers by holding a thread. Our own app does so through a person."""


@dataclass(frozen=True)
class Facts:
    """What the rule rests on.

    `picture`: not yet judged. `window`: None where the page's channel is not installed, so that nobody can
    answer. `customer_waits_since`: the first customer's message that nobody's has followed; by the channel's
    clock, as `last_answer_at`, the last message of anybody else, and `talked_over_at`, the bot's last one
    while our app held the thread. `agent_wanted_since`, `requested_at`: ours.
    """

    picture: Picture
    window: MessagingWindow | None = MessagingWindow()
    is_engaged: bool = False
    """A person's intervention is not over."""
    customer_waits_since: datetime | None = None
    agent_wanted_since: datetime | None = None
    requested_at: datetime | None = None
    """When control was asked for that has neither come nor expired."""
    last_answer_at: datetime | None = None
    talked_over_at: datetime | None = None
    failed_sends: int = 0


@dataclass(frozen=True)
class Attention:
    """What staff should know. `waits_since`: None where nobody waits for anything."""

    waits_since: datetime | None
    is_unattended: bool
    waits_for_control: bool
    talks_over: bool
    failed_sends: int

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits who may be waiting for us: not for the bot, an agent or anybody else that is
        on it."""
        return self.is_unattended or self.waits_for_control


def attention_of(facts: Facts, now: datetime) -> Attention:
    """The whole of it, at `now`."""
    waits_since = facts.customer_waits_since or facts.agent_wanted_since
    waits_for_control = facts.requested_at is not None
    return Attention(
        waits_since=waits_since or facts.requested_at,
        is_unattended=waits_since is not None and _is_answerable(facts, now) and not _is_attended(facts, now),
        waits_for_control=waits_for_control,
        talks_over=_talks_over(facts, now),
        failed_sends=facts.failed_sends,
    )


def _is_answerable(facts: Facts, now: datetime) -> bool:
    return facts.window is not None and facts.window.tag_at(now) is not None


def _is_attended(facts: Facts, now: datetime) -> bool:
    picture = facts.picture.judged(now)
    return picture.sure and (
        picture.owner in ANSWERING or (picture.owner is Owner.AGENT and facts.is_engaged)
    )


def _talks_over(facts: Facts, now: datetime) -> bool:
    """Until an agent writes, or control moves: then it is over, and stands in the transcript."""
    picture = facts.picture.judged(now)
    if picture.owner is not Owner.AGENT or picture.since is None or facts.talked_over_at is None:
        return False
    is_last = facts.last_answer_at is None or facts.talked_over_at >= facts.last_answer_at
    return is_last and facts.talked_over_at > picture.since
