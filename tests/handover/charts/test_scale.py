"""Axes: round numbers, with room for the largest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.charts.scale import MOST_STEPS, TIMES, of_counts, of_times


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (58, [0, 20, 40, 60]), (623, [0, 200, 400, 600, 800])],
)
def test_counts_are_marked_by_round_numbers(largest: int, ticks: list[float]) -> None:
    assert of_counts(largest, 184, 26).ticks() == ticks


@pytest.mark.parametrize(
    ("longest", "ticks"),
    [(0.3, [0, 0.1, 0.2, 0.3]), (96, [0, 30, 60, 90, 120]), (214, [0, 60, 120, 180, 240])],
)
def test_times_are_marked_as_clocks_are(longest: float, ticks: list[float]) -> None:
    assert of_times(longest, 104, 292).ticks() == pytest.approx(ticks)


@given(st.integers(0, 10**9))
def test_the_largest_count_is_on_the_axis(largest: int) -> None:
    scale = of_counts(largest, 184, 26)
    assert 26 <= scale.place(largest) <= 184
    assert len(scale.ticks()) <= MOST_STEPS + 1


@given(st.floats(0, 10**7))
def test_the_longest_time_is_on_the_axis(longest: float) -> None:
    scale = of_times(longest, 104, 292)
    assert 104 <= scale.place(longest) <= 292 + 1e-6
    assert scale.step in TIMES
