"""The stage of the property tests: one world for all examples of a test."""

from __future__ import annotations

import pytest

from handover import tokens
from tests.world import World

PLENTY = 1_000_000
"""Calls a minute: here the rate is no subject."""


@pytest.fixture
def stage(world: World) -> World:
    """A page whose primary app is the bot's, and a token for everything."""
    world.build()
    world.token = tokens.issue("property tests", per_minute=PLENTY)
    return world
