"""The agent's side of a thread in words: until when it may be answered, what is due, how it ends."""

from __future__ import annotations

from django.utils import timezone

from handover import giving_back, situations
from handover.admin import words
from handover.admin_base import moment
from handover.decision import Decision, Verb
from handover.messaging_window import MessageTag, describe_closing
from handover.models import AfterClosing, Intervention, Reply, Source, Thread
from handover.ownership import Owner
from handover.replying import MAY_SEND

_BEFORE_A_REPLY = {
    Verb.REQUEST: "Control will be requested first; the reply goes out once it is granted.",
    Verb.TAKE: "Control will be taken first; then the reply goes out.",
}


def window(thread: Thread) -> str:
    """Until when the customer may be answered."""
    opened = situations.window(thread)
    tag = opened.tag_at(timezone.now())
    if opened.response_until is None:
        return "not known, as the customer's last message is not: the platform decides"
    if tag is None:
        return describe_closing(opened)
    if tag is MessageTag.HUMAN_AGENT:
        return f"open until {moment(opened.by_hand_until)}, for people only, under the human agent tag"
    tagged = f"; then for people only, until {moment(opened.by_hand_until)}" if opened.by_hand_until else ""
    return f"open until {moment(opened.response_until)}{tagged}"


def control_due(thread: Thread) -> str:
    """Whether control is being sought or to be given back, and when that is looked at next."""
    due, given_back = thread.control_due_at, thread.give_back_for
    if due is None:
        return "nothing is due"
    tries = f" Tried {_times(thread.control_attempts)} so far." if thread.control_attempts else ""
    if given_back is not None:
        return f"to be given back, as the intervention is {given_back.status}; next at {moment(due)}.{tries}"
    return f"sought for the agent; looked into next at {moment(due)}.{tries}"


def goes_back(source: Source) -> str:
    """How control goes back when an intervention is over. Two queries at most."""
    cast = source.cast()
    if giving_back.passes_to_bot(source, cast):
        return f"passed to {words.app_name(cast.only_bot_app_id, source)}"
    if source.after_closing == AfterClosing.RELEASE:
        return "released"
    return (
        f"released, not passed: the page has {len(cast.bot_app_ids)} active bot apps, and only where it has"
        " exactly one is it clear to which control is to be passed"
    )


def passes_to_nobody(source: Source) -> bool:
    """Whether the page wants control to be passed to the bot, and there is no telling which."""
    return source.after_closing == AfterClosing.PASS_TO_BOT and not giving_back.passes_to_bot(
        source, source.cast()
    )


def end_of(intervention: Intervention) -> str:
    """What comes of an intervention's end."""
    if intervention.is_bots:
        return "It is the bot's own: only our own record changes."
    back = f"If our app holds the thread, control goes back: it is {goes_back(intervention.source)}."
    waiting = Reply.objects.filter(intervention=intervention, is_pending=True).count()
    if not waiting:
        return back
    return (
        f"{_replies(waiting)} out first; until then the intervention is being closed, but no longer than"
        f" {intervention.source.deadline_seconds} seconds where control does not come. {back}"
    )


def way_of_reply(decision: Decision, thread: Thread) -> str:
    """How a reply that is accepted goes out."""
    before = next((_BEFORE_A_REPLY[call.verb] for call in decision.calls if call.verb in _BEFORE_A_REPLY), "")
    if before:
        return before
    picture = thread.picture.judged(timezone.now())
    if picture.owner not in MAY_SEND:
        return f"The reply waits until control has come: {words.holder(picture, thread.source)} has it."
    if picture.owner is Owner.UNKNOWN:
        return "It is not known who holds the thread: if the platform refuses the reply, control is sought."
    return "The reply goes out in its turn, at once where nothing else waits."


def _replies(count: int) -> str:
    return "1 reply that waits goes" if count == 1 else f"{count} replies that wait go"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
