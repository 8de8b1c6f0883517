"""What is read of a thread for its timeline."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from handover import contents, history, interventions, threads, upkeep
from handover.actors import SYSTEM, Actor
from handover.models import Content, Handover, Source, Thread
from handover.ownership import Evidence, EvidenceKind, How, Owner, Picture
from handover.timeline import rows
from handover.timeline.facts import Facts, Fate, Holder, Lane, Outcome
from handover.timeline.rows import MOST, Span
from handover.timeline.story import tell
from tests.channels_fb.stage import connected_page
from tests.world import World

BOT, AGENT = Holder(Owner.BOT, True, "Acme bot"), Holder(Owner.AGENT, True)


def _read(thread: Thread, span: Span = Span.HOUR) -> Facts:
    return rows.read(thread, timezone.now(), span)


@pytest.fixture
def played(world: World) -> World:
    """The bot hands over, an agent answers, and the bot speaks once more."""
    world.build()
    world.maya_writes("I want a person")
    world.bot_to_agent(reason="Asked for a person")
    world.bot_passes_to_us()
    robin = User.objects.create_superuser("robin")
    interventions.open_intervention(world.thread, robin, Actor.for_staff(robin))
    contents.reply(world.thread, "Here I am", robin, Actor.for_staff(robin))
    world.work()
    world.settle()
    return world


def test_a_handover_as_it_happened(played: World) -> None:
    known = _read(played.thread)
    holders = [event.after for event in known.events if event.after != event.before]
    assert holders[-2:] == [BOT, AGENT]
    (asked,) = {event.asked for event in known.events if event.asked}
    assert asked.outcome is Outcome.COMPLETED
    told = [(message.author, message.by, message.fate) for message in known.messages]
    assert told == [(Lane.CUSTOMER, "", Fate.SENT), (Lane.AGENT, "robin", Fate.SENT)]
    assert [(row.by, row.closed_at) for row in known.engagements] == [("robin", None)]
    assert (known.person, known.page) == ("Maya Lind", "Page 111")


def test_a_handover_as_it_is_drawn(played: World) -> None:
    titles = " ".join(mark.title for mark in tell(_read(played.thread)).marks)
    assert "Control requested by token test bot while the holder was Bot; completed after" in titles
    assert "Bot (Acme bot) to Agent: the platform told of a pass_thread_control" in titles
    assert "Agent (robin) wrote" in titles


def test_no_text_of_anybody_is_read(played: World) -> None:
    """Neither of messages, nor what was written with a handover."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        known = repr(_read(played.thread))
    assert not any(text in known for text in ("I want a person", "Here I am", "Asked for a person"))
    assert not any('"body"' in query["sql"] for query in queries.captured_queries)


def test_an_expired_request_and_a_refusal_are_told(world: World) -> None:
    world.build()
    world.maya_writes()
    world.bot_to_agent()
    Handover.objects.update(deadline_at=timezone.now())
    upkeep.run_due()
    error = {"message": "Somebody else's", "type": "OAuthException", "code": 100}
    world.facebook.knobs.fail_next("request_thread_control", body={"error": error})
    world.bot_to_agent()
    known = _read(world.thread)
    assert next(event.asked.outcome for event in known.events if event.asked) is Outcome.EXPIRED
    assert any("request_thread_control: HTTP 400, code 100" in event.answer for event in known.events)


# Rows without a Facebook.


@pytest.fixture
def thread(db: None) -> Thread:
    """One that the bot holds, on a page with two bots' apps."""
    source = connected_page().source
    source.bot_apps.update(name="Acme bot")
    with transaction.atomic():
        row = threads.lock_or_create(source, "24001", is_known=True)
    return Thread.objects.select_related("source", "identity").get(pk=row.pk)


def _wrote(thread: Thread, at: datetime, author: str = "customer", **more: Any) -> Content:
    return Content.objects.create(
        source=thread.source,
        thread=thread,
        author=author,
        field="messaging",
        sent_at=at,
        received_at=at,
        **more,
    )


def _moved(thread: Thread, at: datetime, app_id: str, owner: Owner) -> None:
    """A line of history, of that time by the platform's clock."""
    with transaction.atomic():
        row = threads.lock(thread.pk)
        before, row.picture = row.picture, Picture(owner, app_id, at, at, sure=True)
        piece = Evidence(EvidenceKind.HOLDS, at, at, How.HANDOVER_EVENT, app_id)
        told = history.Entry("thread_control.observed", SYSTEM, "a test", before, row.picture, evidence=piece)
        history.append(row, told)
        threads.save(row)
    thread.refresh_from_db()


def _ago(**length: int) -> datetime:
    return timezone.now() - timedelta(**length)


@pytest.mark.parametrize("span", Span)
def test_of_a_thread_with_nothing_it_is_known_that_nobody_knows(thread: Thread, span: Span) -> None:
    known = _read(thread, span)
    assert (known.held, known.events, known.messages) == (Holder(), (), ())
    assert Lane.UNKNOWN in tell(known).lanes


def test_a_span_reaches_back_as_far_as_it_says(thread: Thread) -> None:
    for hours in (200, 30, 3):
        _wrote(thread, _ago(hours=hours))
    _wrote(thread, _ago(minutes=5))
    assert [len(_read(thread, span).messages) for span in Span] == [1, 2, 3, 4]


def test_a_picture_begins_with_the_thread_where_that_is_younger(thread: Thread) -> None:
    _wrote(thread, _ago(minutes=10))
    assert _ago(minutes=11) < _read(thread, Span.DAY).start < _ago(minutes=10)


def test_what_was_before_the_span_tells_who_held_the_thread_when_it_begins(thread: Thread) -> None:
    bot = thread.source.bot_apps.get().app_id
    _moved(thread, _ago(hours=5), bot, Owner.BOT)
    _moved(thread, _ago(minutes=30), thread.source.agent_app_id, Owner.AGENT)
    known = _read(thread)
    assert known.held == BOT
    assert known.held_since is not None
    assert known.held_since < known.start
    assert [event.after for event in known.events] == [AGENT]


def test_the_customers_last_message_before_the_span_is_known(thread: Thread) -> None:
    written = _wrote(thread, _ago(hours=2))
    _wrote(thread, _ago(minutes=10))
    Thread.objects.update(last_customer_at=_ago(minutes=10))
    thread.refresh_from_db()
    assert _read(thread).wrote_before == written.sent_at


def test_more_than_can_be_drawn_is_cut_at_its_oldest(thread: Thread) -> None:
    now = timezone.now()
    Content.objects.bulk_create(
        Content(
            source=thread.source,
            thread=thread,
            author="customer",
            field="messaging",
            sent_at=now - timedelta(seconds=place),
            received_at=now,
        )
        for place in range(MOST + 50)
    )
    known = rows.read(thread, now, Span.HOUR)
    assert known.is_cut
    assert len(known.messages) == MOST
    assert known.start == now - timedelta(seconds=MOST - 1)


def test_a_long_history_before_the_span_cuts_nothing(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST", 3)
    for hours in (9, 8, 7, 6, 5):
        _moved(thread, _ago(hours=hours), thread.source.agent_app_id, Owner.AGENT)
    assert not _read(thread).is_cut
    assert _read(thread, Span.ALL).is_cut


@pytest.mark.parametrize("name", ["", "Support desk"])
def test_apps_are_called_by_their_name_or_else_their_id(thread: Thread, name: str) -> None:
    Source.objects.get().bot_apps.create(app_id="950", name=name)
    _moved(thread, _ago(minutes=5), "950", Owner.BOT)
    _moved(thread, _ago(minutes=4), "777", Owner.OTHER)
    called = [event.after.app for event in _read(thread).events]
    assert called == [name or "app 950", "app 777"]


@pytest.mark.parametrize(
    ("ago", "span"),
    [
        (timedelta(minutes=50), Span.HOUR),
        (timedelta(hours=20), Span.DAY),
        (timedelta(days=6), Span.WEEK),
        (timedelta(days=60), Span.ALL),
    ],
)
def test_the_span_that_tells_something_is_the_shortest_with_something_in_it(
    thread: Thread, ago: timedelta, span: Span
) -> None:
    now = timezone.now()
    Thread.objects.update(created_at=now - timedelta(days=90), last_content_at=now - ago, owner_since=None)
    thread.refresh_from_db()
    assert rows.telling_span(thread, now) is span


def test_the_number_of_queries_does_not_grow(thread: Thread) -> None:
    for minutes in range(30):
        _wrote(thread, _ago(minutes=minutes), author="agent", synchronization_status="export_failure")
        _moved(thread, _ago(minutes=minutes), "777", Owner.OTHER)
    for span in Span:
        with CaptureQueriesContext(connection) as queries:
            rows.read(Thread.objects.select_related("source", "identity").get(), timezone.now(), span)
        assert len(queries) <= 1 + 6
