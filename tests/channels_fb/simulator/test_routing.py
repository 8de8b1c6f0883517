"""Thread control under Conversation Routing, where the bot's app is the default."""

from collections.abc import Iterator

import pytest

from channels_fb.simulator import INBOX_APP_ID
from tests.channels_fb.simulator.stage import AGENT, BOT, DAY, PAGE, PSID, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("routing", primary=BOT) as stage:
        yield stage


def test_the_page_tells_its_mode(stage: Stage) -> None:
    answer = stage.get("me", fields="messaging_feature_status")
    assert answer.json() == {
        "messaging_feature_status": {"hop_v2": True, "msgr_multi_app": True, "ig_multi_app": False},
        "id": PAGE,
    }


def test_requests_are_not_supported(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("request_thread_control")) == (400, 27, None)


def test_taking_needs_the_take_over_switch(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("take_thread_control")) == (400, 27, None)
    stage.sim.set_take_over(PAGE, AGENT, True)
    assert stage.post("take_thread_control").ok
    assert stage.owner() == AGENT
    assert stage.told(BOT) == [("messaging", "take_thread_control")]


def test_the_default_app_needs_the_switch_too(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("take_thread_control", BOT)) == (400, 27, None)


def test_taking_what_one_has_is_refused(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("take_thread_control")) == (400, 27, 1893035)


def test_a_pass_without_target_goes_to_the_default_app(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.post("pass_thread_control").ok
    assert stage.owner() == BOT


def test_anybody_passes_an_idle_thread(stage: Stage) -> None:
    stage.idle()
    assert stage.post("pass_thread_control", AGENT, target_app_id=AGENT).ok
    assert stage.owner() == AGENT
    (sent,) = stage.sim.events(AGENT)
    assert sent.event["pass_thread_control"]["previous_owner_app_id"] is None


def test_on_an_idle_thread_only_the_default_app_sends(stage: Stage) -> None:
    stage.idle()
    assert error(stage.text(app=AGENT)) == (400, 10, 2018300)
    assert stage.text(app=BOT).ok


def test_after_a_release_the_next_message_goes_to_the_default_app(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.post("release_thread_control")
    stage.customer_writes()
    assert stage.told(BOT) == [("messaging", "message")]
    assert stage.told(AGENT) == [("standby", "message")]


def test_a_human_agents_message_takes_control_where_the_switch_is_on(stage: Stage) -> None:
    stage.given_to(BOT)
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert error(stage.text(**tagged)) == (400, 10, 2018300)
    stage.sim.set_take_over(PAGE, AGENT, True)
    assert stage.text(**tagged).ok
    assert stage.owner() == AGENT
    assert stage.told(BOT) == [("messaging", "take_thread_control"), ("standby", "echo")]


def test_a_message_can_pass_control_behind_it(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.text(app=BOT, thread_control={"control_type": "pass", "app_id": AGENT})
    assert answer.ok
    assert stage.owner() == AGENT
    assert stage.told(AGENT) == [("messaging", "pass_thread_control"), ("messaging", "echo")]


def test_a_message_releases_control_when_no_type_is_named(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.text(thread_control={"app_id": BOT}).ok
    assert stage.owner() is None


@pytest.mark.parametrize("target", [{}, {"app_id": BOT}, {"app_id": "950"}])
def test_a_message_that_cannot_pass_control_is_not_sent(stage: Stage, target: dict[str, str]) -> None:
    stage.given_to(BOT)
    assert not stage.text(app=BOT, thread_control={"control_type": "pass", **target}).ok
    assert stage.told(BOT) == []
    assert stage.owner() == BOT


def test_the_inbox_takes_by_answering(stage: Stage) -> None:
    stage.given_to(AGENT)
    mid = stage.sim.inbox_replies(PAGE, PSID, "from the Inbox")
    assert stage.owner() == INBOX_APP_ID
    taken, echo = stage.sim.events(AGENT)
    assert taken.event["take_thread_control"] == {
        "previous_owner_app_id": AGENT,
        "new_owner_app_id": INBOX_APP_ID,
    }
    assert (echo.key, echo.event["message"]["app_id"], echo.event["message"]["mid"]) == (
        "standby",
        INBOX_APP_ID,
        mid,
    )
    assert stage.told(BOT) == [("standby", "echo")]


def test_metas_own_ai_takes_unannounced(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.sim.inbox_replies(PAGE, PSID, "beep", ai_generated=True)
    assert stage.owner() == INBOX_APP_ID
    assert stage.told(AGENT) == [("standby", "echo")]


def test_people_in_the_inbox_pass_take_and_release(stage: Stage) -> None:
    stage.given_to(BOT)
    stage.sim.inbox_takes(PAGE, PSID)
    stage.sim.inbox_passes(PAGE, PSID, AGENT)
    assert stage.told(BOT) == [("messaging", "take_thread_control")]
    assert stage.told(AGENT) == [("messaging", "pass_thread_control")]
    stage.sim.inbox_takes(PAGE, PSID)
    stage.sim.inbox_releases(PAGE, PSID)
    assert stage.owner() is None


def test_control_ends_a_day_after_the_customers_last_message(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.sim.advance(DAY - 60)
    assert stage.owner() == AGENT
    stage.text()
    stage.sim.advance(60)
    assert stage.owner() is None
    assert stage.told(AGENT) == [("messaging", "echo")]


def test_the_customers_next_message_prolongs_control(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.sim.advance(DAY - 60)
    stage.customer_writes()
    stage.sim.advance(DAY - 60)
    assert stage.owner() == AGENT


def test_the_visible_expiration_follows_the_moved_clock(stage: Stage) -> None:
    stage.sim.advance(30 * DAY)
    stage.given_to(BOT)
    (seen,) = stage.visible_owner(BOT)
    assert seen["expiration"] == pytest.approx(stage.sim.now().timestamp() + DAY, abs=5)


def test_the_owner_extends_control_to_seven_days_at_most(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("extend_thread_control", duration=7 * DAY + 1)) == (400, 100, None)
    assert error(stage.post("extend_thread_control", duration="soon")) == (400, 100, None)
    assert error(stage.post("extend_thread_control", BOT, duration=DAY)) == (400, 100, None)
    assert stage.post("extend_thread_control", duration=7 * DAY).ok
    stage.sim.advance(7 * DAY - 60)
    assert stage.owner() == AGENT
    stage.sim.advance(60)
    assert stage.owner() is None


def test_conversations_tell_the_owner_whether_it_is_one(stage: Stage) -> None:
    stage.given_to(AGENT)
    query = {"fields": "is_owner", "user_id": PSID}
    assert stage.get("me/conversations", AGENT, **query).json()["data"][0]["is_owner"] is True
    assert stage.get("me/conversations", BOT, **query).json()["data"][0]["is_owner"] is False
