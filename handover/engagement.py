"""What may be done with an intervention that is there: pure rules. No Django, no ORM, no network.

Whether one may be opened is a rule about the thread, and stands with those of handovers in `decision`. The
rules follow Engage Digital's: one is closed only once the customer was answered, cancelled only if not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from handover.decision import Answer, Decision, RefusalCode, Verdict, judged


class Status(StrEnum):
    """Everything but closed and cancelled counts as engaged: it comes back to the agent."""

    OPENED = "opened"
    DEFERRED = "deferred"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OVER = (Status.CLOSED, Status.CANCELLED)


class Change(StrEnum):
    """What can be done with an intervention."""

    CLOSE = "close"
    COMPLETE = "complete"
    """A bot closes its own."""
    CANCEL = "cancel"
    DEFER = "defer"
    REACTIVATE = "reactivate"
    REASSIGN = "reassign"


_ENDS = {Change.CLOSE: Status.CLOSED, Change.COMPLETE: Status.CLOSED, Change.CANCEL: Status.CANCELLED}


@dataclass(frozen=True)
class Engagement:
    """All that a change rests on, read under the thread's lock."""

    status: Status
    seen: Status
    """The status when the caller looked, before waiting for the lock."""
    is_bots: bool = False
    replies: int = 0
    """How many messages of its side have gone out since it was opened."""
    needs_reply: bool = False
    """Whether it is closed only after a reply."""
    is_so_already: bool = False
    """The change would make no difference."""


def decide_change(change: Change, engagement: Engagement) -> Decision:
    """The plan for a change, or the refusal with its reason. The first broken rule decides."""
    verdicts = ((name, judge(change, engagement)) for name, judge in _RULES[change])
    decision = judged(Decision(Answer.RECORD, ()), verdicts)
    if decision.answer is Answer.RECORD and engagement.is_so_already:
        return replace(decision, answer=Answer.NOTHING_TO_DO)
    return decision


def _nobody_else_was_at_it(change: Change, engagement: Engagement) -> Verdict:
    """The lock lets one caller in at a time. So that the same operation was running is seen by its result:
    the intervention was open when the caller looked, and is over now. Whoever looks later finds it over.
    """
    end = _ENDS[change]
    if engagement.seen in OVER or engagement.status is not end:
        return Verdict("Nobody else is doing the same.")
    return Verdict(
        f"This intervention was {end} by another call at the same moment.",
        RefusalCode.INTERVENTION_IN_PROGRESS,
    )


def _is_open(change: Change, engagement: Engagement) -> Verdict:
    if engagement.status in OVER:
        return Verdict(f"This intervention is {engagement.status} already.", RefusalCode.FORBIDDEN)
    return Verdict(f"This intervention is open ({engagement.status}).")


def _nobody_is_closing_it(change: Change, engagement: Engagement) -> Verdict:
    if engagement.status is not Status.CLOSING:
        return Verdict("It is not being closed yet.")
    return Verdict(
        "This intervention is being closed: its last replies go out first.",
        RefusalCode.INTERVENTION_IN_PROGRESS,
    )


def _is_not_closing(change: Change, engagement: Engagement) -> Verdict:
    if engagement.status is Status.CLOSING:
        return Verdict("This intervention is being closed.", RefusalCode.FORBIDDEN)
    return Verdict("This intervention is not being closed.")


def _is_a_persons(change: Change, engagement: Engagement) -> Verdict:
    if engagement.is_bots:
        return Verdict(
            "This intervention is the bot's own; a person opens one of their own.", RefusalCode.FORBIDDEN
        )
    return Verdict("This intervention is a person's.")


def _is_the_bots(change: Change, engagement: Engagement) -> Verdict:
    if engagement.is_bots:
        return Verdict("This intervention is the bot's own.")
    return Verdict("This intervention is a person's; a bot completes its own only.", RefusalCode.FORBIDDEN)


def _has_a_reply(change: Change, engagement: Engagement) -> Verdict:
    if not engagement.needs_reply:
        return Verdict("This one may be closed without a reply.")
    if engagement.replies:
        return Verdict(f"The customer was answered: {_counted(engagement.replies)}.")
    return Verdict(
        "Nobody has replied under this intervention yet; reply first, or cancel it.", RefusalCode.FORBIDDEN
    )


def _has_no_reply(change: Change, engagement: Engagement) -> Verdict:
    if not engagement.replies:
        return Verdict("Nobody has replied under this intervention.")
    return Verdict(
        f"The customer was answered under this intervention ({_counted(engagement.replies)}); close it.",
        RefusalCode.FORBIDDEN,
    )


def _counted(replies: int) -> str:
    return "1 reply" if replies == 1 else f"{replies} replies"


_Judge = Callable[[Change, Engagement], Verdict]
_ALONE = ("nobody_else", _nobody_else_was_at_it)
_OPEN = ("intervention_open", _is_open)
_NOT_CLOSING = ("not_closing", _is_not_closing)
_PERSONS = ("of_a_person", _is_a_persons)
_RULES: dict[Change, tuple[tuple[str, _Judge], ...]] = {
    Change.CLOSE: (_ALONE, _OPEN, ("closing", _nobody_is_closing_it), ("replied", _has_a_reply)),
    Change.COMPLETE: (("of_the_bot", _is_the_bots), _ALONE, _OPEN),
    Change.CANCEL: (_ALONE, _OPEN, _NOT_CLOSING, ("not_replied", _has_no_reply)),
    Change.DEFER: (_OPEN, _NOT_CLOSING, _PERSONS),
    Change.REACTIVATE: (_OPEN, _NOT_CLOSING, _PERSONS),
    Change.REASSIGN: (_OPEN, _NOT_CLOSING, _PERSONS),
}
