"""The time axis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.timeline.ticks import ticks
from tests.handover.timeline.stories import at
from tests.property.profiles import often


@pytest.mark.parametrize(
    ("start", "length", "labels"),
    [
        (at("09:36:12"), timedelta(seconds=50), ["09:36:20", "09:36:30", "09:36:40", "09:36:50", "09:37:00"]),
        (at("09:36"), timedelta(minutes=5), ["09:36", "09:37", "09:38", "09:39", "09:40", "09:41"]),
        (at("09:36"), timedelta(hours=1), ["09:40", "09:50", "10:00", "10:10", "10:20", "10:30"]),
        (at("20:00"), timedelta(hours=8), ["20:00", "22:00", "23 Nov", "02:00", "04:00"]),
        (at("09:00", 16), timedelta(days=5), ["17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov"]),
        (at("09:00", 1), timedelta(days=14), ["4 Nov", "7 Nov", "10 Nov", "13 Nov"]),
        (at("09:00", 1), timedelta(days=29), ["2 Nov", "9 Nov", "16 Nov", "23 Nov", "30 Nov"]),
        (at("09:00"), timedelta(days=150), ["Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027", "Apr 2027"]),
        (at("09:00"), timedelta(days=1500), ["Jan 2027", "Jan 2028", "Jan 2029", "Jan 2030"]),
    ],
)
def test_are_at_round_moments(start: datetime, length: timedelta, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(start, start + length, 6)] == labels


@often(4)
@given(
    start=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(seconds=30), timedelta(days=20_000)),
    most=st.integers(3, 20),
)
def test_are_within_the_span_and_never_too_many(start: datetime, length: timedelta, most: int) -> None:
    found = [tick.at for tick in ticks(start, start + length, most)]
    assert len(found) <= most + 2
    assert found == sorted(set(found))
    assert all(start <= moment <= start + length for moment in found)
