"""How handovers end: by the platform's answer, by what it tells later, by a reading, by their deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from handover import alerts, doorbell, history, threads
from handover.actors import SYSTEM, Actor
from handover.decision import Verb
from handover.models import Author, Handover, HandoverState, Intervention, Source, Thread
from handover.models.interventions import OVER
from handover.ownership import Evidence, EvidenceKind, How, Owner, Party, Picture
from handover.prepared import Given, Update

OPEN = (HandoverState.REQUESTED, HandoverState.UNKNOWN)
TOLD_BY_THE_OWNER = (Verb.PASS, Verb.TAKE, Verb.READ_OWNER)
"""What a handover was about whose unknown outcome a reading of the owner tells. A request leaves no trace."""
READ_AGAIN_AFTER = timedelta(seconds=5)
READ_AGAIN_AT_MOST = timedelta(minutes=10)

_SETTLE = Update(
    lambda: Handover.objects.filter(Q(state=Given("seen")) | Q(state=Given("also")), pk=Given("pk")),
    state=Given("state"),
    outcome=Given("outcome"),
    error=Given("error"),
    settled_at=Given("settled_at"),
    lease_until=None,
    next_attempt_at=None,
)


def unavailable(source: Source) -> str:
    """The identifier of the source's platform being out of reach, as it stands in answers."""
    return f"{source.channel.vendor}_unavailable"


def settle(
    handover: Handover,
    state: HandoverState,
    outcome: str,
    *,
    error: str = "",
    also_from: HandoverState | None = None,
) -> bool:
    """Move a handover to a state, if it still is where it was seen. False where somebody was first.

    `also_from`: another state that it may have moved to meanwhile. The thread must be locked, and the history
    written by the caller in the same transaction.
    """
    settled_at = timezone.now() if state not in OPEN else None
    seen = handover.state
    won = _SETTLE.run(
        pk=handover.pk,
        seen=seen,
        also=also_from or seen,
        state=state,
        outcome=outcome,
        error=error,
        settled_at=settled_at,
    )
    if won:
        handover.state, handover.outcome, handover.error = state, outcome, error
        handover.settled_at, handover.lease_until, handover.next_attempt_at = settled_at, None, None
    else:
        handover.refresh_from_db()
    return bool(won)


def read_later(handover: Handover) -> None:
    """Have the worker read the owner for an unknown outcome, after a pause that grows with each try."""
    pause = min(READ_AGAIN_AFTER * 2**handover.attempts, READ_AGAIN_AT_MOST)
    handover.next_attempt_at, handover.attempts = timezone.now() + pause, handover.attempts + 1
    handover.save(update_fields=["next_attempt_at", "attempts"])


def completed(thread: Thread, handover: Handover) -> None:
    """What a handover brings along when it succeeds. The caller saves the thread."""
    if handover.thread_category_ids is not None:
        thread.thread_category_ids = handover.thread_category_ids
    if handover.sought_for is None and handover.to_party == Party.AGENT:
        alerts.agent_wanted(thread)
    if handover.sought_for is not None:
        _arrived(thread, handover, handover.sought_for)
    elif handover.to_party == Party.AGENT and thread.give_back_for_id is not None:
        # Somebody wants an agent, so what was to be given back is wanted again.
        thread.give_back_for, thread.control_due_at, thread.control_attempts = None, None, 0


def _arrived(thread: Thread, handover: Handover, wanted_by: Intervention) -> None:
    """Control is here that an agent's intervention wanted. Where that is over, nobody needs it any more,
    unless somebody else has asked for the same meanwhile."""
    thread.attend_at = timezone.now()
    wanted_by.refresh_from_db(fields=["status"])  # It may have ended while the platform was asked.
    if wanted_by.status in OVER and not handover.repeats:
        thread.give_back_for, thread.control_due_at, thread.control_attempts = wanted_by, thread.attend_at, 0
    doorbell.ring_for(thread)


def _arrived_late(thread: Thread) -> None:
    """A grant that settles nothing answers a request of an agent's that has expired, if nothing was asked and
    the customer has not written since."""
    last = thread.handovers.filter(to_party=Party.AGENT).order_by("-requested_at", "-pk").first()
    if last is None or last.sought_for is None or last.state != HandoverState.EXPIRED:
        return
    written_since = thread.contents.filter(author=Author.CUSTOMER, received_at__gt=last.settled_at)
    if not written_since.exists():
        _arrived(thread, last, last.sought_for)


def settle_by_evidence(thread: Thread, piece: Evidence, after: Picture) -> list[Handover]:
    """Complete what was waiting for this: strong evidence that the asked-for app holds the thread.

    Control may be granted before the answer to the request has come, or long after we had to answer
    that the outcome is unknown: either way the grant settles it. `after` is the picture that the evidence
    made. Returns what was settled, the newest last.
    """
    if piece.kind is not EvidenceKind.HOLDS or not after.sure or after.app_id != piece.app_id:
        return []
    waiting = thread.handovers.filter(state__in=OPEN, app_id=piece.app_id).order_by("requested_at", "pk")
    settled = [h for h in waiting if settle(h, HandoverState.COMPLETED, "Control has come.")]
    for handover in settled:
        completed(thread, handover)
    if not settled and after.owner is Owner.AGENT and piece.how in (How.HANDOVER_EVENT, How.OWNER_READ):
        _arrived_late(thread)
    return settled


def record_settled(thread: Thread, handovers: list[Handover]) -> None:
    """The line of history about a change names one handover: those that it settled besides get their own."""
    for handover in handovers:
        _append(thread, handover, "thread_control.unchanged", SYSTEM, "settled by the same grant")


def supersede_requests(thread: Thread) -> None:
    """Control was passed to the bot: an earlier request for it must not answer for the next one."""
    for handover in thread.handovers.filter(state=HandoverState.REQUESTED, to_party=Party.AGENT):
        outcome = "The thread was passed to the bot before control was seen to be granted."
        if settle(handover, HandoverState.EXPIRED, outcome):
            _append(thread, handover, "thread_control.expired", SYSTEM, "the thread was passed to the bot")


def give_up_asking(thread: Thread) -> None:
    """Nobody holds the thread any more that an agent's request was made to. What bots asked for goes on."""
    asked = thread.handovers.filter(state=HandoverState.REQUESTED, sought_for__isnull=False)
    for handover in asked:
        if settle(handover, HandoverState.EXPIRED, "Whoever was asked has let the thread go."):
            _append(thread, handover, "thread_control.expired", SYSTEM, "nobody holds the thread any more")


def loose_ends(thread: Thread) -> list[Handover]:
    """Handovers whose outcome nobody knows, left behind by a killed process or a lost answer."""
    unknown = thread.handovers.filter(state=HandoverState.UNKNOWN, verb__in=TOLD_BY_THE_OWNER)
    return list(unknown.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=timezone.now())))


def presumed_holder(ends: list[Handover], before: Picture) -> str:
    """The app that holds the thread if the platform says no more than that we do not.

    A pass of ours explains that, if the thread was ours before. Empty where none does.
    """
    passes = [handover for handover in ends if handover.verb == Verb.PASS]
    if not passes or before.owner is not Owner.AGENT:
        return ""
    return max(passes, key=lambda handover: handover.requested_at).app_id


def close_loose_ends(thread: Thread, ends: list[Handover], piece: Evidence) -> None:
    """End handovers of unknown outcome by a reading of the owner: it tells whether they took effect."""
    for handover in ends:
        if _took_effect(handover, piece):
            if settle(handover, HandoverState.COMPLETED, "The owner was read: it took effect."):
                completed(thread, handover)
        elif settle(
            handover,
            HandoverState.FAILED,
            "The owner was read: it did not take effect.",
            error=handover.error or unavailable(handover.source),
        ):
            # The call may still be on its way: look once more a little later.
            thread.owner_check_at = timezone.now() + READ_AGAIN_AFTER


def _took_effect(handover: Handover, piece: Evidence) -> bool:
    """A holder who is only presumed is so because of a pass, so nothing else took effect."""
    is_told = piece.kind is EvidenceKind.HOLDS
    return piece.app_id == handover.app_id and (is_told or handover.verb == Verb.PASS)


def record_loose_end(thread: Thread, handover: Handover) -> None:
    """A handover whose process died wrote nothing of itself: here is who wanted what, and how it ended."""
    cause = f"the {handover.verb} left behind is {handover.state}"
    _append(thread, handover, "thread_control.settled", _actor_of(handover), cause)


def _actor_of(handover: Handover) -> Actor:
    if handover.token is not None:
        return Actor.for_token(handover.token)
    return Actor.for_staff(handover.user) if handover.user is not None else SYSTEM


def expire(thread: Thread, handover: Handover) -> bool:
    """End a request that nobody granted in time. The thread is locked; the caller saves it."""
    if thread.picture.owner is Owner.AGENT and thread.picture.sure:
        return _grant_unseen(thread, handover)
    if not settle(handover, HandoverState.EXPIRED, "Control was not granted before the deadline."):
        return False
    if handover.sought_for is not None and handover.sought_for.status in OVER:
        thread.owner_check_at = timezone.now()  # Nobody waits for it, so nobody would see a grant we missed.
    cause = "a request for control was not granted before its deadline"
    _append(thread, handover, "thread_control.expired", SYSTEM, cause)
    return True


def _grant_unseen(thread: Thread, handover: Handover) -> bool:
    """The thread is ours, though the platform never told of a grant."""
    if not settle(handover, HandoverState.COMPLETED, "Our app holds the thread."):
        return False
    completed(thread, handover)
    _append(thread, handover, "thread_control.unchanged", SYSTEM, "our app holds the thread")
    return True


def _append(thread: Thread, handover: Handover, name: str, actor: Actor, cause: str) -> None:
    texts = {"reason": handover.reason}
    history.append_unchanged(thread, name, actor, cause, handover=handover, texts=texts)


def overdue(now: datetime) -> QuerySet[Handover]:
    """Requests whose deadline has passed and that nobody is carrying out."""
    waiting = Handover.objects.filter(settled_at__isnull=True, verb=Verb.REQUEST, deadline_at__lte=now)
    return waiting.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))


def expire_overdue(thread: Thread, now: datetime) -> bool:
    """Expire what is overdue on one locked thread, saving it if anything was."""
    expired = [expire(thread, handover) for handover in overdue(now).filter(thread=thread)]
    if any(expired):
        threads.save(thread)
    return any(expired)


def expire_all_overdue(now: datetime) -> int:
    """Expire whatever is overdue, each under its thread's lock. Returns how many were."""
    due = list(overdue(now).values_list("thread_id", flat=True).distinct())
    for thread_id in due:
        with transaction.atomic():
            expire_overdue(threads.lock(thread_id), now)
    return len(due)
