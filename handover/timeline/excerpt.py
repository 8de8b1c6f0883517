"""A later part of what is known, for a smaller picture: nothing that began before it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from handover.timeline.facts import Facts, Holder


def since(facts: Facts, start: datetime) -> Facts:
    """The same thread from `start` on.

    Events stay in the order of the history: one that is dated earlier, but became known after a later one,
    is kept with that one, as it says who held the thread from there on.
    """
    events = facts.events
    first = next((place for place, event in enumerate(events) if event.at >= start), len(events))
    return replace(
        facts,
        start=start,
        held=_held(facts, first),
        held_since=events[first - 1].at if first else facts.held_since,
        events=events[first:],
        messages=tuple(message for message in facts.messages if message.at >= start),
        engagements=tuple(
            row for row in facts.engagements if row.closed_at is None or row.closed_at >= start
        ),
        wrote_before=max((moment for moment in facts.written if moment < start), default=None),
    )


def last_part(facts: Facts, share: float) -> Facts:
    """The last part, unless nothing happened in it: then all."""
    part = since(facts, facts.now - (facts.now - facts.start) * share)
    return part if part.events or part.messages else facts


def _held(facts: Facts, first: int) -> Holder:
    return facts.events[first - 1].after if first else facts.held
