"""A delivery that is signed is kept, whatever goes wrong on the way: the answer is 200, nothing is lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from channels_fb.models import Delivery, Page
from channels_fb.webhooks import events, processing
from handover import history
from handover.models import Content, Source, Thread
from tests.channels_fb.stage import AGENT, PSID, connected_page, delivery, message, signed

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def post(body: bytes) -> int:
    """The status that Facebook gets."""
    headers = {"X-Hub-Signature-256": signed(body)}
    client = Client(raise_request_exception=False)
    return int(client.generic("POST", f"/webhooks/facebook/{AGENT}", body, headers=headers).status_code)


def post_from_a_thread(body: bytes) -> int:
    try:
        return post(body)
    finally:
        connections.close_all()


def on_pages(*items: tuple[str, str, str]) -> bytes:
    """Messages, each of a page, a person and an id."""
    entries = [
        {"id": page_id, "time": 1, "messaging": [{**message(mid, psid=psid), "recipient": {"id": page_id}}]}
        for page_id, psid, mid in items
    ]
    return json.dumps({"object": "page", "entry": entries}).encode()


def fail_with(error: Exception) -> Any:
    def broken(*args: Any, **more: Any) -> Any:
        raise error

    return broken


class TestWhateverGoesWrong:
    def test_a_page_that_cannot_be_read(self, page: Page) -> None:
        Source.objects.update(control_mode="a later one")
        assert post(delivery(message())) == 200
        assert Delivery.objects.get().state == State.FAILED

    def test_a_database_that_fails_while_pages_are_looked_up(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        error = OperationalError("canceling statement due to statement timeout")
        monkeypatch.setattr(processing, "_connected_sources", fail_with(error))
        assert post(delivery(message())) == 200
        assert Delivery.objects.get().state == State.RECEIVED

    def test_a_delivery_that_cannot_be_parsed(self, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(events, "parse", fail_with(RecursionError()))
        assert post(delivery(message())) == 200
        assert Delivery.objects.get().state == State.RECEIVED

    def test_a_bad_page_does_not_take_the_others_along(self, page: Page) -> None:
        connected_page("222")
        Source.objects.filter(foreign_id="222").update(control_mode="a later one")
        assert post(on_pages(("111", PSID, "m_1"), ("222", PSID, "m_2"))) == 200
        assert Content.objects.get().foreign_id == "m_1"
        assert [item.page_id for item in Delivery.objects.get().items.all()] == ["222"]

    def test_whoever_could_not_write_at_all_says_so_at_once(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is kept, so Facebook has to send it again."""
        tried = []
        monkeypatch.setattr(processing, "insert", fail_with(OperationalError("database is locked: no turn")))
        monkeypatch.setattr(processing, "receive", tried.append)
        assert post(delivery(message())) == 500
        assert not tried

    def test_a_large_delivery_is_kept_before_anybody_looks_at_it(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processing, "KEPT_WITH_ITS_OUTCOME", 10)
        kept_when_parsed = []
        parse = events.parse

        def watched(body: bytes) -> Any:
            kept_when_parsed.append(Delivery.objects.count())
            return parse(body)

        monkeypatch.setattr(events, "parse", watched)
        assert post(delivery(message())) == 200
        assert kept_when_parsed == [1]


class TestAtTheSameTime:
    def test_identical_deliveries_are_one(self, page: Page) -> None:
        body = delivery(message())
        with ThreadPoolExecutor(8) as senders:
            assert set(senders.map(post_from_a_thread, [body] * 8)) == {200}
        row = Delivery.objects.get()
        assert (row.state, row.repeats, row.attempts) == (State.PROCESSED, 7, 1)
        assert Content.objects.count() == 1

    def test_deliveries_about_the_same_threads_in_any_order_wait_for_each_other_and_no_longer(
        self, page: Page
    ) -> None:
        connected_page("222")
        people = [("111", "7"), ("111", "8"), ("222", "7")]
        bodies = [
            on_pages(*((page_id, psid, f"{page_id}-{psid}-{number}") for page_id, psid in turned))
            for number in range(12)
            for turned in [people[number % 3 :] + people[: number % 3]]
        ]
        with ThreadPoolExecutor(6) as senders:
            assert set(senders.map(post_from_a_thread, bodies)) == {200}
        assert {row.state for row in Delivery.objects.all()} == {State.PROCESSED}
        assert Content.objects.count() == 36
        assert [list(history.breaks(thread)) for thread in Thread.objects.all()] == [[], [], []]


def test_roles_lock_pages_and_so_go_the_careful_way(page: Page) -> None:
    told = {
        "recipient": {"id": "111"},
        "timestamp": int(timezone.now().timestamp() * 1000),
        "app_roles": {AGENT: ["primary_receiver"]},
    }
    assert not processing.keep_and_process(page.app, delivery(told, message()))
    assert Delivery.objects.count() == Content.objects.count() == 0
