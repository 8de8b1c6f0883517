"""Who read what was said: recorded of those who only read."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from handover import history, transcripts
from handover.models import Thread
from tests.handover.lines import AGENT, page, thread_on, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread() -> Thread:
    row = thread_on(page())
    write(row, after=AGENT)
    return row


def readings(thread: Thread) -> list[tuple[str, str]]:
    rows = thread.events.filter(name="content_thread.read").order_by("seq")
    return [(row.actor_kind, row.actor_label) for row in rows]


def test_a_reading_stands_in_the_history_with_who_it_was(thread: Thread) -> None:
    kim = User.objects.create_user("kim", is_staff=True)
    transcripts.note_reading(thread, kim)
    transcripts.note_reading(thread, kim)
    assert readings(thread) == [("staff", "kim"), ("staff", "kim")]


def test_it_leaves_who_holds_the_thread_alone_and_the_chain_whole(thread: Thread) -> None:
    transcripts.note_reading(thread, User.objects.create_user("kim"))
    thread.refresh_from_db()
    assert thread.picture.owner == AGENT.owner
    assert list(history.breaks(thread)) == []


def test_whoever_may_reply_reads_all_day(thread: Thread) -> None:
    ana = User.objects.create_user("ana", is_staff=True)
    ana.user_permissions.add(Permission.objects.get(codename="reply_to_thread"))
    for user in (User.objects.get(pk=ana.pk), User.objects.create_superuser("lee")):
        transcripts.note_reading(thread, user)
    assert readings(thread) == []
