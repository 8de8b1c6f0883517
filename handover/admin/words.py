"""Plans and pictures in words: what staff read before and after an action."""

from __future__ import annotations

from dataclasses import dataclass

from handover.admin_base import moment
from handover.decision import Answer, Call, Decision, Verb
from handover.labels import HOLDERS
from handover.models import Source
from handover.ownership import How, Owner, Picture

CHANGED = "What would happen has changed since this page was shown. Please look at it again."

_HOW = {
    How.NOTHING: "nothing has told us yet",
    How.HANDOVER_EVENT: "{platform} told us of the change",
    How.OUR_CALL: "{platform} answered a call of ours",
    How.OWNER_READ: "we read the owner at {platform}",
    How.MESSAGE_ROUTING: "by where {platform} delivered the customer's message",
    How.ECHO: "by who spoke last, which is weak",
    How.LAPSED: "control lapsed, as nobody renewed it: concluded, not told",
}
_VERBS = {
    Verb.READ_OWNER: "Read who holds the thread. The rules are then judged again.",
    Verb.REQUEST: "Ask the holder for control. Asked is not granted: that may come later, or never. "
    "If {platform} takes no requests from us on this page, control is taken instead.",
    Verb.TAKE: "Take control, without asking the holder.",
    Verb.PASS: "Give control to {app}.",
    Verb.RELEASE: "Give control back, to nobody in particular.",
    Verb.SEND: "Send the reply to the customer.",
}
_ANSWERS = {
    Answer.CALL: "{platform} will be called as follows, in this order.",
    Answer.REPEAT: "Control was asked for already and has not been granted yet. {platform} will not be asked "
    "again; the handover under way is counted as repeated.",
    Answer.NOTHING_TO_DO: "The asked-for side holds the thread already. {platform} will not be called.",
    Answer.RECORD: "{platform} will not be called: only our own record changes.",
}


@dataclass(frozen=True)
class Fact:
    """One line about who holds a thread."""

    name: str
    value: str


@dataclass(frozen=True)
class PlannedCall:
    """One call to come: the platform's name for it, as which app, to which, and what it does."""

    edge: str
    as_app: str
    target_app: str
    does: str


def platform_of(source: Source) -> str:
    """The platform's name, as people write it."""
    return source.channel.vendor.capitalize()


def facts(picture: Picture, source: Source) -> list[Fact]:
    """Who holds a thread, since when, until when, and how sure that is."""
    return [
        Fact("Holder", holder(picture, source)),
        Fact("Since", moment(picture.since)),
        Fact("Until", moment(picture.expires_at)),
        Fact("How we know", how(picture, source)),
        Fact("Last confirmed", moment(picture.confirmed_at)),
        Fact("Sure", "yes" if picture.sure else "no, only as far as we know"),
    ]


def holder(picture: Picture, source: Source) -> str:
    """The holder's word, with the app where it is known. The Inbox has a number that nobody knows it by."""
    word = HOLDERS[picture.owner]
    is_named = picture.app_id and picture.owner is not Owner.INBOX
    return f"{word}: {app_name(picture.app_id, source)}" if is_named else word


def how(picture: Picture, source: Source) -> str:
    """What a picture rests on."""
    return _HOW[picture.how].format(platform=platform_of(source))


def app_name(app_id: str, source: Source) -> str:
    """An app by its name, where it is one of ours. Costs one query unless `bot_apps` is prefetched."""
    if app_id == source.agent_app_id:
        return f"our app ({app_id})"
    named = {bot.app_id: str(bot) for bot in source.bot_apps.all()}
    return named.get(app_id, f"app {app_id}")


def summary(decision: Decision, source: Source) -> str:
    """What the decision comes to, in a sentence."""
    if decision.refusal is not None:
        return decision.refusal.message
    return _ANSWERS[decision.answer].format(platform=platform_of(source))


def calls(decision: Decision, source: Source) -> list[PlannedCall]:
    """The calls to come, in order."""
    return [_call(call, decision, source) for call in decision.calls]


def _call(call: Call, decision: Decision, source: Source) -> PlannedCall:
    target = app_name(call.target_app_id, source) if call.target_app_id else ""
    return PlannedCall(
        edge=source.channel.edge(call.verb),
        as_app=app_name(decision.agent_app_id, source),
        target_app=target,
        does=_VERBS[call.verb].format(platform=platform_of(source), app=target),
    )


def has_changed(decision: Decision | None, planned: str) -> str:
    """That the call which staff were shown is not the one that would be made; empty where it is.

    A refusal is not looked for here: the service tells it, and records it.
    """
    if decision is None or decision.refusal is not None:
        return ""
    return CHANGED if move(decision) != planned else ""


def move(decision: Decision) -> str:
    """The call that moves control; empty where none does. Reading the owner moves nothing."""
    return next((call.verb.value for call in decision.calls if call.verb is not Verb.READ_OWNER), "")
