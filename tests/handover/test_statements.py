"""How many SQL statements a call costs: a query that slips into a loop shows here first."""

from __future__ import annotations

import pytest

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
