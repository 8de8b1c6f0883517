"""Threads that nobody attends to, and bots that spoke while an agent held the thread."""

from datetime import timedelta

import pytest

from handover.figures import attention
from handover.figures.attention import Unattended
from handover.figures.spans import SpanKind, choose
from tests.handover.figures.stage import NOW, page, spoke_over, thread

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)
WEEK = choose(SpanKind.WEEK, NOW)


def test_unattended_threads_count_on_their_page_with_the_first_that_waits() -> None:
    mine, other, quiet = page(), page(), page()
    for source, hours in ((mine, 1), (mine, 3), (other, 2)):
        since = NOW - AN_HOUR * hours
        thread(source, owner="idle", waits_since=since, last_customer_at=since)
    thread(mine, owner="idle")
    assert attention.unattended([mine.pk, quiet.pk], NOW) == [Unattended(mine.pk, 2, NOW - 3 * AN_HOUR)]


def test_each_bot_counts_in_the_threads_that_it_spoke_in() -> None:
    source = page()
    for app_id in ("900", "900", "901"):
        spoke_over(source, app_id, NOW - AN_HOUR)
    assert attention.talk_over([source.pk], WEEK) == {"900": 2, "901": 1}


def test_before_the_span_and_on_other_pages_nobody_is_counted() -> None:
    mine, other = page(), page()
    spoke_over(mine, "900", WEEK.begins - AN_HOUR)
    spoke_over(other, "900", NOW - AN_HOUR)
    assert attention.talk_over([mine.pk], WEEK) == {}


def test_a_bot_whose_message_was_erased_still_counts() -> None:
    source = page()
    thread(source, owner="agent", talked_over_at=NOW - AN_HOUR)
    assert attention.talk_over([source.pk], WEEK) == {"": 1}
