"""Read from the platform who holds a thread, and keep what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from handover import evidence, history, settling, threads
from handover.actors import Actor
from handover.channel import Deadline, NotOwner, OwnerReading
from handover.models import Handover, Thread
from handover.ownership import Evidence, EvidenceKind, How, Owner, Picture


def read_owner(thread: Thread, deadline: Deadline) -> OwnerReading:
    """Ask the platform. Goes over the network; raises `ChannelError`."""
    source = thread.source
    return source.channel.read_owner(source, thread.identity.foreign_id, deadline)


def record_reading(
    thread: Thread,
    reading: OwnerReading,
    actor: Actor,
    *,
    seen: Picture,
    ends: list[Handover],
    about: Handover | None = None,
) -> None:
    """Keep a reading on a locked thread: evidence for the picture, and the end of the loose `ends`.

    `seen` is the picture when the call was made. The caller saves the thread.
    """
    is_overtaken = evidence.overtaken(seen, thread.picture)
    presumed = settling.presumed_holder(ends, thread.picture)
    piece = evidence.of_reading(reading, seen=seen, now=thread.picture, presumed=presumed)
    (step,) = evidence.weigh(thread, [piece], thread.source.cast())
    # What a reading does not say, the next one would not say either; unless news crossed its way.
    is_doubted = not step.after.sure and step.after.observed_at != piece.at
    thread.owner_check_at = timezone.now() if is_overtaken or is_doubted else None
    settled = settling.settle_by_evidence(thread, piece, step.after)
    settling.close_loose_ends(thread, ends, piece)
    told = [*reversed(settled), *ends]
    entry = history.Entry(
        name="thread_control.observed",
        actor=actor,
        cause="the owner was read",
        before=step.before,
        after=step.after,
        call=reading.call,
        evidence=piece,
        handover=about or (told[0] if told else None),
    )
    history.append(thread, entry)
    settling.record_settled(thread, [h for h in settled if h not in (entry.handover, *ends)])
    for handover in ends:
        if handover != about:
            settling.record_loose_end(thread, handover)


def record_not_ours(
    thread: Thread,
    error: NotOwner,
    actor: Actor,
    *,
    seen: Picture,
    may_be_nobodys: bool = False,
    **about: Any,
) -> None:
    """Keep the platform's word that our app does not hold a locked thread. The caller saves it.

    `seen` is the picture when the call was made. `about`: what the line of history names, as `Entry` does.
    What was confirmed within the last minute, the bot's app as the holder, is confirmed by it.
    `may_be_nobodys`: the word does not say that another app holds it, so no holder is sure.
    """
    cause = "the platform says that our app does not hold the thread"
    now = thread.picture
    is_same = seen.owner is now.owner is Owner.BOT and seen.app_id == now.app_id
    is_as_seen = is_same and now.is_fresh(timezone.now())
    if is_as_seen or error.at is None:
        history.append_unchanged(thread, "thread_control.observed", actor, cause, call=error.call, **about)
        return
    moment = evidence.dated(error.at, seen=seen, now=thread.picture)
    piece = Evidence(EvidenceKind.HELD_ELSEWHERE, moment, timezone.now(), How.OUR_CALL)
    (step,) = evidence.weigh(thread, [piece], thread.source.cast())
    if may_be_nobodys:
        thread.picture = replace(thread.picture, sure=False)
    entry = history.Entry(
        name="thread_control.observed",
        actor=actor,
        cause=cause,
        before=step.before,
        after=thread.picture,
        call=error.call,
        evidence=piece,
        **about,
    )
    history.append(thread, entry)


def read_and_record(thread: Thread, actor: Actor, deadline: Deadline) -> None:
    """Read the owner of a thread and keep it, settling what a killed process left behind."""
    reading = read_owner(thread, deadline)
    with transaction.atomic():
        row = threads.lock(thread.pk)
        record_reading(
            row,
            reading,
            actor,
            seen=thread.picture,
            ends=settling.loose_ends(row),
        )
        threads.save(row)
