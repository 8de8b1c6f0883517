"""What has come from Facebook, how late, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from channels_fb.doctor.facts import Arrivals, Facts
from channels_fb.doctor.finding import Finding, Remedy, State, counted, moment, not_checked, span

KINDS = {
    "messages": "message to us as the holder",
    "standby": "as a bystander (standby)",
    "message_echoes": "echo",
    "messaging_postbacks": "postback",
    "messaging_handovers": "handover",
    "message_deliveries": "delivered",
    "message_reads": "read",
}

QUIET_FOR = timedelta(minutes=30)
"""Standby alone for less than this says nothing: conversations are longer."""

LATE = 60.0
"""Seconds. Facebook delivers within a few."""

MOST_ITEMS = 100
"""Where counting items ends."""


def find(facts: Facts) -> Iterator[Finding]:
    """About what came for the page."""
    came = facts.arrivals
    yield _last_of_each(came, facts.at)
    yield _standby(came, facts)
    yield _delay(came)
    yield _failed(came)


def _last_of_each(came: Arrivals, now: datetime) -> Finding:
    if not came.last:
        looked = f"among the newest {counted(came.looked_at, 'delivery')}" if came.looked_at else "at all"
        how = "and examine again. If nothing comes, look at callback, fields and signature above."
        return Finding(
            "last", State.WATCH, "Nothing has come for the page", f"None {looked}.", "Write to the page", how
        )
    words = [f"{name} {_when(came.last.get(kind), now)}" for kind, name in KINDS.items()]
    return Finding("last", State.FINE, "Last delivery by kind", "; ".join(words) + ".", "", _looked_at(came))


def _when(at: datetime | None, now: datetime) -> str:
    return "none seen" if at is None else f"{span(now - at)} ago"


def _looked_at(came: Arrivals) -> str:
    if came.since is None:
        return "Of messages: those of the threads that were active last."
    return f"The newest {counted(came.looked_at, 'delivery')} were looked at, back to {moment(came.since)}."


def _standby(came: Arrivals, facts: Facts) -> Finding:
    began = came.on_messaging_at or came.on_standby_since
    if not came.on_standby or began is None or facts.at - began < QUIET_FOR:
        return Finding("standby", State.FINE, "Customers' messages", _routing(came))
    title = f"Only standby for {span(facts.at - began)}"
    if facts.settings.primary == "agent":
        how = "Threads that nobody holds should come to us: our app is the primary one here, and not there."
        cure = "Set the default app at Facebook."
        return Finding("standby", State.BROKEN, title, _routing(came), cure, how)
    how = "Normal while the bot has all threads; not if agents should have some."
    return Finding("standby", State.WATCH, title, _routing(came), "Nothing yet.", how)


def _routing(came: Arrivals) -> str:
    standby = f"{counted(came.on_standby, 'message')} came to us as a bystander"
    if came.on_messaging_at is None:
        return f"None came to us as the holder yet; {standby}."
    return f"One came to us as the holder on {moment(came.on_messaging_at)}; since then {standby}."


def _delay(came: Arrivals) -> Finding:
    if not came.delays:
        return not_checked("delay", "Delay of webhooks", "None was seen.")
    usual = median(came.delays)
    seen = f"In the middle {usual:.0f} s after what they tell of; the slowest took {max(came.delays):.0f} s."
    if usual <= LATE:
        return Finding("delay", State.FINE, "Delay of webhooks", seen)
    how = "Facebook repeats what is not answered within seconds; look at proxy and load."
    return Finding("delay", State.WATCH, "Webhooks come late", seen, "Answer faster.", how)


def _failed(came: Arrivals) -> Finding:
    again = f" Facebook sent {counted(came.repeats, 'delivery')} again." if came.repeats else ""
    unknown = "Everything was understood."
    if came.unknown_items:
        unknown = f"Not understood, and kept: {counted(came.unknown_items, 'item', MOST_ITEMS)}."
    if came.failed_items:
        title = f"{counted(came.failed_items, 'item', MOST_ITEMS)} of deliveries failed"
        how = "and process them again."
        seen = f"{unknown}{again}"
        return Finding("failed", State.BROKEN, title, seen, "Look at the failed ones", how, Remedy.DELIVERIES)
    return Finding("failed", State.FINE, "Nothing failed in processing", f"{unknown}{again}")
