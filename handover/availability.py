"""Agents say that they are there, or away; each change leaves a line of who made it and when."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from handover import agents, correlation
from handover.actors import Actor
from handover.decision import RefusalCode
from handover.errors import ServiceError
from handover.models import Availability, AvailabilityChange, AvailabilityState

_NO_AGENT = "User {name} is no agent: that takes an active member of staff who may open interventions."


def of(user: User) -> Availability | None:
    """What an agent said last; None where that is nothing."""
    return Availability.objects.filter(user=user).first()


def set_state(user: User, state: AvailabilityState, actor: Actor) -> Availability:
    """Make an agent available or away. What is so already changes nothing, and leaves no line.

    Raises `ServiceError` `forbidden` for a user who is no agent.
    """
    now = timezone.now()
    with transaction.atomic():
        # The user's row is the lock, as theirs may not be there yet.
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not agents.is_agent(locked, now):
            raise ServiceError(RefusalCode.FORBIDDEN, _NO_AGENT.format(name=user.get_username()))
        row = of(locked) or Availability(user=locked)
        if row.state != state:
            row.state, row.since = state, now
            row.save()
            _leave_a_line(row, actor)
    return row


def _leave_a_line(row: Availability, actor: Actor) -> None:
    AvailabilityChange.objects.create(
        user=row.user,
        state=row.state,
        at=row.since,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        correlation_id=correlation.current(),
    )
