"""Who held a thread from when to when: from lines of history to stretches that follow each other.

Control lapses without a line of history (`Picture.judged`), so a lapse is worked out here as it is there:
24 hours after the customer's last message, or after control moved, if that was later. It is inferred, so
never sure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handover.decision import Verb
from handover.labels import HOLDERS
from handover.ownership import ANSWER_PRECISION, HELD, OWNERSHIP_LASTS, Owner
from handover.timeline.facts import Event, Facts, Holder, Lane
from handover.timeline.words import how_long

LAPSED = "Control lapsed: nobody renewed it, so this is concluded, not told"
RENEWED = "The customer wrote, and the same holder has the thread again"


@dataclass(frozen=True)
class Stretch:
    """One holder from `start` to `end`. `why`: how it began, empty where that is before the picture."""

    holder: Holder
    start: datetime
    end: datetime
    why: str = ""
    since: datetime | None = None
    """Since when it was held, where that is before the picture."""
    expires_at: datetime | None = None


def stretches(facts: Facts) -> list[Stretch]:
    """All of them, without gaps, from the picture's start until now."""
    return [stretch for told in _told(facts) for stretch in _lapsing(told, facts)]


def at(found: Sequence[Stretch], moment: datetime) -> Stretch | None:
    """Who held the thread at a moment; None where that is outside of the picture."""
    place = bisect_right(found, moment, key=lambda stretch: stretch.start) - 1
    return found[place] if place >= 0 and moment < found[place].end else None


def held_firmly(found: Sequence[Stretch], moment: datetime, lane: Lane) -> bool:
    """Whether somebody else than `lane` surely held the thread, since longer than answers are exact."""
    stretch = at(found, moment)
    if stretch is None or not stretch.holder.is_sure or stretch.holder.owner not in HELD:
        return False
    return stretch.holder.lane is not lane and moment - stretch.start > ANSWER_PRECISION


def name_of(holder: Holder) -> str:
    """The holder in a word or two."""
    word = HOLDERS[holder.owner]
    return f"{word} ({holder.app})" if holder.app else word


def _told(facts: Facts) -> Iterator[Stretch]:
    """As the history tells. Late news may be about what was before: they change what holds from there on."""
    current = Stretch(facts.held, facts.start, facts.now, since=facts.held_since)
    for event in facts.events:
        if event.after == current.holder:
            current = replace(current, expires_at=event.expires_at or current.expires_at)
            continue
        moment = min(max(event.at, current.start), facts.now)
        yield replace(current, end=moment)
        current = Stretch(event.after, moment, facts.now, _why(event), moment, event.expires_at)
    yield current


def _why(event: Event) -> str:
    moved = f"{name_of(event.before)} to {name_of(event.after)}"
    doubt = "" if event.after.is_sure or event.after.owner is Owner.UNKNOWN else ", as far as we know"
    return f"{moved}{doubt}: {event.cause}{_waited(event)}"


def _waited(event: Event) -> str:
    asked = event.asked
    if asked is None or asked.verb is not Verb.REQUEST or event.after.lane is not Lane(asked.to_party):
        return ""
    return f", {how_long(event.at - asked.at)} after it was asked for"


def _lapsing(told: Stretch, facts: Facts) -> Iterator[Stretch]:
    """The stretch, with the parts in which control had lapsed told apart."""
    start, why = told.start, told.why
    for lapsed, renewed in _lapses(told, facts):
        if start < lapsed:
            yield replace(told, start=start, end=lapsed, why=why)
        yield Stretch(Holder(Owner.IDLE), lapsed, renewed, LAPSED if lapsed > facts.start else "")
        start, why = renewed, RENEWED
    if start < told.end or start == told.start:  # What was held for no time at all was held, too.
        yield replace(told, start=start, why=why)


def _lapses(told: Stretch, facts: Facts) -> Iterator[tuple[datetime, datetime]]:
    """From when to when control had lapsed, within a stretch."""
    if told.holder.owner not in HELD:
        return
    renewals = _renewals(told, facts)
    for renewed, following in zip(renewals, [*renewals[1:], told.end], strict=True):
        lapses_at = max(_lapse(renewed, following, told, facts), renewed, told.start)
        if lapses_at < following:
            yield lapses_at, following


def _renewals(told: Stretch, facts: Facts) -> list[datetime]:
    """When control was renewed: at first by the customer's clock, which goes on when control moves."""
    written, since = facts.written, told.since or told.start
    before, last = bisect_right(written, since), bisect_left(written, told.end)
    clock = written[before - 1] if before else since
    return [clock if since < clock + OWNERSHIP_LASTS else since, *written[before:last]]


def _lapse(renewed: datetime, following: datetime, told: Stretch, facts: Facts) -> datetime:
    if following == facts.now and facts.held_until is not None:
        return facts.held_until
    return max(renewed + OWNERSHIP_LASTS, told.expires_at or renewed)
