"""A line of history as the console's table and record show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handover.admin import lines
from handover.labels import OUTCOMES
from handover.models import Identity, Source, ThreadEvent
from handover.outcomes import OF_LINES, Outcome, took
from handover.ownership import Owner, Picture

_LOOKS = {
    Outcome.DONE: ("ok", "okc"),
    Outcome.REQUESTED: ("wait", "clock"),
    Outcome.ASKED: ("wait", "hand"),
    Outcome.REFUSED: ("no", "stop"),
    Outcome.EXPIRED: ("late", "hour"),
    Outcome.FAILED: ("no", "stop"),
    Outcome.UNKNOWN: ("late", "unsure"),
    Outcome.SETTLED: ("wait", "okc"),
    Outcome.NOTHING_TO_MOVE: ("wait", "na"),
}
_MOST_SECONDS = 600
"""Up to here a length of time is told in seconds, to a tenth below ten."""


@dataclass(frozen=True)
class Ended:
    """What came of it: a word, an icon, and how it looks."""

    look: str
    icon: str
    word: str


@dataclass(frozen=True)
class Row:
    """One line. `aimed_at` is whose the thread was to become, where it did not; the rest is on `event`."""

    event: ThreadEvent
    before: Picture
    after: Picture
    aimed_at: Owner | None
    ended: Ended
    who: str
    took: str

    @property
    def person(self) -> Identity:
        """Whose thread it is."""
        return self.event.thread.identity

    @property
    def source(self) -> Source:
        """The page that it is on."""
        return self.event.thread.source

    @property
    def has_moved(self) -> bool:
        """Whether another holder is known, or the same one more or less surely."""
        return not self.before.says_the_same_as(self.after)


def row_of(event: ThreadEvent) -> Row:
    """A line in words and badges."""
    before = _picture(event.owner_before, event.app_id_before, event.sure_before)
    after = _picture(event.owner_after, event.app_id_after, event.sure_after)
    return Row(
        event=event,
        before=before,
        after=after,
        aimed_at=_aim(event) if before.says_the_same_as(after) else None,
        ended=_ended(event),
        who=lines.who(event),
        took=_took(event),
    )


def _picture(owner: str, app_id: str, is_sure: bool) -> Picture:
    return Picture(owner=Owner(owner), app_id=app_id, sure=is_sure)


def _aim(event: ThreadEvent) -> Owner | None:
    """Where the handover was to go, unless it is there."""
    if event.handover is None or event.handover.to_party == event.owner_after:
        return None
    return Owner(event.handover.to_party)


def _ended(event: ThreadEvent) -> Ended:
    """Lines about other things than control are called by their own name."""
    outcome = OF_LINES.get(event.name)
    if outcome is None:
        return Ended("wait", "okc", lines.what(event))
    return Ended(*_LOOKS[outcome], OUTCOMES[outcome])


def _took(event: ThreadEvent) -> str:
    requested_at: datetime | None = event.handover.requested_at if event.handover else None
    length = took(event.name, event.at, requested_at)
    return "" if length is None else in_words(length.total_seconds())


def in_words(seconds: float) -> str:
    """A length of time: 0.4 s, 39 s, 12 min 5 s."""
    if seconds < 10:  # noqa: PLR2004 - above, tenths say nothing
        return f"{seconds:.1f}\N{NO-BREAK SPACE}s"
    whole = round(seconds)
    if whole <= _MOST_SECONDS:
        return f"{whole}\N{NO-BREAK SPACE}s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    words = [(hours, "h"), (minutes, "min"), (left if not hours else 0, "s")]
    return " ".join(f"{number}\N{NO-BREAK SPACE}{unit}" for number, unit in words if number)
