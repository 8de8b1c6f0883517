"""Fixtures that every package of tests shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import post_migrate

from channels_fb.simulator import Simulator
from tests.world import World


def pytest_configure() -> None:
    """Tests empty their tables between them, so here history may be deleted. It is tested by itself."""
    from django.apps import apps

    post_migrate.disconnect(sender=apps.get_app_config("handover"), dispatch_uid="history_deletes")


@pytest.fixture
def facebook() -> Iterator[Simulator]:
    """A simulated Messenger Platform, empty."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def world(transactional_db: None, live_server: Any, facebook: Simulator, settings: Any) -> Iterator[World]:
    """Our service and a simulated Facebook that know how to reach each other; nothing is connected yet."""
    settings.GRAPH_API_URL = facebook.url
    world = World(live_server.url, facebook)
    yield world
    world.http.close()


@pytest.fixture
def worker_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads are attended to when a test says so, by `World.work`, and not as soon as the doorbell rings."""
    monkeypatch.setattr("handover.doorbell.is_rung_for", lambda thread_id: True)
