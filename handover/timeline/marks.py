"""What happened at one moment: messages, moves of control, requests, refusals, changes of interventions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handover.labels import EVENTS, HOLDERS
from handover.ownership import Owner
from handover.timeline.facts import Asked, Event, Facts, Fate, Lane, Message, Outcome
from handover.timeline.stretches import Stretch, at, held_firmly
from handover.timeline.words import Days, how_long


class MarkKind(StrEnum):
    """What a mark looks like: its shape says what it is, its lane whose it is."""

    WROTE = "wrote"
    PENDING = "pending"
    FAILED = "failed"
    OUT_OF_TURN = "out_of_turn"
    MOVED = "moved"
    MOVED_UNSURELY = "moved_unsurely"
    REQUESTED = "requested"
    EXPIRED = "expired"
    REFUSED = "refused"
    NOT_KNOWN = "not_known"
    STAYED = "stayed"
    NOTE = "note"


@dataclass(frozen=True)
class Mark:
    """One mark. `to_lane`: where it points; `since` and `until`: a line from or to then, in its own lane."""

    kind: MarkKind
    at: datetime
    lane: Lane
    title: str
    to_lane: Lane | None = None
    since: datetime | None = None
    until: datetime | None = None


COUNTED = {
    MarkKind.REQUESTED: ("request for control", "requests for control"),
    MarkKind.EXPIRED: ("request expired", "requests expired"),
    MarkKind.REFUSED: ("refusal or failure", "refusals or failures"),
    MarkKind.FAILED: ("message was not sent", "messages were not sent"),
    MarkKind.OUT_OF_TURN: (
        "message was written while another held the thread",
        "messages were written while another held the thread",
    ),
}
_MAY_WRITE_ANY_TIME = (Lane.CUSTOMER, Lane.AGENT, Lane.INBOX)
"""The Inbox takes control by writing, and news of that may come after its message. Ours are sent by us."""


def of(facts: Facts, found: list[Stretch]) -> Iterator[Mark]:
    """All marks: moves first, so that messages are drawn over them."""
    say = _Say(facts.days)
    yield from _moves(found, say)
    for event in facts.events:
        made = _of_event(event, facts, say)
        if made is not None:
            yield made
    for message in facts.messages:
        yield _of_message(message, found, say)


@dataclass(frozen=True)
class _Say:
    """Titles begin with their time."""

    days: Days

    def __call__(self, moment: datetime, text: str) -> str:
        return f"{self.days.second(moment)} {text}"


def _moves(found: list[Stretch], say: _Say) -> Iterator[Mark]:
    """Where the holder changed. Where only certainty did, the bars show it."""
    for before, after in zip(found, found[1:], strict=False):
        title = say(after.start, after.why)
        is_told = after.holder.is_sure or after.holder.owner is Owner.UNKNOWN
        kind = MarkKind.MOVED if is_told else MarkKind.MOVED_UNSURELY
        if before.holder.lane is not after.holder.lane:
            yield Mark(kind, after.start, before.holder.lane, title, to_lane=after.holder.lane)
        elif before.holder.app != after.holder.app:
            yield Mark(MarkKind.STAYED, after.start, after.holder.lane, title)


def _of_event(event: Event, facts: Facts, say: _Say) -> Mark | None:
    make = _EVENTS.get(event.name)
    if make is not None:
        return make(event, facts, say)
    if event.name.startswith(("intervention.", "intervention_comment.")):
        return Mark(MarkKind.NOTE, event.at, Lane.INTERVENTION, say(event.at, f"Intervention: {event.cause}"))
    return None


def _line(event: Event, say: _Say) -> str:
    by = f", by {event.actor}" if event.actor else ""
    answer = f"; {event.answer}" if event.answer else ""
    return say(event.at, f"{EVENTS.get(event.name, event.name)}{by}: {event.cause}{answer}")


def _requested(event: Event, facts: Facts, say: _Say) -> Mark:
    asked = event.asked
    outcome = _outcome(asked) if asked else "asked is not granted"
    by = f" by {event.actor}" if event.actor else ""
    is_open = asked is not None and asked.outcome in (Outcome.REQUESTED, Outcome.UNKNOWN)
    return Mark(
        MarkKind.REQUESTED,
        event.at,
        Lane.AGENT,
        say(event.at, f"Control requested{by} while the holder was {HOLDERS[event.before.owner]}; {outcome}"),
        to_lane=event.before.lane,
        until=facts.now if is_open else None,
    )


def _outcome(asked: Asked) -> str:
    if asked.outcome is Outcome.REQUESTED:
        return "not granted yet"
    if asked.settled_at is None:
        return f"outcome {asked.outcome}"
    return f"{asked.outcome} after {how_long(asked.settled_at - asked.at)}"


def _asked_of_us(event: Event, facts: Facts, say: _Say) -> Mark:
    return Mark(MarkKind.REQUESTED, event.at, Lane.AGENT, _line(event, say))


def _expired(event: Event, facts: Facts, say: _Say) -> Mark:
    since = max(event.asked.at, facts.start) if event.asked else None
    return Mark(MarkKind.EXPIRED, event.at, Lane.AGENT, _line(event, say), since=since)


def _refused(event: Event, facts: Facts, say: _Say) -> Mark:
    return Mark(MarkKind.REFUSED, event.at, Lane.AGENT, _line(event, say), to_lane=_other_side(event))


def _not_known(event: Event, facts: Facts, say: _Say) -> Mark:
    return Mark(MarkKind.NOT_KNOWN, event.at, Lane.AGENT, _line(event, say), to_lane=_other_side(event))


def _other_side(event: Event) -> Lane:
    """Whom control was wanted from, or for whom: the agent's side is the one that asks."""
    if event.before.lane is not Lane.AGENT:
        return event.before.lane
    asked = event.asked
    return Lane(asked.to_party) if asked is not None else Lane.IDLE


def _stayed(event: Event, facts: Facts, say: _Say) -> Mark:
    return Mark(MarkKind.STAYED, event.at, event.after.lane, _line(event, say))


_EVENTS: dict[str, Callable[[Event, Facts, _Say], Mark]] = {
    "thread_control.requested": _requested,
    "thread_control.asked": _asked_of_us,
    "thread_control.expired": _expired,
    "thread_control.refused": _refused,
    "thread_control.failed": _refused,
    "thread_control.unknown": _not_known,
    "thread_control.unchanged": _stayed,
}
"""Of the other lines, those that moved control are seen in the bars, and those about messages in these."""


_AUTHORS = {
    Lane.CUSTOMER: "Customer",
    Lane.BOT: "Bot",
    Lane.AGENT: "Agent",
    Lane.INBOX: "Inbox",
    Lane.OTHER: "Another app",
}


def _of_message(message: Message, found: list[Stretch], say: _Say) -> Mark:
    who = f"{_AUTHORS[message.author]} ({message.by})" if message.by else _AUTHORS[message.author]
    if message.fate is Fate.FAILED:
        text = f"{who}: not sent, {message.why}" if message.why else f"{who}: not sent"
        return Mark(MarkKind.FAILED, message.at, message.author, say(message.at, text))
    if message.fate is Fate.PENDING:
        return Mark(MarkKind.PENDING, message.at, message.author, say(message.at, f"{who}: to be sent"))
    return _sent(message, who, found, say)


def _sent(message: Message, who: str, found: list[Stretch], say: _Say) -> Mark:
    out_of_turn = message.author not in _MAY_WRITE_ANY_TIME and held_firmly(found, message.at, message.author)
    holder = at(found, message.at)
    if out_of_turn and holder is not None:
        text = f"{who} wrote while the holder was {HOLDERS[holder.holder.owner]}"
        return Mark(MarkKind.OUT_OF_TURN, message.at, message.author, say(message.at, text))
    return Mark(MarkKind.WROTE, message.at, message.author, say(message.at, f"{who} wrote"))
