"""The web process is killed at each step of what an agent asks for: it was done whole, or not at all.

Who got no answer looks, and asks again where nothing was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import pytest
import requests

from channels_fb.simulator.errors import PERSON_UNAVAILABLE, error_body
from handover.models import Intervention, Source
from tests.crash.chores import opened
from tests.crash.desk import SENT, Desk, Neighbour, whose_thread_is_ours
from tests.crash.processes import until
from tests.crash.stage import CONTENTS, INTERVENTIONS, Stage, noted
from tests.crash.ways import REQUEST


@pytest.fixture
def neighbour(stage: Stage) -> Neighbour:
    """On the same page, with both processes at work; no doorbell reaches the worker."""
    REQUEST.build(stage)
    stage.start_worker(VAR_DIR=str(stage.folder / "elsewhere"))
    return Neighbour(stage)


def killed_at_each_step(
    neighbour: Neighbour,
    made_ready: Callable[[], Desk],
    work: Callable[[Desk], str],
    call: Callable[[Desk], requests.Response],
) -> Iterator[Desk]:
    """For each step of a call, a desk during whose call the web process died there."""
    stage, last = neighbour.stage, ""
    for step in count(1):
        desk = made_ready()
        if stage.is_answered(work(desk), step, partial(call, desk)):
            break
        last = stage.web.report
        with noted(last):
            neighbour.is_served()
        yield desk
    assert last.endswith("the answer")


def test_a_reply_is_accepted_once_or_not_at_all(neighbour: Neighbour) -> None:
    stage = neighbour.stage
    for desk in killed_at_each_step(
        neighbour,
        made_ready=lambda: opened(whose_thread_is_ours(stage)),
        work=lambda desk: CONTENTS,
        call=lambda desk: desk.asks_to_send("Hello"),
    ):
        with noted(stage.web.report):
            if not desk.replies:
                desk.writes("Hello")
            until(desk.all_is_sent)
            assert desk.ends() == {"Hello": SENT}
            desk.is_closed_at_last()


def test_an_intervention_is_opened_once_or_not_at_all(neighbour: Neighbour) -> None:
    """The page asks for control at the opening."""
    stage = neighbour.stage
    Source.objects.update(asks_on_opening=True)
    for desk in killed_at_each_step(
        neighbour,
        made_ready=lambda: at_rest(Desk(REQUEST.customer(stage))),
        work=lambda desk: INTERVENTIONS,
        call=Desk.asks_to_open,
    ):
        with noted(stage.web.report):
            is_open = Intervention.objects.filter(thread=desk.customer.thread).exists()
            assert desk.asks_to_open().status_code == (422 if is_open else 200)
            until(desk.has_asked_for_control)
            assert desk.customer.calls("request_thread_control") == 1
            desk.customer.is_passed_to_us()
            desk.writes("Hello")
            until(desk.all_is_sent)
            desk.is_closed_at_last()


def test_closing_while_a_reply_waits_is_begun_once_or_not_at_all(neighbour: Neighbour) -> None:
    stage = neighbour.stage
    for desk in killed_at_each_step(
        neighbour,
        made_ready=lambda: waiting_for_control(opened(REQUEST.customer(stage))),
        work=lambda desk: desk.closing,
        call=Desk.asks_to_close,
    ):
        with noted(stage.web.report):
            is_closing = desk.intervention.status == "closing"
            assert desk.asks_to_close().status_code == (409 if is_closing else 200)
            desk.customer.is_passed_to_us()
            desk.comes_to_its_end(holder=None)
            assert desk.ends() == {"Hello": SENT}
            desk.all_went_well()


def test_a_failed_reply_is_queued_again_once_or_not_at_all(neighbour: Neighbour) -> None:
    stage = neighbour.stage
    for desk in killed_at_each_step(
        neighbour,
        made_ready=lambda: with_a_failed_reply(opened(whose_thread_is_ours(stage))),
        work=lambda desk: desk.retrying("Hello"),
        call=lambda desk: desk.asks_to_retry("Hello"),
    ):
        with noted(stage.web.report):
            [reply] = desk.replies
            if not reply.retries:
                desk.retries("Hello")
            until(desk.all_is_sent)
            assert desk.ends() == {"Hello": SENT}
            desk.is_closed_at_last()


def at_rest(desk: Desk) -> Desk:
    desk.customer.stage.worker_rests()
    return desk


def waiting_for_control(desk: Desk) -> Desk:
    desk.writes("Hello")
    until(desk.waits_for_control)
    return desk


def with_a_failed_reply(desk: Desk) -> Desk:
    desk.customer.stage.facebook.knobs.fail_next("messages", body=error_body(PERSON_UNAVAILABLE))
    desk.writes("Hello")
    until(desk.all_is_sent)
    assert desk.ends() == {"Hello": "facebook_error"}
    return desk
