"""What becomes of agents' replies, and of control for their sake: pure rules. No Django, no ORM, no network.

The guide of the Bots API: an agent's message is sent; where another app holds the thread control is asked
for, or taken, and the same message is sent again; when the intervention is closed control is released.

`next_step` says what is to be done next about one thread. Whoever attends to the thread does that, outside
any lock, and asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from handover.decision import (
    Answer,
    Ask,
    Call,
    Decision,
    RefusalCode,
    Situation,
    Verb,
    Verdict,
    decide,
    judged,
)
from handover.engagement import Status
from handover.holders import describe
from handover.messaging_window import MessageTag, MessagingWindow, describe_closing
from handover.ownership import Owner, Party

ECHO_WITHIN = timedelta(seconds=10)
"""A message that went out is told of by then, as a rule: without an echo one that failed may be repeated."""

CLOSED_PAGE_PAUSE = timedelta(minutes=1)


class Doubt(StrEnum):
    """Why it is not known whether a reply went out."""

    UNKNOWN = "unknown"
    """No answer came, or whoever asked has died: never repeated by itself."""
    FAILED = "failed"
    """The platform answered that it failed on its own account (codes 1 and 2): repeated once no echo has
    come."""


class End(StrEnum):
    """Why a reply has failed: the first word of what is shown."""

    OUTCOME_UNKNOWN = "outcome unknown"
    CONTROL_NOT_GRANTED = "control not granted"
    INTERVENTION_ENDED = "intervention ended"
    NOT_DELIVERED = "not delivered"
    WINDOW_CLOSED = "window closed"


@dataclass(frozen=True)
class Draft:
    """A reply as written, and what its acceptance rests on. `intervention`: None where no person's is
    open."""

    body: str
    longest_text: int
    window: MessagingWindow
    intervention: Status | None


def decide_reply(draft: Draft, situation: Situation) -> Decision:
    """Whether a reply is accepted, and by which calls it would go out now; or the refusal with its reason."""
    decision = Decision(Answer.CALL, (), agent_app_id=situation.cast.agent_app_id)
    decision = judged(decision, ((name, judge(draft, situation)) for name, judge in _RULES))
    if decision.answer is Answer.REFUSE:
        return decision
    calls = (*_calls_for_control(situation), Call(Verb.SEND))
    return Decision(Answer.CALL, decision.rules, calls, agent_app_id=decision.agent_app_id)


MAY_SEND = (Owner.AGENT, Owner.IDLE, Owner.UNKNOWN)
"""With these holders the platform may take a reply of ours: nothing is done about control first."""


def _calls_for_control(situation: Situation) -> tuple[Call, ...]:
    if situation.picture.owner in MAY_SEND:
        return ()
    return decide(REPLYING, situation).calls


REPLYING = Ask(Party.BOT, Party.AGENT, for_reply=True)
"""Control wanted for a reply."""


def _source_is_active(draft: Draft, situation: Situation) -> Verdict:
    if situation.source_active:
        return Verdict("The page is active.")
    return Verdict("The page is disabled; enable it to answer on it.", RefusalCode.SOURCE_INACTIVE)


def _intervention_is_open(draft: Draft, situation: Situation) -> Verdict:
    if draft.intervention is None:
        return _refused("No intervention of a person's is open on this thread; open one to reply.")
    if draft.intervention is Status.CLOSING:
        return _refused("The intervention on this thread is being closed; open one afterwards to reply.")
    return Verdict(f"An intervention is open ({draft.intervention}).")


def _text_fits(draft: Draft, situation: Situation) -> Verdict:
    if not draft.body.strip():
        return _refused("The reply is empty.")
    if len(draft.body) > draft.longest_text:
        return _refused(f"The reply has {len(draft.body)} characters; {draft.longest_text} may be sent.")
    return Verdict(f"The reply has {len(draft.body)} characters.")


def _window_is_open(draft: Draft, situation: Situation) -> Verdict:
    tag = draft.window.tag_at(situation.now)
    if tag is None:
        return _refused(describe_closing(draft.window))
    if tag is MessageTag.HUMAN_AGENT:
        return Verdict(
            "The customer wrote more than a day ago: it is sent under the tag HUMAN_AGENT, which takes"
            " control where our app's take-over switch is on."
        )
    return Verdict("The messaging window is open.")


def _refused(because: str) -> Verdict:
    return Verdict(because, RefusalCode.CONTENT_REFUSED)


_RULES: tuple[tuple[str, Callable[[Draft, Situation], Verdict]], ...] = (
    ("source_active", _source_is_active),
    ("intervention_open", _intervention_is_open),
    ("text_fits", _text_fits),
    ("window_open", _window_is_open),
)


@dataclass(frozen=True)
class Waiting:
    """The first of the replies that wait on a thread. Moments are our clock's."""

    due_at: datetime
    expires_at: datetime
    asked_at: datetime | None = None
    """When the platform was asked about it without a clear answer so far."""
    doubt: Doubt | None = None
    has_taken: bool = False
    note: str = ""


@dataclass(frozen=True)
class Attendance:
    """All that the next step on a thread rests on. `intervention`: a person's that is not over."""

    situation: Situation
    window: MessagingWindow
    waiting: Waiting | None = None
    intervention: Status | None = None
    closing_until: datetime | None = None
    """Until when an intervention that is being closed waits for control."""
    control_due_at: datetime | None = None
    """When control is to be sought, or given back, next."""
    is_to_give_back: bool = False
    """The intervention that control was held for is over."""
    passes_back: bool = False
    """Control is passed to the bot's app rather than released."""


class Deed(StrEnum):
    """What is to be done about a thread."""

    REST = "rest"
    SEND = "send"
    SEEK = "seek"
    """Get control: read who holds the thread where it was asked for, else ask for it or take it."""
    READ = "read"
    """Read who holds the thread."""
    FAIL = "fail"
    """End the first of the waiting replies."""
    FINISH = "finish"
    """Nothing is to be sent any more under the intervention that is being closed."""
    RELEASE = "release"
    PASS_BACK = "pass_back"
    KEEP = "keep"
    """Control is not given back after all, or nothing is left to give."""


@dataclass(frozen=True)
class Step:
    """The next deed. `until`: when to look again, None where something has to happen first."""

    deed: Deed
    until: datetime | None = None
    tag: MessageTag = MessageTag.RESPONSE
    end: End | None = None
    because: str = ""


def next_step(attendance: Attendance) -> Step:
    """What is to be done next about a thread."""
    if attendance.is_to_give_back and attendance.intervention is not None:
        return Step(Deed.KEEP)
    if attendance.waiting is not None:
        return _about_reply(attendance, attendance.waiting)
    if attendance.intervention is Status.CLOSING:
        return Step(Deed.FINISH)
    if attendance.control_due_at is None:
        return Step(Deed.REST)
    return _about_control(attendance, attendance.control_due_at)


def _about_reply(attendance: Attendance, waiting: Waiting) -> Step:
    now = attendance.situation.now
    if waiting.asked_at is not None and now < waiting.asked_at + ECHO_WITHIN:
        return Step(Deed.REST, waiting.asked_at + ECHO_WITHIN)
    if waiting.asked_at is not None and waiting.doubt is not Doubt.FAILED:
        return Step(Deed.FAIL, end=End.OUTCOME_UNKNOWN, because=_NOBODY_KNOWS)
    if waiting.expires_at <= now:
        return _expired(attendance, waiting)
    if waiting.due_at > now:
        return Step(Deed.REST, min(waiting.due_at, waiting.expires_at))
    if not attendance.situation.source_active:
        return Step(Deed.REST, min(now + CLOSED_PAGE_PAUSE, waiting.expires_at))
    tag = attendance.window.tag_at(now)
    if tag is None:
        return Step(Deed.FAIL, end=End.WINDOW_CLOSED, because=describe_closing(attendance.window))
    if attendance.control_due_at is not None and not _holds(attendance):
        return _wait_for_control(attendance, waiting, attendance.control_due_at)
    return _send(attendance, waiting, tag)


_NOBODY_KNOWS = (
    "no answer came, and no word that it went out. It may have reached the customer; if it is retried, they"
    " may get it twice."
)


def _expired(attendance: Attendance, waiting: Waiting) -> Step:
    if attendance.control_due_at is not None and not _holds(attendance):
        return Step(Deed.FAIL, end=End.CONTROL_NOT_GRANTED, because=_why_it_waited(attendance, waiting))
    return Step(Deed.FAIL, end=End.NOT_DELIVERED, because=_why_it_waited(attendance, waiting))


def _why_it_waited(attendance: Attendance, waiting: Waiting) -> str:
    return waiting.note or f"{describe(attendance.situation.picture)}."


def _holds(attendance: Attendance) -> bool:
    picture = attendance.situation.picture
    return picture.owner is Owner.AGENT and picture.sure


def _wait_for_control(attendance: Attendance, waiting: Waiting, due_at: datetime) -> Step:
    """Of an intervention that is being closed not for ever: the thread would be kept from the bot."""
    now, ends_at = attendance.situation.now, attendance.closing_until or waiting.expires_at
    if ends_at <= now:
        return Step(Deed.FAIL, end=End.INTERVENTION_ENDED, because=_why_it_waited(attendance, waiting))
    if due_at > now:
        return Step(Deed.REST, min(due_at, waiting.expires_at, ends_at))
    return Step(Deed.SEEK)


def _send(attendance: Attendance, waiting: Waiting, tag: MessageTag) -> Step:
    """A tagged message takes control, whoever holds the thread. So it is sent only where that may be taken
    as by any other call, and the owner is read first where our picture is older than a minute."""
    if tag is MessageTag.RESPONSE:
        return Step(Deed.SEND)
    situation = attendance.situation
    if not (situation.just_read or situation.picture.is_fresh(situation.now)):
        return Step(Deed.READ)
    if _holds(attendance):
        return Step(Deed.SEND, tag=tag)
    may_be_taken = situation.picture.sure and situation.picture.owner in (Owner.BOT, Owner.IDLE)
    return Step(Deed.SEND, tag=tag) if may_be_taken and not waiting.has_taken else Step(Deed.SEEK)


def _about_control(attendance: Attendance, due_at: datetime) -> Step:
    """No reply waits: control is wanted for an intervention that was opened, or to be given back."""
    situation = attendance.situation
    if situation.in_progress:
        return Step(Deed.REST, situation.now + BUSY_PAUSE)
    if attendance.is_to_give_back:
        deed = _giving_back(attendance)
    elif attendance.intervention is None or _holds(attendance):
        deed = Deed.KEEP
    else:
        deed = Deed.SEEK
    if deed is Deed.KEEP:
        return Step(deed)
    return Step(deed) if due_at <= situation.now else Step(Deed.REST, due_at)


BUSY_PAUSE = timedelta(seconds=1)
"""While something else is being carried out on the thread."""


def _giving_back(attendance: Attendance) -> Deed:
    """A thread that is another's, or nobody's, need not be given back; where that is not sure, it is read."""
    picture = attendance.situation.picture
    if picture.owner is Owner.AGENT and picture.sure:
        return Deed.PASS_BACK if attendance.passes_back else Deed.RELEASE
    if attendance.situation.just_read:
        return Deed.RELEASE if picture.owner is Owner.AGENT else Deed.KEEP
    return Deed.KEEP if picture.sure else Deed.READ
