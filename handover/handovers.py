"""Hand a thread over: decide and write the intent under a short lock, then carry it out outside it.

The intent is a `Handover` whose state is `unknown` and which is leased for a while: should the process
die, the row says the truth, and whoever comes next settles it first.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from handover import carrying_out, correlation, durability, history, resolution, settling, situations, threads
from handover.actors import Actor
from handover.channel import Deadline
from handover.decision import Answer, Ask, Decision, RefusalCode, decide
from handover.models import Handover, HandoverState, Intervention, Thread
from handover.ownership import Cast
from handover.prepared import Given, Update, insert
from handover.reach import Reach
from handover.resolution import Meant

_COUNT_REPEAT = Update(lambda: Handover.objects.filter(pk=Given("pk")), repeats=F("repeats") + 1)

GIVEN_BACK_WITHIN = 3.0
"""Seconds that a handover waits for that. As a rule it is over sooner than anybody notices."""

LEASE = timedelta(seconds=20)
"""How long a handover may be carried out before it counts as left behind (the contract's figure)."""


@dataclass(frozen=True)
class HandoverRequest:
    """One handover as asked for. `source_id` names a page, empty where none was named."""

    ask: Ask
    channel_type: str
    foreign_id: str
    source_id: str = ""
    reason: str = ""
    thread_category_ids: list[str] | None = None
    sought_for: Intervention | None = None
    """The agent's intervention that wants control, where nobody else asked for the handover."""
    gives_back: bool = False
    """Made by whoever attends to the thread, as the intervention that control was held for is over."""


def hand_over(request: HandoverRequest, actor: Actor, reach: Reach) -> Handover:
    """Carry out a handover on one of the pages that the actor may act on.

    Returns its record: `requested` (asked, not granted yet) or `completed`. Raises `ServiceError` for
    every refusal and failure. Goes over the network: must not run inside a transaction.
    """
    meant = resolution.resolve(reach, request.channel_type, request.foreign_id, request.source_id)
    if meant.identity is None:
        _refuse_stranger(meant, request)
    return _carry_out(meant, request, actor)


def _carry_out(meant: Meant, request: HandoverRequest, actor: Actor) -> Handover:
    handover, decision = _begin_in_turn(meant, request, actor)
    if decision.answer is Answer.REFUSE:
        raise carrying_out.refusal(decision, handover)
    if decision.answer is Answer.CALL:
        carrying_out.carry_out(handover, decision, request.ask, actor)
    return handover


def hand_over_thread(
    thread: Thread,
    ask: Ask,
    actor: Actor,
    *,
    reason: str = "",
    sought_for: Intervention | None = None,
    gives_back: bool = False,
) -> Handover:
    """The same for a thread that is known, for the sake of an agent's intervention."""
    request = HandoverRequest(
        ask,
        thread.source.channel_type,
        thread.identity.foreign_id,
        reason=reason,
        sought_for=sought_for,
        gives_back=gives_back,
    )
    return _carry_out(Meant(thread.source, thread.identity), request, actor)


def plan(request: HandoverRequest, reach: Reach) -> Decision:
    """What `hand_over` would decide before the platform is asked. Changes nothing, calls nothing.

    Raises `ServiceError` where nobody, or more than one, is meant.
    """
    meant = resolution.resolve(reach, request.channel_type, request.foreign_id, request.source_id)
    thread = Thread.objects.filter(source=meant.source, identity__foreign_id=request.foreign_id).first()
    if thread is None:
        return _decide_for_stranger(meant, request)
    situation = situations.of_thread(thread, meant.source.cast(), timezone.now())
    return decide(request.ask, situation)


def _decide_for_stranger(meant: Meant, request: HandoverRequest) -> Decision:
    situation = situations.of_stranger(meant.source, meant.source.cast(), timezone.now())
    return decide(request.ask, situation)


def _refuse_stranger(meant: Meant, request: HandoverRequest) -> None:
    """A refusal by rule leaves no row behind for a person whom nobody has vouched for."""
    decision = _decide_for_stranger(meant, request)
    if decision.answer is Answer.REFUSE:
        raise carrying_out.refusal(decision)


class _BeingGivenBack(Exception):
    """Control is on its way back, after an intervention: in a moment this handover can be decided."""


def _begin_in_turn(meant: Meant, request: HandoverRequest, actor: Actor) -> tuple[Handover, Decision]:
    """Who closes an intervention and hands the thread over at once comes while control is being given
    back."""
    deadline = Deadline(GIVEN_BACK_WITHIN)
    while not request.gives_back and deadline.remaining():
        try:
            return _begin(meant, request, actor, waits=True)
        except _BeingGivenBack:
            connection.close()
            time.sleep(0.05)
    return _begin(meant, request, actor)


def _begin(
    meant: Meant, request: HandoverRequest, actor: Actor, *, waits: bool = False
) -> tuple[Handover, Decision]:
    cast = meant.source.cast()
    under_way = _same_under_way(meant, request, cast)
    if under_way is not None:
        return under_way
    with transaction.atomic():
        thread = threads.lock_or_create(meant.source, request.foreign_id, is_known=False)
        now = timezone.now()
        running = situations.running_on(thread)
        has_overdue = any(other.deadline_at is not None and other.deadline_at <= now for other in running)
        if has_overdue and settling.expire_overdue(thread, now):
            running = situations.running_on(thread)
        situation = situations.of_thread(thread, cast, now, running=running)
        if waits and situation.is_given_back:
            raise _BeingGivenBack
        decision = decide(request.ask, situation)
        handover = _RECORDS[decision.answer](thread, decision, request, actor, now)
    return handover, decision


def _same_under_way(meant: Meant, request: HandoverRequest, cast: Cast) -> tuple[Handover, Decision] | None:
    """The same handover, asked for a moment ago and not over: seen without the lock, so that a crowd that
    asks for one thread does not queue for it."""
    if meant.identity is None:
        return None
    running = situations.running_for(meant.identity)
    if not running:
        return None
    thread, now = running[0].thread, timezone.now()
    thread.source, thread.identity = meant.source, meant.identity
    situation = situations.of_thread(thread, cast, now, running=running)
    if situation.is_given_back:
        return None
    decision = decide(request.ask, situation)
    if decision.answer is Answer.REPEAT:
        return _count_repeat(situations.requested(running, now), request), decision
    leased = next((handover for handover in running if situations.is_leased(handover, now)), None)
    if leased is not None and _is_refused_for(leased, decision, request):
        return _count_repeat(leased, request), decision
    return None


def _is_refused_for(leased: Handover, decision: Decision, request: HandoverRequest) -> bool:
    """Whether nothing but the same handover being carried out stands in the way."""
    if decision.refusal is None or decision.refusal.code is not RefusalCode.HANDOVER_IN_PROGRESS:
        return False
    return (leased.to_party, leased.app_id) == (request.ask.to_party, decision.app_id)


def _record_intent(
    thread: Thread, decision: Decision, request: HandoverRequest, actor: Actor, now: datetime
) -> Handover:
    verb = decision.calls[-1].verb
    return _create(
        thread,
        decision,
        request,
        actor,
        now,
        verb=verb,
        lease_until=now + LEASE,
        deadline_at=carrying_out.deadline_at(thread.source, verb, now),
    )


def _record_nothing_to_do(
    thread: Thread, decision: Decision, request: HandoverRequest, actor: Actor, now: datetime
) -> Handover:
    handover = _create(
        thread,
        decision,
        request,
        actor,
        now,
        state=HandoverState.COMPLETED,
        settled_at=now,
        outcome="The asked-for side held the thread already.",
    )
    settling.completed(thread, handover)
    _append(thread, handover, "thread_control.unchanged", "the asked-for side held the thread already", actor)
    return handover


def _record_repeat(
    thread: Thread, decision: Decision, request: HandoverRequest, actor: Actor, now: datetime
) -> Handover:
    return _count_repeat(situations.pending_request(thread, now), request)


def _record_refusal(
    thread: Thread, decision: Decision, request: HandoverRequest, actor: Actor, now: datetime
) -> Handover:
    same = _same_refusal(thread, decision, request, now)
    if same is not None:
        return _count_repeat(same, request)
    handover = _create(
        thread,
        decision,
        request,
        actor,
        now,
        state=HandoverState.REFUSED,
        settled_at=now,
        error=decision.why_not.code,
        outcome=decision.why_not.message,
    )
    _append(thread, handover, "thread_control.refused", f"refused by rule: {decision.why_not.code}", actor)
    return handover


def _same_refusal(
    thread: Thread, decision: Decision, request: HandoverRequest, now: datetime
) -> Handover | None:
    """The record that a repeated refusal is counted on, so that a retrying bot does not flood the history."""
    leased = situations.in_progress(thread, now)
    if leased is not None and _is_refused_for(leased, decision, request):
        return leased
    last = thread.handovers.order_by("-requested_at", "-pk").first()
    asked = (request.ask.to_party, decision.app_id, HandoverState.REFUSED, decision.why_not.code)
    if last is not None and (last.to_party, last.app_id, last.state, last.error) == asked:
        return last
    return None


_RECORDS = {
    Answer.CALL: _record_intent,
    Answer.NOTHING_TO_DO: _record_nothing_to_do,
    Answer.REPEAT: _record_repeat,
    Answer.REFUSE: _record_refusal,
}


def _create(
    thread: Thread,
    decision: Decision,
    request: HandoverRequest,
    actor: Actor,
    now: datetime,
    **columns: Any,
) -> Handover:
    handover = Handover(
        source=thread.source,
        thread=thread,
        from_party=request.ask.from_party,
        to_party=request.ask.to_party,
        app_id=decision.app_id,
        holder_app_id=thread.picture.judged(now).app_id,
        reason=request.reason,
        thread_category_ids=request.thread_category_ids,
        sought_for=request.sought_for,
        token_id=actor.token_id,
        user_id=actor.user_id,
        correlation_id=correlation.current(),
        requested_at=now,
        **columns,
    )
    insert(handover)
    return handover


def _count_repeat(handover: Handover, request: HandoverRequest) -> Handover:
    """Counted is what others ask for: by that it is told whether a grant is wanted by anybody but an
    agent."""
    if request.sought_for is not None:
        return handover
    with durability.can_be_made_again():
        _COUNT_REPEAT.run(pk=handover.pk)
    return handover


def _append(thread: Thread, handover: Handover, name: str, cause: str, actor: Actor) -> None:
    texts = {"reason": handover.reason}
    history.append_unchanged(thread, name, actor, cause, handover=handover, texts=texts)
    threads.save(thread)
