"""The worker as a process: it hears the doorbell, does without it, ends when it is told, and is not alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from channels_fb.simulator.queues import LARGEST_BATCH
from handover.models import Identity, Thread
from tests.contract.replying import answer, answers, said, texts_sent
from tests.crash.processes import until
from tests.processes import free_port
from tests.worker.desk import Desk
from tests.worker.redis import redis

NEVER = ("--sweep", "3600")
ALWAYS = ("--sweep", "0.02")


def test_the_doorbell_alone_has_a_reply_sent(desk: Desk) -> None:
    desk.start_worker(*NEVER)
    for text in ("On its way", "Anything else?"):
        record = answer(desk, text)
        until(lambda record=record: answers(desk, [record]) == ["success"])
    assert said(desk) == ["On its way", "Anything else?"]


def test_a_bell_that_rang_while_no_worker_was_there_is_heard_by_the_next(desk: Desk) -> None:
    record = answer(desk, "On its way")
    desk.start_worker(*NEVER)
    until(lambda: answers(desk, [record]) == ["success"])


def test_while_the_queue_is_down_replies_are_accepted_and_the_sweep_has_them_sent(closed: Desk) -> None:
    closed.queue_url = f"redis://127.0.0.1:{free_port()}"
    closed.open()
    closed.start_worker()
    written = ["On its way", "Anything else?"]
    records = [answer(closed, text) for text in written]
    until(lambda: answers(closed, records) == ["success"] * 2)
    assert said(closed) == written


@pytest.mark.redis
def test_a_queue_that_is_back_is_heard_again(closed: Desk) -> None:
    port = free_port()
    closed.queue_url = f"redis://127.0.0.1:{port}"
    closed.open()
    worker = closed.start_worker(*NEVER)
    until(lambda: worker.says("doorbell.unheard"))
    with redis(port, closed.folder):
        record = answer(closed, "On its way")
        until(lambda: answers(closed, [record]) == ["success"])


def test_told_to_end_while_it_sends_it_finishes_that_and_ends_well(desk: Desk) -> None:
    worker = desk.start_worker(*NEVER)
    record = sends_slowly(desk)
    assert worker.ends() == 0
    assert answers(desk, [record]) == ["success"]
    assert said(desk) == ["On its way"]


def test_told_to_end_while_its_sweep_sends_it_finishes_that_and_ends_well(closed: Desk) -> None:
    closed.queue_url = f"redis://127.0.0.1:{free_port()}"
    closed.open()
    worker = closed.start_worker()
    record = sends_slowly(closed)
    assert worker.ends() == 0
    assert answers(closed, [record]) == ["success"]


def test_told_to_end_while_its_sweep_reads_an_owner_it_finishes_that_and_ends_well(desk: Desk) -> None:
    worker = desk.start_worker()
    until(lambda: not Identity.objects.filter(profile_due_at__isnull=False).exists())
    desk.facebook.knobs.delay("thread_owner", 2, times=1, when="after")
    Thread.objects.update(owner_check_at=timezone.now())
    until(lambda: desk.graph_calls("thread_owner"))
    assert worker.ends() == 0
    assert desk.thread.owner_check_at is None


def sends_slowly(desk: Desk) -> dict[str, Any]:
    """A reply that Facebook has been asked to send. It answers late, and no echo tells that it went out."""
    desk.facebook.knobs.webhooks.drop_next(LARGEST_BATCH)
    desk.facebook.knobs.delay("messages", 2, times=1, when="after")
    record = answer(desk, "On its way")
    until(lambda: texts_sent(desk))
    return record


def test_idle_it_ends_well(desk: Desk) -> None:
    worker = desk.start_worker(*NEVER)
    record = answer(desk, "On its way")
    until(lambda: answers(desk, [record]) == ["success"])
    assert worker.ends() == 0


def test_a_second_worker_beside_the_first_sends_nothing_twice(desk: Desk) -> None:
    desk.facebook.knobs.delay("messages", 0.05, times=None)
    for _ in range(2):
        desk.start_worker(*ALWAYS)
    written = [f"Part {number}" for number in range(20)]
    records = [answer(desk, text) for text in written]
    until(lambda: answers(desk, records) == ["success"] * len(written))
    assert said(desk) == texts_sent(desk) == written
