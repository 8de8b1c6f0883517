"""Why handovers came to nothing, what waits, and which replies failed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from handover import history, threads
from handover.actors import SYSTEM
from handover.figures import handovers, sends
from handover.figures.handovers import Reason, Waiting
from handover.figures.sends import Failed
from handover.figures.spans import Span, SpanKind
from handover.models import Content, HandoverState, Source, Synchronization, Thread
from tests.handover.figures.stage import NOW, asked, page, thread

pytestmark = pytest.mark.django_db

AN_HOUR = timedelta(hours=1)


def now_and_then() -> Span:
    """History has the time that it is; so this span has the real now in it."""
    return Span(SpanKind.TODAY, timezone.now() - AN_HOUR, timezone.now() + AN_HOUR)


DAY = Span(SpanKind.TODAY, NOW - 24 * AN_HOUR, NOW)


def test_the_most_frequent_reason_comes_first() -> None:
    source = page()
    asked(source, state="refused", error="control_conflict", outcome="The Page Inbox holds the thread.")
    for _ in range(2):
        asked(source, state="failed", error="facebook_unavailable", outcome="Facebook cannot do this now.")
    assert handovers.reasons([source.pk], DAY) == [
        Reason(HandoverState.FAILED, "facebook_unavailable", "", 2),
        Reason(HandoverState.REFUSED, "control_conflict", "", 1),
    ]


def test_the_platforms_own_errors_are_told_apart_by_its_words() -> None:
    source = page()
    for words in (
        "Facebook refused (code 10).",
        "Facebook refused (code 10).",
        "Facebook refused (code 190).",
    ):
        asked(source, state="refused", error="facebook_error", outcome=words)
    assert [(reason.words, reason.count) for reason in handovers.reasons([source.pk], DAY)] == [
        ("Facebook refused (code 10).", 2),
        ("Facebook refused (code 190).", 1),
    ]


def test_only_the_most_frequent_reasons_are_told() -> None:
    source = page()
    for number in range(handovers.MOST_REASONS + 1):
        asked(source, state="refused", error=f"reason_{number}")
    assert len(handovers.reasons([source.pk], DAY)) == handovers.MOST_REASONS


def test_other_pages_and_times_give_no_reason() -> None:
    mine, other = page(), page()
    asked(other, state="refused", error="control_conflict")
    asked(mine, DAY.begins - AN_HOUR, state="refused", error="control_conflict")
    assert handovers.reasons([mine.pk], DAY) == []


def test_a_request_waits_until_it_is_settled_whenever_it_was_made() -> None:
    mine, other = page(), page()
    for minutes, source in ((5, mine), (1, mine), (2, other)):
        deadline = NOW + timedelta(minutes=minutes)
        asked(source, DAY.begins - AN_HOUR, state="requested", deadline_at=deadline)
    asked(mine, state="completed")
    asked(mine, state="unknown")
    assert handovers.waiting([mine.pk], NOW) == [
        Waiting(mine.pk, NOW + timedelta(minutes=1)),
        Waiting(mine.pk, NOW + timedelta(minutes=5)),
    ]


def failed_reply(row: Thread, status: str = Synchronization.EXPORT_FAILURE) -> Content:
    content = Content.objects.create(
        source=row.source,
        thread=row,
        author="agent",
        field="messaging",
        sent_at=NOW,
        received_at=NOW,
        synchronization_status=status,
    )
    fails_again(row, content)
    return content


def fails_again(row: Thread, content: Content) -> None:
    history.append_unchanged(row, "content.api_submission_failed", SYSTEM, "a test", content=content)
    threads.save(row)


def failed(source: Source) -> list[Failed]:
    return sends.failed([source.pk], now_and_then())


def test_a_reply_that_failed_twice_counts_once() -> None:
    row = thread(page())
    content = failed_reply(row)
    fails_again(row, content)
    assert failed(row.source) == [Failed(row.source_id, 1, 1)]


def test_a_reply_that_went_out_after_all_is_not_still_failed() -> None:
    row = thread(page())
    failed_reply(row)
    failed_reply(row, Synchronization.SUCCESS)
    assert failed(row.source) == [Failed(row.source_id, 2, 1)]


def test_replies_of_other_pages_are_left_out() -> None:
    failed_reply(thread(page()))
    assert failed(page()) == []
