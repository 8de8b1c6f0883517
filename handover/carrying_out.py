"""Carry out a decided handover: call the platform outside any lock, settle what it answered inside one.

A call that got no answer is unknown, not failed: reading the owner tells whether a pass or a take took
effect; a request leaves no trace and is repeated once, being harmless.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from handover import evidence, history, learning, readings, settling, situations, threads
from handover.actors import Actor
from handover.channel import (
    AlreadyOwner,
    CallRecord,
    ChannelError,
    ControlAnswer,
    Deadline,
    NotConnected,
    NotOwner,
    OutcomeUnknown,
    Refused,
    Unavailable,
    UnknownRecipient,
    VerbNotSupported,
)
from handover.decision import Answer, Ask, Call, Decision, RefusalCode, Verb, decide
from handover.errors import ServiceError
from handover.holders import describe
from handover.models import Handover, HandoverState, Source, Thread
from handover.ownership import Evidence, Picture
from handover.resolution import not_found

WHOLE_CALL_SECONDS = 15.0
"""Within this the caller has an answer, whatever the platform does (the contract's figure)."""

_DONE = Decision(Answer.NOTHING_TO_DO, ())
_EVENTS = {
    Verb.REQUEST: "thread_control.requested",
    Verb.TAKE: "thread_control.taken",
    Verb.PASS: "thread_control.passed",
    Verb.RELEASE: "thread_control.released",
}


@dataclass
class _Attempt:
    """One handover under way. `thread` is as last seen under its lock."""

    handover: Handover
    ask: Ask
    actor: Actor
    thread: Thread
    deadline: Deadline = field(default_factory=lambda: Deadline(WHOLE_CALL_SECONDS))
    tried: list[Verb] = field(default_factory=list)
    just_read: bool = False


def carry_out(handover: Handover, decision: Decision, ask: Ask, actor: Actor) -> None:
    """Make the decided calls until the handover is settled. Raises `ServiceError` where it failed."""
    attempt = _Attempt(handover, ask, actor, handover.thread)
    while decision.answer is Answer.CALL:
        decision = _step(attempt, decision.calls[0])


def deadline_at(source: Source, verb: Verb, now: datetime) -> datetime | None:
    """Until when a request may be granted; other verbs are answered at once."""
    return now + timedelta(seconds=source.deadline_seconds) if verb is Verb.REQUEST else None


def refusal(decision: Decision, handover: Handover | None = None) -> ServiceError:
    """The error for a decision that refuses."""
    return ServiceError(decision.why_not.code, decision.why_not.message, handover=handover, decision=decision)


def _step(attempt: _Attempt, call: Call) -> Decision:
    try:
        if call.verb is Verb.READ_OWNER:
            return _read(attempt)
        attempt.tried.append(call.verb)
        return _accepted(attempt, call, _ask_platform(attempt, call))
    except VerbNotSupported as error:
        return _learn(attempt, call, error)
    except AlreadyOwner as error:
        if call.verb is Verb.PASS:
            raise _give_up(attempt, call, error) from None
        return _already_ours(attempt, error)
    except OutcomeUnknown as error:
        return _without_answer(attempt, call, error)
    except ChannelError as error:
        raise _give_up(attempt, call, error) from None


def _ask_platform(attempt: _Attempt, call: Call) -> ControlAnswer:
    thread, deadline, metadata = attempt.thread, attempt.deadline, attempt.handover.reason
    source, foreign_id = thread.source, thread.identity.foreign_id
    if call.verb is Verb.PASS:
        return source.channel.pass_control(source, foreign_id, call.target_app_id, metadata, deadline)
    if call.verb is Verb.TAKE:
        return source.channel.take_control(source, foreign_id, metadata, deadline)
    return source.channel.request_control(source, foreign_id, metadata, deadline)


def _read(attempt: _Attempt) -> Decision:
    """Read the owner, keep what it says, and decide again on the strength of it."""
    reading = readings.read_owner(attempt.thread, attempt.deadline)
    attempt.just_read = True
    with transaction.atomic():
        thread = _lock(attempt)
        readings.record_reading(
            thread,
            reading,
            attempt.actor,
            seen=attempt.thread.picture,
            ends=settling.loose_ends(thread),
            about=attempt.handover,
        )
        decision = _decide_again(attempt, thread)
        _act_on(attempt, thread, decision)
        threads.save(thread)
    attempt.thread = thread
    return _or_refuse(attempt, decision)


def _decide_again(attempt: _Attempt, thread: Thread) -> Decision:
    """Decide anew on a locked thread."""
    situation = situations.of_thread(
        thread,
        thread.source.cast(),
        timezone.now(),
        own=attempt.handover,
        just_read=attempt.just_read,
    )
    return decide(attempt.ask, situation)


def _act_on(attempt: _Attempt, thread: Thread, decision: Decision) -> None:
    """Note the next verb, or settle the handover if no call is left to make."""
    if decision.answer is Answer.CALL:
        _plan_verb(attempt.handover, thread.source, decision.calls[-1].verb)
    elif decision.answer is Answer.REFUSE:
        _settle_refused(attempt, thread, decision)
    else:
        settling.settle(attempt.handover, HandoverState.COMPLETED, f"{describe(thread.picture)}.")
        settling.completed(thread, attempt.handover)


def _plan_verb(handover: Handover, source: Source, verb: Verb) -> None:
    """The row names the verb before it is called, so that a crash leaves behind what was meant."""
    if handover.verb == verb:
        return
    handover.verb, handover.deadline_at = verb, deadline_at(source, verb, timezone.now())
    Handover.objects.filter(pk=handover.pk).update(verb=verb, deadline_at=handover.deadline_at)


def _settle_refused(attempt: _Attempt, thread: Thread, decision: Decision) -> None:
    code, message = decision.why_not.code, decision.why_not.message
    settling.settle(attempt.handover, HandoverState.REFUSED, message, error=code)
    _append(attempt, thread, "thread_control.refused", f"refused by rule: {code}")


def _or_refuse(attempt: _Attempt, decision: Decision) -> Decision:
    if decision.answer is Answer.REFUSE:
        raise refusal(decision, attempt.handover)
    return decision


def _accepted(attempt: _Attempt, call: Call, answer: ControlAnswer) -> Decision:
    """The platform said yes: asked, for a request; done, for a pass and a take."""
    with transaction.atomic():
        thread = _lock_vouched_for(attempt)
        if call.verb is Verb.REQUEST:
            outcome = "Control was requested; it has not been granted yet."
            settling.settle(attempt.handover, HandoverState.REQUESTED, outcome)
            _append(attempt, thread, _EVENTS[call.verb], "the platform delivered the request", answer.call)
        else:
            _moved(attempt, thread, call, answer.at, answer.call)
        threads.save(thread)
    return _DONE


def _moved(attempt: _Attempt, thread: Thread, call: Call, at: datetime | None, record: CallRecord) -> None:
    """Control is where it was asked for: the picture, the handover and the history move together."""
    app_id = call.target_app_id or thread.source.agent_app_id
    piece = evidence.of_call(at or timezone.now(), app_id, seen=attempt.thread.picture, now=thread.picture)
    (step,) = evidence.weigh(thread, [piece], thread.source.cast())
    if evidence.is_questionable(step, attempt.thread.picture):
        thread.owner_check_at = timezone.now()
    # A reading may have given it up meanwhile; the platform's own answer knows better.
    outcome, given_up = "The platform moved control.", HandoverState.FAILED
    if settling.settle(attempt.handover, HandoverState.COMPLETED, outcome, also_from=given_up):
        settling.completed(thread, attempt.handover)
    if call.verb is Verb.TAKE:
        learning.take_worked(thread.source, step.before)
    _append(attempt, thread, _EVENTS[call.verb], "the platform moved control", record, piece, step.before)
    if call.verb is Verb.PASS:
        settling.supersede_requests(thread)


def _already_ours(attempt: _Attempt, error: AlreadyOwner) -> Decision:
    """We hold already what was asked for, so nothing was moved and nothing can be learnt from it."""
    with transaction.atomic():
        thread = _lock_vouched_for(attempt)
        agent_app_id = thread.source.agent_app_id
        at = error.at or timezone.now()
        piece = evidence.of_call(at, agent_app_id, seen=attempt.thread.picture, now=thread.picture)
        (step,) = evidence.weigh(thread, [piece], thread.source.cast())
        outcome = "The asked-for side held the thread already."
        if settling.settle(attempt.handover, HandoverState.COMPLETED, outcome):
            settling.completed(thread, attempt.handover)
        cause = "the platform says that our app holds the thread already"
        _append(attempt, thread, "thread_control.unchanged", cause, error.call, piece, step.before)
        threads.save(thread)
    return _DONE


def _learn(attempt: _Attempt, call: Call, error: VerbNotSupported) -> Decision:
    """The platform does not offer this verb here: remember it, and try the other one if there is one."""
    learning.verb_refused(attempt.thread.source, call.verb, error)
    if {Verb.REQUEST, Verb.TAKE} <= set(attempt.tried) or call.verb is Verb.PASS:
        raise _give_up(attempt, call, error) from None
    with transaction.atomic():
        thread = _lock(attempt)
        decision = _decide_again(attempt, thread)
        is_tried = decision.answer is Answer.CALL and decision.calls[-1].verb in attempt.tried
        if not is_tried:  # Else the call gets its line of history from whoever gives up.
            _append(attempt, thread, "thread_control.refused", "the platform does not offer this", error.call)
            _act_on(attempt, thread, decision)
            threads.save(thread)
    if is_tried:
        raise _give_up(attempt, call, error) from None
    attempt.thread = thread
    return _or_refuse(attempt, decision)


def _without_answer(attempt: _Attempt, call: Call, error: OutcomeUnknown) -> Decision:
    if call.verb is Verb.READ_OWNER:
        raise _give_up(attempt, call, error) from None
    if call.verb is Verb.REQUEST:
        if attempt.tried.count(Verb.REQUEST) == 1:
            return Decision(Answer.CALL, (), (call,))
        raise _leave_unknown(attempt, call, error) from None
    return _read_what_happened(attempt, call, error)


def _read_what_happened(attempt: _Attempt, call: Call, error: OutcomeUnknown) -> Decision:
    """A pass or a take without an answer: the owner tells."""
    try:
        reading = readings.read_owner(attempt.thread, attempt.deadline)
    except ChannelError:
        raise _leave_unknown(attempt, call, error) from None
    with transaction.atomic():
        thread = _lock(attempt)
        _append(attempt, thread, "thread_control.unknown", "the platform's answer was lost", error.call)
        readings.record_reading(
            thread,
            reading,
            attempt.actor,
            seen=attempt.thread.picture,
            ends=[attempt.handover, *settling.loose_ends(thread)],
            about=attempt.handover,
        )
        threads.save(thread)
    attempt.handover.refresh_from_db()
    if attempt.handover.state != HandoverState.COMPLETED:
        raise _unavailable(attempt, error)
    return _DONE


def _leave_unknown(attempt: _Attempt, call: Call, error: ChannelError) -> ServiceError:
    """Nobody can tell now; a later grant or reading will. Control may have moved, or not."""
    with transaction.atomic():
        thread = _lock(attempt)
        before = thread.picture
        if call.verb is not Verb.REQUEST:
            thread.picture = replace(before, sure=False)
        outcome = "No answer came; the outcome is not known yet."
        code = settling.unavailable(thread.source)
        if settling.settle(attempt.handover, HandoverState.UNKNOWN, outcome, error=code):
            settling.read_later(attempt.handover)
        cause = "the platform's answer was lost"
        _append(attempt, thread, "thread_control.unknown", cause, error.call, before=before)
        threads.save(thread)
    return _unavailable(attempt, error)


def _give_up(attempt: _Attempt, call: Call, error: ChannelError) -> ServiceError:
    """Settle a handover that did not happen, and say why in the caller's words."""
    with transaction.atomic():
        thread = _lock(attempt)
        if isinstance(error, NotOwner):
            readings.record_not_ours(
                thread, error, attempt.actor, seen=attempt.thread.picture, handover=attempt.handover
            )
            thread.owner_check_at = timezone.now()
        failure = _failure(attempt, thread, error)
        state = HandoverState.REFUSED if isinstance(error, Refused) else HandoverState.FAILED
        # The first of two requests may have been delivered, whatever became of the second.
        may_be_granted = attempt.tried.count(Verb.REQUEST) > 1
        settled_as = HandoverState.UNKNOWN if may_be_granted else state
        settling.settle(attempt.handover, settled_as, error.message, error=failure.code)
        name = "thread_control.refused" if state == HandoverState.REFUSED else "thread_control.failed"
        if isinstance(error, NotConnected):
            _append(attempt, thread, name, "the platform was not asked")
        else:
            _append(attempt, thread, name, "the platform did not do it", error.call)
        threads.save(thread)
    return failure


def _failure(attempt: _Attempt, thread: Thread, error: ChannelError) -> ServiceError:
    if isinstance(error, UnknownRecipient) and not thread.identity.is_known:
        failure = not_found()
        failure.handover = attempt.handover
        return failure
    if isinstance(error, NotOwner):
        message = f"{error.message} {describe(thread.picture)}."
        return ServiceError(RefusalCode.CONTROL_CONFLICT, message, handover=attempt.handover)
    if isinstance(error, Refused):
        return ServiceError(f"{_vendor(attempt)}_error", error.message, handover=attempt.handover)
    return _unavailable(attempt, error)


def _unavailable(attempt: _Attempt, error: ChannelError) -> ServiceError:
    retry_after = error.retry_after if isinstance(error, Unavailable) else None
    code = settling.unavailable(attempt.thread.source)
    return ServiceError(code, error.message, handover=attempt.handover, retry_after=retry_after)


def _vendor(attempt: _Attempt) -> str:
    return attempt.thread.source.channel.vendor


def _lock(attempt: _Attempt) -> Thread:
    return threads.lock(attempt.thread.pk)


def _lock_vouched_for(attempt: _Attempt) -> Thread:
    """The platform accepted a call about this person, so it knows them."""
    thread = threads.lock_again(attempt.thread)
    if not thread.identity.is_known:
        threads.vouch_for(thread.identity)
    return thread


def _append(
    attempt: _Attempt,
    thread: Thread,
    name: str,
    cause: str,
    call: CallRecord | None = None,
    piece: Evidence | None = None,
    before: Picture | None = None,
) -> None:
    entry = history.Entry(
        name=name,
        actor=attempt.actor,
        cause=cause,
        before=before or thread.picture,
        after=thread.picture,
        call=call,
        evidence=piece,
        handover=attempt.handover,
        texts={"reason": attempt.handover.reason},
    )
    history.append(thread, entry)
