"""The agent's side of a thread in words: what is due about control, how an intervention ends."""

from __future__ import annotations

from handover import giving_back
from handover.admin import words
from handover.admin_base import moment
from handover.models import AfterClosing, Intervention, Reply, Source, Thread


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


def _replies(count: int) -> str:
    return "1 reply that waits goes" if count == 1 else f"{count} replies that wait go"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
