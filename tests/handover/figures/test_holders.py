"""Threads by holder, held against the picture's own word on who holds a thread."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from handover.figures.holders import held
from handover.ownership import Owner
from tests.handover.figures.stage import NOW, page, thread

ENDS = st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours)))


class TestThreadsAreCounted(TestCase):
    @given(st.lists(st.tuples(st.sampled_from(Owner), ENDS), max_size=12))
    def test_under_whoever_the_picture_names_at_that_moment(self, holders: list) -> None:
        source = page()
        threads = [thread(source, owner=owner.value, owner_expires_at=ends) for owner, ends in holders]
        expected = Counter(row.picture.judged(NOW).owner for row in threads)
        assert +held([source.pk], NOW)[source.pk] == expected


@pytest.mark.django_db
def test_other_pages_are_left_out() -> None:
    mine, others = page(), page()
    thread(others, owner="idle")
    assert held([mine.pk], NOW) == {mine.pk: Counter()}
