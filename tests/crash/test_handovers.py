"""The web process is killed at each step of a handover, and while Facebook is being asked.

gunicorn replaces it. What it left behind is settled by the worker or, before that, by the next handover.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from tests.crash import truth
from tests.crash.stage import HANDOVER, Customer, Stage, noted
from tests.crash.ways import (
    DEEDS,
    FIRST_CONTACT,
    PASS,
    REQUEST,
    TAKE,
    TAKE_AFTER_READING,
    Way,
    ended_as_it_went,
    states,
)
from tests.world import BOT

WITH_AND_WITHOUT = (True, False)
"""A worker that comes before the next handover."""


@pytest.mark.parametrize(
    "way", [TAKE, TAKE_AFTER_READING, PASS], ids=["take", "take after reading the owner", "pass"]
)
class TestAHandoverThatMovesControl:
    def test_killed_at_any_step_ends_as_it_went(self, stage: Stage, way: Way) -> None:
        way.build(stage)
        for customer, has_worker in killed_at_each_step(stage, way):
            with noted(stage.web.report):
                way.serves_somebody_else(stage)
                ends_as_it_went(way, customer, has_worker)

    def test_killed_while_facebook_is_asked_ends_as_it_went(self, stage: Stage, way: Way) -> None:
        way.build(stage)
        for deed in DEEDS:
            for has_worker in WITH_AND_WITHOUT:
                customer = way.customer(stage)
                way.is_killed_asking(customer, deed)
                with noted(f"an answer; Facebook {deed}"):
                    way.serves_somebody_else(stage)
                    ends_as_it_went(way, customer, has_worker)


def test_a_handover_killed_while_the_owner_is_read_first_did_not_happen(stage: Stage) -> None:
    TAKE_AFTER_READING.build(stage)
    for has_worker in WITH_AND_WITHOUT:
        customer = TAKE_AFTER_READING.customer(stage)
        TAKE_AFTER_READING.is_killed_asking(customer, "has acted", "thread_owner")
        assert customer.truth == BOT
        ends_as_it_went(TAKE_AFTER_READING, customer, has_worker)


class TestARequest:
    @pytest.mark.parametrize("way", [REQUEST, FIRST_CONTACT], ids=["known", "first contact"])
    def test_killed_at_any_step_may_still_be_granted(self, stage: Stage, way: Way) -> None:
        way.build(stage)
        for customer, has_worker in killed_at_each_step(stage, way):
            with noted(stage.web.report):
                way.serves_somebody_else(stage)
                may_still_be_granted(customer, has_worker)

    def test_killed_while_facebook_is_asked_may_still_be_granted(self, stage: Stage) -> None:
        REQUEST.build(stage)
        for deed in DEEDS:
            customer = REQUEST.customer(stage)
            REQUEST.is_killed_asking(customer, deed)
            with noted(f"an answer; Facebook {deed}"):
                REQUEST.serves_somebody_else(stage)
                may_still_be_granted(customer, has_worker=True)


def killed_at_each_step(stage: Stage, way: Way) -> Iterator[tuple[Customer, bool]]:
    """For each step of a handover, a customer during whose handover the web process was killed there.

    And whether a worker is to come: once with and once without, where the step leaves something behind.
    """
    last = ""
    for step in count(1):
        for has_worker in WITH_AND_WITHOUT:
            customer = way.customer(stage)
            if stage.is_answered(HANDOVER, step, partial(way.ask, customer)):
                assert last.endswith("the answer")
                return
            last = stage.web.report
            leaves_nothing = not customer.handovers(way.to_app)
            yield customer, has_worker
            if leaves_nothing:
                break


def ends_as_it_went(way: Way, customer: Customer, has_worker: bool) -> None:
    """Completed where control has moved, failed where it has not; and the thread can be handed over."""
    stage, has_moved, left = customer.stage, customer.truth == way.to_app, customer.handovers(way.to_app)
    assert has_moved or "completed" not in states(left)
    stage.time_passes()
    if has_worker:
        stage.work()
        assert ended_as_it_went(left, has_moved)
        truth.is_kept(customer)
    if way is TAKE and left and not has_moved:
        is_in_doubt_until_the_bot_speaks(customer)
    answer = way.ask(customer)
    assert answer.status_code == 200, answer.text
    assert customer.truth == way.to_app
    assert ended_as_it_went(left, has_moved)
    truth.is_kept(customer)
    if has_moved:
        goes_back(way, customer)


def is_in_doubt_until_the_bot_speaks(customer: Customer) -> None:
    """Nothing is taken on a guess: Facebook does not tell us that it is the bot who holds the thread."""
    assert customer.bot_to_agent().json()["error"] == "control_conflict"
    customer.hears_from_the_bot()


def goes_back(way: Way, customer: Customer) -> None:
    """The thread, to the side that it came from."""
    if way.to_app == BOT:
        assert customer.bot_to_agent().status_code == 200
        customer.is_passed_to_us()
    else:
        assert customer.agent_to_bot().status_code == 200
    assert customer.truth != way.to_app
    truth.is_kept(customer)


def may_still_be_granted(customer: Customer, has_worker: bool) -> None:
    """Nothing is claimed before the bot grants it; asking again does no harm, and the grant settles both."""
    left = customer.handovers(REQUEST.to_app)
    assert "requested" not in states(left) or customer.calls(REQUEST.edge) == 1
    customer.stage.time_passes()
    if has_worker:
        customer.stage.work()
    assert customer.truth == BOT
    assert set(states(left)) <= {"unknown", "requested"}
    assert customer.bot_to_agent().status_code == 200
    customer.is_passed_to_us()
    assert set(states(customer.handovers(REQUEST.to_app))) == {"completed"}
    truth.is_kept(customer)
