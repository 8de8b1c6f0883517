"""The worker is killed at each step of what it has in hand: the next one does it, once."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest
from django.utils import timezone

from channels_fb.simulator.knobs import Phase
from handover.models import Handover
from tests.crash import truth
from tests.crash.long_delivery import LongDelivery
from tests.crash.orders import WRITING
from tests.crash.processes import until
from tests.crash.stage import Customer, Stage, noted
from tests.crash.ways import PASS, REQUEST, Deed, ended_as_it_went, states
from tests.world import AGENT, BOT


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """With a worker that no doorbell reaches, so that its sweep alone finds what is due."""
    PASS.build(stage)
    stage.start_worker(VAR_DIR=str(stage.folder / "elsewhere"))
    return stage


@pytest.mark.parametrize("deed", ["never acts", "has acted"])
class TestAHandoverLeftBehind:
    def test_is_settled_after_the_worker_died_at_any_step(self, stage: Stage, deed: Deed) -> None:
        last = ""
        for step in count(1):
            customer = left_behind(stage, deed)
            if not stage.worker_dies(step, stage.time_passes, partial(is_settled, customer)):
                break
            last = stage.worker.report
            with noted(last):
                PASS.serves_somebody_else(stage)
                is_settled_by_the_next_worker(customer)
        assert last.endswith("COMMIT")

    @pytest.mark.parametrize("phase", ["before", "after"])
    def test_is_settled_after_the_worker_died_reading_the_owner(
        self, stage: Stage, deed: Deed, phase: Phase
    ) -> None:
        customer = left_behind(stage, deed)
        with stage.killed_by_facebook(stage.worker, WRITING, "thread_owner", phase):
            stage.time_passes()
            until(lambda: customer.calls("thread_owner"))
        is_settled_by_the_next_worker(customer)


def left_behind(stage: Stage, deed: Deed) -> Customer:
    """By a web process that was killed as it passed their thread to the bot; nothing else is to be done."""
    customer = PASS.customer(stage)
    stage.worker_rests()
    PASS.is_killed_asking(customer, deed)
    return customer


def is_settled(customer: Customer) -> bool:
    return states(customer.handovers(BOT)) != ["unknown"]


def is_settled_by_the_next_worker(customer: Customer) -> None:
    customer.stage.time_passes()
    until(lambda: is_settled(customer))
    assert ended_as_it_went(customer.handovers(BOT), customer.truth == BOT)
    truth.is_kept(customer)
    assert PASS.ask(customer).status_code == 200
    assert customer.truth == BOT
    truth.is_kept(customer)


@pytest.mark.parametrize("state", ["requested", "unknown"])
def test_a_request_is_expired_once_though_the_worker_died_at_any_step(stage: Stage, state: str) -> None:
    last = ""
    for step in count(1):
        customer = asked_for(stage, state)
        passes, is_expired = partial(deadline_passes, customer), partial(is_in_state, customer, "expired")
        if not stage.worker_dies(step, passes, is_expired):
            break
        last = stage.worker.report
        with noted(last):
            REQUEST.serves_somebody_else(stage)
            until(is_expired)
            truth.is_kept(customer)
            assert customer.thread.events.filter(name="thread_control.expired").count() == 1
            assert customer.bot_to_agent().status_code == 200
            assert states(customer.handovers(AGENT)) == ["expired", "requested"]
    assert last.endswith("COMMIT")


def asked_for(stage: Stage, state: str) -> Customer:
    """Their thread is, as the record says; or it does not know, as the web process was killed."""
    customer = REQUEST.customer(stage)
    stage.worker_rests()
    if state == "requested":
        assert customer.bot_to_agent().status_code == 200
    else:
        REQUEST.is_killed_asking(customer, "has acted")
    assert is_in_state(customer, state)
    return customer


def is_in_state(customer: Customer, state: str) -> bool:
    return states(customer.handovers(AGENT)) == [state]


def deadline_passes(customer: Customer) -> None:
    """And the lease, where there is one."""
    now = timezone.now()
    rows = Handover.objects.filter(thread=customer.thread)
    rows.filter(lease_until__isnull=False).update(lease_until=now)
    rows.update(deadline_at=now)


def test_a_long_delivery_is_recorded_once_though_the_worker_died_at_any_step(stage: Stage) -> None:
    regulars = [REQUEST.customer(stage) for _ in range(2)]
    last = ""
    for step in count(1):
        customer = REQUEST.customer(stage)
        assert customer.bot_to_agent().status_code == 200
        stage.worker_rests()
        long = LongDelivery(stage, [*regulars, customer])
        if not stage.worker_dies(step, long.comes, long.is_processed):
            break
        last = stage.worker.report
        with noted(last):
            REQUEST.serves_somebody_else(stage)
            stage.time_passes()
            until(long.is_processed)
            long.was_recorded_once()
            assert states(customer.handovers(AGENT)) == ["completed"]
    assert last.endswith("COMMIT")
