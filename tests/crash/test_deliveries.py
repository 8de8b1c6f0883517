"""The web process is killed at each step of a delivery: Facebook sends it again, and it is recorded once."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from itertools import count

import pytest

from channels_fb.models import Delivery, DeliveryItem
from handover.models import Content
from tests.crash import truth
from tests.crash.stage import WEBHOOK, Customer, Stage, noted
from tests.crash.ways import REQUEST
from tests.world import AGENT, BOT, PAGE


class Message:
    """The first that a customer writes."""

    def customer(self, stage: Stage) -> Customer:
        return stage.somebody()

    def happens(self, customer: Customer) -> None:
        customer.stage.facebook.customer_writes(PAGE, customer.psid, "Where is my parcel?")

    def was_recorded_once(self, customer: Customer) -> None:
        assert Content.objects.get(thread=customer.thread).body == "Where is my parcel?"


class Grant:
    """The bot passes control, which it was asked for."""

    def customer(self, stage: Stage) -> Customer:
        customer = REQUEST.customer(stage)
        assert customer.bot_to_agent().status_code == 200
        return customer

    def happens(self, customer: Customer) -> None:
        customer.stage.facebook.app_passes(BOT, PAGE, customer.psid, AGENT)

    def was_recorded_once(self, customer: Customer) -> None:
        event = customer.thread.events.get(name="thread_control.observed")
        assert [event.handover] == customer.handovers(AGENT)
        assert event.handover.state == "completed"
        assert customer.thread.owner == "agent"


News = Message | Grant
of_any_kind = pytest.mark.parametrize("news", [Message(), Grant()], ids=["message", "grant"])


@pytest.fixture
def stage(stage: Stage) -> Stage:
    REQUEST.build(stage)
    return stage


@of_any_kind
def test_killed_at_any_step_it_is_sent_again_and_recorded_once(stage: Stage, news: News) -> None:
    last = ""
    for step in count(1):
        customer = news.customer(stage)
        stage.web.give(WEBHOOK, step)
        news.happens(customer)
        stage.settle()
        if not stage.web.report:
            break
        last = stage.web.report
        with noted(last):
            assert [attempt.status for attempt in stage.facebook.deliveries[-2:]] == [None, 200]
            all_is_done(news, customer)
            REQUEST.serves_somebody_else(stage)
    assert last.endswith("the answer")


@of_any_kind
def test_killed_at_any_step_it_is_done_by_the_worker_where_it_was_stored(stage: Stage, news: News) -> None:
    last = ""
    for step in count(1):
        customer = news.customer(stage)
        body = stage.untold(partial(news.happens, customer))
        if stage.is_answered(WEBHOOK, step, partial(stage.deliver, body)):
            break
        last = stage.web.report
        with noted(last):
            REQUEST.serves_somebody_else(stage)
            stage.time_passes()
            stage.work()
            if is_stored(body):
                all_is_done(news, customer)
            assert stage.deliver(body).status_code == 200
            assert is_stored(body)
            all_is_done(news, customer)
    assert last.endswith("the answer")


def is_stored(body: bytes) -> bool:
    return Delivery.objects.filter(sha256=sha256(body).hexdigest()).exists()


def all_is_done(news: News, customer: Customer) -> None:
    news.was_recorded_once(customer)
    truth.is_kept(customer)
    assert not Delivery.objects.exclude(state="processed", next_attempt_at=None).exists()
    assert not DeliveryItem.objects.exists()
