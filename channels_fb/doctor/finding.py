"""What a finding is: its state, what was seen, and its fix in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """How bad it is. The values stand in kept results and in the command's JSON."""

    BROKEN = "no"
    WATCH = "warn"
    FINE = "ok"
    NOT_CHECKED = "na"


STATES = {
    State.BROKEN: "Broken",
    State.WATCH: "Watch",
    State.FINE: "Fine",
    State.NOT_CHECKED: "Not checked",
}
"""What people read."""


class Remedy(StrEnum):
    """Where a fix is carried out here; every other one is at Facebook."""

    NONE = ""
    SUBSCRIBE = "subscribe"
    CONNECTION = "connection"
    SETTINGS = "settings"
    DELIVERIES = "deliveries"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `code` is its name for programs.

    `cure` is the fix in a few words and `how` the rest of it; both empty where there is none to tell.
    """

    code: str
    state: State
    title: str
    seen: str = ""
    cure: str = ""
    how: str = ""
    remedy: Remedy = Remedy.NONE

    @property
    def fix(self) -> str:
        """The whole of it."""
        return f"{self.cure} {self.how}".strip()


def not_checked(code: str, title: str, why: str) -> Finding:
    """Nothing is claimed: what would have told is missing."""
    return Finding(code, State.NOT_CHECKED, title, why)


def moment(at: datetime) -> str:
    """Such as `1 December 2026, 08:00 UTC`."""
    local = at.astimezone(UTC)
    return f"{local.day} {local:%B %Y, %H:%M} UTC"


def span(length: timedelta) -> str:
    """In its largest unit, rounded down: `41 minutes`."""
    seconds = int(abs(length.total_seconds()))
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def counted(count: int, what: str, most: int | None = None) -> str:
    """`1 reply`, `2 replies`; beyond `most`, where counting ended, `100+ replies`."""
    number = f"{most}+" if most is not None and count > most else f"{count}"
    plural = f"{what[:-1]}ies" if what.endswith("y") and what[-2] not in "aeiou" else f"{what}s"
    return f"{number} {what if count == 1 else plural}"
