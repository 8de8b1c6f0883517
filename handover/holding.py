"""Who held a thread at a given time: by all that is known today, and by what had been recorded then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handover.evidence import stored
from handover.models import Thread, ThreadEvent
from handover.ownership import Owner, Picture, fold


@dataclass(frozen=True)
class Held:
    """An answer for one moment.

    `picture` is made from the evidence that is known today and that the platform dates up to the moment, by
    the rules by which every picture is made, and judged at the moment. `line` is the last one with word of
    the platform's on who held the thread. `recorded` is the last one that was written by the moment, by our
    clock: it says something else where news came late. Both are None where there was none.
    """

    at: datetime
    picture: Picture
    line: ThreadEvent | None
    recorded: ThreadEvent | None

    @property
    def is_known(self) -> bool:
        """Whether anything at all says who held the thread."""
        return self.picture.owner is not Owner.UNKNOWN

    @property
    def is_told_otherwise(self) -> bool:
        """Whether the record of the time names another holder, or was less sure."""
        if self.recorded is None:
            return self.is_known
        said = (self.recorded.owner_after, self.recorded.app_id_after, self.recorded.sure_after)
        return said != (self.picture.owner, self.picture.app_id, self.picture.sure)


def held_at(thread: Thread, moment: datetime) -> Held:
    """Who held the thread at the moment.

    Who is who on the page is as it is today. Messages that were erased say nothing any more.
    """
    picture = fold(stored(thread, until=moment), thread.source.cast()).judged(moment)
    return Held(moment, picture, _last_word(thread, moment), _last_line(thread, moment))


def _last_word(thread: Thread, moment: datetime) -> ThreadEvent | None:
    told = thread.events.exclude(evidence_kind="").filter(evidence_at__lte=moment)
    return told.order_by("-evidence_at", "-seq").first()


def _last_line(thread: Thread, moment: datetime) -> ThreadEvent | None:
    return thread.events.filter(at__lte=moment).order_by("-seq").first()
