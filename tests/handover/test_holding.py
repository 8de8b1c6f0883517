"""Who held a thread at a given time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from handover.holding import held_at
from handover.models import Content, Thread
from handover.ownership import How, Owner
from tests.handover.lines import (
    AGENT,
    AGENT_APP,
    BOT,
    BOT_APP,
    INBOX,
    INBOX_APP,
    NOON,
    page,
    thread_on,
    told,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread() -> Thread:
    return thread_on(page())


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_nothing_is_known_before_the_first_word(thread: Thread) -> None:
    write(thread, minutes=5, after=AGENT, evidence=told(AGENT_APP, 5))
    held = held_at(thread, at(4))
    assert not held.is_known
    assert (held.picture.owner, held.line, held.recorded) == (Owner.UNKNOWN, None, None)
    assert not held.is_told_otherwise


def test_the_last_word_before_decides(thread: Thread) -> None:
    write(thread, minutes=5, after=AGENT, evidence=told(AGENT_APP, 5))
    passed = write(thread, minutes=10, before=AGENT, after=INBOX, evidence=told(INBOX_APP, 10))
    write(thread, minutes=20, before=INBOX, after=BOT, evidence=told(BOT_APP, 20))
    held = held_at(thread, at(19))
    assert (held.picture.owner, held.picture.sure, held.picture.since) == (Owner.INBOX, True, at(10))
    assert held.picture.how is How.HANDOVER_EVENT
    assert held.line == passed == held.recorded
    assert not held.is_told_otherwise


def test_the_moment_itself_counts(thread: Thread) -> None:
    write(thread, minutes=5, after=AGENT, evidence=told(AGENT_APP, 5))
    assert held_at(thread, at(5)).picture.owner is Owner.AGENT


def test_late_news_counts_for_when_it_happened_and_the_record_of_the_time_is_told(
    thread: Thread,
) -> None:
    early = write(thread, minutes=5, after=BOT, evidence=told(BOT_APP, 5))
    late = write(thread, minutes=60, before=BOT, after=AGENT, evidence=told(AGENT_APP, 10))
    held = held_at(thread, at(30))
    assert (held.picture.owner, held.line) == (Owner.AGENT, late)
    assert held.recorded == early
    assert held.is_told_otherwise


def test_lines_that_say_nothing_about_the_holder_are_no_evidence(thread: Thread) -> None:
    word = write(thread, minutes=5, after=AGENT, evidence=told(AGENT_APP, 5))
    written = write(thread, "content.replied", minutes=6, before=AGENT, after=AGENT)
    held = held_at(thread, at(7))
    assert (held.line, held.recorded) == (word, written)


def test_control_that_had_lapsed_is_not_claimed(thread: Thread) -> None:
    write(thread, minutes=0, after=AGENT, evidence=told(AGENT_APP, 0))
    held = held_at(thread, NOON + timedelta(hours=25))
    assert (held.picture.owner, held.picture.how, held.picture.sure) == (Owner.IDLE, How.LAPSED, False)
    assert held.picture.since == NOON + timedelta(hours=24)
    assert held.is_told_otherwise


def test_a_customers_message_tells_where_it_was_delivered(thread: Thread) -> None:
    Content.objects.create(
        source=thread.source,
        thread=thread,
        foreign_id="m_1",
        author="customer",
        field="standby",
        sent_at=at(1),
        received_at=at(1),
    )
    held = held_at(thread, at(2))
    assert (held.picture.owner, held.picture.how, held.line) == (Owner.BOT, How.MESSAGE_ROUTING, None)
