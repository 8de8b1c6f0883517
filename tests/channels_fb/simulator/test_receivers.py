"""Thread control on a page of the old handover protocol, whose primary app is the bot's."""

from collections.abc import Iterator

import pytest

from channels_fb.simulator import INBOX_APP_ID
from tests.channels_fb.simulator.stage import AGENT, BOT, PAGE, PSID, STRANGER, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


def test_a_customer_who_writes_wakes_the_thread_for_the_primary(stage: Stage) -> None:
    stage.customer_writes()
    assert stage.owner() == BOT
    assert stage.told(BOT) == [("messaging", "message")]
    assert stage.told(AGENT) == [("standby", "message")]


def test_the_owner_passes_and_only_the_new_owner_is_told(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.post("pass_thread_control", BOT, target_app_id=int(AGENT), metadata="please")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert stage.owner() == AGENT
    assert stage.told(BOT) == []
    (sent,) = stage.sim.events(AGENT)
    assert sent.event["sender"] == {"id": PSID}
    assert sent.event["recipient"] == {"id": PAGE}
    assert sent.event["pass_thread_control"] == {
        "previous_owner_app_id": BOT,
        "new_owner_app_id": AGENT,
        "metadata": "please",
    }


def test_a_pass_by_somebody_who_does_not_own_the_thread_is_refused(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.post("pass_thread_control", AGENT, target_app_id=AGENT)
    assert error(answer) == (400, 100, None)
    assert "calling app is not the thread owner" in answer.json()["error"]["message"]
    assert stage.owner() == BOT


def test_a_pass_to_an_app_that_the_page_does_not_know_is_refused(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("pass_thread_control", BOT, target_app_id=STRANGER)) == (400, 100, 2018164)


def test_an_owner_cannot_pass_to_itself(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("pass_thread_control", BOT, target_app_id=BOT)) == (400, 100, None)


def test_a_secondary_that_names_no_target_passes_to_the_primary(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.post("pass_thread_control", AGENT).ok
    assert stage.owner() == BOT


def test_the_primary_has_to_name_a_target(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("pass_thread_control", BOT)) == (400, 100, None)


def test_the_inbox_may_be_the_target_and_is_told_nothing(stage: Stage) -> None:
    stage.given_to(BOT)
    assert stage.post("pass_thread_control", BOT, target_app_id=INBOX_APP_ID).ok
    assert stage.owner() == INBOX_APP_ID
    assert stage.told(AGENT) == stage.told(BOT) == []


def test_a_request_by_the_secondary_is_told_to_the_owner_and_changes_nothing(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.post("request_thread_control", metadata="a person wants to help")
    assert answer.json() == {"success": True}
    assert stage.owner() == BOT
    (sent,) = stage.sim.events(BOT)
    assert sent.event["request_thread_control"] == {
        "requested_owner_app_id": AGENT,
        "metadata": "a person wants to help",
    }


def test_a_request_on_an_idle_thread_is_granted_at_once(stage: Stage) -> None:
    stage.idle()
    assert stage.post("request_thread_control").ok
    assert stage.owner() == AGENT
    (sent,) = stage.sim.events(AGENT)
    assert sent.event["pass_thread_control"] == {"previous_owner_app_id": None, "new_owner_app_id": AGENT}
    assert stage.told(BOT) == []


def test_a_request_to_the_inbox_succeeds_and_nobody_hears_of_it(stage: Stage) -> None:
    stage.given_to(BOT)
    stage.sim.app_passes(BOT, PAGE, PSID, INBOX_APP_ID)
    assert stage.post("request_thread_control").ok
    assert stage.told(BOT) == []


def test_the_primary_may_not_request(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("request_thread_control", BOT)) == (400, 100, None)


def test_the_primary_takes_at_any_time_and_the_previous_owner_alone_is_told(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.post("take_thread_control", BOT).ok
    assert stage.owner() == BOT
    assert stage.told(AGENT) == [("messaging", "take_thread_control")]
    assert stage.told(BOT) == []


def test_a_secondary_takes_an_idle_thread_and_nobody_is_told(stage: Stage) -> None:
    stage.idle()
    assert stage.post("take_thread_control").ok
    assert stage.owner() == AGENT
    assert stage.told(AGENT) == stage.told(BOT) == []


def test_a_secondary_may_not_take_from_an_owner(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("take_thread_control")) == (400, 100, None)


def test_taking_what_one_has_is_refused(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("take_thread_control", BOT)) == (400, 27, 1893035)


def test_a_release_makes_the_thread_idle_and_tells_nobody(stage: Stage) -> None:
    stage.given_to(AGENT)
    assert stage.post("release_thread_control").ok
    assert stage.owner() is None
    assert stage.told(AGENT) == stage.told(BOT) == []


def test_only_the_owner_releases(stage: Stage) -> None:
    stage.given_to(BOT)
    answer = stage.post("release_thread_control")
    assert error(answer) == (400, 100, None)
    assert "Only the current thread owner can release" in answer.json()["error"]["message"]


def test_the_primary_sees_the_other_apps_and_a_secondary_is_refused(stage: Stage) -> None:
    answer = stage.get("me/secondary_receivers", BOT, fields="id,name")
    assert answer.json() == {"data": [{"id": AGENT, "name": f"App {AGENT}"}]}
    assert error(stage.get("me/secondary_receivers", AGENT)) == (400, 100, 2018234)


def test_apps_whose_role_changes_are_told(stage: Stage) -> None:
    stage.sim.set_mode(PAGE, "receivers", AGENT)
    (to_agent,), (to_bot,) = stage.sim.events(AGENT), stage.sim.events(BOT)
    assert to_agent.event["app_roles"] == {AGENT: ["primary_receiver"]}
    assert to_bot.event["app_roles"] == {BOT: ["secondary_receiver"]}
    assert "sender" not in to_bot.event


def test_who_is_not_primary_and_not_owner_sees_only_when_control_ends(stage: Stage) -> None:
    stage.given_to(BOT)
    assert [set(seen) for seen in stage.visible_owner(AGENT)] == [{"expiration"}]
    stage.sim.app_passes(BOT, PAGE, PSID, AGENT)
    assert stage.visible_owner(AGENT)[0]["app_id"] == AGENT
    assert stage.visible_owner(BOT)[0]["app_id"] == AGENT


def test_an_idle_thread_has_an_empty_owner(stage: Stage) -> None:
    stage.idle()
    assert stage.visible_owner(BOT) == stage.visible_owner(AGENT) == []


@pytest.mark.parametrize("edge", ["pass", "take", "request", "release", "extend"])
def test_nobody_is_found_under_an_unknown_psid(stage: Stage, edge: str) -> None:
    answer = stage.post(f"{edge}_thread_control", psid="404", target_app_id=BOT, duration=60)
    assert error(answer) == (400, 100, 2018001)
    assert answer.json()["error"]["message"] == "(#100) No matching user found"


def test_metadata_longer_than_documented_is_refused(stage: Stage) -> None:
    stage.given_to(BOT)
    assert error(stage.post("request_thread_control", metadata="x" * 1001)) == (400, 100, None)
