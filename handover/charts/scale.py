"""From numbers to places on an axis, with round numbers along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

MOST_STEPS = 4
_ROUND = (1, 2, 5)
TIMES = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
"""Seconds that are round to people."""


@dataclass(frozen=True)
class Scale:
    """An axis from `zero`, where 0 is, to `end`; `step` is from one round number to the next."""

    zero: float
    end: float
    step: float
    top: float

    def place(self, value: float) -> float:
        """Where a number is on the axis."""
        return self.zero + (self.end - self.zero) * value / self.top

    def ticks(self) -> list[float]:
        """The round numbers."""
        return [self.step * number for number in range(round(self.top / self.step) + 1)]


def of_counts(largest: int, zero: float, end: float) -> Scale:
    """An axis that has room for whole numbers up to the largest."""
    steps = (base * 10**power for power in count() for base in _ROUND)
    step = next(step for step in steps if step * MOST_STEPS >= largest)
    return _up_to(largest, step, zero, end)


def of_times(longest: float, zero: float, end: float, steps: Sequence[float] = TIMES) -> Scale:
    """An axis that has room for seconds up to the longest."""
    step = next((step for step in steps if step * MOST_STEPS >= longest), steps[-1])
    return _up_to(longest, step, zero, end)


def _up_to(largest: float, step: float, zero: float, end: float) -> Scale:
    steps = max(1, -(-largest // step))
    return Scale(zero, end, step, step * steps)
