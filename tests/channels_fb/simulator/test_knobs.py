"""Trouble on order for Graph calls."""

import time
from collections.abc import Iterator

import pytest
import requests

from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        stage.given_to(AGENT)
        yield stage


def test_the_next_calls_fail_without_effect(stage: Stage) -> None:
    body = {"error": {"message": "(#613) Calls exceed the limit", "type": "OAuthException", "code": 613}}
    stage.sim.knobs.fail_next("release_thread_control", times=2, body=body, headers={"Retry-After": "30"})
    for _ in range(2):
        answer = stage.post("release_thread_control")
        assert answer.json() == body
        assert answer.headers["Retry-After"] == "30"
    assert stage.owner() == AGENT
    assert stage.post("release_thread_control").ok


def test_without_a_body_the_failure_is_a_transient_one(stage: Stage) -> None:
    stage.sim.knobs.fail_next("messages", status=503)
    answer = stage.text()
    assert error(answer) == (503, 2, None)
    assert answer.json()["error"]["is_transient"] is True


def test_an_answer_may_be_no_json_at_all(stage: Stage) -> None:
    stage.sim.knobs.fail_next("messages", body=b"<html>Bad gateway", status=502)
    assert stage.text().text == "<html>Bad gateway"
    assert stage.sim.calls[-1].answer == "<html>Bad gateway"


def test_a_failure_waits_for_its_own_edge(stage: Stage) -> None:
    stage.sim.knobs.fail_next("messages")
    assert stage.get("me/thread_owner", recipient=PSID).ok
    assert not stage.text().ok


def test_a_star_means_every_edge(stage: Stage) -> None:
    stage.sim.knobs.fail_next("*", times=2)
    assert not stage.get("me").ok
    assert not stage.get(PSID).ok
    assert stage.get("me").ok


def test_failures_follow_each_other_as_planned(stage: Stage) -> None:
    stage.sim.knobs.fail_next("messages", status=500)
    stage.sim.knobs.fail_next("messages", status=429)
    assert [stage.text().status_code for _ in range(3)] == [500, 429, 200]


def test_a_lost_answer_takes_effect_all_the_same(stage: Stage) -> None:
    stage.sim.knobs.lose_answer("messages")
    with pytest.raises(requests.ConnectionError):
        stage.text("once")
    assert stage.sim.transcript(PAGE, PSID)[-1].text == "once"
    assert stage.sim.calls[-1].lost
    assert stage.text("twice").ok


def test_a_delay_comes_before_the_effect_or_after_it(stage: Stage) -> None:
    stage.sim.knobs.delay("messages", 0.3, times=1, when="after")
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{stage.sim.url}/me/messages",
            json={"recipient": {"id": PSID}, "message": {"text": "slow"}, "access_token": "agent-token"},
            timeout=0.1,
        )
    assert stage.sim.transcript(PAGE, PSID)[-1].text == "slow"


def test_a_delayed_call_does_not_hold_up_others(stage: Stage) -> None:
    stage.sim.knobs.delay("messages", 0.2, times=1)
    started = time.monotonic()
    assert stage.get("me").ok
    assert time.monotonic() - started < 0.15
    assert stage.text().ok
    assert time.monotonic() - started >= 0.2


def test_a_reset_forgets_every_plan(stage: Stage) -> None:
    stage.sim.knobs.fail_next("*", times=9)
    stage.sim.knobs.lose_answer("*", times=9)
    stage.sim.knobs.delay("*", 9)
    stage.sim.knobs.reset()
    assert stage.text().ok
