"""Thread control on a page that has no default app."""

from collections.abc import Iterator

import pytest

from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("open") as stage:
        yield stage


def test_every_app_hears_every_message_and_nobody_owns_the_thread(stage: Stage) -> None:
    stage.customer_writes()
    assert stage.owner() is None
    assert stage.told(AGENT) == stage.told(BOT) == [("messaging", "message")]


def test_every_app_still_hears_once_one_owns_the_thread(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.customer_writes()
    assert stage.told(AGENT) == stage.told(BOT) == [("messaging", "message")]


def test_every_app_may_send_until_one_owns_the_thread(stage: Stage) -> None:
    stage.customer_writes()
    assert stage.text(app=AGENT).ok
    assert stage.text(app=BOT).ok
    stage.given_to(AGENT)
    assert error(stage.text(app=BOT)) == (400, 10, 2018300)


def test_taking_is_blocked(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.post("take_thread_control")
    assert error(answer) == (400, 27, None)
    assert answer.json()["error"]["message"] == (
        "(#27) Take thread control is not supported when Conversation Routing is not enabled."
    )


def test_a_request_on_an_idle_thread_is_granted_and_else_told_to_the_owner(stage: Stage) -> None:
    stage.customer_writes()
    assert stage.post("request_thread_control", BOT).ok
    assert stage.owner() == BOT
    stage.sim.forget()
    assert stage.post("request_thread_control", AGENT).ok
    assert stage.owner() == BOT
    assert stage.told(BOT) == [("messaging", "request_thread_control")]


def test_an_idle_thread_may_be_passed_to_oneself(stage: Stage) -> None:
    stage.customer_writes()
    assert stage.post("pass_thread_control", target_app_id=AGENT).ok
    assert stage.owner() == AGENT


def test_a_pass_needs_a_target(stage: Stage) -> None:
    stage.customer_writes()
    assert error(stage.post("pass_thread_control")) == (400, 100, None)


def test_control_cannot_ride_on_a_message(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert error(stage.text(thread_control={"control_type": "release"})) == (400, 100, None)
    assert stage.sim.transcript(PAGE, PSID)[-1].sender == "customer"


def test_no_app_is_secondary_and_no_flag_says_routing(stage: Stage) -> None:
    assert stage.get("me/secondary_receivers", fields="id,name").json() == {"data": []}
    status = stage.get("me", fields="id,name,messaging_feature_status").json()["messaging_feature_status"]
    assert status == {"hop_v2": True, "msgr_multi_app": False, "ig_multi_app": False}


def test_who_does_not_own_the_thread_sees_only_when_control_ends(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert set(stage.visible_owner(AGENT)[0]) == {"app_id", "expiration"}
    assert set(stage.visible_owner(BOT)[0]) == {"expiration"}
