"""From stored deliveries to threads, contents and history."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from channels_fb import upkeep
from channels_fb.models import Delivery, DeliveryItem, Page
from channels_fb.webhooks import processing
from handover.models import Content, Primary, Source, Thread, ThreadEvent
from tests.channels_fb.stage import (
    AGENT,
    BOT,
    NOW_MS,
    PAGE,
    PSID,
    connected_page,
    delivery,
    echo,
    from_customer,
    message,
)

pytestmark = pytest.mark.django_db(transaction=True)


def receive(page: Page, body: bytes) -> Delivery:
    return processing.receive(page.app, body)


def processed(page: Page, *items: Any, **options: Any) -> Delivery:
    row = receive(page, delivery(*items, **options))
    assert processing.process(row)
    row.refresh_from_db()
    return row


@contextmanager
def refused_by_the_database(table: str, condition: str) -> Iterator[None]:
    """Rows that fit the condition cannot be inserted: a real failure, as a constraint or a full disk is."""
    if connection.vendor == "sqlite":
        make = f"CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN {condition}"
        make += " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        drop = "DROP TRIGGER refuse"
    else:
        bare = condition.replace("NEW.", "")
        make = f"ALTER TABLE {table} ADD CONSTRAINT refuse CHECK (NOT ({bare})) NOT VALID"
        drop = f"ALTER TABLE {table} DROP CONSTRAINT refuse"
    with connection.cursor() as cursor:
        cursor.execute(make)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop)


POISON = ("handover_content", "NEW.body = 'poison'")


def test_a_delivery_is_stored_as_the_bytes_that_came(page: Page) -> None:
    body = b'{"a": "\\u00e4", broken \xff'
    row = receive(page, body)
    row = Delivery.objects.get(pk=row.pk)
    assert bytes(row.body) == body
    assert (row.state, row.attempts, row.repeats, len(row.sha256)) == ("received", 0, 0, 64)


def test_a_repeated_delivery_is_only_counted(page: Page) -> None:
    first, second = (receive(page, delivery(message())) for _ in range(2))
    assert first.pk == second.pk
    assert Delivery.objects.get().repeats == 1


def test_what_it_says_reaches_the_thread(page: Page) -> None:
    moved = {"previous_owner_app_id": BOT, "new_owner_app_id": AGENT}
    row = processed(page, message(), echo(), from_customer(at=NOW_MS + 1, pass_thread_control=moved))
    assert (row.state, row.attempts, row.error) == ("processed", 1, "")
    assert row.processed_at is not None
    assert (row.lease_until, row.next_attempt_at) == (None, None)
    thread = Thread.objects.get(identity__foreign_id=PSID)
    assert (thread.owner, thread.owner_app_id) == ("agent", AGENT)
    assert set(Content.objects.values_list("foreign_id", "author")) == {("m_1", "customer"), ("m_2", "bot")}
    event = ThreadEvent.objects.get(name="thread_control.observed")
    assert event.delivery_ref == f"delivery {row.pk}"


def test_once_processed_it_is_left_alone(page: Page) -> None:
    row = processed(page, message())
    assert not processing.process(row)
    assert Content.objects.count() == 1


def test_the_same_news_in_another_delivery_changes_nothing(page: Page) -> None:
    moved = from_customer(take_thread_control={"previous_owner_app_id": AGENT, "new_owner_app_id": BOT})
    processed(page, message(), moved)
    events = ThreadEvent.objects.count()
    processed(page, moved, message(), time=1)
    assert (Content.objects.count(), ThreadEvent.objects.count()) == (1, events)


def test_threads_and_pages_of_one_delivery_each_get_their_own(page: Page) -> None:
    connected_page("222")
    entries = [
        {"id": "222", "time": NOW_MS, "messaging": [message("m_1"), message("m_2", psid="24002")]},
        {"id": PAGE, "time": NOW_MS, "messaging": [message("m_1")]},
    ]
    processing.process(receive(page, json.dumps({"object": "page", "entry": entries}).encode()))
    found = Thread.objects.values_list("source__foreign_id", "identity__foreign_id")
    assert set(found) == {("222", PSID), ("222", "24002"), (PAGE, PSID)}


def test_a_disabled_pages_events_are_still_recorded(page: Page) -> None:
    Source.objects.update(is_active=False)
    assert processed(page, message()).state == "processed"
    assert Content.objects.count() == 1


@pytest.mark.parametrize("other_app", ["", "801"])
def test_a_page_that_is_not_connected_to_the_app_is_kept_and_shown(page: Page, other_app: str) -> None:
    if other_app:
        connected_page("222", other_app)
    assert processed(page, message(), page_id="222").state == "processed"
    item = DeliveryItem.objects.get()
    assert (item.kind, item.page_id, item.psid) == ("unknown", "222", PSID)
    assert item.note == "page 222 is not connected to app 800"
    assert json.loads(item.raw) == message()
    assert Thread.objects.count() == 0


def test_unknown_shapes_are_kept_and_shown_but_not_tried_again(page: Page) -> None:
    row = processed(page, from_customer(reaction={"emoji": "\ud83d"}), message(), 1)
    assert (row.state, row.next_attempt_at) == ("processed", None)
    items = DeliveryItem.objects.order_by("position")
    assert [(item.position, item.kind) for item in items] == [(0, "unknown"), (2, "unknown")]
    assert "\ufffd" in items[0].raw
    assert Content.objects.count() == 1


class TestRoles:
    @pytest.mark.parametrize(
        ("told", "before", "after"),
        [
            ({AGENT: ["primary_receiver"]}, Primary.BOT, Primary.AGENT),
            ({AGENT: ["secondary_receiver"]}, Primary.AGENT, Primary.BOT),
            ({BOT: ["primary_receiver"]}, Primary.AGENT, Primary.BOT),
            ({"950": ["primary_receiver"]}, Primary.AGENT, Primary.NONE),
        ],
    )
    def test_say_who_is_primary(
        self, page: Page, told: dict[str, list[str]], before: Primary, after: Primary
    ) -> None:
        Source.objects.update(primary=before)
        processed(page, {"recipient": {"id": PAGE}, "timestamp": NOW_MS, "app_roles": told})
        source = Source.objects.get()
        assert source.primary == after
        assert next(iter(told)) in source.primary_note
        assert DeliveryItem.objects.count() == 0

    @pytest.mark.parametrize("told", [{}, {BOT: ["secondary_receiver"]}, {AGENT: []}])
    def test_that_do_not_are_kept(self, page: Page, told: dict[str, list[str]]) -> None:
        processed(page, {"recipient": {"id": PAGE}, "timestamp": NOW_MS, "app_roles": told})
        assert DeliveryItem.objects.get().note == "app_roles does not tell who is primary"
        assert Source.objects.get().primary == Primary.BOT


class TestFailures:
    def test_one_item_holds_back_no_other_of_its_thread(self, page: Page) -> None:
        with refused_by_the_database(*POISON):
            row = processed(page, message("m_1"), message("m_2", "poison"), message("m_3"))
        assert set(Content.objects.values_list("foreign_id", flat=True)) == {"m_1", "m_3"}
        assert (row.state, row.attempts, row.lease_until) == ("failed", 1, None)
        assert "IntegrityError" in row.error
        item = DeliveryItem.objects.get()
        assert (item.kind, item.position, item.psid) == ("failed", 1, PSID)
        assert json.loads(item.raw) == message("m_2", "poison")

    def test_nor_another_thread(self, page: Page) -> None:
        with refused_by_the_database(*POISON):
            processed(page, message("m_1", "poison", psid="1"), message("m_2", psid="2"))
        assert Content.objects.get().foreign_id == "m_2"

    def test_what_failed_is_tried_again_alone_and_then_forgotten(self, page: Page) -> None:
        with refused_by_the_database(*POISON):
            row = processed(page, 1, message("m_1"), message("m_2", "poison"))
        Content.objects.all().delete()
        assert upkeep.run_due(timezone.now() + timedelta(seconds=6)) == 1
        row.refresh_from_db()
        assert (row.state, row.attempts, row.error) == ("processed", 2, "")
        assert Content.objects.get().foreign_id == "m_2"
        assert [item.kind for item in DeliveryItem.objects.all()] == ["unknown"]

    def test_it_is_tried_ever_more_rarely_and_then_no_more(self, page: Page) -> None:
        pauses = []
        with refused_by_the_database(*POISON):
            row = processed(page, message("m_1", "poison"))
            while row.next_attempt_at is not None:
                pauses.append((row.next_attempt_at - timezone.now()).total_seconds())
                assert processing.process(row)
                row.refresh_from_db()
        assert [round(pause) for pause in pauses[:9]] == [5, 10, 20, 40, 80, 160, 320, 600, 600]
        assert (row.state, row.attempts, len(pauses)) == ("failed", 20, 19)
        assert not processing.process(row)
        assert upkeep.run_due(timezone.now() + timedelta(days=1)) == 0

    def test_an_administrator_may_have_it_tried_again(self, page: Page) -> None:
        with refused_by_the_database(*POISON):
            row = processed(page, message("m_1", "poison"))
        Delivery.objects.update(attempts=20, next_attempt_at=None)
        assert processing.process_again([row]) == 1
        upkeep.run_due(timezone.now())
        assert Content.objects.count() == 1
        assert DeliveryItem.objects.count() == 0

    def test_a_page_connected_later_gets_what_came_before(self, page: Page) -> None:
        row = processed(page, message(), page_id="222")
        connected_page("222")
        processing.process_again([row])
        upkeep.run_due(timezone.now())
        assert Content.objects.get().source.foreign_id == "222"
        assert DeliveryItem.objects.count() == 0


class TestLeases:
    def test_a_leased_delivery_is_somebody_elses(self, page: Page) -> None:
        row = receive(page, delivery(message()))
        Delivery.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
        assert not processing.process(row)
        assert upkeep.run_due(timezone.now() + timedelta(seconds=30)) == 0
        assert Content.objects.count() == 0

    def test_what_a_killed_process_left_behind_is_done_once_the_lease_is_over(self, page: Page) -> None:
        receive(page, delivery(message()))
        Delivery.objects.update(lease_until=timezone.now(), attempts=1)
        assert upkeep.run_due(timezone.now() + timedelta(seconds=6)) == 1
        assert Content.objects.count() == 1

    def test_a_new_delivery_is_left_to_whoever_received_it_for_a_while(self, page: Page) -> None:
        receive(page, delivery(message()))
        assert upkeep.run_due(timezone.now()) == 0
        assert upkeep.run_due(timezone.now() + timedelta(seconds=6)) == 1

    def test_of_two_at_once_only_one_processes(self, page: Page) -> None:
        row = receive(page, delivery(*(message(f"m_{number}") for number in range(20))))
        start, done = threading.Barrier(4), []

        def work() -> None:
            start.wait()
            done.append(processing.process(row))
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(done) == [False, False, False, True]
        assert Delivery.objects.get().attempts == 1
        assert Content.objects.count() == 20

    def test_a_lease_that_ran_out_under_way_is_not_ended_twice(self, page: Page) -> None:
        """The slow process finds that another has taken over, and leaves the row to it."""
        row = receive(page, delivery(1))
        claim = processing._claim(row)
        assert claim is not None
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            assert processing.process(row)
        Delivery.objects.update(error="as the other left it")
        processing._settle(claim, processing._Outcome([]))
        assert Delivery.objects.get().error == "as the other left it"


def test_a_long_delivery_is_left_to_the_worker_at_once(page: Page) -> None:
    items = [message(f"m_{number}", psid=str(number % 7)) for number in range(101)]
    row = receive(page, delivery(*items))
    processing.process_soon(row)
    upkeep.run_due(timezone.now())
    assert Content.objects.count() == 101
