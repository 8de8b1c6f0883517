"""How many SQL statements a call costs: a query that slips into a loop shows here first."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from handover import availability
from handover.actors import SYSTEM
from handover.models import AvailabilityState, Handover, HandoverState, Source
from tests.bench.statements import MOST, counted
from tests.world import World


@pytest.fixture
def world(world: World) -> World:
    """A conversation that is known, and held by the bot."""
    world.build()
    world.maya_writes()
    return world


@pytest.mark.parametrize("what", MOST)
def test_are_bounded(world: World, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handover.doorbell.is_rung_for", lambda thread_id: True)
    if what.startswith("a"):
        world.bot_passes_to_us()
    counts = counted(what, world.token)
    assert counts <= MOST[what], f"{what}: {counts} statements"


def test_only_a_page_where_agents_have_to_be_there_asks_who_is(world: World) -> None:
    before = counted("bot to agent", world.token)
    Handover.objects.update(state=HandoverState.EXPIRED)
    Source.objects.update(needs_agent=True, opening_hours="Mon-Sun 00:00-24:00", time_zone="Europe/Vienna")
    availability.set_state(User.objects.create_superuser("lee"), AvailabilityState.AVAILABLE, SYSTEM)
    assert counted("bot to agent", world.token) == before + 1
