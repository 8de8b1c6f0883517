"""The service's processes, and the queues between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels_fb.simulator import Simulator
from tests.processes import free_port
from tests.worker.desk import Desk
from tests.worker.redis import redis


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.redis)])
def queue_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Each queue that the service can have."""
    if request.param == "embedded":
        yield ""
        return
    port = free_port()
    with redis(port, tmp_path):
        yield f"redis://127.0.0.1:{port}"


@pytest.fixture
def closed(transactional_db: None, facebook: Simulator, settings: Any, tmp_path: Path) -> Iterator[Desk]:
    """Nothing runs yet."""
    settings.GRAPH_API_URL = facebook.url
    desk = Desk("", facebook, folder=tmp_path)
    yield desk
    desk.end()


@pytest.fixture
def desk(closed: Desk, queue_url: str) -> Desk:
    """Open, and without a worker so far."""
    closed.queue_url = queue_url
    closed.open()
    return closed
