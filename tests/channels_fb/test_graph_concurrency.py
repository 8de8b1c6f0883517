"""However slow Facebook is, only so many threads wait for it; webhooks find the others free."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from channels_fb import graph
from channels_fb.graph import GraphRequest
from handover.channel import CallRecord, Deadline, Unavailable
from handover.models import HandoverState
from tests.channels_fb.stage import AGENT, PAGE, PSID, SECRET, TOKEN, Stage
from tests.world import World

READ = GraphRequest(
    "GET", f"{PAGE}/thread_owner", {"recipient": PSID}, TOKEN, SECRET, CallRecord("thread_owner", AGENT), PSID
)


def call(deadline: float = 5) -> str:
    try:
        graph.send(READ, Deadline(deadline))
    except Unavailable as error:
        return error.message
    finally:
        connection.close()
    return ""


def waiting_calls(count: int) -> ThreadPoolExecutor:
    """So many calls, each in a thread of its own; returns once all are at Facebook."""
    pool = ThreadPoolExecutor(count)
    for _ in range(count):
        pool.submit(call)
    until = time.monotonic() + 5
    while graph._slots._taken < count and time.monotonic() < until:
        time.sleep(0.01)
    assert graph._slots._taken == count
    return pool


def test_only_so_many_call_at_a_time(stage: Stage, settings: Any) -> None:
    settings.GRAPH_CONCURRENCY = 2
    stage.facebook.knobs.delay("thread_owner", 0.2)
    most = 0
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(call) for _ in range(3)]
        while not all(each.done() for each in calls):
            most = max(most, graph._slots._taken)
            time.sleep(0.01)
    assert [each.result() for each in calls] == ["", "", ""]
    assert most == 2
    assert len(stage.facebook.calls) == 3


def test_who_comes_on_top_of_those_who_wait_is_refused_at_once(stage: Stage, settings: Any) -> None:
    settings.GRAPH_CONCURRENCY = 2
    stage.facebook.knobs.delay("thread_owner", 0.8)
    with waiting_calls(2), ThreadPoolExecutor(1) as third:
        patient = third.submit(call)
        while not graph._slots._waiting:
            time.sleep(0.01)
        begun = time.monotonic()
        assert "too many calls" in call()
        assert time.monotonic() - begun < 0.3
        assert patient.result(5) == ""


@pytest.mark.parametrize(("deadline", "patience"), [(5, 1.0), (0.2, 0.2)])
def test_nobody_waits_longer_than_a_second_or_its_deadline(
    stage: Stage, settings: Any, deadline: float, patience: float
) -> None:
    settings.GRAPH_CONCURRENCY = 2
    stage.facebook.knobs.delay("thread_owner", 1.6)
    with waiting_calls(2):
        begun = time.monotonic()
        assert "too many calls" in call(deadline)
        assert patience <= time.monotonic() - begun < patience + 0.4


def test_a_failure_gives_its_slot_back(stage: Stage, settings: Any) -> None:
    settings.GRAPH_CONCURRENCY = 1
    settings.GRAPH_API_URL = "http://127.0.0.1:9"
    assert [("too many" in call(1)) for _ in range(3)] == [False] * 3
    assert graph._slots._taken == 0


def test_the_bot_is_answered_503_and_webhooks_are_still_taken(world: World, settings: Any) -> None:
    """Six handovers, of which Facebook sees two; a customer's message arrives meanwhile."""
    settings.GRAPH_CONCURRENCY = 2
    world.build()
    people = [str(25_000 + number) for number in range(6)]
    for psid in people:
        world.facebook.add_person(PAGE, psid)
        world.facebook.customer_writes(PAGE, psid, "Hello")
    world.settle()
    world.facebook.knobs.delay("request_thread_control", 2)
    answers = []

    def ask(psid: str) -> None:
        answers.append(world.bot_to_agent(identity_foreign_id=psid))

    callers = [threading.Thread(target=ask, args=[psid]) for psid in people]
    for caller in callers:
        caller.start()
    while graph._slots._taken < 2:
        time.sleep(0.01)
    begun = time.monotonic()
    world.maya_writes()
    assert time.monotonic() - begun < 1.5
    assert world.thread.contents.count() == 1
    for caller in callers:
        caller.join()
    assert Counter(answer.status_code for answer in answers) == {200: 2, 503: 4}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.json()["error"] == "facebook_unavailable"
    assert world.handover_of(refused).state == HandoverState.FAILED
