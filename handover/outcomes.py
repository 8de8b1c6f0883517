"""What came of a line of history about control: pure. No Django, no ORM, no network."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended, or that it has not yet."""

    DONE = "done"
    """Control moved, or who holds the thread was told."""
    REQUESTED = "requested"
    ASKED = "asked"
    """Another app asked for control."""
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    """What became of an unknown outcome was found out later; the cause says it."""
    NOTHING_TO_MOVE = "nothing"


OF_LINES = {
    "thread_control.asked": Outcome.ASKED,
    "thread_control.expired": Outcome.EXPIRED,
    "thread_control.failed": Outcome.FAILED,
    "thread_control.inferred": Outcome.DONE,
    "thread_control.observed": Outcome.DONE,
    "thread_control.passed": Outcome.DONE,
    "thread_control.refused": Outcome.REFUSED,
    "thread_control.released": Outcome.DONE,
    "thread_control.requested": Outcome.REQUESTED,
    "thread_control.settled": Outcome.SETTLED,
    "thread_control.taken": Outcome.DONE,
    "thread_control.unchanged": Outcome.NOTHING_TO_MOVE,
    "thread_control.unknown": Outcome.UNKNOWN,
}
"""By the name of the line."""

OPEN = frozenset({Outcome.REQUESTED, Outcome.UNKNOWN, Outcome.ASKED})
"""Nothing has ended yet."""


def names_of(outcome: Outcome) -> list[str]:
    """The names of the lines that tell of an outcome."""
    return [name for name, told in OF_LINES.items() if told is outcome]


def took(name: str, at: datetime, requested_at: datetime | None) -> timedelta | None:
    """How long a handover took until the line `name` of `at` ended it; None where it ended none.

    Both times are of our clock.
    """
    if requested_at is None or name not in OF_LINES or OF_LINES[name] in OPEN:
        return None
    return max(at - requested_at, timedelta())
