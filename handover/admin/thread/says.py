"""What sending a reply will do, in one sentence before it is sent, and the verb on the button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from handover.admin.words import platform_of
from handover.admin_base import moment
from handover.decision import Answer, Decision, Verb
from handover.messaging_window import MessageTag, MessagingWindow
from handover.models import Intervention, Thread
from handover.ownership import Owner, Picture
from handover.replying import MAY_SEND

_ICONS = {
    Owner.AGENT: "okc",
    Owner.BOT: "bot",
    Owner.INBOX: "inbox",
    Owner.OTHER: "other",
    Owner.IDLE: "idle",
    Owner.UNKNOWN: "unsure",
}
_HOLDS = {
    Owner.AGENT: "Our app holds this thread",
    Owner.BOT: "The bot holds this thread",
    Owner.INBOX: "Somebody in the Page Inbox holds this thread",
    Owner.OTHER: "Another app holds this thread",
    Owner.IDLE: "Nobody holds this thread",
    Owner.UNKNOWN: "It is not known who holds this thread",
}
_GIVERS = {Owner.BOT: "the bot passes it", Owner.INBOX: "they give it up"}


@dataclass(frozen=True)
class Says:
    """The sentence: what is so, and what comes of it. `tone`: of the console's notes, empty for none."""

    lead: str
    rest: str
    verb: str = "Send reply"
    icon: str = "okc"
    tone: str = ""
    may_send: bool = True


@dataclass(frozen=True)
class Before:
    """What is so before a reply is sent. `waiting`: replies that go out before it."""

    thread: Thread
    picture: Picture
    plan: Decision
    window: MessagingWindow
    engaged: Intervention | None
    user: User
    now: datetime
    waiting: int = 0


def says(before: Before) -> Says:
    """The sentence about a reply that is sent now."""
    if before.plan.answer is Answer.REFUSE:
        message = before.plan.why_not.message
        return Says("Nothing can be sent.", message, icon="lock", tone="danger", may_send=False)
    if before.window.tag_at(before.now) is MessageTag.HUMAN_AGENT:
        return _tagged(before)
    lead, icon = f"{_holds(before)}.", _ICONS[before.picture.owner]
    tone = "" if before.picture.owner is Owner.AGENT else "info"
    return Says(lead, _rest(before), _verb(before), icon, tone)


def _tagged(before: Before) -> Says:
    until = moment(before.window.by_hand_until)
    rest = f"This reply goes out with the human agent tag, allowed until {until}. {_rest(before)}"
    lead = f"The messaging window closed on {moment(before.window.response_until)}."
    return Says(lead, rest, "Send with tag", "clock", "warn")


def _holds(before: Before) -> str:
    is_mine = before.engaged is not None and before.engaged.user_id == before.user.pk
    holds = _HOLDS[before.picture.owner]
    if before.picture.owner is Owner.AGENT and is_mine:
        holds = "You hold this thread"
    is_sure = before.picture.sure or before.picture.owner is Owner.UNKNOWN
    return holds if is_sure else f"{holds}, as far as we know"


def _rest(before: Before) -> str:
    if before.engaged is None:
        return f"An intervention is opened in your name; {_way(before)}"
    whose = before.engaged.user
    if whose.pk == before.user.pk:
        return _sentence(_way(before))
    return f"The intervention is {whose.get_username()}'s, not yours; {_way(before)}"


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _way(before: Before) -> str:
    verb, longest = _moves(before.plan), _minutes(before.thread.source.reply_max_age)
    giver = _GIVERS.get(before.picture.owner, "it is granted")
    if verb is Verb.REQUEST:
        return f"control is requested first; your reply waits until {giver}, {longest} at most."
    if verb is Verb.TAKE:
        return "control is taken first, then your reply goes out."
    if before.picture.owner not in MAY_SEND:
        return f"your reply waits until {giver}, {longest} at most."
    if before.picture.owner is Owner.UNKNOWN:
        platform = platform_of(before.thread.source)
        return f"your reply is sent; if {platform} refuses it, control is sought."
    return f"your reply goes out {_when(before.waiting)}."


def _when(waiting: int) -> str:
    return (
        f"after {waiting} that {'is' if waiting == 1 else 'are'} still being sent" if waiting else "at once"
    )


def _verb(before: Before) -> str:
    verb = _moves(before.plan)
    if verb is Verb.REQUEST:
        return "Request control and send"
    if verb is Verb.TAKE:
        return "Take control and send"
    if before.picture.owner not in MAY_SEND:
        return "Send once control comes"
    return "Open and send" if before.engaged is None else "Send reply"


def _moves(plan: Decision) -> Verb | None:
    return next((call.verb for call in plan.calls if call.verb in (Verb.REQUEST, Verb.TAKE)), None)


def _minutes(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes"
