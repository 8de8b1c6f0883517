"""What is due without anybody asking: the worker's round, a few rows at a time.

The rows themselves say what is due, so a lost doorbell costs seconds and a second round costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from handover import alerts, channel, correlation, doorbell, interventions, learning, readings, settling
from handover.actors import SYSTEM
from handover.channel import (
    Channel,
    ChannelError,
    Deadline,
    NotConnected,
    OutcomeUnknown,
    Profile,
    Refused,
    Unavailable,
)
from handover.models import Handover, HandoverState, Identity, Source, Thread
from handover.text import storable

log = structlog.get_logger(__name__)

_AT_A_TIME = 50
_CALL_SECONDS = 15.0
_ROUND_SECONDS = 20.0
"""A platform that hangs must not keep the next round, and the deliveries in it, waiting for long."""
_CLAIM = timedelta(minutes=1)
"""How long a row is left alone once somebody has it in hand, and the pause after a try that failed."""
_MAY_WORK_LATER = (NotConnected, OutcomeUnknown, Unavailable)
"""What says nothing about the matter itself. Any other refusal is the platform's last word on it."""


def run_due() -> int:
    """Do everything that is due now. Returns how many things were."""
    with correlation.piece_of_work():
        done = settling.expire_all_overdue(timezone.now())
        done += interventions.reactivate_due(timezone.now())
    done += sum(_run_channel(port) for port in channel.registered())
    round_ = Deadline(_ROUND_SECONDS)
    for chore in _CHORES:
        for row in chore.due(timezone.now())[:_AT_A_TIME]:
            if not round_.remaining():
                return done
            done += _do(chore, row)
    return done


def _run_channel(port: Channel) -> int:
    with correlation.piece_of_work():
        return port.run_due()


@dataclass(frozen=True)
class _Chore:
    """A kind of due work: where it is found, the column that says when, and how one row is done.

    `do` clears or renews the column. Should the process die, the claim runs out and the row is due again.
    """

    due: Callable[[datetime], QuerySet[Any]]
    column: str
    do: Callable[[Any], None]


def _do(chore: _Chore, row: Model) -> bool:
    """Each on its own: one that fails holds back none of the others. False where somebody else has it."""
    mine = type(row)._default_manager.filter(pk=row.pk, **{chore.column: getattr(row, chore.column)})
    if not mine.update(**{chore.column: timezone.now() + _CLAIM}):
        return False
    with correlation.piece_of_work():
        try:
            chore.do(row)
        except Exception:
            log.exception("upkeep.failed", chore=chore.column, row=row.pk)
    return True


def _unsettled_handovers(now: datetime) -> QuerySet[Handover]:
    """Without a known outcome: left behind by a killed process, or to be read again."""
    unknown = Handover.objects.filter(state=HandoverState.UNKNOWN, verb__in=settling.TOLD_BY_THE_OWNER)
    left_behind = Q(lease_until__lte=now, next_attempt_at__isnull=True)
    not_carried_out = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    due = unknown.filter(left_behind | Q(not_carried_out, next_attempt_at__lte=now))
    return due.select_related("thread__source", "thread__identity")


def _settle(handover: Handover) -> None:
    try:
        readings.read_and_record(handover.thread, SYSTEM, Deadline(_CALL_SECONDS))
    except ChannelError as error:
        log.info("handover.still_unknown", handover=handover.pk, why=error.message)
        settling.read_later(handover)


def _doubted_threads(now: datetime) -> QuerySet[Thread]:
    rows = Thread.objects.filter(owner_check_at__lte=now, source__is_active=True)
    return rows.select_related("source", "identity")


def _check_owner(thread: Thread) -> None:
    try:
        readings.read_and_record(thread, SYSTEM, Deadline(_CALL_SECONDS))
    except _MAY_WORK_LATER as error:
        log.info("owner.not_read", thread=thread.pk, why=error.message)
    except Refused as error:
        log.info("owner.not_read", thread=thread.pk, why=error.message)
        Thread.objects.filter(pk=thread.pk).update(owner_check_at=None)


def _contradicted_sources(now: datetime) -> QuerySet[Source]:
    return Source.objects.filter(mode_check_at__lte=now, is_active=True)


def _read_mode(source: Source) -> None:
    try:
        learning.mode_was_read(source, source.channel.read_mode(source, Deadline(_CALL_SECONDS)))
    except ChannelError as error:
        log.info("mode.not_read", source=source.pk, why=error.message)


def _nameless_identities(now: datetime) -> QuerySet[Identity]:
    rows = Identity.objects.filter(profile_due_at__lte=now, source__is_active=True)
    return rows.select_related("source")


def _read_profile(identity: Identity) -> None:
    source = identity.source
    try:
        profile = source.channel.read_profile(source, identity.foreign_id, Deadline(_CALL_SECONDS))
    except _MAY_WORK_LATER as error:
        log.info("profile.not_read", identity=identity.pk, why=error.message)
        return
    except Refused:
        profile = Profile()  # Not allowed to know, or no profile: the foreign id has to do.
    identity.profile_due_at = None
    identity.first_name = storable(profile.first_name)[:200]
    identity.last_name = storable(profile.last_name)[:200]
    identity.picture_url = storable(profile.picture_url)
    identity.save(update_fields=["profile_due_at", "first_name", "last_name", "picture_url", "updated_at"])


def _alert(thread: Thread) -> None:
    """The queue's threads wait for the mail server, not the round."""
    doorbell.ring_for_alert(thread.pk)


_CHORES = (
    _Chore(alerts.due, "alert_at", _alert),
    _Chore(_unsettled_handovers, "next_attempt_at", _settle),
    _Chore(_doubted_threads, "owner_check_at", _check_owner),
    _Chore(_contradicted_sources, "mode_check_at", _read_mode),
    _Chore(_nameless_identities, "profile_due_at", _read_profile),
)
