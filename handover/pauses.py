"""How long to wait before trying again: longer each time, and never quite as long as anybody else."""

from __future__ import annotations

import random
from datetime import timedelta

_JITTER = 0.2


def growing(attempts: int, first: timedelta, longest: timedelta) -> timedelta:
    """Doubles with each attempt, counted from 0, up to the longest; up to a fifth more or less."""
    pause = min(first * (1 << min(attempts, 20)), longest)
    return pause * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - nothing secret.


def at_least(seconds: int | None, pause: timedelta) -> timedelta:
    """The pause, or the longer one that the platform has named."""
    return pause if seconds is None else max(pause, timedelta(seconds=seconds))
