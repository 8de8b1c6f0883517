"""The service as `Procfile` starts it, killed from outside with all that belongs to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests

from handover.models import Identity
from tests.crash import truth
from tests.crash.desk import SENT, Desk, Neighbour, whose_thread_is_ours
from tests.crash.long_delivery import LongDelivery
from tests.crash.orders import COMMITTING
from tests.crash.processes import until
from tests.crash.stage import Stage
from tests.crash.ways import PASS, REQUEST, states
from tests.processes import COMMANDS
from tests.world import AGENT, BOT


def test_web_killed_while_facebook_is_asked_the_worker_settles_it_when_the_lease_is_over(
    stage: Stage,
) -> None:
    web = stage.start_web(*COMMANDS["web"])
    stage.build("receivers", "bot")
    stage.start_worker(*COMMANDS["worker"])
    customer = PASS.customer(stage)
    stage.facebook.knobs.delay(PASS.edge, 60, times=1, when="after")
    with ThreadPoolExecutor(1) as pool:
        passing = pool.submit(customer.agent_to_bot)
        until(lambda: customer.calls(PASS.edge))
        web.kill()
        with pytest.raises(requests.ConnectionError):
            passing.result()

    stage.start_web(*COMMANDS["web"])
    PASS.serves_somebody_else(stage)
    until(lambda: not Identity.objects.filter(profile_due_at__isnull=False).exists())
    [left] = customer.handovers(BOT)
    assert left.state == "unknown", "the worker has come round since, and leaves a lease alone"
    assert left.lease_until is not None
    assert left.lease_until <= left.requested_at + timedelta(seconds=20)
    assert customer.agent_to_bot().json()["error"] == "handover_in_progress"

    stage.time_passes()
    until(lambda: states([left]) == ["completed"])
    assert customer.truth == BOT
    assert customer.agent_to_bot().status_code == 200
    truth.is_kept(customer)


def test_the_worker_killed_in_the_middle_of_a_long_delivery_carries_on_when_it_is_back(stage: Stage) -> None:
    stage.start_web(*COMMANDS["web"])
    stage.build("receivers", "bot")
    worker = stage.start_worker(*COMMANDS["worker"])
    customers = [REQUEST.customer(stage) for _ in range(3)]
    assert customers[-1].bot_to_agent().status_code == 200
    stage.worker_rests()
    long = LongDelivery(stage, customers)
    stage.worker.give(COMMITTING, 5, "wait")
    long.comes()
    until(lambda: stage.worker.report)
    assert long.is_half_recorded()
    worker.kill()
    REQUEST.serves_somebody_else(stage)

    stage.start_worker(*COMMANDS["worker"])
    stage.time_passes()
    until(long.is_processed)
    long.was_recorded_once()
    assert states(customers[-1].handovers(AGENT)) == ["completed"]


def test_web_and_worker_killed_as_a_reply_goes_out_the_echo_tells_so_when_they_are_back(stage: Stage) -> None:
    web = stage.start_web(*COMMANDS["web"])
    stage.build("receivers", "bot")
    worker = stage.start_worker(*COMMANDS["worker"])
    desk = Desk(whose_thread_is_ours(stage))
    desk.opens()
    stage.facebook.knobs.delay("messages", 60, times=1, when="after")
    with stage.no_word_comes():
        desk.writes("Hello", "Are you there?")
        until(lambda: desk.customer.calls("messages"))
        desk.closes()
        worker.kill()
        web.kill()
        assert list(desk.ends().values()) == ["export_pending", "export_pending"]

    stage.start_web(*COMMANDS["web"])
    stage.start_worker(*COMMANDS["worker"])
    Neighbour(stage).is_served()
    stage.settle()
    assert desk.ends() == {"Hello": SENT, "Are you there?": "export_pending"}
    stage.time_passes()
    desk.comes_to_its_end(holder=None)
    desk.all_went_well()
