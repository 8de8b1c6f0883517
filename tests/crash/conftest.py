"""What the tests of deaths share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels_fb.simulator import Simulator
from tests.crash.stage import Stage


@pytest.fixture
def stage(transactional_db: None, facebook: Simulator, settings: Any, tmp_path: Path) -> Iterator[Stage]:
    """Nothing of the service runs yet, and no page is connected."""
    settings.GRAPH_API_URL = facebook.url
    stage = Stage("", facebook, folder=tmp_path)
    yield stage
    stage.end()
