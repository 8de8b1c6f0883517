"""A conversation read piece by piece: nothing is lost between pieces, and each costs the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from handover import conversation_rows, history, threads
from handover.actors import PLATFORM
from handover.conversation import Message, Turn
from handover.conversation_rows import Cursor, Read
from handover.history import Entry
from handover.models import Author, Content, Source, Thread, ThreadEvent
from handover.ownership import Evidence, EvidenceKind, How, Owner, Picture

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def thread() -> Thread:
    source = Source.objects.create(channel_type="messenger", foreign_id="111", agent_app_id="800")
    with transaction.atomic():
        return threads.lock_or_create(source, "24001", is_known=True)


def say(thread: Thread, minute: float, author: Author = Author.CUSTOMER, body: str = "") -> Content:
    at = NOON + timedelta(minutes=minute)
    return Content.objects.create(
        source=thread.source, thread=thread, author=author, body=body, sent_at=at, received_at=at
    )


def move(thread: Thread, minute: float, owner: Owner, name: str = "thread_control.observed") -> ThreadEvent:
    at = NOON + timedelta(minutes=minute)
    before, app_id = thread.picture, {Owner.BOT: "900", Owner.AGENT: "800"}.get(owner, "")
    thread.picture = Picture(owner, app_id, since=at, how=How.HANDOVER_EVENT, sure=True)
    evidence = Evidence(EvidenceKind.HOLDS, at, at, How.HANDOVER_EVENT, app_id)
    event = history.append(thread, Entry(name, PLATFORM, "a test", before, thread.picture, evidence=evidence))
    threads.save(thread)
    return event


def told(read: Read) -> list[str]:
    """Messages by their text, changes by who holds the thread afterwards."""
    return [
        entry.row.body if isinstance(entry, Message) else f"to {entry.after}" for entry in read.piece.entries
    ]


def all_of(thread: Thread) -> list[str]:
    """Everything, read from the newest piece back to the oldest."""
    read = conversation_rows.last(thread)
    found = told(read)
    while read.piece.has_earlier:
        read = conversation_rows.before(thread, read.begins)
        found = told(read) + found
    return found


def long(thread: Thread, messages: int) -> list[str]:
    """A conversation in which control moves after each tenth message."""
    expected = []
    for minute in range(messages):
        expected.append(say(thread, minute, body=str(minute)).body)
        if minute % 10 == 9:
            owner = Owner.BOT if minute % 20 == 9 else Owner.AGENT
            move(thread, minute + 0.5, owner)
            expected.append(f"to {owner}")
    return expected


def test_pieces_join_without_a_gap_and_without_a_repetition(thread: Thread) -> None:
    expected = long(thread, 170)
    assert all_of(thread) == expected


def test_messages_of_one_moment_are_read_once_each(thread: Thread) -> None:
    expected = [say(thread, 0, body=str(number)).body for number in range(120)]
    assert all_of(thread) == expected


def test_changes_stand_where_the_channel_says_that_they_happened(thread: Thread) -> None:
    say(thread, 1, body="first")
    say(thread, 3, body="second")
    move(thread, 2, Owner.BOT)
    assert told(conversation_rows.last(thread)) == ["first", "to bot", "second"]


def test_a_holder_who_is_told_of_again_is_no_news(thread: Thread) -> None:
    move(thread, 1, Owner.BOT)
    move(thread, 2, Owner.BOT)
    move(thread, 3, Owner.BOT, "thread_control.refused")
    names = [
        entry.row.name for entry in conversation_rows.last(thread).piece.entries if isinstance(entry, Turn)
    ]
    assert names == ["thread_control.observed", "thread_control.refused"]


def test_what_has_come_since_is_read_with_what_was_there(thread: Thread) -> None:
    expected = long(thread, 60)
    shown = conversation_rows.last(thread)
    expected += [say(thread, 61, body="new").body]
    move(thread, 62, Owner.IDLE)
    now = conversation_rows.since(thread, shown.begins)
    assert told(now) == told(shown) + ["new", "to idle"]
    assert now.begins == shown.begins
    assert told(conversation_rows.before(thread, now.begins)) + told(now) == [*expected, "to idle"]


def test_of_a_thread_without_anything_the_first_message_is_found(thread: Thread) -> None:
    empty = conversation_rows.last(thread)
    assert empty.piece.entries == ()
    say(thread, 0, body="Hello")
    assert told(conversation_rows.since(thread, empty.begins)) == ["Hello"]


def test_a_bot_out_of_turn_is_found_though_control_moved_in_an_earlier_piece(thread: Thread) -> None:
    move(thread, -1, Owner.AGENT)
    for minute in range(conversation_rows.SIZE):
        say(thread, minute, Author.BOT, str(minute))
    entries = conversation_rows.last(thread).piece.entries
    assert all(isinstance(entry, Message) and entry.is_out_of_turn for entry in entries)


def test_without_messages_the_changes_are_left(thread: Thread) -> None:
    long(thread, 30)
    read = conversation_rows.last(thread, with_messages=False)
    assert told(read) == ["to bot", "to agent", "to bot"]


def test_a_piece_costs_three_statements_whatever_is_in_it(thread: Thread) -> None:
    long(thread, 120)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        read = conversation_rows.last(thread)
        conversation_rows.before(thread, read.begins)
        conversation_rows.since(thread, read.begins)
    assert len(counted) <= 9


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-11-22T12:00:00+00:00", "2026-11-22T12:00:00/1/1", f"2026-11-22T12:00:00Z/{2**63}/1"],
)
def test_a_place_that_we_did_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Cursor.read(text)


def test_a_place_survives_being_written(thread: Thread) -> None:
    place = Cursor(NOON, 7, 3)
    assert Cursor.read(str(place)) == place
