"""Percentiles over counted waits, and waits in words."""

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.figures.waits import in_words, percentile, rounded

WAITS = st.lists(st.integers(0, 5000), min_size=1)


def test_of_no_waits_there_is_no_percentile() -> None:
    assert percentile(Counter(), 50) is None


def test_the_median_of_three_is_the_middle_one() -> None:
    assert percentile(Counter({10: 1, 20: 1, 3000: 1}), 50) == 2.0


def test_95_of_100_were_not_longer_than_the_95th() -> None:
    assert percentile(Counter(dict.fromkeys(range(1, 101), 1)), 95) == 9.5


@given(WAITS)
def test_the_median_is_the_one_that_a_textbook_has(tenths: list[int]) -> None:
    assert percentile(Counter(tenths), 50) == statistics.median_low(tenths) / 10


@given(WAITS, st.integers(1, 100))
def test_so_many_of_a_hundred_waited_no_longer(tenths: list[int], percent: int) -> None:
    found = percentile(Counter(tenths), percent)
    assert found is not None
    assert 100 * sum(wait / 10 <= found for wait in tenths) >= percent * len(tenths)
    assert 100 * sum(wait / 10 < found for wait in tenths) < percent * len(tenths)


@pytest.mark.parametrize(("tenths", "kept"), [(0, 0), (99, 99), (100, 100), (124, 120), (126, 130)])
def test_long_waits_are_told_apart_by_seconds(tenths: int, kept: int) -> None:
    assert rounded(tenths) == kept


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (9.0, "9 s"),
        (24, "24 s"),
        (60, "1 min"),
        (123, "2 min 3 s"),
        (11100, "3 h 5 min"),
    ],
)
def test_a_wait_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
