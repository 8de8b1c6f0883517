"""Handovers counted by page and piece of time; and when a day's count is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from handover.figures import days
from handover.figures.days import Count
from handover.figures.spans import SpanKind, choose
from handover.models import DayOfHandovers, Handover, HandoverState, Source
from handover.ownership import Party
from tests.handover.figures.stage import NOW, asked, page

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
WEEK = choose(SpanKind.WEEK, NOW)


def counted(*sources: Source) -> days.Counts:
    return days.counts({source.pk for source in sources}, WEEK.pieces(), NOW)


def on(source: Source, days_ago: int) -> Count:
    """What was counted of one day of the week."""
    return counted(source)[source.pk, WEEK.pieces()[-1 - days_ago]]


def test_each_handover_counts_on_its_page_and_day_by_direction_and_state() -> None:
    mine, other = page(), page()
    asked(mine, NOW - A_DAY)
    asked(mine, NOW - A_DAY, to="bot", state="refused")
    asked(other, NOW - A_DAY, state="expired")
    found = counted(mine, other)
    assert len(found) == 14
    yesterday = WEEK.pieces()[-2]
    assert found[mine.pk, yesterday].ended == {
        Party.AGENT: {HandoverState.COMPLETED: 1},
        Party.BOT: {HandoverState.REFUSED: 1},
    }
    assert found[other.pk, yesterday].ended[Party.AGENT] == {HandoverState.EXPIRED: 1}


def test_what_was_asked_before_the_span_or_out_of_reach_does_not_count() -> None:
    mine, other = page(), page()
    asked(mine, WEEK.begins - timedelta(microseconds=1))
    asked(other)
    assert not any(count.ended[Party.AGENT] for count in counted(mine).values())


@pytest.mark.parametrize(("took", "tenths"), [(0.04, 0), (0.36, 4), (9.98, 100), (12.3, 120), (300, 3000)])
def test_a_wait_counts_under_the_app_that_held_the_thread(took: float, tenths: int) -> None:
    source = page()
    asked(source, took=took, holder="901")
    assert on(source, 0).waits == {"901": {tenths: 1}}


@pytest.mark.parametrize(
    "columns",
    [{"verb": "take"}, {"verb": ""}, {"to": "bot"}, {"state": "expired"}],
    ids=["taken", "there already", "to the bot", "expired"],
)
def test_what_waited_for_nobody_or_in_vain_is_no_wait(columns: dict[str, Any]) -> None:
    source = page()
    asked(source, **columns)
    assert on(source, 0).waits == {}


def test_days_that_are_over_are_read_from_what_was_kept_and_say_the_same() -> None:
    source = page()
    asked(source, NOW - A_DAY, took=2)
    asked(source, to="bot")
    first = counted(source)
    Handover.objects.filter(requested_at__lt=NOW - A_DAY / 2).delete()
    assert counted(source) == first
    assert DayOfHandovers.objects.count() == 6


@pytest.mark.parametrize("state", [HandoverState.REQUESTED, HandoverState.UNKNOWN])
def test_a_day_on_which_something_is_open_is_counted_again(state: HandoverState) -> None:
    source = page()
    handover = asked(source, NOW - A_DAY, state=state)
    assert on(source, 1).ended[Party.AGENT] == {state: 1}
    handover.state, handover.settled_at = HandoverState.EXPIRED, NOW
    handover.save()
    assert on(source, 1).ended[Party.AGENT] == {HandoverState.EXPIRED: 1}


def test_today_is_never_kept() -> None:
    source = page()
    counted(source)
    asked(source)
    assert on(source, 0).ended[Party.AGENT] == {HandoverState.COMPLETED: 1}
    assert not DayOfHandovers.objects.filter(day=NOW.date()).exists()


def test_yesterday_is_not_kept_before_one() -> None:
    source, early = page(), NOW.replace(hour=0, minute=59)
    days.counts({source.pk}, choose(SpanKind.WEEK, early).pieces(), early)
    assert not DayOfHandovers.objects.filter(day=(NOW - A_DAY).date()).exists()


def test_a_page_that_came_later_is_counted_beside_those_that_were_kept() -> None:
    mine = page()
    asked(mine, NOW - A_DAY)
    counted(mine)
    other = page()
    asked(other, NOW - A_DAY, state="expired")
    yesterday, found = WEEK.pieces()[-2], counted(mine, other)
    assert found[mine.pk, yesterday].ended[Party.AGENT] == {HandoverState.COMPLETED: 1}
    assert found[other.pk, yesterday].ended[Party.AGENT] == {HandoverState.EXPIRED: 1}


def test_hours_are_counted_each_time() -> None:
    source = page()
    hours = choose(SpanKind.HOURS, NOW)
    asked(source, NOW - timedelta(hours=23), state="failed")
    found = days.counts({source.pk}, hours.pieces(), NOW)
    assert found[source.pk, hours.pieces()[0]].ended[Party.AGENT] == {HandoverState.FAILED: 1}
    assert not DayOfHandovers.objects.exists()


def test_no_more_is_asked_for_many_pages_than_for_one() -> None:
    def statements(*sources: Source) -> int:
        counted(*sources)
        with CaptureQueriesContext(connection) as asked_for:
            counted(*sources)
        return len(asked_for)

    first = page()
    assert statements(first, *(page() for _ in range(5))) == statements(first) == 3
