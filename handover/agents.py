"""Who the agents are, and whether one of them is there.

Agents are not assigned to pages: whoever is an agent is one on every page.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from handover.models import (
    ApiToken,
    Availability,
    AvailabilityState,
    Intervention,
    InterventionStatus,
    Source,
)
from handover.models.interventions import OVER
from handover.prepared import Given, Select

MAY_ENGAGE = "handover.open_intervention"
"""The permission to work as an agent in the admin."""
_BY_DJANGO = "django.contrib.auth.backends.ModelBackend"
"""Where permissions stand."""

_SOMEBODY_THERE = Select(
    lambda: (
        Availability.objects.filter(state=AvailabilityState.AVAILABLE, user__in=agents(Given("now")))
        .order_by()
        .values_list("pk")[:1]
    )
)


class Busyness(StrEnum):
    """How much an agent has in hand. `busy` and `full`, which Engage Digital has too, need a capacity."""

    UNOCCUPIED = "unoccupied"
    OK = "ok"


@dataclass(frozen=True)
class ChannelStatus:
    """An agent as seen from one page. `state` is None where the agent never said."""

    source: Source
    state: AvailabilityState | None
    busyness: Busyness


@dataclass(frozen=True)
class AgentStatus:
    """An agent, on each page that was asked about."""

    user: User
    channels: tuple[ChannelStatus, ...]


def agents(now: datetime | Given) -> QuerySet[User]:
    """Active members of staff who may engage in threads, in the admin or by an access token of their own."""
    tokens = ApiToken.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        user=OuterRef("pk"),
        is_active=True,
        may_reply=True,
    )
    in_the_admin = get_user_model().objects.with_perm(MAY_ENGAGE, backend=_BY_DJANGO).values("pk")
    rows = get_user_model().objects.filter(is_active=True, is_staff=True)
    return rows.filter(Q(pk__in=in_the_admin) | Exists(tokens))


def is_agent(user: User, now: datetime) -> bool:
    """Whether a user is one of them."""
    return agents(now).filter(pk=user.pk).exists()


def absence(source: Source, now: datetime) -> str | None:
    """Why no agent of a page would answer, in words; empty where one would.

    None where the page does not ask. Only a page that does, and is open, costs a query.
    """
    if not source.needs_agent:
        return None
    hours = source.hours
    if not hours.is_open(now):
        opens = hours.opens_next(now)
        local = f"{opens.astimezone(hours.zone):%A %H:%M}, {source.time_zone or 'UTC'}"
        return (
            f"The page is outside its opening hours; it opens next at {opens:%Y-%m-%dT%H:%M:%SZ} ({local})."
        )
    if _SOMEBODY_THERE.first(now=now) is None:
        return "The page is open, but no agent is available; try again later."
    return ""


def statuses(users: QuerySet[User], sources: Iterable[Source]) -> list[AgentStatus]:
    """How each of the users is to be found on each of the pages, oldest account first."""
    found, pages = list(users.select_related("availability").order_by("pk")), list(sources)
    occupied = _occupied(found)
    return [AgentStatus(user, tuple(_on(page, user, occupied) for page in pages)) for user in found]


def _on(source: Source, user: User, occupied: Set[tuple[int, int]]) -> ChannelStatus:
    busyness = Busyness.OK if (user.pk, source.pk) in occupied else Busyness.UNOCCUPIED
    return ChannelStatus(source, _state(user), busyness)


def _state(user: User) -> AvailabilityState | None:
    said: Availability | None = getattr(user, "availability", None)
    return None if said is None else AvailabilityState(said.state)


def _occupied(users: Iterable[User]) -> set[tuple[int, int]]:
    """Who has an intervention open, and on which page. What is put aside occupies nobody."""
    rows = Intervention.objects.filter(user__in=[user.pk for user in users], is_bots=False)
    rows = rows.exclude(status__in=(*OVER, InterventionStatus.DEFERRED))
    return set(rows.values_list("user", "source").distinct())
